// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --lower-to-rt | FileCheck %s

// Sizes: kind, element type, two parameters, then extents; data of one number says so.
// CHECK: llvm.func @tao_rt_routine(!llvm.ptr, !llvm.ptr, i64, i64, !llvm.ptr)
// CHECK: %[[U:.*]] = rt.input 0
// CHECK: %[[R:.*]] = rt.input 1
// CHECK: %[[Y:.*]] = rt.output 0
// CHECK: %[[Z:.*]] = rt.weight
// CHECK: rt.launch @tao_rt_routine(%[[Z]], %[[R]], %[[U]]) to(%[[Y]]) {cost = "24*n + 216", failures = ["index out of range in node ''"], kernel_name = "scatter", kind = 0 : i32, nodes = [], sizes = ["0", "0", "1", "0", "9", "3", "n", "1"], tasks = "16"}
func.func @main(%u: tensor<?x3xf32, #tao.dims<"n">>, %rows: tensor<?xi64, #tao.dims<"n">>) -> tensor<9x3xf32> {
  %zero = tao.constant dense<0.0> : tensor<f32>
  %0 = stitch.group(%a = %zero, %b = %rows, %c = %u) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<f32>, tensor<?xi64, #tao.dims<"n">>, tensor<?x3xf32, #tao.dims<"n">>) -> tensor<9x3xf32> {
    %1 = tao.routine scatter(%a, %b, %c) params [1] : (tensor<f32>, tensor<?xi64, #tao.dims<"n">>, tensor<?x3xf32, #tao.dims<"n">>) -> tensor<9x3xf32>
    stitch.yield %1 : tensor<9x3xf32>
  }
  return %0 : tensor<9x3xf32>
}

// -----

// A task is a row; both routines share one declaration.
// CHECK: llvm.func @tao_rt_routine
// CHECK-NOT: llvm.func
// CHECK: rt.launch @tao_rt_routine({{.*}}) to({{.*}}) {cost = {{.*}}, failures = [], {{.*}} sizes = ["1", "1", "1", "0", "4", "7", "2"], tasks = "4"}
// CHECK: rt.launch @tao_rt_routine({{.*}}) to({{.*}}) {cost = {{.*}}, failures = [], {{.*}} sizes = ["2", "1", "0", "1", "4", "7"], tasks = "4"}
func.func @main(%x: tensor<4x7xf64>) -> (tensor<4x2xi64>, tensor<4x7xf64>) {
  %0 = stitch.group(%a = %x) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<4x7xf64>) -> tensor<4x2xi64> {
    %2 = tao.routine top_k(%a) params [1] : (tensor<4x7xf64>) -> tensor<4x2xi64>
    stitch.yield %2 : tensor<4x2xi64>
  }
  %1 = stitch.group(%a = %x) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<4x7xf64>) -> tensor<4x7xf64> {
    %2 = tao.routine cum_sum(%a) params [0, 1] : (tensor<4x7xf64>) -> tensor<4x7xf64>
    stitch.yield %2 : tensor<4x7xf64>
  }
  return %0, %1 : tensor<4x2xi64>, tensor<4x7xf64>
}
