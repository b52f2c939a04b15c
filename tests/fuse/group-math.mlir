// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -split-input-file -group-math="planner=xla-like" -canonical-order -verify-groups | FileCheck %s

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @bias_relu
// CHECK: %[[G:.*]] = stitch.group(%[[X:.*]] = %arg0, %[[W:.*]] = %arg1, %[[B:.*]] = %arg2) plan <{kind = "library", planner = "xla-like"
// CHECK-NEXT: %[[C:.*]] = tao.contract %[[X]], %[[W]]
// CHECK-NEXT: %[[BB:.*]] = tao.broadcast %[[B]]
// CHECK-NEXT: %[[S:.*]] = tao.add %[[C]], %[[BB]]
// CHECK-NEXT: %[[Z:.*]] = tao.constant dense<0.0
// CHECK-NEXT: %[[R:.*]] = tao.max %[[S]], %[[Z]]
// CHECK-NEXT: stitch.yield %[[R]]
// CHECK: return %[[G]]
func.func @bias_relu(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>, %b: tensor<6xf32>) -> tensor<8x6xf32> {
  %zero = tao.constant dense<0.0> : tensor<8x6xf32>
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %bb = tao.broadcast %b dims [1] : tensor<6xf32> -> tensor<8x6xf32>
  %s = tao.add %c, %bb : tensor<8x6xf32>
  %r = tao.max %s, %zero : tensor<8x6xf32>
  return %r : tensor<8x6xf32>
}

// -----

// The exact GELU, multiplied out in the order of PyTorch's exporter. Behind a reshape, which ends up below the group.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @gelu_behind_reshape
// CHECK: %[[G:.*]] = stitch.group
// CHECK-NOT: tao.reshape
// CHECK: tao.erf
// CHECK: stitch.yield
// CHECK: %[[R:.*]] = tao.reshape %[[G]]
// CHECK: return %[[R]]
func.func @gelu_behind_reshape(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>, %b: tensor<6xf32>) -> tensor<2x4x6xf32> {
  %half = tao.constant dense<0.5> : tensor<f32>
  %one = tao.constant dense<1.0> : tensor<f32>
  %root = tao.constant dense<1.41421354> : tensor<f32>
  %halfs = tao.broadcast %half dims [] : tensor<f32> -> tensor<2x4x6xf32>
  %ones = tao.broadcast %one dims [] : tensor<f32> -> tensor<2x4x6xf32>
  %roots = tao.broadcast %root dims [] : tensor<f32> -> tensor<2x4x6xf32>
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %r = tao.reshape %c : tensor<8x6xf32> -> tensor<2x4x6xf32>
  %bb = tao.broadcast %b dims [2] : tensor<6xf32> -> tensor<2x4x6xf32>
  %s = tao.add %bb, %r : tensor<2x4x6xf32>
  %d = tao.div %s, %roots : tensor<2x4x6xf32>
  %e = tao.erf %d : tensor<2x4x6xf32>
  %p = tao.add %e, %ones : tensor<2x4x6xf32>
  %m = tao.mul %s, %p : tensor<2x4x6xf32>
  %y = tao.mul %m, %halfs : tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}

// -----

// The tanh form, x cubed by two products and by pow; swish; leaky ReLU.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @activations
// CHECK: stitch.group
// CHECK: tao.tanh
// CHECK: stitch.yield
// CHECK: stitch.group
// CHECK: tao.tanh
// CHECK: stitch.yield
// CHECK: stitch.group
// CHECK: tao.logistic
// CHECK: stitch.yield
// CHECK: stitch.group
// CHECK: tao.select
// CHECK: stitch.yield
// CHECK: return
func.func @activations(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>)
    -> (tensor<8x6xf32>, tensor<8x6xf32>, tensor<8x6xf32>, tensor<8x6xf32>) {
  %half = tao.constant dense<0.5> : tensor<8x6xf32>
  %one = tao.constant dense<1.0> : tensor<8x6xf32>
  %three = tao.constant dense<3.0> : tensor<8x6xf32>
  %k = tao.constant dense<0.797884583> : tensor<8x6xf32>
  %cubic = tao.constant dense<0.044715> : tensor<8x6xf32>
  %slope = tao.constant dense<0.1> : tensor<8x6xf32>
  %zero = tao.constant dense<0.0> : tensor<8x6xf32>
  %c0 = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %xx = tao.mul %c0, %c0 : tensor<8x6xf32>
  %xxx = tao.mul %xx, %c0 : tensor<8x6xf32>
  %t1 = tao.mul %cubic, %xxx : tensor<8x6xf32>
  %t2 = tao.add %c0, %t1 : tensor<8x6xf32>
  %t3 = tao.mul %t2, %k : tensor<8x6xf32>
  %t4 = tao.tanh %t3 : tensor<8x6xf32>
  %t5 = tao.add %one, %t4 : tensor<8x6xf32>
  %t6 = tao.mul %c0, %half : tensor<8x6xf32>
  %gelu = tao.mul %t6, %t5 : tensor<8x6xf32>

  %c1 = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %u0 = tao.pow %c1, %three : tensor<8x6xf32>
  %u1 = tao.mul %u0, %cubic : tensor<8x6xf32>
  %u2 = tao.add %u1, %c1 : tensor<8x6xf32>
  %u3 = tao.mul %k, %u2 : tensor<8x6xf32>
  %u4 = tao.tanh %u3 : tensor<8x6xf32>
  %u5 = tao.add %u4, %one : tensor<8x6xf32>
  %u6 = tao.mul %u5, %half : tensor<8x6xf32>
  %gelu2 = tao.mul %u6, %c1 : tensor<8x6xf32>

  %c2 = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %l = tao.logistic %c2 : tensor<8x6xf32>
  %swish = tao.mul %l, %c2 : tensor<8x6xf32>

  %c3 = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %cmp = tao.cmp lt %c3, %zero : tensor<8x6xf32>, tensor<8x6xf32> -> tensor<8x6xi1>
  %sl = tao.mul %slope, %c3 : tensor<8x6xf32>
  %leaky = tao.select %cmp, %sl, %c3 : tensor<8x6xi1>, tensor<8x6xf32>
  return %gelu, %gelu2, %swish, %leaky : tensor<8x6xf32>, tensor<8x6xf32>, tensor<8x6xf32>, tensor<8x6xf32>
}

// -----

// A convolution's per-channel factor and addend, its residual, and relu6.
// CHECK-LABEL: func.func @conv
// CHECK: %[[S:.*]] = stitch.group
// CHECK: tao.conv
// CHECK-NEXT: stitch.yield
// CHECK: %[[G:.*]] = stitch.group({{.*}} = %arg0, {{.*}} = %arg1, {{.*}} = %arg2, {{.*}} = %[[S]])
// CHECK: tao.conv
// CHECK: tao.mul
// CHECK: tao.add
// CHECK: tao.max
// CHECK: tao.min
// CHECK: stitch.yield
// CHECK: return %[[G]]
func.func @conv(%x: tensor<1x8x8x4xf32>, %w: tensor<4x4x3x3xf32>, %s: tensor<4xf32>) -> tensor<1x8x8x4xf32> {
  %zero = tao.constant dense<0.0> : tensor<1x8x8x4xf32>
  %six = tao.constant dense<6.0> : tensor<1x8x8x4xf32>
  %short = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [1, 1] groups 1 channels_last : tensor<1x8x8x4xf32>, tensor<4x4x3x3xf32> -> tensor<1x8x8x4xf32>
  %c = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [1, 1] groups 1 channels_last : tensor<1x8x8x4xf32>, tensor<4x4x3x3xf32> -> tensor<1x8x8x4xf32>
  %sb = tao.broadcast %s dims [3] : tensor<4xf32> -> tensor<1x8x8x4xf32>
  %m = tao.mul %c, %sb : tensor<1x8x8x4xf32>
  %a = tao.add %m, %short : tensor<1x8x8x4xf32>
  %r = tao.max %a, %zero : tensor<1x8x8x4xf32>
  %r6 = tao.min %r, %six : tensor<1x8x8x4xf32>
  return %r6 : tensor<1x8x8x4xf32>
}

// -----

// Constant weights stay operands, even where an addend is the same splat.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @splat_weights
// CHECK: %[[W:.*]] = tao.constant dense<2.0
// CHECK: stitch.group({{.*}} = %arg0, %[[B:.*]] = %[[W]])
// CHECK: tao.contract %{{.*}}, %[[B]]
// CHECK-NEXT: %[[S:.*]] = tao.constant dense<2.0
// CHECK-NEXT: tao.add %{{.*}}, %[[S]]
func.func @splat_weights(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = tao.constant dense<2.0> : tensor<4x4xf32>
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %a = tao.add %c, %w : tensor<4x4xf32>
  return %a : tensor<4x4xf32>
}

// -----

// A routine is alone in its group; a constant stays outside of it.
// CHECK-LABEL: func.func @routine
// CHECK: %[[C:.*]] = tao.constant
// CHECK: %[[G:.*]] = stitch.group(%[[Z:.*]] = %[[C]], %[[R:.*]] = %arg1, %[[U:.*]] = %arg0) plan <{kind = "library", planner = "xla-like"
// CHECK-NEXT: %[[S:.*]] = tao.routine scatter(%[[Z]], %[[R]], %[[U]]) params [1]
// CHECK-NEXT: stitch.yield %[[S]]
// CHECK: return %[[G]]
func.func @routine(%u: tensor<2x3xf32>, %rows: tensor<2xi64>) -> tensor<9x3xf32> {
  %zero = tao.constant dense<0.0> : tensor<f32>
  %0 = tao.routine scatter(%zero, %rows, %u) params [1] : (tensor<f32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<9x3xf32>
  return %0 : tensor<9x3xf32>
}
