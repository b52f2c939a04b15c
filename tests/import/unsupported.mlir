// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not tao-opt %s --import 2>&1 | FileCheck %s

// All nodes at once, those behind unknown values included.
// CHECK: error: [TAO-E012] 3 operators (5 nodes) are not supported
// CHECK-NEXT: com.microsoft.FusedGelu   since 1    2 nodes   first: 'a'   unknown domain
// CHECK-NEXT: Resize                    since 13   2 nodes   first: 'b'   exclude_outside=1
// CHECK-NEXT: Sofmax                               1 node    first: 'd'   unknown operator; did you mean Softmax?
// CHECK: error: [TAO-E015] shapes [1, 1, 4] and [5] cannot be broadcast
// CHECK-NEXT: inputs float[1, 1, 4], float[5]
// CHECK-NEXT: node  'e'
// CHECK-NEXT: op    Add (opset 17)
func.func @main(%x: tensor<1x1x4xf32>, %z: tensor<5xf32>) -> (!frontend.value, !frontend.value) {
  %none = frontend.none
  %scales = frontend.constant dense<[1.0, 1.0, 2.0]> : tensor<3xf32>
  %0 = frontend.node "com.microsoft.FusedGelu"(%x) opset 1 : (tensor<1x1x4xf32>) -> !frontend.value loc("a")
  %1 = frontend.node "com.microsoft.FusedGelu"(%0) opset 1 : (!frontend.value) -> !frontend.value loc("a2")
  %2 = frontend.node "onnx.Resize"(%x, %none, %scales) {exclude_outside = 1 : i64, mode = "cubic"} opset 17 : (tensor<1x1x4xf32>, none, tensor<3xf32>) -> !frontend.value loc("b")
  %3 = frontend.node "onnx.Resize"(%2, %none, %scales) {exclude_outside = 1 : i64, mode = "cubic"} opset 17 : (!frontend.value, none, tensor<3xf32>) -> !frontend.value loc("c")
  %4 = frontend.node "onnx.Sofmax"(%3) opset 17 : (!frontend.value) -> !frontend.value loc("d")
  %5 = frontend.node "onnx.Add"(%x, %z) opset 17 : (tensor<1x1x4xf32>, tensor<5xf32>) -> !frontend.value loc("e")
  return %4, %5 : !frontend.value, !frontend.value
}
