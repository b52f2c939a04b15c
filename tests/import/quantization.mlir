// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// Rounded, moved, bounded, converted.
// CHECK-LABEL: func.func @main
// CHECK: tao.div
// CHECK-NEXT: tao.round
// CHECK: tao.add
// CHECK: tao.max
// CHECK: tao.min
// CHECK: tao.cast {{.*}} : tensor<2x3xf32> -> tensor<2x3xi8>
func.func @main(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %z: tensor<3xi8>) -> !frontend.value {
  %0 = frontend.node "onnx.QuantizeLinear"(%x, %s, %z) {axis = 1 : i64} opset 13 : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xi8>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// The difference is taken in integers; a scale serves a block of rows.
// CHECK-LABEL: func.func @main
// CHECK: tao.broadcast {{.*}} -> tensor<2x2x3xf32>
// CHECK: tao.slice {{.*}} : tensor<4x3xf32> -> tensor<3x3xf32>
// CHECK: tao.sub {{.*}} : tensor<3x3xi32>
// CHECK: tao.mul {{.*}} : tensor<3x3xf32>
func.func @main(%x: tensor<3x3xui8>, %s: tensor<2x3xf32>, %z: tensor<2x3xui8>) -> !frontend.value {
  %0 = frontend.node "onnx.DequantizeLinear"(%x, %s, %z) {axis = 0 : i64, block_size = 2 : i64} opset 21 : (tensor<3x3xui8>, tensor<2x3xf32>, tensor<2x3xui8>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Rows that are left out weigh nothing.
// CHECK-LABEL: func.func @main
// CHECK: tao.cmp ne
// CHECK: tao.gather_elements {{.*}} axis 1
// CHECK: tao.div {{.*}} : tensor<f32>
func.func @main(%x: tensor<2x3xf32>, %l: tensor<2xi64>) -> !frontend.value {
  %0 = frontend.node "onnx.SoftmaxCrossEntropyLoss"(%x, %l) {ignore_index = -1 : i64} opset 13 : (tensor<2x3xf32>, tensor<2xi64>) -> !frontend.value
  return %0 : !frontend.value
}
