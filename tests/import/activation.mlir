// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: tao.max
// CHECK: tao.abs
// CHECK: tao.neg
// CHECK: tao.exp
// CHECK: tao.log1p
// CHECK: tao.add
func.func @main(%x: tensor<4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Softplus"(%x) opset 17 : (tensor<4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.constant dense<0.707106769> : tensor<f32>
// CHECK: tao.erf
// CHECK: tao.tanh
func.func @main(%x: tensor<4xf32>) -> (!frontend.value, !frontend.value) {
  %0 = frontend.node "onnx.Gelu"(%x) opset 20 : (tensor<4xf32>) -> !frontend.value
  %1 = frontend.node "onnx.Gelu"(%x) {approximate = "tanh"} opset 20 : (tensor<4xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// The exponential sees the negative part only.
// CHECK-LABEL: func.func @main
// CHECK: %[[M:.*]] = tao.min %arg0
// CHECK: tao.expm1 %[[M]]
// CHECK: tao.select
func.func @main(%x: tensor<4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Elu"(%x) {alpha = 2.0 : f32} opset 17 : (tensor<4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Halves are computed in f32.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[W:.*]] = tao.cast %arg0 : tensor<4xbf16> -> tensor<4xf32>
// CHECK-NEXT: %[[L:.*]] = tao.logistic %[[W]]
// CHECK-NEXT: tao.cast %[[L]] : tensor<4xf32> -> tensor<4xbf16>
func.func @main(%x: tensor<4xbf16>) -> !frontend.value {
  %0 = frontend.node "onnx.Sigmoid"(%x) opset 17 : (tensor<4xbf16>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Attributes are f32 whatever the tensors are: a default is the f32 number nearest to what the standard names.
// CHECK-LABEL: func.func @main
// CHECK-DAG: tao.constant dense<0.20000000298023224> : tensor<f64>
// CHECK-DAG: tao.constant dense<5.000000e-01> : tensor<f64>
func.func @main(%x: tensor<4xf64>) -> !frontend.value {
  %0 = frontend.node "onnx.HardSigmoid"(%x) opset 17 : (tensor<4xf64>) -> !frontend.value
  return %0 : !frontend.value
}
