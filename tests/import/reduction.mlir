// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// Axes as an attribute and as an input; kept dims are reshapes.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[A:.*]] = tao.reduce max %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
// CHECK-NEXT: tao.reshape %[[A]] : tensor<3xf32> -> tensor<1x3x1xf32>
// CHECK-NEXT: tao.reduce sum %arg0 dims [1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
func.func @main(%x: tensor<2x3x4xf32>) -> (!frontend.value, !frontend.value) {
  %axes = frontend.constant dense<-2> : tensor<1xi64>
  %0 = frontend.node "onnx.ReduceMax"(%x) {axes = [0, -1]} opset 13 : (tensor<2x3x4xf32>) -> !frontend.value
  %1 = frontend.node "onnx.ReduceSum"(%x, %axes) {keepdims = 0 : i64} opset 13 : (tensor<2x3x4xf32>, tensor<1xi64>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// The mean over a symbolic extent divides by its size.
// CHECK-LABEL: func.func @main
// CHECK: tao.reduce sum %arg0 dims [0]
// CHECK: %[[N:.*]] = tao.size "n" : tensor<i64>
// CHECK: tao.cast %[[N]] : tensor<i64> -> tensor<f32>
// CHECK: tao.div
func.func @main(%x: tensor<?x4xf32, #tao.dims<"n">>) -> !frontend.value {
  %0 = frontend.node "onnx.ReduceMean"(%x) {axes = [0], keepdims = 0 : i64} opset 13 : (tensor<?x4xf32, #tao.dims<"n">>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.reduce max
// CHECK: tao.exp
// CHECK: tao.reduce sum
// CHECK: tao.log
// CHECK: tao.add
func.func @main(%x: tensor<4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.ReduceLogSumExp"(%x) opset 13 : (tensor<4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.arg_reduce min %arg0 dim 1 last : tensor<2x3xf32> -> tensor<2xi64>
func.func @main(%x: tensor<2x3xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.ArgMin"(%x) {axis = -1 : i64, keepdims = 0 : i64, select_last_index = 1 : i64} opset 13 : (tensor<2x3xf32>) -> !frontend.value
  return %0 : !frontend.value
}
