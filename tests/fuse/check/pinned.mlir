// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// Reads at other indices stay inside of a block.

func.func @in_the_grid(%x: tensor<64x1024xf32>) -> tensor<63x1024xf32> {
  // expected-error @+1 {{plan violates pinned: region 1 reads op 0 (tao.exp) at other indices of class 0 than its own, but a block has only a part of that class}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1>, stitch =
    {arch = "sm_90", classes = [64, 1024, 63], spaces = [[[0], [1]], [[2], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [1], ops = [1], placement = [{class = 2, grid = 1, warp = 1, lane = 1, seq = 63, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 1, scope = "block"}],
      buffers = [
        {value = 0, level = "shared", offset = 0, bytes = 32768, first = 0, last = 1}],
      barriers = [
        {before = 1, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32768, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<63x1024xf32> {
    %0 = tao.exp %a : tensor<64x1024xf32>
    %1 = tao.slice %0 from ["1", "0"] by [1, 1] : tensor<64x1024xf32> -> tensor<63x1024xf32>
    stitch.yield %1 : tensor<63x1024xf32>
  }
  return %r : tensor<63x1024xf32>
}

// -----

func.func @in_the_loop(%x: tensor<64x1024xf32>) -> tensor<63x1024xf32> {
  // expected-error @+1 {{plan violates pinned: region 1 reads op 0 (tao.exp) at other indices of class 0 than its own, but a block has only a part of that class}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1>, stitch =
    {arch = "sm_90", classes = [64, 1024, 63], spaces = [[[0], [1]], [[2], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 1, warp = 1, lane = 1, seq = 64, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [1], ops = [1], placement = [{class = 2, grid = 1, warp = 1, lane = 1, seq = 63, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 1, scope = "block"}],
      buffers = [
        {value = 0, level = "shared", offset = 0, bytes = 32768, first = 0, last = 1}],
      barriers = [
        {before = 1, scope = "block"}],
      parts = [{blocks = 1, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32768, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<63x1024xf32> {
    %0 = tao.exp %a : tensor<64x1024xf32>
    %1 = tao.slice %0 from ["1", "0"] by [1, 1] : tensor<64x1024xf32> -> tensor<63x1024xf32>
    stitch.yield %1 : tensor<63x1024xf32>
  }
  return %r : tensor<63x1024xf32>
}
