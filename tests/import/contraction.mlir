// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// A batch dim that repeats is absent from its operand's map.
// CHECK-DAG: #[[L:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d4)>
// CHECK-DAG: #[[R:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d4, d3)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tao.reshape %arg0 : tensor<5x1x2x3xf32> -> tensor<5x2x3xf32>
// CHECK: tao.contract %[[A]], %arg1 maps [#[[L]], #[[R]], #[[O]]] : tensor<5x2x3xf32>, tensor<7x3x4xf32> -> tensor<5x7x2x4xf32>
func.func @main(%x: tensor<5x1x2x3xf32>, %y: tensor<7x3x4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.MatMul"(%x, %y) opset 13 : (tensor<5x1x2x3xf32>, tensor<7x3x4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Vectors.
// CHECK-LABEL: func.func @main
// CHECK: tao.contract %arg0, %arg0 {{.*}} : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
// CHECK: tao.contract %arg0, %arg1 {{.*}} : tensor<3xf32>, tensor<2x3x4xf32> -> tensor<2x4xf32>
func.func @main(%x: tensor<3xf32>, %y: tensor<2x3x4xf32>) -> (!frontend.value, !frontend.value) {
  %0 = frontend.node "onnx.MatMul"(%x, %x) opset 13 : (tensor<3xf32>, tensor<3xf32>) -> !frontend.value
  %1 = frontend.node "onnx.MatMul"(%x, %y) opset 13 : (tensor<3xf32>, tensor<2x3x4xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// Transposes of Gemm are maps.
// CHECK-DAG: #[[L:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[R:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.contract %arg0, %arg1 maps [#[[L]], #[[R]], #{{.*}}]
// CHECK: tao.constant dense<2.000000e+00>
// CHECK: tao.mul
// CHECK: tao.broadcast %arg2 dims [1]
// CHECK: tao.add
func.func @main(%a: tensor<3x2xf32>, %b: tensor<4x3xf32>, %c: tensor<4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Gemm"(%a, %b, %c) {transA = 1 : i64, transB = 1 : i64, alpha = 2.0 : f32} opset 13 : (tensor<3x2xf32>, tensor<4x3xf32>, tensor<4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// A label that only one operand has is summed first.
// CHECK-LABEL: func.func @main
// CHECK: %[[S:.*]] = tao.reduce sum %arg1 dims [1] : tensor<3x5x4xf32> -> tensor<3x4xf32>
// CHECK: tao.contract %arg0, %[[S]] {{.*}} -> tensor<4x2xf32>
func.func @main(%a: tensor<2x3xf32>, %b: tensor<3x5x4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Einsum"(%a, %b) {equation = "ij, jkl -> li"} opset 13 : (tensor<2x3xf32>, tensor<3x5x4xf32>) -> !frontend.value
  return %0 : !frontend.value
}
