// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -verify-plans -split-input-file -verify-diagnostics
//
// Where values lie.

func.func @small(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates buffers: the shared buffer of partial results of op 0 (tao.reduce) has 28 bytes, which is not shown to be at least the 32 that it holds}}
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
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 28, first = 0, last = 0},
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

func.func @none(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates buffers: no buffer carries op 0 (tao.reduce) to region 1 at scope thread}}
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
        {value = 0, kind = "partials", level = "shared", offset = 0, bytes = 32, first = 0, last = 0}],
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

func.func @no_partials(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates buffers: reduction 0 (tao.reduce) has no buffer for the partial results of warps}}
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

func.func @register(%x: tensor<64x1024xf32>) -> tensor<63x1024xf32> {
  // expected-error @+2 {{plan violates buffers: no buffer carries op 0 (tao.exp) to region 1 at scope block}}
  // expected-error @+1 {{plan violates buffers: nothing reads the register buffer of op 0 (tao.exp)}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1>, stitch =
    {arch = "sm_90", classes = [64, 1024, 63], spaces = [[[0], [1]], [[2], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 1, grid = 8, warp = 1, lane = 32, seq = 1, vec = 4}, {class = 0, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]},
        {part = 0, dominants = [1], ops = [1], placement = [{class = 1, grid = 8, warp = 1, lane = 32, seq = 1, vec = 4}, {class = 2, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]}],
      edges = [
        {value = 0, region = 1, scope = "block"}],
      buffers = [
        {value = 0, level = "register", offset = 0, bytes = 128, first = 0, last = 1}],
      barriers = [
        {before = 1, scope = "block"}],
      parts = [{blocks = 8, outer = [1]}], guard = [], threads = 256, registers = 64, shared = 32768, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<63x1024xf32> {
    %0 = tao.exp %a : tensor<64x1024xf32>
    %1 = tao.slice %0 from ["1", "0"] by [1, 1] : tensor<64x1024xf32> -> tensor<63x1024xf32>
    stitch.yield %1 : tensor<63x1024xf32>
  }
  return %r : tensor<63x1024xf32>
}

// -----

func.func @outside(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates buffers: the shared buffer of partial results of op 0 (tao.reduce) ends at 48, which is not shown to be within the 32 bytes of the shared memory}}
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
        {value = 0, kind = "partials", level = "shared", offset = 16, bytes = 32, first = 0, last = 0},
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

func.func @dead(%x: tensor<64x1024xf32>) -> tensor<63x1024xf32> {
  // expected-error @+2 {{plan violates buffers: no buffer carries op 0 (tao.exp) to region 1 at scope block}}
  // expected-error @+1 {{plan violates buffers: nothing reads the shared buffer of op 0 (tao.exp)}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0, 1>, stitch =
    {arch = "sm_90", classes = [64, 1024, 63], spaces = [[[0], [1]], [[2], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], placement = [{class = 1, grid = 8, warp = 1, lane = 32, seq = 1, vec = 4}, {class = 0, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]},
        {part = 0, dominants = [1], ops = [1], placement = [{class = 1, grid = 8, warp = 1, lane = 32, seq = 1, vec = 4}, {class = 2, grid = 1, warp = 8, lane = 1, seq = 8, vec = 1}]}],
      edges = [
        {value = 0, region = 1, scope = "block"}],
      buffers = [
        {value = 0, level = "shared", offset = 0, bytes = 32768, first = 0, last = 0}],
      barriers = [
        {before = 1, scope = "block"}],
      parts = [{blocks = 8, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 32768, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<63x1024xf32> {
    %0 = tao.exp %a : tensor<64x1024xf32>
    %1 = tao.slice %0 from ["1", "0"] by [1, 1] : tensor<64x1024xf32> -> tensor<63x1024xf32>
    stitch.yield %1 : tensor<63x1024xf32>
  }
  return %r : tensor<63x1024xf32>
}

// -----

func.func @unaligned(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates buffers: the shared buffer of partial results of op 0 (tao.reduce) starts at 2, where its elements are not aligned}}
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
        {value = 0, kind = "partials", level = "shared", offset = 2, bytes = 32, first = 0, last = 0},
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1}],
      barriers = [
        {before = 0, inside = true, scope = "block"}],
      parts = [{blocks = 64, outer = [0]}], guard = [], threads = 256, registers = 32, shared = 34, workspace = 0}]}}>
    : (tensor<64x1024xf32>) -> tensor<64x1024xf32> {
    %0 = tao.reduce max %a dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
    %1 = tao.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
    %2 = tao.sub %a, %1 : tensor<64x1024xf32>
    stitch.yield %2 : tensor<64x1024xf32>
  }
  return %r : tensor<64x1024xf32>
}

// -----

func.func @unread(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  // expected-error @+1 {{plan violates buffers: nothing reads the register buffer of op 2 (tao.sub)}}
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
        {value = 0, level = "register", offset = 0, bytes = 4, first = 0, last = 1},
        {value = 2, level = "register", offset = 0, bytes = 32, first = 1, last = 1}],
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

func.func @blocks(%x: tensor<64x1024xf32>) -> tensor<1024xf32> {
  // expected-error @+1 {{plan violates buffers: the workspace buffer of partial results of op 0 (tao.reduce) has 4096 bytes, which is not shown to be at least the 8192 that it holds}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0>, stitch =
    {arch = "sm_90", classes = [1024, 64], spaces = [[[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], finish = "last_block", placement = [{class = 1, grid = 2, warp = 1, lane = 1, seq = 32, vec = 1}, {class = 0, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "grid"}],
      buffers = [
        {value = 0, kind = "partials", level = "workspace", offset = 0, bytes = 4096, first = 0, last = 0},
        {value = 0, kind = "partials", level = "register", offset = 0, bytes = 16, first = 0, last = 0}],
      barriers = [], parts = [{blocks = 2, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 0, workspace = 8192}]}}>
    : (tensor<64x1024xf32>) -> tensor<1024xf32> {
    %0 = tao.reduce sum %a dims [0] : tensor<64x1024xf32> -> tensor<1024xf32>
    stitch.yield %0 : tensor<1024xf32>
  }
  return %r : tensor<1024xf32>
}

// -----

func.func @accumulators(%x: tensor<64x1024xf32>) -> tensor<1024xf32> {
  // expected-error @+1 {{plan violates buffers: reduction 0 (tao.reduce) has no buffer for what adds up over the outer loops}}
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "memory", regions = [], key = "00", ops = array<i64: 0>, stitch =
    {arch = "sm_90", classes = [1024, 64], spaces = [[[0], [1]]],
    variants = [{
      regions = [
        {part = 0, dominants = [0], ops = [0], finish = "last_block", placement = [{class = 1, grid = 2, warp = 1, lane = 1, seq = 32, vec = 1}, {class = 0, grid = 1, warp = 8, lane = 32, seq = 1, vec = 4}]}],
      edges = [
        {value = 0, region = 0, scope = "grid"}],
      buffers = [
        {value = 0, kind = "partials", level = "workspace", offset = 0, bytes = 8192, first = 0, last = 0}],
      barriers = [], parts = [{blocks = 2, outer = [1]}], guard = [], threads = 256, registers = 32, shared = 0, workspace = 8192}]}}>
    : (tensor<64x1024xf32>) -> tensor<1024xf32> {
    %0 = tao.reduce sum %a dims [0] : tensor<64x1024xf32> -> tensor<1024xf32>
    stitch.yield %0 : tensor<1024xf32>
  }
  return %r : tensor<1024xf32>
}
