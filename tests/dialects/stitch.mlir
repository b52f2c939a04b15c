// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every op and attribute of the fusion dialect survives printing and parsing, in both forms.
// RUN: tao-opt %s | tao-opt | FileCheck %s
// RUN: tao-opt %s -mlir-print-op-generic | tao-opt | FileCheck %s

// CHECK-LABEL: func.func @groups
// CHECK: %[[G:.*]]:2 = stitch.group(%[[A:.*]] = %arg0, %[[B:.*]] = %arg1) plan <{kind = "memory", planner = "none", regions = [{dominant = 0 : i64, grid = array<i64: 0>, lane = 1 : i64, seq = array<i64>, tile = 1 : i64, width = 8 : i64}], version = 1 : i64}> attributes {note = "kept"} : (tensor<?x8xf32, #tao.dims<"n">>, tensor<8xf32>) -> (tensor<?x8xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>) {
// CHECK-NEXT: %[[BB:.*]] = tao.broadcast %[[B]]
// CHECK-NEXT: %[[S:.*]] = tao.add %[[A]], %[[BB]]
// CHECK-NEXT: %[[R:.*]] = tao.reduce sum %[[S]]
// CHECK-NEXT: stitch.yield %[[S]], %[[R]]
// CHECK: stitch.call @sum(%[[G]]#0)
// CHECK-SAME: cost = "32*n"
// CHECK-SAME: in_place = array<i64: -1>
// CHECK-SAME: sizes = ["n"]
// CHECK-SAME: tasks = "n"
func.func @groups(%x: tensor<?x8xf32, #tao.dims<"n">>, %b: tensor<8xf32>) -> tensor<?xf32, #tao.dims<"n">> {
  %0:2 = stitch.group(%a0 = %x, %a1 = %b) plan <{version = 1, planner = "none", kind = "memory", regions = [
      {dominant = 0, grid = array<i64: 0>, tile = 1, seq = array<i64>, lane = 1, width = 8}]}> attributes {note = "kept"}
      : (tensor<?x8xf32, #tao.dims<"n">>, tensor<8xf32>) -> (tensor<?x8xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>) {
    %bb = tao.broadcast %a1 dims [1] : tensor<8xf32> -> tensor<?x8xf32, #tao.dims<"n">>
    %s = tao.add %a0, %bb : tensor<?x8xf32, #tao.dims<"n">>
    %r = tao.reduce sum %s dims [1] : tensor<?x8xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n">>
    stitch.yield %s, %r : tensor<?x8xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>
  }
  %1 = stitch.call @sum(%0#0) {sizes = ["n"], tasks = "n", cost = "32*n", in_place = array<i64: -1>, failures = []}
      : (tensor<?x8xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">>
  return %1 : tensor<?xf32, #tao.dims<"n">>
}

// CHECK-LABEL: stitch.kernel @sum
// CHECK-SAME: %[[IN:.*]]: !stitch.buf<tensor<?x8xf32, #tao.dims<"s0">>>, %[[OUT:.*]]: !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>, %[[N:.*]]: index
// CHECK: stitch.foreach grid %{{.*}} to %[[N]]
// CHECK: ^bb0(%[[I:.*]]: index):
// CHECK: %[[SUM:.*]] = stitch.reduce lane %{{.*}} to %{{.*}} width 8 monoids [0]
// CHECK: ^bb0(%[[J:.*]]: index):
// CHECK: stitch.load %[[IN]][%[[I]], %[[J]]]
// CHECK: stitch.yield
// CHECK: stitch.store %[[SUM]], %[[OUT]][%[[I]]]
stitch.kernel @sum(%in: !stitch.buf<tensor<?x8xf32, #tao.dims<"s0">>>, %out: !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>, %n: index)
    attributes {plan = #stitch.plan<{version = 1, planner = "none", kind = "memory", regions = []}>, sizes = ["s0"], num_reads = 1 : i64} {
  %zero = arith.constant 0 : index
  %eight = arith.constant 8 : index
  stitch.foreach grid %zero to %n {
  ^bb0(%i: index):
    %sum = stitch.reduce lane %zero to %eight width 8 monoids [0] {
    ^bb0(%j: index):
      %v = stitch.load %in[%i, %j] : !stitch.buf<tensor<?x8xf32, #tao.dims<"s0">>> -> f32
      stitch.yield %v : f32
    } -> f32
    stitch.store %sum, %out[%i] : f32, !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>
  }
}

// Checks, scalar buffers, lanes, nests of sequential loops, and pairs of argument reductions.
// CHECK-LABEL: stitch.kernel @argmax
// CHECK: stitch.foreach grid
// CHECK: stitch.foreach seq
// CHECK: stitch.foreach lane %{{.*}} to %{{.*}} width 4
// CHECK: %{{.*}}:3 = stitch.reduce seq %{{.*}} to %{{.*}} monoids [4, 2]
// CHECK: -> i32, i64, i32
// CHECK: stitch.check %{{.*}}, 1
stitch.kernel @argmax(%in: !stitch.buf<tensor<2x3x5xui32>>, %scalar: !stitch.buf<tensor<i1>>, %out: !stitch.buf<tensor<2x3xi64>>)
    attributes {plan = #stitch.plan<{version = 1, planner = "none", kind = "memory", regions = []}>, sizes = [], num_reads = 2 : i64,
                failures = ["first", "second"]} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %three = arith.constant 3 : index
  %five = arith.constant 5 : index
  stitch.foreach grid %zero to %one {
  ^bb0(%task: index):
    stitch.foreach seq %zero to %two {
    ^bb0(%i: index):
      stitch.foreach lane %zero to %three width 4 {
      ^bb0(%j: index):
        %r:3 = stitch.reduce seq %zero to %five monoids [4, 2] {
        ^bb0(%k: index):
          %v = stitch.load %in[%i, %j, %k] : !stitch.buf<tensor<2x3x5xui32>> -> i32
          %at = arith.index_cast %k : index to i64
          stitch.yield %v, %at, %v : i32, i64, i32
        } -> i32, i64, i32
        %ok = stitch.load %scalar[] : !stitch.buf<tensor<i1>> -> i1
        stitch.check %ok, 1
        stitch.store %r#1, %out[%i, %j] : i64, !stitch.buf<tensor<2x3xi64>>
      }
    }
  }
}

// What one phase puts another one gets, behind a barrier where lanes are others.
// CHECK-LABEL: stitch.kernel @stages
// CHECK-SAME: scratch = 64
// CHECK: %[[A:.*]] = stitch.stage at "0" : <tensor<8xf32>>
// CHECK: %[[B:.*]] = stitch.stage at "4*s0" : <tensor<?xf32, #tao.dims<"s0">>>
// CHECK: stitch.put %{{.*}}, %[[B]][%{{.*}}] : f32, <tensor<?xf32, #tao.dims<"s0">>>
// CHECK: stitch.barrier
// CHECK: stitch.get block %[[B]][%{{.*}}] : <tensor<?xf32, #tao.dims<"s0">>> -> f32
stitch.kernel @stages(%out: !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>, %n: index)
    attributes {plan = #stitch.plan<{version = 1, planner = "none", kind = "memory", regions = []}>, sizes = ["s0"], num_reads = 0 : i64, scratch = 64 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %v = arith.constant 1.0 : f32
  stitch.foreach grid %zero to %one {
  ^bb0(%task: index):
    %unused = stitch.stage at "0" : <tensor<8xf32>>
    %stage = stitch.stage at "4*s0" : <tensor<?xf32, #tao.dims<"s0">>>
    stitch.foreach lane %zero to %n width 8 {
    ^bb0(%i: index):
      stitch.put %v, %stage[%i] : f32, <tensor<?xf32, #tao.dims<"s0">>>
    }
    stitch.barrier
    stitch.foreach lane %zero to %n width 8 {
    ^bb0(%i: index):
      %w = stitch.get block %stage[%zero] : <tensor<?xf32, #tao.dims<"s0">>> -> f32
      stitch.store %w, %out[%i] : f32, <tensor<?xf32, #tao.dims<"s0">>>
    }
  }
}
