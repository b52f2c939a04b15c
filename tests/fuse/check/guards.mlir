// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// The variants leave no size out.

func.func @last(%x: tensor<64x?xf32, #tao.dims<"n">>) -> tensor<64x?xf32, #tao.dims<"n">> {
  // expected-error @+1 {{plan violates guards: the last variant has a guard: no variant is left where it does not hold}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2, 3>, stitch =
    {arch = "sm_90", classes = [64, "n"], spaces = [[[0], [1]], [[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0, 1], ops = [0, 1], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "ceildiv(n, 256)", vec = 1}]},
        {part = 0, dominants = [3], ops = [2, 3], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "ceildiv(n, 256)", vec = 1}]}],
      edges = [
        {value = 1, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"},
        {value = 1, region = 1, scope = "thread"}],
      buffers = [
        {value = 1, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "shared", offset = 32, bytes = "4*n", first = 0, last = 1},
        {value = 1, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [{expr = "4*n + 32", max = 200000}], threads = 256, registers = 32, shared = "4*n + 32", workspace = 0}]}}>
    : (tensor<64x?xf32, #tao.dims<"n">>) -> tensor<64x?xf32, #tao.dims<"n">> {
    %0 = tao.exp %a : tensor<64x?xf32, #tao.dims<"n">>
    %1 = tao.reduce sum %0 dims [1] : tensor<64x?xf32, #tao.dims<"n">> -> tensor<64xf32>
    %2 = tao.broadcast %1 dims [0] : tensor<64xf32> -> tensor<64x?xf32, #tao.dims<"n">>
    %3 = tao.div %0, %2 : tensor<64x?xf32, #tao.dims<"n">>
    stitch.yield %3 : tensor<64x?xf32, #tao.dims<"n">>
  }
  return %r : tensor<64x?xf32, #tao.dims<"n">>
}

// -----

func.func @first(%x: tensor<64x?xf32, #tao.dims<"n">>) -> tensor<64x?xf32, #tao.dims<"n">> {
  // expected-error @+2 {{plan violates guards: variant 0 has no guard: those behind it never run}}
  // expected-error @+1 {{plan violates guards: the last variant has a guard: no variant is left where it does not hold}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2, 3>, stitch =
    {arch = "sm_90", classes = [64, "n"], spaces = [[[0], [1]], [[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [1], ops = [0, 1], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "ceildiv(n, 256)", vec = 1}]},
        {part = 0, dominants = [3], ops = [0, 2, 3], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "ceildiv(n, 256)", vec = 1}]}],
      edges = [
        {value = 1, region = 0, scope = "block"},
        {value = 1, region = 1, scope = "thread"}],
      buffers = [
        {value = 1, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 1, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}, {
      regions = [
        {part = 0, dominants = [0, 1], ops = [0, 1], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "ceildiv(n, 256)", vec = 1}]},
        {part = 0, dominants = [3], ops = [2, 3], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "ceildiv(n, 256)", vec = 1}]}],
      edges = [
        {value = 1, region = 0, scope = "block"},
        {value = 0, region = 1, scope = "thread"},
        {value = 1, region = 1, scope = "thread"}],
      buffers = [
        {value = 1, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0},
        {value = 0, level = "shared", offset = 32, bytes = "4*n", first = 0, last = 1},
        {value = 1, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [{expr = "4*n + 32", max = 200000}], threads = 256, registers = 32, shared = "4*n + 32", workspace = 0}]}}>
    : (tensor<64x?xf32, #tao.dims<"n">>) -> tensor<64x?xf32, #tao.dims<"n">> {
    %0 = tao.exp %a : tensor<64x?xf32, #tao.dims<"n">>
    %1 = tao.reduce sum %0 dims [1] : tensor<64x?xf32, #tao.dims<"n">> -> tensor<64xf32>
    %2 = tao.broadcast %1 dims [0] : tensor<64xf32> -> tensor<64x?xf32, #tao.dims<"n">>
    %3 = tao.div %0, %2 : tensor<64x?xf32, #tao.dims<"n">>
    stitch.yield %3 : tensor<64x?xf32, #tao.dims<"n">>
  }
  return %r : tensor<64x?xf32, #tao.dims<"n">>
}
