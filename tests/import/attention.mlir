// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import --split-input-file | FileCheck %s

// Heads of queries that share one of keys are rows of one product; without a mask the softmax is plain.
// CHECK-LABEL: func.func @main
// CHECK: tao.contract {{.*}} : tensor<2x2x3x5x8xf32>, tensor<2x2x7x8xf32> -> tensor<2x2x3x5x7xf32>
// CHECK: tao.reduce max
// CHECK-NOT: tao.select
// CHECK: tao.contract {{.*}} : tensor<2x2x3x5x7xf32>, tensor<2x2x7x4xf32> -> tensor<2x2x3x5x4xf32>
func.func @main(%q: tensor<2x6x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x4xf32>) -> !frontend.value {
  %0 = frontend.node "onnx.Attention"(%q, %k, %v) opset 23 : (tensor<2x6x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x4xf32>) -> !frontend.value
  return %0 : !frontend.value
}

// -----

// A causal mask compares positions, those of queries counted from the end of the cache.
// CHECK-LABEL: func.func @main
// CHECK: tao.concat {{.*}} axis 2
// CHECK: tao.size "past" : tensor<i64>
// CHECK: tao.cmp le
// CHECK: tao.select
func.func @main(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x8xf32>, %pk: tensor<1x2x?x8xf32, #tao.dims<"past">>, %pv: tensor<1x2x?x8xf32, #tao.dims<"past">>) -> (!frontend.value, !frontend.value, !frontend.value) {
  %none = frontend.none
  %0:3 = frontend.node "onnx.Attention"(%q, %k, %v, %none, %pk, %pv) {is_causal = 1 : i64} opset 24 : (tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, none, tensor<1x2x?x8xf32, #tao.dims<"past">>, tensor<1x2x?x8xf32, #tao.dims<"past">>) -> (!frontend.value, !frontend.value, !frontend.value)
  return %0#0, %0#1, %0#2 : !frontend.value, !frontend.value, !frontend.value
}

// -----

// Halves of each head turn; what is beyond the turned part stays.
// CHECK-LABEL: func.func @main
// CHECK: tao.gather %arg1, %arg3 axis 0
// CHECK: tao.slice {{.*}} from ["0", "0", "0", "0"] {{.*}} -> tensor<1x2x3x2xf32>
// CHECK: tao.slice {{.*}} from ["0", "0", "0", "2"] {{.*}} -> tensor<1x2x3x2xf32>
// CHECK: tao.concat {{.*}} axis 3 : tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32> -> tensor<1x2x3x8xf32>
func.func @main(%x: tensor<1x2x3x8xf32>, %c: tensor<50x2xf32>, %s: tensor<50x2xf32>, %p: tensor<1x3xi64>) -> !frontend.value {
  %0 = frontend.node "onnx.RotaryEmbedding"(%x, %c, %s, %p) {rotary_embedding_dim = 4 : i64} opset 23 : (tensor<1x2x3x8xf32>, tensor<50x2xf32>, tensor<50x2xf32>, tensor<1x3xi64>) -> !frontend.value
  return %0 : !frontend.value
}
