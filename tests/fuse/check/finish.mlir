// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// Sums over blocks.

func.func @none(%x: tensor<64x1024xf32>) -> tensor<1024xf32> {
  // expected-error @+1 {{plan violates finish: reduction 0 (tao.reduce) is spread over blocks, and region 0 has no finish}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0>, stitch =
    {arch = "sm_90", classes = [1024, 64], spaces = [[[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 1, grid = 2, warp = 1, lane = 1, seq = 32, vec = 1}, {class = 0, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "grid"}],
      buffers = [
        {value = 0, kind = "partials", level = "workspace", offset = 0, bytes = 8192, first = 0, last = 0},
        {value = 0, kind = "partials", level = "register", offset = 0, bytes = 16, first = 0, last = 0}],
      barriers = [], parts = [{blocks = 2, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 0, workspace = 8192}]}}>
    : (tensor<64x1024xf32>) -> tensor<1024xf32> {
    %0 = tao.reduce sum %a dims [0] : tensor<64x1024xf32> -> tensor<1024xf32>
    stitch.yield %0 : tensor<1024xf32>
  }
  return %r : tensor<1024xf32>
}

// -----

func.func @needless(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates finish: region 1 has a finish, but no reduction over blocks}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}], finish = "last_block"}],
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

func.func @read(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+2 {{plan violates finish: region 1 reads op 0 (tao.reduce), a reduction that is complete only behind the outer loops}}
  // expected-error @+1 {{plan violates finish: reduction 0 (tao.reduce) over blocks or outer loops is read by its part, where it is not complete}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 2, warp = 4, lane = 32, seq = 1, vec = 4}], finish = "last_block"},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 2, warp = 4, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"}],
      buffers = [
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 128, outer = [0, 1]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @variants_differ(%x: tensor<64x1024xf32>) -> tensor<1024xf32> {
  // expected-error @+1 {{plan violates finish: a reduction is spread over other numbers of blocks than in an earlier variant}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0>, stitch =
    {arch = "sm_90", classes = [1024, 64], spaces = [[[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], finish = "last_block", placement = [{class = 1, grid = 2, warp = 1, lane = 1, seq = 32, vec = 1}, {class = 0, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "grid"}],
      buffers = [
        {value = 0, kind = "partials", level = "register", offset = 0, bytes = 16, first = 0, last = 0},
        {value = 0, kind = "partials", level = "workspace", offset = 0, bytes = 8192, first = 0, last = 0}],
      barriers = [], parts = [{blocks = 2, outer = [1]}], guard = [{expr = "n", max = 7}], threads = 256, registers = 32, shared = 0, workspace = 8192}, {
      regions = [
        {part = 0, dominants = [0], ops = [0], finish = "last_block", placement = [{class = 1, grid = 4, warp = 1, lane = 1, seq = 16, vec = 1}, {class = 0, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "grid"}],
      buffers = [
        {value = 0, kind = "partials", level = "register", offset = 0, bytes = 16, first = 0, last = 0},
        {value = 0, kind = "partials", level = "workspace", offset = 0, bytes = 16384, first = 0, last = 0}],
      barriers = [], parts = [{blocks = 4, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 0, workspace = 16384}]}}>
    : (tensor<64x1024xf32>) -> tensor<1024xf32> {
    %0 = tao.reduce sum %a dims [0] : tensor<64x1024xf32> -> tensor<1024xf32>
    stitch.yield %0 : tensor<1024xf32>
  }
  return %r : tensor<1024xf32>
}
