// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// Who waits for whom.

func.func @inside(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates barriers: no barrier inside region 0 between the partial results of op 0 (tao.reduce) and their sum}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"}],
      buffers = [
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [], parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @handover(%x: tensor<64x1024xf32>) -> tensor<63x1024xf32> {
  // expected-error @+1 {{plan violates barriers: no barrier between region 0, which writes op 0 (tao.exp), and region 1, where other threads read it}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1>, stitch =
    {arch = "sm_90", classes = [64, 1024, 63], spaces = [[[0], [1]], [[2], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 1, grid = 8, warp = 1, lane = 32, seq = 1, vec = 4}, {class = 0, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]},
        {part = 0, dominants = [1], ops = [1], placement = [{class = 1, grid = 8, warp = 1, lane = 32, seq = 1, vec = 4}, {class = 2, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]}],
      edges = [
        {value = 0, region = 1, scope = "block"}],
      buffers = [
        {value = 0, level = "shared", offset = 0, bytes = 32768, first = 0, last = 1}],
      barriers = [], parts = [{blocks = 8, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 32768, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<63x1024xf32> {
    %0 = tao.exp %a : tensor<64x1024xf32>
    %1 = tao.slice %0 from ["1", "0"] by [1, 1] : tensor<64x1024xf32> -> tensor<63x1024xf32>
    stitch.yield %1 : tensor<63x1024xf32>
  }
  return %r : tensor<63x1024xf32>
}

// -----

func.func @next_iteration(%x: tensor<64x1024xf32>) -> tensor<63x1024xf32> {
  // expected-error @+1 {{plan violates barriers: no barrier between region 1, which reads op 0 (tao.exp) last, and region 0, which writes the same bytes for op 0 (tao.exp)}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1>, stitch =
    {arch = "sm_90", classes = [64, 1024, 63], spaces = [[[0], [1]], [[2], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 1, grid = 4, warp = 1, lane = 32, seq = 2, vec = 4}, {class = 0, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]},
        {part = 0, dominants = [1], ops = [1], placement = [{class = 1, grid = 4, warp = 1, lane = 32, seq = 2, vec = 4}, {class = 2, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]}],
      edges = [
        {value = 0, region = 1, scope = "block"}],
      buffers = [
        {value = 0, level = "shared", offset = 0, bytes = 32768, first = 0, last = 1}],
      barriers = [
        {before = 1, scope = "block"}],
      parts = [{blocks = 4, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 32768, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<63x1024xf32> {
    %0 = tao.exp %a : tensor<64x1024xf32>
    %1 = tao.slice %0 from ["1", "0"] by [1, 1] : tensor<64x1024xf32> -> tensor<63x1024xf32>
    stitch.yield %1 : tensor<63x1024xf32>
  }
  return %r : tensor<63x1024xf32>
}
