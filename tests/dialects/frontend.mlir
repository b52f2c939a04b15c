// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s | tao-opt | FileCheck %s
// RUN: tao-opt %s --mlir-print-op-generic | tao-opt | FileCheck %s

// CHECK-LABEL: func.func @nodes
func.func @nodes(%x: tensor<2x?xf32, #tao.dims<"n">> {tao.name = "x"}, %c: tensor<i1>) -> !frontend.value {
  // CHECK: %[[NONE:.*]] = frontend.none
  %none = frontend.none
  // CHECK: %[[W:.*]] = frontend.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %w = frontend.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // CHECK: frontend.node "onnx.Clip"(%{{.*}}, %[[NONE]], %[[W]]) opset 13 : (tensor<2x?xf32, #tao.dims<"n">>, none, tensor<2xf32>) -> !frontend.value
  %0 = frontend.node "onnx.Clip"(%x, %none, %w) opset 13 : (tensor<2x?xf32, #tao.dims<"n">>, none, tensor<2xf32>) -> !frontend.value
  // CHECK: frontend.node "com.microsoft.Thing"(%{{.*}}) {alpha = 5.000000e-01 : f32, axes = [0, 1], kind = "a", other = #frontend.unsupported<"sparse tensor">, value = dense<1> : tensor<2xi64>} opset 1
  %1:2 = frontend.node "com.microsoft.Thing"(%0) {axes = [0, 1], alpha = 5.0e-1 : f32, kind = "a", value = dense<1> : tensor<2xi64>, other = #frontend.unsupported<"sparse tensor">} opset 1 : (!frontend.value) -> (!frontend.value, !frontend.value)
  // CHECK: frontend.node "onnx.If"(%{{.*}}) opset 13 : (tensor<i1>) -> !frontend.value graphs ["then_branch", "else_branch"] {
  // CHECK:   frontend.yield %{{.*}} : !frontend.value
  // CHECK: }, {
  // CHECK:   frontend.node "onnx.Relu"
  // CHECK: }
  %2 = frontend.node "onnx.If"(%c) opset 13 : (tensor<i1>) -> !frontend.value graphs ["then_branch", "else_branch"] {
    frontend.yield %1#0 : !frontend.value
  }, {
    %3 = frontend.node "onnx.Relu"(%1#1) opset 13 : (!frontend.value) -> !frontend.value
    frontend.yield %3 : !frontend.value
  }
  return %2 : !frontend.value
}
