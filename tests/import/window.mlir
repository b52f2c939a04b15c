// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.assume "h - 1" at_least, "0", "node 'Conv' (Conv): the window must fit the padded input"
// CHECK-NEXT: %[[C:.*]] = tao.conv %arg0, %arg1 strides [2, 2] dilations [1, 1] low [1, 1] groups 2 : tensor<?x4x?x9xf32, #tao.dims<"n", "h">>, tensor<6x2x3x3xf32> -> tensor<?x6x?x5xf32, #tao.dims<"n", "floordiv(h - 1, 2) + 1">>
// CHECK-NEXT: tao.broadcast %arg2 dims [1]
// CHECK-NEXT: tao.add %[[C]]
func.func @main(%x: tensor<?x4x?x9xf32, #tao.dims<"n", "h">>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Conv"(%x, %w, %b) {strides = [2, 2], pads = [1, 1, 1, 1], group = 2 : i64} opset 13 : (tensor<?x4x?x9xf32, #tao.dims<"n", "h">>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// SAME_LOWER puts the odd element before the data.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.conv %arg0, %arg1 strides [2] dilations [1] low [1] groups 1 : tensor<1x1x8xf32>, tensor<1x1x3xf32> -> tensor<1x1x4xf32>
func.func @main(%x: tensor<1x1x8xf32>, %w: tensor<1x1x3xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Conv"(%x, %w) {strides = [2], auto_pad = "SAME_LOWER"} opset 13 : (tensor<1x1x8xf32>, tensor<1x1x3xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// A transposed convolution spreads its input out and turns its weights round.
// CHECK-LABEL: func.func @main
// CHECK: %[[P:.*]] = tao.pad %{{.*}}, %{{.*}} low [0, 0, 0, 0] : tensor<1x2x4x1xf32>, tensor<f32> -> tensor<1x2x4x2xf32>
// CHECK: %[[X:.*]] = tao.reshape %[[P]] : tensor<1x2x4x2xf32> -> tensor<1x2x8xf32>
// CHECK: %[[W:.*]] = tao.slice %{{.*}} from ["0", "0", "2"] by [1, 1, -1]
// CHECK: tao.conv %[[X]], %[[W]] strides [1] dilations [1] low [2] groups 1 : tensor<1x2x8xf32>, tensor<5x2x3xf32> -> tensor<1x5x9xf32>
func.func @main(%x: tensor<1x2x4xf32>, %w: tensor<2x5x3xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.ConvTranspose"(%x, %w) {strides = [2]} opset 13 : (tensor<1x2x4xf32>, tensor<2x5x3xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Rounding up adds a window that reaches past the end, unless it would start there.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.reduce_window max %arg0 window [1, 1, 3, 1] strides [1, 1, 2, 3] dilations [1, 1, 1, 1] low [0, 0, 0, 0] : tensor<1x1x6x5xf32> -> tensor<1x1x3x2xf32>
func.func @main(%x: tensor<1x1x6x5xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.MaxPool"(%x) {kernel_shape = [3, 1], strides = [2, 3], ceil_mode = 1 : i64} opset 13 : (tensor<1x1x6x5xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Averages divide by a constant where every window is inside, else by counts.
// CHECK-LABEL: func.func @main
// CHECK: tao.reduce_window sum %arg0
// CHECK: tao.constant dense<4.000000e+00>
// CHECK: tao.div
// CHECK: tao.reduce_window sum %arg0
// CHECK: tao.constant dense<1.000000e+00>
// CHECK: tao.reduce_window sum %{{.*}} : tensor<1x1x4x4xf32> -> tensor<1x1x5x5xf32>
// CHECK: tao.div
func.func @main(%x: tensor<2x3x4x4xf32>) -> (!frontend.value, !frontend.value) {
  %0 = frontend.node "onnx.AveragePool"(%x) {kernel_shape = [2, 2]} opset 13 : (tensor<2x3x4x4xf32>) -> !frontend.value
  %1 = frontend.node "onnx.AveragePool"(%x) {kernel_shape = [2, 2], pads = [1, 1, 1, 1]} opset 13 : (tensor<2x3x4x4xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.reduce sum %arg0 dims [2, 3]
// CHECK: tao.constant dense<1.600000e+01>
func.func @main(%x: tensor<2x3x4x4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.GlobalAveragePool"(%x) opset 13 : (tensor<2x3x4x4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Whole factors repeat elements; others gather.
// CHECK-LABEL: func.func @main
// CHECK: tao.broadcast %arg0 dims [0, 1, 2] : tensor<1x1x4xf32> -> tensor<1x1x4x2xf32>
// CHECK-NEXT: tao.reshape %{{.*}} -> tensor<1x1x8xf32>
// CHECK: tao.constant dense<[0, 0, 1, 2, 2, 3]> : tensor<6xi64>
// CHECK: tao.gather %arg0, %{{.*}} axis 2
func.func @main(%x: tensor<1x1x4xf32>) -> (!frontend.value, !frontend.value) {
  %none = frontend.none
  %two = frontend.constant dense<[1.0, 1.0, 2.0]> : tensor<3xf32>
  %half = frontend.constant dense<[1.0, 1.0, 1.5]> : tensor<3xf32>
  %0 = frontend.node "onnx.Resize"(%x, %none, %two) opset 13 : (tensor<1x1x4xf32>, none, tensor<3xf32>) -> !frontend.value
  %1 = frontend.node "onnx.Resize"(%x, %none, %half) opset 13 : (tensor<1x1x4xf32>, none, tensor<3xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}
