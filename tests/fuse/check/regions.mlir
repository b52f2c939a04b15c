// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// What regions compute.

func.func @op_lost(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+2 {{plan violates regions: op 1 (tao.broadcast) is in no region}}
  // expected-error @+1 {{plan violates regions: region 0 computes op 0 (tao.reduce), which its part neither stores nor reads}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"}],
      buffers = [
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @reduction_again(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates regions: reduction 0 (tao.reduce) is computed again by region 1}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [0, 1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"}],
      buffers = [
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @for_nothing(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates regions: op 1 (tao.broadcast) is computed by region 0, which does not need it}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0, 1], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"}],
      buffers = [
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @two_homes(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+2 {{plan violates regions: op 2 (tao.sub) is a dominant of regions 1 and 2}}
  // expected-error @+1 {{plan violates regions: op 2 (tao.sub) is computed by region 2, which does not need it}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"}],
      buffers = [
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}
