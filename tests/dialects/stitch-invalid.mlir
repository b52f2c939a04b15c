// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case per rule that the fusion dialect's verifiers check.
// RUN: tao-opt %s -split-input-file -verify-diagnostics -o /dev/null

// expected-error @+1 {{plan needs version = 1}}
#plan = #stitch.plan<{version = 2, planner = "none", kind = "memory", regions = []}>

// -----

// expected-error @+1 {{unknown field 'color' in plan}}
#plan = #stitch.plan<{version = 1, color = "red"}>

// -----

func.func @no_planner(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{plan needs a planner and a kind: memory, library or online}}
  %0 = stitch.group(%a = %x) plan <{version = 1, kind = "memory", regions = []}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @kind(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{plan needs a planner and a kind: memory, library or online}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "fast", regions = []}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @no_regions(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{plan needs regions}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory"}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @bad_region(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{region needs dominant, grid, tile, seq, lane and width}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = [{dominant = 0}]}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @piece_outside_grid(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @+1 {{piece must be a dim of the grid}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = [
      {dominant = 0, grid = array<i64: 1>, tile = 1, seq = array<i64>, lane = 1, width = 1, piece = 0, piece_size = 8}]}> : (tensor<4x4xf32>) -> tensor<4x4xf32> {
    stitch.yield %a : tensor<4x4xf32>
  }
  return %0 : tensor<4x4xf32>
}

// -----

func.func @bad_width(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{tile, width and piece_size must be positive}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = [
      {dominant = 0, grid = array<i64: 0>, tile = 1, seq = array<i64>, lane = 0, width = 0}]}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @yield_type(%x: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{must yield its result types}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>) -> tensor<8xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<8xf32>
}

// -----

func.func @block_arguments(%x: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{block arguments must have the operands' types}}
  %0 = "stitch.group"(%x) <{plan = #stitch.plan<{version = 1, planner = "none", kind = "memory", regions = []}>}> ({
  ^bb0(%a: tensor<8xf32>):
    stitch.yield %a : tensor<8xf32>
  }) : (tensor<4xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @foreign(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{may hold only tao ops, has 'arith.negf'}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>) -> tensor<4xf32> {
    %n = arith.negf %a : tensor<4xf32>
    stitch.yield %n : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @operand_count(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected one type per operand}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : () -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @call_buffers(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{does not match the buffers of kernel @k}}
  %0 = stitch.call @k(%x, %x) {sizes = []} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
stitch.kernel @k(%in: !stitch.buf<tensor<4xf32>>, %out: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 1 : i64} {
}

// -----

func.func @call_sizes(%x: tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">> {
  // expected-error @+1 {{must bind the 1 sizes of kernel @k}}
  %0 = stitch.call @k(%x) {sizes = []} : (tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">>
  return %0 : tensor<?xf32, #tao.dims<"n">>
}
stitch.kernel @k(%in: !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>, %out: !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>, %n: index)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = ["s0"], num_reads = 1 : i64} {
}

// -----

// expected-error @+1 {{arguments must be buffers, then index sizes}}
stitch.kernel @argument(%in: f32) attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
}

// -----

// expected-error @+1 {{buffers must come before sizes}}
stitch.kernel @order(%n: index, %in: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = ["s0"], num_reads = 1 : i64} {
}

// -----

// expected-error @+1 {{needs one index argument per size}}
stitch.kernel @sizes(%in: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = ["s0"], num_reads = 1 : i64} {
}

// -----

// expected-error @+1 {{reads 2 of only 1 buffers}}
stitch.kernel @reads(%in: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 2 : i64} {
}

// -----

// expected-error @+1 {{uses a size the kernel does not take}}
stitch.kernel @unknown_size(%in: !stitch.buf<tensor<?xf32, #tao.dims<"n">>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 1 : i64} {
}

// -----

// expected-error @+1 {{has a check without a failure message}}
stitch.kernel @check(%in: !stitch.buf<tensor<i1>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 1 : i64, failures = ["only"]} {
  %c = stitch.load %in[] : !stitch.buf<tensor<i1>> -> i1
  stitch.check %c, 1
}

// -----

// expected-error @+1 {{stores outside its grid loop}}
stitch.kernel @store(%out: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %four = arith.constant 4 : index
  %v = arith.constant 1.0 : f32
  stitch.foreach seq %zero to %four {
  ^bb0(%i: index):
    stitch.store %v, %out[%i] : f32, !stitch.buf<tensor<4xf32>>
  }
}

// -----

stitch.kernel @grid_inside() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  stitch.foreach seq %zero to %zero {
  ^bb0(%i: index):
    // expected-error @+1 {{a grid loop must be outermost}}
    stitch.foreach grid %zero to %zero {
    ^bb0(%j: index):
    }
  }
}

// -----

stitch.kernel @width() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  // expected-error @+1 {{a loop over lanes, and only that, has a positive width}}
  stitch.foreach seq %zero to %zero width 4 {
  ^bb0(%i: index):
  }
}

// -----

stitch.kernel @no_width() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  // expected-error @+1 {{a loop over lanes, and only that, has a positive width}}
  stitch.foreach lane %zero to %zero {
  ^bb0(%i: index):
  }
}

// -----

stitch.kernel @body() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  // expected-error @+1 {{body must take one index}}
  stitch.foreach seq %zero to %zero {
  ^bb0(%i: index, %j: index):
  }
}

// -----

stitch.kernel @nested_lanes() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  stitch.foreach lane %zero to %zero width 4 {
  ^bb0(%i: index):
    // expected-error @+1 {{lane loops must not nest}}
    %r = stitch.reduce lane %zero to %zero width 4 monoids [0] {
    ^bb0(%j: index):
      stitch.yield %v : f32
    } -> f32
  }
}

// -----

stitch.kernel @grid_reduce() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{cannot reduce over the grid}}
  %r = stitch.reduce grid %zero to %zero monoids [0] {
  ^bb0(%j: index):
    stitch.yield %v : f32
  } -> f32
}

// -----

stitch.kernel @monoid() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{unknown monoid 9}}
  %r = stitch.reduce seq %zero to %zero monoids [9] {
  ^bb0(%j: index):
    stitch.yield %v : f32
  } -> f32
}

// -----

stitch.kernel @pairs() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{must yield and return 2 values of the same types}}
  %r = stitch.reduce seq %zero to %zero monoids [4] {
  ^bb0(%j: index):
    stitch.yield %v : f32
  } -> f32
}

// -----

stitch.kernel @index_type() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{the index of an argument monoid must be i64}}
  %r:2 = stitch.reduce seq %zero to %zero monoids [4] {
  ^bb0(%j: index):
    stitch.yield %v, %v : f32, f32
  } -> f32, f32
}

// -----

stitch.kernel @load_rank(%in: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 1 : i64} {
  // expected-error @+1 {{needs 1 indices}}
  %v = stitch.load %in[] : !stitch.buf<tensor<4xf32>> -> f32
}

// -----

stitch.kernel @load_type(%in: !stitch.buf<tensor<ui8>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 1 : i64} {
  // expected-error @+1 {{result must be an element of}}
  %v = stitch.load %in[] : !stitch.buf<tensor<ui8>> -> i16
}

// -----

stitch.kernel @store_rank(%out: !stitch.buf<tensor<4xf32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  stitch.foreach grid %zero to %zero {
  ^bb0(%i: index):
    // expected-error @+1 {{needs 1 indices}}
    stitch.store %v, %out[] : f32, !stitch.buf<tensor<4xf32>>
  }
}

// -----

stitch.kernel @store_type(%out: !stitch.buf<tensor<f32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f64
  stitch.foreach grid %zero to %zero {
  ^bb0(%i: index):
    // expected-error @+1 {{value must be an element of}}
    stitch.store %v, %out[] : f64, !stitch.buf<tensor<f32>>
  }
}

// -----

stitch.kernel @stage_offset() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  // expected-error @+1 {{offset is no size expression}}
  %s = stitch.stage at "4 +" : <tensor<4xf32>>
}

// -----

stitch.kernel @stage_negative() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  // expected-error @+1 {{offset is negative}}
  %s = stitch.stage at "-4" : <tensor<4xf32>>
}

// -----

stitch.kernel @stage_size() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  // expected-error @+1 {{uses a size that the kernel does not take}}
  %s = stitch.stage at "4*n" : <tensor<4xf32>>
}

// -----

stitch.kernel @get_before_put() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  %zero = arith.constant 0 : index
  %s = stitch.stage at "0" : <tensor<4xf32>>
  // expected-error @+1 {{gets what no earlier op has put}}
  %v = stitch.get thread %s[%zero] : <tensor<4xf32>> -> f32
}

// -----

stitch.kernel @get_without_barrier() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  %s = stitch.stage at "0" : <tensor<4xf32>>
  stitch.barrier
  stitch.put %v, %s[%zero] : f32, <tensor<4xf32>>
  // expected-error @+1 {{gets what other lanes put, with no barrier between}}
  %w = stitch.get block %s[%zero] : <tensor<4xf32>> -> f32
}

// -----

stitch.kernel @put_outside() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  %v = arith.constant 1.0 : f32
  %four = arith.constant 4 : index
  %s = stitch.stage at "0" : <tensor<4xf32>>
  // expected-error @+1 {{index 4 is outside of 4 elements}}
  stitch.put %v, %s[%four] : f32, <tensor<4xf32>>
}

// -----

stitch.kernel @put_type() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f64
  %s = stitch.stage at "0" : <tensor<4xf32>>
  // expected-error @+1 {{value must be an element of}}
  stitch.put %v, %s[%zero] : f64, <tensor<4xf32>>
}

// -----

stitch.kernel @put_argument(%out: !stitch.buf<tensor<f32>>)
    attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{accesses no stage}}
  stitch.put %v, %out[] : f32, <tensor<f32>>
}

// -----

stitch.kernel @barrier_in_lanes() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 64 : i64} {
  %zero = arith.constant 0 : index
  %four = arith.constant 4 : index
  stitch.foreach lane %zero to %four width 4 {
  ^bb0(%i: index):
    // expected-error @+1 {{stands inside of lanes}}
    stitch.barrier
  }
}

// -----

// expected-error @+1 {{has stages, but no scratch}}
stitch.kernel @no_scratch() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  %s = stitch.stage at "0" : <tensor<4xf32>>
}

// -----

func.func @online_blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{an online plan needs rows and cols, both positive}}
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "stitch", kind = "online", regions = [], rows = 4, cols = 0}> : (tensor<4xf32>) -> tensor<4xf32> {
    stitch.yield %a : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

stitch.kernel @dot_operands() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 4096 : i64} {
  %n = arith.constant 1 : index
  %c = stitch.stage at "0" : <tensor<6x16xf32>>
  %a = stitch.stage at "1024" : <tensor<6x4xf64>>
  %b = stitch.stage at "2048" : <tensor<1x4x16xf32>>
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f64
  %w = arith.constant 1.0 : f32
  stitch.put %v, %a[%zero, %zero] : f64, <tensor<6x4xf64>>
  stitch.put %w, %b[%zero, %zero, %zero] : f32, <tensor<1x4x16xf32>>
  stitch.barrier
  // expected-error @+1 {{a must be a stage of f32 with 2 static dims}}
  stitch.dot %c, %a, %b rows %n cols %n depth %n tile 6 : <tensor<6x16xf32>>, <tensor<6x4xf64>>, <tensor<1x4x16xf32>>
}

// -----

stitch.kernel @dot_extents() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 4096 : i64} {
  %n = arith.constant 1 : index
  %c = stitch.stage at "0" : <tensor<6x16xf32>>
  %a = stitch.stage at "1024" : <tensor<6x4xf32>>
  %b = stitch.stage at "2048" : <tensor<2x4x16xf32>>
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  %w = arith.constant 1.0 : f32
  stitch.put %v, %a[%zero, %zero] : f32, <tensor<6x4xf32>>
  stitch.put %w, %b[%zero, %zero, %zero] : f32, <tensor<2x4x16xf32>>
  stitch.barrier
  // expected-error @+1 {{extents of c [M, N], a [M, K] and b [P, K, W] with N = P W do not agree}}
  stitch.dot %c, %a, %b rows %n cols %n depth %n tile 6 : <tensor<6x16xf32>>, <tensor<6x4xf32>>, <tensor<2x4x16xf32>>
}

// -----

stitch.kernel @dot_tile() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 4096 : i64} {
  %n = arith.constant 1 : index
  %c = stitch.stage at "0" : <tensor<6x16xf32>>
  %a = stitch.stage at "1024" : <tensor<6x4xf32>>
  %b = stitch.stage at "2048" : <tensor<1x4x16xf32>>
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  %w = arith.constant 1.0 : f32
  stitch.put %v, %a[%zero, %zero] : f32, <tensor<6x4xf32>>
  stitch.put %w, %b[%zero, %zero, %zero] : f32, <tensor<1x4x16xf32>>
  stitch.barrier
  // expected-error @+1 {{rows of the stages must be a multiple of the tile}}
  stitch.dot %c, %a, %b rows %n cols %n depth %n tile 4 : <tensor<6x16xf32>>, <tensor<6x4xf32>>, <tensor<1x4x16xf32>>
}

// -----

stitch.kernel @dot_unwritten() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 4096 : i64} {
  %n = arith.constant 1 : index
  %c = stitch.stage at "0" : <tensor<6x16xf32>>
  %a = stitch.stage at "1024" : <tensor<6x4xf32>>
  %b = stitch.stage at "2048" : <tensor<1x4x16xf32>>
  // expected-error @+1 {{gets what no earlier op has put}}
  stitch.dot %c, %a, %b rows %n cols %n depth %n tile 6 : <tensor<6x16xf32>>, <tensor<6x4xf32>>, <tensor<1x4x16xf32>>
}

// -----

stitch.kernel @dot_before_barrier() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 8192 : i64} {
  %n = arith.constant 1 : index
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  %c = stitch.stage at "0" : <tensor<6x16xf32>>
  %a = stitch.stage at "1024" : <tensor<6x4xf32>>
  %s = stitch.stage at "2048" : <tensor<16x4xf32>>
  %b = stitch.stage at "4096" : <tensor<1x4x16xf32>>
  stitch.put %v, %s[%zero, %zero] : f32, <tensor<16x4xf32>>
  stitch.barrier
  stitch.panel %s, %b[%zero] : <tensor<16x4xf32>>, <tensor<1x4x16xf32>>
  stitch.barrier
  stitch.put %v, %a[%zero, %zero] : f32, <tensor<6x4xf32>>
  // expected-error @+1 {{gets what other lanes put, with no barrier between}}
  stitch.dot %c, %a, %b rows %n cols %n depth %n tile 6 : <tensor<6x16xf32>>, <tensor<6x4xf32>>, <tensor<1x4x16xf32>>
}

// -----

stitch.kernel @panel_extents() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 8192 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  %s = stitch.stage at "2048" : <tensor<8x4xf32>>
  %b = stitch.stage at "4096" : <tensor<1x4x16xf32>>
  stitch.put %v, %s[%zero, %zero] : f32, <tensor<8x4xf32>>
  stitch.barrier
  // expected-error @+1 {{extents of the source [W, K] and the target [P, K, W] do not agree}}
  stitch.panel %s, %b[%zero] : <tensor<8x4xf32>>, <tensor<1x4x16xf32>>
}

// -----

stitch.kernel @panel_in_lanes() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, scratch = 8192 : i64} {
  %zero = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  %s = stitch.stage at "2048" : <tensor<16x4xf32>>
  %b = stitch.stage at "4096" : <tensor<1x4x16xf32>>
  stitch.put %v, %s[%zero, %zero] : f32, <tensor<16x4xf32>>
  stitch.barrier
  stitch.foreach lane %zero to %zero width 8 {
  ^bb0(%i: index):
    // expected-error @+1 {{stands inside of lanes, which do not all come by}}
    stitch.panel %s, %b[%zero] : <tensor<16x4xf32>>, <tensor<1x4x16xf32>>
  }
}

// -----

stitch.kernel @thread_on_cpu() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64} {
  // expected-error @+1 {{needs a kernel that has threads}}
  %w = stitch.thread warp
}

// -----

stitch.kernel @across_too_many() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, threads = 32 : i64} {
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{combines 16 lanes 4 apart, which is no butterfly in a warp}}
  %s = stitch.across sum %v lanes 16 stride 4 : f32
}

// -----

stitch.kernel @across_without_index() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, threads = 32 : i64} {
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{needs a value and its i64 index}}
  %s = stitch.across argmax %v lanes 16 stride 1 : f32
}

// -----

stitch.kernel @across_two() attributes {plan = #stitch.plan<{version = 1}>, sizes = [], num_reads = 0 : i64, threads = 32 : i64} {
  %v = arith.constant 1.0 : f32
  // expected-error @+1 {{needs one value}}
  %s:2 = stitch.across sum %v, %v lanes 16 stride 1 : f32, f32
}

// -----

stitch.kernel @private_of_unknown_size(%n: index) attributes {plan = #stitch.plan<{version = 1}>, sizes = ["n"], num_reads = 0 : i64} {
  // expected-error @+1 {{is private and of unknown size}}
  %s = stitch.stage private at "0" : <tensor<?xf32, #tao.dims<"n">>>
}
