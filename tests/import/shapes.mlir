// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// Sizes computed by the graph become symbolic shapes and leave no ops behind.

// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[R:.*]] = tao.reshape %arg0 : tensor<?x?x12xf32, #tao.dims<"n", "s">> -> tensor<?x?x3x4xf32, #tao.dims<"n", "s">>
// CHECK-NEXT: return %[[R]]
func.func @main(%x: tensor<?x?x12xf32, #tao.dims<"n", "s">>) -> !frontend.value {
  %three = frontend.constant dense<[3, -1]> : tensor<2xi64>
  %zero = frontend.constant dense<0> : tensor<i64>
  %one = frontend.constant dense<[1]> : tensor<1xi64>
  %axis = frontend.constant dense<[0]> : tensor<1xi64>
  %0 = frontend.node "onnx.Shape"(%x) opset 17 : (tensor<?x?x12xf32, #tao.dims<"n", "s">>) -> !frontend.value
  %1 = frontend.node "onnx.Gather"(%0, %zero) opset 17 : (!frontend.value, tensor<i64>) -> !frontend.value
  %2 = frontend.node "onnx.Unsqueeze"(%1, %axis) opset 17 : (!frontend.value, tensor<1xi64>) -> !frontend.value
  %3 = frontend.node "onnx.Gather"(%0, %one) opset 17 : (!frontend.value, tensor<1xi64>) -> !frontend.value
  %4 = frontend.node "onnx.Concat"(%2, %3, %three) {axis = 0 : i64} opset 17 : (!frontend.value, !frontend.value, tensor<2xi64>) -> !frontend.value
  %5 = frontend.node "onnx.Reshape"(%x, %4) opset 17 : (tensor<?x?x12xf32, #tao.dims<"n", "s">>, !frontend.value) -> !frontend.value
  return %5 : !frontend.value
}

// -----

// Arithmetic on sizes, and a choice that is certain for all of them: the pattern of exported Expand.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[B:.*]] = tao.broadcast %arg0 dims [1] : tensor<?xf32, #tao.dims<"s">> -> tensor<?x?xf32, #tao.dims<"floordiv(s, 2) + 1", "s">>
// CHECK-NEXT: return %[[B]]
func.func @main(%x: tensor<?xf32, #tao.dims<"s">>) -> !frontend.value {
  %two = frontend.constant dense<2> : tensor<1xi64>
  %one = frontend.constant dense<1> : tensor<1xi64>
  %minus = frontend.constant dense<-1> : tensor<2xi64>
  %ones = frontend.constant dense<1> : tensor<2xi64>
  %0 = frontend.node "onnx.Shape"(%x) opset 17 : (tensor<?xf32, #tao.dims<"s">>) -> !frontend.value
  %1 = frontend.node "onnx.Div"(%0, %two) opset 17 : (!frontend.value, tensor<1xi64>) -> !frontend.value
  %2 = frontend.node "onnx.Add"(%1, %one) opset 17 : (!frontend.value, tensor<1xi64>) -> !frontend.value
  %3 = frontend.node "onnx.Concat"(%2, %0) {axis = 0 : i64} opset 17 : (!frontend.value, !frontend.value) -> !frontend.value
  %4 = frontend.node "onnx.Equal"(%3, %minus) opset 17 : (!frontend.value, tensor<2xi64>) -> !frontend.value
  %5 = frontend.node "onnx.Where"(%4, %ones, %3) opset 17 : (!frontend.value, tensor<2xi64>, !frontend.value) -> !frontend.value
  %6 = frontend.node "onnx.Expand"(%x, %5) opset 17 : (tensor<?xf32, #tao.dims<"s">>, !frontend.value) -> !frontend.value
  return %6 : !frontend.value
}

// -----

// A size that is data after all is made when it is needed.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[N:.*]] = tao.size "n" : tensor<i64>
// CHECK-NEXT: %[[F:.*]] = tao.cast %[[N]] : tensor<i64> -> tensor<f32>
// CHECK-NEXT: %[[B:.*]] = tao.broadcast %[[F]] dims [] : tensor<f32> -> tensor<?xf32, #tao.dims<"n">>
// CHECK-NEXT: tao.div %arg0, %[[B]]
func.func @main(%x: tensor<?xf32, #tao.dims<"n">>) -> !frontend.value {
  %0 = frontend.node "onnx.Size"(%x) opset 17 : (tensor<?xf32, #tao.dims<"n">>) -> !frontend.value
  %1 = frontend.node "onnx.Cast"(%0) {to = 1 : i64} opset 17 : (!frontend.value) -> !frontend.value
  %2 = frontend.node "onnx.Div"(%x, %1) opset 17 : (tensor<?xf32, #tao.dims<"n">>, !frontend.value) -> !frontend.value
  return %2 : !frontend.value
}

// -----

// What cannot be proven is assumed, once, and used from then on.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.assume "n", "m", "node 'onnx.Add' (Add): extents of the inputs must be equal"
// CHECK-NEXT: %[[M:.*]] = tao.reshape %arg1 : tensor<?xf32, #tao.dims<"m">> -> tensor<?xf32, #tao.dims<"n">>
// CHECK-NEXT: %[[A:.*]] = tao.add %arg0, %[[M]]
// CHECK-NOT: tao.assume
// CHECK: tao.mul
// CHECK-NEXT: return
func.func @main(%x: tensor<?xf32, #tao.dims<"n">>, %y: tensor<?xf32, #tao.dims<"m">>) -> !frontend.value {
  %0 = frontend.node "onnx.Add"(%x, %y) opset 17 : (tensor<?xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"m">>) -> !frontend.value loc("onnx.Add")
  %1 = frontend.node "onnx.Mul"(%y, %0) opset 17 : (tensor<?xf32, #tao.dims<"m">>, !frontend.value) -> !frontend.value
  return %1 : !frontend.value
}

// -----

// Reshape: 0 copies, -1 takes what is left, and a quotient that need not come out even is assumed to.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: tao.reshape %arg0 : tensor<?x6xf32, #tao.dims<"n">> -> tensor<?x2x3xf32, #tao.dims<"n">>
// CHECK-NEXT: tao.assume "4*floordiv(6*n, 4)", "6*n", "node 'Reshape' (Reshape): the input of a reshape must have as many elements as its result"
// CHECK-NEXT: tao.reshape %arg0 : tensor<?x6xf32, #tao.dims<"n">> -> tensor<?x4xf32, #tao.dims<"floordiv(6*n, 4)">>
func.func @main(%x: tensor<?x6xf32, #tao.dims<"n">>) -> (!frontend.value, !frontend.value) {
  %a = frontend.constant dense<[0, -1, 3]> : tensor<3xi64>
  %b = frontend.constant dense<[-1, 4]> : tensor<2xi64>
  %0 = frontend.node "onnx.Reshape"(%x, %a) opset 17 : (tensor<?x6xf32, #tao.dims<"n">>, tensor<3xi64>) -> !frontend.value
  %1 = frontend.node "onnx.Reshape"(%x, %b) opset 17 : (tensor<?x6xf32, #tao.dims<"n">>, tensor<2xi64>) -> !frontend.value
  return %0, %1 : !frontend.value, !frontend.value
}

// -----

// A range over a symbolic length, and the elements of constant ones.
// CHECK-LABEL: func.func @main
// CHECK: %[[I:.*]] = tao.iota 0 : tensor<?xi64, #tao.dims<"n">>
// CHECK: tao.constant dense<[1, 3, 5]> : tensor<3xi64>
func.func @main(%x: tensor<?xf32, #tao.dims<"n">>) -> (!frontend.value, !frontend.value) {
  %zero = frontend.constant dense<0> : tensor<i64>
  %one = frontend.constant dense<1> : tensor<i64>
  %two = frontend.constant dense<2> : tensor<i64>
  %six = frontend.constant dense<6> : tensor<i64>
  %0 = frontend.node "onnx.Size"(%x) opset 17 : (tensor<?xf32, #tao.dims<"n">>) -> !frontend.value
  %1 = frontend.node "onnx.Range"(%zero, %0, %one) opset 17 : (tensor<i64>, !frontend.value, tensor<i64>) -> !frontend.value
  %2 = frontend.node "onnx.Range"(%one, %six, %two) opset 17 : (tensor<i64>, tensor<i64>, tensor<i64>) -> !frontend.value
  return %1, %2 : !frontend.value, !frontend.value
}

// -----

// Windows for spectra come from the index; a symmetric one ends where it began, one sample earlier than the next period.
// CHECK-LABEL: func.func @main
// CHECK: tao.size "n - 1"
// CHECK: tao.iota 0 : tensor<?xi64, #tao.dims<"n">>
// CHECK: %[[A:.*]] = tao.div
// CHECK: tao.cos %[[A]]
// CHECK: return %{{.*}} : tensor<?xf32, #tao.dims<"n">>
func.func @main(%x: tensor<?xf32, #tao.dims<"n">>) -> !frontend.value {
  %0 = frontend.node "onnx.Size"(%x) opset 17 : (tensor<?xf32, #tao.dims<"n">>) -> !frontend.value
  %1 = frontend.node "onnx.HannWindow"(%0) {periodic = 0 : i64} opset 17 : (!frontend.value) -> !frontend.value
  return %1 : !frontend.value
}

// -----

// A product of a matrix with itself wants as many rows as columns, here one. From there on the extent is 1, and broadcasts.
// CHECK-LABEL: func.func @main
// CHECK: tao.assume "n"{{.*}}"1"
// CHECK: %[[M:.*]] = tao.contract
// CHECK: %[[R:.*]] = tao.reshape %[[M]] : tensor<1x?xf32, #tao.dims<"n">> -> tensor<1x1xf32>
// CHECK: tao.broadcast %[[R]] dims [1, 2] : tensor<1x1xf32> -> tensor<3x1x3xf32>
func.func @main(%x: tensor<1x?xf32, #tao.dims<"n">>) -> !frontend.value {
  %shape = frontend.constant dense<[3, 1, 3]> : tensor<3xi64>
  %0 = frontend.node "onnx.MatMul"(%x, %x) opset 17 : (tensor<1x?xf32, #tao.dims<"n">>, tensor<1x?xf32, #tao.dims<"n">>) -> !frontend.value
  %1 = frontend.node "onnx.Expand"(%0, %shape) opset 17 : (!frontend.value, tensor<3xi64>) -> !frontend.value
  return %1 : !frontend.value
}
