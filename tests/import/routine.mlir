// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// Two coordinates become a row number, -1 where one of them is out of range; what follows is the width.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-2: tao.and
// CHECK: %[[IN:.*]] = tao.and
// CHECK: tao.mul
// CHECK: tao.select %[[IN]], %{{.*}}, %{{.*}} : tensor<3xi1>, tensor<3xi64>
// CHECK: %[[D:.*]] = tao.reshape %arg0 : tensor<4x5x6xf32> -> tensor<20x6xf32>
// CHECK: %[[R:.*]] = tao.routine scatter(%{{.*}}, %{{.*}}, %{{.*}}) params [1] : (tensor<20x6xf32>, tensor<3xi64>, tensor<3x6xf32>) -> tensor<20x6xf32>
// CHECK: tao.reshape %[[R]] : tensor<20x6xf32> -> tensor<4x5x6xf32>
func.func @main(%x: tensor<4x5x6xf32>, %i: tensor<3x2xi64>, %u: tensor<3x6xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.ScatterND"(%x, %i, %u) {reduction = "add"} opset 18 : (tensor<4x5x6xf32>, tensor<3x2xi64>, tensor<3x6xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// One number everywhere is not stored as a tensor.
// CHECK-LABEL: func.func @main
// CHECK: tao.routine scatter({{.*}}) params [0] : (tensor<f32>, tensor<3xi64>, tensor<3x6xf32>) -> tensor<4x6xf32>
func.func @main(%i: tensor<3x1xi64>, %u: tensor<3x6xf32>) -> !frontend.value {
  %x = frontend.constant dense<0.0> : tensor<4x6xf32>
  %0 = frontend.node "onnx.ScatterND"(%x, %i, %u) opset 13 : (tensor<4x6xf32>, tensor<3x1xi64>, tensor<3x6xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Elements are rows of width 1; sums of halves are computed in f32.
// CHECK-LABEL: func.func @main
// CHECK: tao.iota 0 : tensor<2x5xi64>
// CHECK: tao.routine scatter({{.*}}) params [1] : (tensor<20x1xf32>, tensor<10xi64>, tensor<10x1xf32>) -> tensor<20x1xf32>
func.func @main(%x: tensor<4x5xf16>, %i: tensor<2x5xi32>, %u: tensor<2x5xf16>) -> !frontend.value {
  %0 = frontend.node "onnx.ScatterElements"(%x, %i, %u) {axis = 1 : i64, reduction = "add"} opset 18 : (tensor<4x5xf16>, tensor<2x5xi32>, tensor<2x5xf16>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// The axis becomes the last dim; the values are gathered by the indices.
// CHECK-LABEL: func.func @main
// CHECK: tao.transpose %arg0 perm [1, 0]
// CHECK: tao.routine top_k(%{{.*}}) params [1] : (tensor<3x7xf32>) -> tensor<3x2xi64>
// CHECK: tao.gather_elements %arg0, %{{.*}} axis 0 : tensor<7x3xf32>, tensor<2x3xi64> -> tensor<2x3xf32>
func.func @main(%x: tensor<7x3xf32>) -> (!frontend.value, !frontend.value) {
  %k = frontend.constant dense<2> : tensor<1xi64>
  %0:2 = frontend.node "onnx.TopK"(%x, %k) {axis = 0 : i64} opset 18 : (tensor<7x3xf32>, tensor<1xi64>) -> (!frontend.value, !frontend.value)
  return %0#0, %0#1 : !frontend.value, !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.routine cum_sum(%{{.*}}) params [0, 1] : (tensor<?x7xf32, #tao.dims<"n">>) -> tensor<?x7xf32, #tao.dims<"n">>
func.func @main(%x: tensor<?x7xf32, #tao.dims<"n">>) -> !frontend.value {
  %axis = frontend.constant dense<-1> : tensor<i64>
  %0 = frontend.node "onnx.CumSum"(%x, %axis) {reverse = 1 : i64} opset 14 : (tensor<?x7xf32, #tao.dims<"n">>, tensor<i64>) -> !frontend.value
  return %0 : !frontend.value
}
