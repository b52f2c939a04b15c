// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// Where iterations run.

func.func @too_few(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates extents: region 0 runs 512 iterations of class 1, which is not shown to be at least its extent 1024}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 2}]},
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

func.func @placed_twice(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates extents: region 0 places class 1 twice}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}, {class = 1, grid = 1, warp = 1, lane = 1, seq = 1, vec = 1}]},
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

func.func @blocks(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates extents: part 0 has 65 blocks, its outer classes are cut into 64}}
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
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 65, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @cut_differently(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates extents: outer class 0 is cut in region 1 into other pieces than in an earlier region of part 0}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2>, stitch =
    {arch = "sm_90", classes = [64, 1024], spaces = [[[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]},
        {part = 0, dominants = [2], ops = [1, 2], placement = [{class = 0, grid = 32, warp = 1, lane = 1, seq = 1, vec = 2}, {class = 1, grid = 1, warp = 4, lane = 32, seq = 2, vec = 4}]}],
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

func.func @not_outer(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+3 {{plan violates extents: part 0 has 64 blocks, its outer classes are cut into 1}}
  // expected-error @+2 {{plan violates extents: region 0 spreads class 0 over blocks, but it is no outer class of the part}}
  // expected-error @+1 {{plan violates extents: region 1 spreads class 0 over blocks, but it is no outer class of the part}}
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
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = []}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @symbolic(%x: tensor<64x?xf32, #tao.dims<"n">>) -> tensor<64x?xf32, #tao.dims<"n">> {
  // expected-error @+2 {{plan violates extents: region 0 runs 256*floordiv(n, 256) iterations of class 1, which is not shown to be at least its extent n}}
  // expected-error @+1 {{plan violates extents: region 1 runs 256*floordiv(n, 256) iterations of class 1, which is not shown to be at least its extent n}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1, 2, 3>, stitch =
    {arch = "sm_90", classes = [64, "n"], spaces = [[[0], [1]], [[0], [1]], [[0], [1]], [[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0, 1], ops = [0, 1], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "floordiv(n, 256)", vec = 1}]},
        {part = 0, dominants = [3], ops = [2, 3], placement = [{class = 0, grid = 64, warp = 1, lane = 1, seq = 1, vec = 1}, {class = 1, grid = 1, warp = 8, lane = 32, seq = "floordiv(n, 256)", vec = 1}]}],
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
      parts = [{blocks = 64, outer = [0]}], guard = [{expr = "4*n + 32", max = 200000}], threads = 256, registers = 32, shared = "4*n + 32", workspace = 0}, {
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
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 32, workspace = 0}]}}>
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

func.func @no_block(%x: tensor<0x1024xf32>) -> tensor<1024xf32> {
  // expected-error @+1 {{plan violates extents: part 0 is not shown to have a block and an iteration where class 1 is empty, but op 0 (tao.reduce) is stored then}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0>, stitch =
    {arch = "sm_90", classes = [1024, 0], spaces = [[[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], finish = "last_block", placement = [{class = 1, grid = 0, warp = 1, lane = 1, seq = 32, vec = 1}, {class = 0, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "grid"}],
      buffers = [
        {value = 0, kind = "partials", level = "workspace", offset = 0, bytes = 8192, first = 0, last = 0},
        {value = 0, kind = "partials", level = "register", offset = 0, bytes = 16, first = 0, last = 0}],
      barriers = [], parts = [{blocks = 0, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 0, workspace = 8192}]}}>
    : (tensor<0x1024xf32>) -> tensor<1024xf32> {
    %0 = tao.reduce sum %a dims [0] : tensor<0x1024xf32> -> tensor<1024xf32>
    stitch.yield %0 : tensor<1024xf32>
  }
  return %r : tensor<1024xf32>
}
