// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.transpose %arg0 perm [2, 1, 0] : tensor<2x3x4xf32> -> tensor<4x3x2xf32>
// CHECK-NEXT: tao.concat %arg0, %arg0 axis 2 : tensor<2x3x4xf32>, tensor<2x3x4xf32> -> tensor<2x3x8xf32>
func.func @main(%x: tensor<2x3x4xf32>) -> (!frontend.value, !frontend.value) {
  %0 = frontend.node "onnx.Transpose"(%x) opset 13 : (tensor<2x3x4xf32>) -> !frontend.value
  %1 = frontend.node "onnx.Concat"(%x, %x) {axis = -1 : i64} opset 13 : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// Bounds count from the end, stop at it, and steps may go backwards.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.slice %arg0 from ["1", "5"] by [1, -2] : tensor<4x6xf32> -> tensor<2x3xf32>
func.func @main(%x: tensor<4x6xf32>) -> !frontend.value {
  %starts = frontend.constant dense<[1, -1]> : tensor<2xi64>
  %ends = frontend.constant dense<[-1, -9223372036854775807]> : tensor<2xi64>
  %axes = frontend.constant dense<[0, 1]> : tensor<2xi64>
  %steps = frontend.constant dense<[1, -2]> : tensor<2xi64>
  %0 = frontend.node "onnx.Slice"(%x, %starts, %ends, %axes, %steps) opset 13 : (tensor<4x6xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// On a symbolic extent.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.assume "n" at_least, "1", "node 'Slice' (Slice): a dim of which one element is left out must not be empty"
// CHECK-NEXT: tao.slice %arg0 from ["1"] by [1] : tensor<?xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n - 1">>
// CHECK-NEXT: tao.slice %arg0 from ["min(3, n)"] by [1] : tensor<?xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"-min(3, n) + n">>
func.func @main(%x: tensor<?xf32, #tao.dims<"n">>) -> (!frontend.value, !frontend.value) {
  %starts = frontend.constant dense<[1]> : tensor<1xi64>
  %ends = frontend.constant dense<[9223372036854775807]> : tensor<1xi64>
  %three = frontend.constant dense<[3]> : tensor<1xi64>
  %0 = frontend.node "onnx.Slice"(%x, %starts, %ends) opset 13 : (tensor<?xf32, #tao.dims<"n">>, tensor<1xi64>, tensor<1xi64>) -> !frontend.value loc("Slice")
  %1 = frontend.node "onnx.Slice"(%x, %three, %ends) opset 13 : (tensor<?xf32, #tao.dims<"n">>, tensor<1xi64>, tensor<1xi64>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// Parts that nobody takes are not made; the last of equal parts may be smaller.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.slice %arg0 from ["0"] by [1] : tensor<7xf32> -> tensor<3xf32>
// CHECK-NEXT: tao.slice %arg0 from ["6"] by [1] : tensor<7xf32> -> tensor<1xf32>
// CHECK-NEXT: return
func.func @main(%x: tensor<7xf32>) -> (!frontend.value, !frontend.value) {
  %0:3 = frontend.node "onnx.Split"(%x) {num_outputs = 3 : i64} opset 18 : (tensor<7xf32>) -> (!frontend.value, !frontend.value, !frontend.value)
  return %0#0, %0#2 : !frontend.value, !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.pad %arg0, %{{.*}} low [1] : tensor<4xf32>, tensor<f32> -> tensor<7xf32>
// CHECK: %[[L:.*]] = tao.slice %arg0 from ["1"] by [-1] : tensor<4xf32> -> tensor<1xf32>
// CHECK: %[[H:.*]] = tao.slice %arg0 from ["2"] by [-1] : tensor<4xf32> -> tensor<2xf32>
// CHECK: tao.concat %[[L]], %arg0, %[[H]] axis 0
func.func @main(%x: tensor<4xf32>) -> (!frontend.value, !frontend.value) {
  %pads = frontend.constant dense<[1, 2]> : tensor<2xi64>
  %0 = frontend.node "onnx.Pad"(%x, %pads) opset 13 : (tensor<4xf32>, tensor<2xi64>) -> !frontend.value
  %1 = frontend.node "onnx.Pad"(%x, %pads) {mode = "reflect"} opset 13 : (tensor<4xf32>, tensor<2xi64>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[B:.*]] = tao.broadcast %arg0 dims [1, 2] : tensor<2x3xf32> -> tensor<4x2x3xf32>
// CHECK-NEXT: tao.reshape %[[B]] : tensor<4x2x3xf32> -> tensor<8x3xf32>
func.func @main(%x: tensor<2x3xf32>) -> !frontend.value {
  %repeats = frontend.constant dense<[4, 1]> : tensor<2xi64>
  %0 = frontend.node "onnx.Tile"(%x, %repeats) opset 13 : (tensor<2x3xf32>, tensor<2xi64>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.reshape %arg0 : tensor<1x8x2x3xf32> -> tensor<1x2x2x2x2x3xf32>
// CHECK: tao.transpose %{{.*}} perm [0, 3, 4, 1, 5, 2]
// CHECK: tao.reshape %{{.*}} -> tensor<1x2x4x6xf32>
func.func @main(%x: tensor<1x8x2x3xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.DepthToSpace"(%x) {blocksize = 2 : i64} opset 13 : (tensor<1x8x2x3xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// Constant indices are normalised here, others when the model runs.
// CHECK-LABEL: func.func @main
// CHECK: %[[I:.*]] = tao.constant dense<[0, 3]> : tensor<2xi64>
// CHECK: tao.gather %arg0, %[[I]] axis 0
// CHECK: tao.cmp lt %arg1
// CHECK: %[[S:.*]] = tao.select
// CHECK: tao.gather %arg0, %[[S]] axis 0
func.func @main(%x: tensor<4xf32>, %i: tensor<3xi32>) -> (!frontend.value, !frontend.value) {
  %c = frontend.constant dense<[0, -1]> : tensor<2xi64>
  %0 = frontend.node "onnx.Gather"(%x, %c) opset 13 : (tensor<4xf32>, tensor<2xi64>) -> !frontend.value
  %1 = frontend.node "onnx.Gather"(%x, %i) opset 13 : (tensor<4xf32>, tensor<3xi32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// CHECK-LABEL: func.func @main
// CHECK: tao.iota 1
// CHECK: tao.cmp ge
// CHECK: tao.select
// CHECK: tao.iota 0
// CHECK: tao.cmp eq
func.func @main(%x: tensor<4x4xf32>, %i: tensor<3xi64>) -> (!frontend.value, !frontend.value) {
  %depth = frontend.constant dense<5> : tensor<i64>
  %values = frontend.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %0 = frontend.node "onnx.Trilu"(%x) opset 14 : (tensor<4x4xf32>) -> !frontend.value
  %1 = frontend.node "onnx.OneHot"(%i, %depth, %values) {axis = 0 : i64} opset 14 : (tensor<3xi64>, tensor<i64>, tensor<2xf32>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}
