// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// Broadcasts are explicit, and inputs must have one type.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[X:.*]] = tao.broadcast %arg0 dims [0, 1] : tensor<2x1xf32> -> tensor<2x3xf32>
// CHECK-NEXT: %[[Y:.*]] = tao.broadcast %arg1 dims [1] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK-NEXT: tao.sub %[[X]], %[[Y]] : tensor<2x3xf32>
func.func @main(%x: tensor<2x1xf32>, %y: tensor<3xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Sub"(%x, %y) opset 17 : (tensor<2x1xf32>, tensor<3xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Small whole powers are products; others are cast to the base's type.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[S:.*]] = tao.mul %arg0, %arg0
// CHECK: %[[E:.*]] = tao.cast %{{.*}} : tensor<4xi64> -> tensor<4xf32>
// CHECK-NEXT: %[[P:.*]] = tao.pow %arg0, %[[E]]
// CHECK: return %[[S]], %[[P]]
func.func @main(%x: tensor<4xf32>, %y: tensor<i64>) -> (!frontend.value, !frontend.value) {
  %two = frontend.constant dense<2.0> : tensor<f32>
  %0 = frontend.node "onnx.Pow"(%x, %two) opset 17 : (tensor<4xf32>, tensor<f32>) -> !frontend.value
  %1 = frontend.node "onnx.Pow"(%x, %y) opset 17 : (tensor<4xf32>, tensor<i64>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// The remainder has the divisor's sign, or with fmod the dividend's.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[R:.*]] = tao.rem %arg0, %arg1 : tensor<4xi32>
// CHECK: tao.xor
// CHECK: tao.add %[[R]], %arg1
// CHECK: tao.rem %arg0, %arg1 : tensor<4xi32>
// CHECK-NEXT: return
func.func @main(%x: tensor<4xi32>, %y: tensor<4xi32>) -> (!frontend.value, !frontend.value) {
  %0 = frontend.node "onnx.Mod"(%x, %y) opset 17 : (tensor<4xi32>, tensor<4xi32>) -> !frontend.value
  %1 = frontend.node "onnx.Mod"(%x, %y) {fmod = 1 : i64} opset 17 : (tensor<4xi32>, tensor<4xi32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// Clip with a bound left out, and its old form with attributes.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[B:.*]] = tao.broadcast %arg1 dims [] : tensor<f32> -> tensor<4xf32>
// CHECK-NEXT: tao.min %arg0, %[[B]]
// CHECK: tao.constant dense<0.000000e+00> : tensor<f32>
// CHECK: tao.max
// CHECK: tao.constant dense<6.000000e+00> : tensor<f32>
// CHECK: tao.min
func.func @main(%x: tensor<4xf32>, %y: tensor<f32>) -> (!frontend.value, !frontend.value) {
  %none = frontend.none
  %0 = frontend.node "onnx.Clip"(%x, %none, %y) opset 17 : (tensor<4xf32>, none, tensor<f32>) -> !frontend.value
  %1 = frontend.node "onnx.Clip"(%x) {min = 0.0 : f32, max = 6.0 : f32} opset 6 : (tensor<4xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// Variadic operators fold from the left; the mean of halves is computed in f32.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tao.add %{{.*}}, %{{.*}} : tensor<4xf32>
// CHECK: tao.div %[[A]], %{{.*}} : tensor<4xf32>
// CHECK: tao.cast %{{.*}} : tensor<4xf32> -> tensor<4xf16>
func.func @main(%x: tensor<4xf16>, %y: tensor<1xf16>) -> !frontend.value {
  %0 = frontend.node "onnx.Mean"(%x, %y) opset 17 : (tensor<4xf16>, tensor<1xf16>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Trigonometry is composed: asin(x) = atan2(x, sqrt((1 - x) * (1 + x))).
// CHECK-LABEL: func.func @main
// CHECK: tao.sub
// CHECK: tao.add
// CHECK: tao.mul
// CHECK: %[[C:.*]] = tao.sqrt
// CHECK: tao.atan2 %arg0, %[[C]]
func.func @main(%x: tensor<4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Asin"(%x) opset 17 : (tensor<4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Comparisons, logic, selection, conversion.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[L:.*]] = tao.cmp lt %arg0, %arg1
// CHECK-NEXT: %[[N:.*]] = tao.is_nan %arg0
// CHECK-NEXT: %[[O:.*]] = tao.or %[[L]], %[[N]] : tensor<4xi1>
// CHECK-NEXT: %[[S:.*]] = tao.select %[[O]], %arg0, %arg1
// CHECK-NEXT: tao.cast %[[S]] : tensor<4xf32> -> tensor<4xui8>
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Less"(%x, %y) opset 17 : (tensor<4xf32>, tensor<4xf32>) -> !frontend.value
  %1 = frontend.node "onnx.IsNaN"(%x) opset 17 : (tensor<4xf32>) -> !frontend.value
  %2 = frontend.node "onnx.Or"(%0, %1) opset 17 : (!frontend.value, !frontend.value) -> !frontend.value
  %3 = frontend.node "onnx.Where"(%2, %x, %y) opset 17 : (!frontend.value, tensor<4xf32>, tensor<4xf32>) -> !frontend.value
  %4 = frontend.node "onnx.Cast"(%3) {to = 2 : i64} opset 17 : (!frontend.value) -> !frontend.value
  return %4 : !frontend.value
}
