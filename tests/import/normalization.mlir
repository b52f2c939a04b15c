// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[M:.*]] = tao.reduce max %arg0 dims [2]
// CHECK-NEXT: %[[MB:.*]] = tao.broadcast %{{.*}} dims [0, 1] : tensor<?x3xf32, #tao.dims<"n">> -> tensor<?x3x4xf32, #tao.dims<"n">>
// CHECK-NEXT: %[[S:.*]] = tao.sub %arg0, %[[MB]]
// CHECK-NEXT: %[[E:.*]] = tao.exp %[[S]]
// CHECK-NEXT: %[[D:.*]] = tao.reduce sum %[[E]] dims [2]
// CHECK-NEXT: %[[DB:.*]] = tao.broadcast %[[D]] dims [0, 1]
// CHECK-NEXT: tao.div %[[E]], %[[DB]]
func.func @main(%x: tensor<?x3x4xf32, #tao.dims<"n">>) -> !frontend.value {
  %0 = frontend.node "onnx.Softmax"(%x) opset 17 : (tensor<?x3x4xf32, #tao.dims<"n">>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Before version 13 the dims from the axis on are one.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.reduce max %arg0 dims [1, 2]
func.func @main(%x: tensor<2x3x4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Softmax"(%x) opset 12 : (tensor<2x3x4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// The mean is subtracted before squares are summed.
// CHECK-LABEL: func.func @main
// CHECK: tao.reduce sum %arg0 dims [1]
// CHECK: %[[C:.*]] = tao.sub %arg0
// CHECK: tao.mul %[[C]], %[[C]]
// CHECK: tao.reduce sum
// CHECK: %[[I:.*]] = tao.rsqrt
// CHECK: tao.mul
// CHECK: tao.broadcast %arg1 dims [1]
// CHECK: tao.mul
// CHECK: tao.broadcast %arg2 dims [1]
// CHECK: tao.add
func.func @main(%x: tensor<2x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.LayerNormalization"(%x, %s, %b) opset 17 : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Inference: scale and shift come from vectors, so that they fold.
// CHECK-LABEL: func.func @main
// CHECK: tao.rsqrt %{{.*}} : tensor<3xf32>
// CHECK: %[[S:.*]] = tao.mul %{{.*}}, %{{.*}} : tensor<3xf32>
// CHECK: tao.mul %{{.*}}, %[[S]] : tensor<3xf32>
// CHECK: tao.sub %{{.*}}, %{{.*}} : tensor<3xf32>
// CHECK: tao.broadcast %[[S]] dims [1] : tensor<3xf32> -> tensor<2x3x4x4xf32>
// CHECK: tao.mul %arg0
// CHECK: tao.add
func.func @main(%x: tensor<2x3x4x4xf32>) -> !frontend.value {
  %s = frontend.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = frontend.constant dense<[4.0, 5.0, 6.0]> : tensor<3xf32>
  %0 = frontend.node "onnx.BatchNormalization"(%x, %s, %b, %b, %s) opset 17 : (tensor<2x3x4x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.reshape %arg0 : tensor<2x6x5xf32> -> tensor<2x3x2x5xf32>
// CHECK: tao.reduce sum %{{.*}} dims [2, 3]
func.func @main(%x: tensor<2x6x5xf32>, %s: tensor<6xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.GroupNormalization"(%x, %s, %s) {num_groups = 3 : i64} opset 21 : (tensor<2x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.reduce_window sum %{{.*}} window [1, 3, 1, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] low [0, 1, 0, 0]
// CHECK: tao.pow
func.func @main(%x: tensor<1x6x2x2xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.LRN"(%x) {size = 3 : i64} opset 17 : (tensor<1x6x2x2xf32>) -> !frontend.value
  return %0 : !frontend.value
}
