// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a library call does not absorb.
// RUN: tao-opt %s -split-input-file -group-math | FileCheck %s

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Not GELU: the factor in erf is off.
// CHECK-LABEL: func.func @not_gelu
// CHECK: stitch.group
// CHECK-NEXT: tao.contract
// CHECK-NEXT: stitch.yield
// CHECK: tao.erf
func.func @not_gelu(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>) -> tensor<8x6xf32> {
  %half = tao.constant dense<0.5> : tensor<8x6xf32>
  %one = tao.constant dense<1.0> : tensor<8x6xf32>
  %root = tao.constant dense<1.41> : tensor<8x6xf32>
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %d = tao.div %c, %root : tensor<8x6xf32>
  %e = tao.erf %d : tensor<8x6xf32>
  %p = tao.add %e, %one : tensor<8x6xf32>
  %m = tao.mul %c, %p : tensor<8x6xf32>
  %y = tao.mul %m, %half : tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}

// -----

// GELU whose inner value is read elsewhere, and a sum with two readers.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @several_readers
// CHECK: %[[G:.*]] = stitch.group
// CHECK-NEXT: tao.contract
// CHECK-NEXT: stitch.yield
// CHECK: tao.logistic %[[G]]
// CHECK: tao.mul %[[G]]
func.func @several_readers(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>) -> (tensor<8x6xf32>, tensor<8x6xf32>) {
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %l = tao.logistic %c : tensor<8x6xf32>
  %s = tao.mul %c, %l : tensor<8x6xf32>
  return %s, %l : tensor<8x6xf32>, tensor<8x6xf32>
}

// -----

// A vector along the rows of a matrix product has no fast form; neither has an integer scale of a cast result.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @row_vector
// CHECK: stitch.group
// CHECK-NEXT: tao.contract
// CHECK-NEXT: stitch.yield
// CHECK: tao.add
func.func @row_vector(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>, %b: tensor<8xf32>) -> tensor<8x6xf32> {
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %bb = tao.broadcast %b dims [0] : tensor<8xf32> -> tensor<8x6xf32>
  %s = tao.add %c, %bb : tensor<8x6xf32>
  return %s : tensor<8x6xf32>
}

// -----

// The mask repeats over part of what the reshape splits: it stays outside, and so does the reshape above it.
#q = affine_map<(b, m, n, k) -> (b, m, k)>
#k = affine_map<(b, m, n, k) -> (b, n, k)>
#s = affine_map<(b, m, n, k) -> (b, m, n)>
// CHECK-LABEL: func.func @mask_behind_reshape
// CHECK: %[[G:.*]] = stitch.group
// CHECK: tao.contract
// CHECK: tao.mul
// CHECK-NEXT: stitch.yield
// CHECK: %[[R:.*]] = tao.reshape %[[G]]
// CHECK: tao.add %[[R]]
func.func @mask_behind_reshape(%q: tensor<6x4x8xf32>, %k: tensor<6x4x8xf32>, %mask: tensor<2x4xf32>) -> tensor<2x3x4x4xf32> {
  %scale = tao.constant dense<0.125> : tensor<2x3x4x4xf32>
  %c = tao.contract %q, %k maps [#q, #k, #s] : tensor<6x4x8xf32>, tensor<6x4x8xf32> -> tensor<6x4x4xf32>
  %r = tao.reshape %c : tensor<6x4x4xf32> -> tensor<2x3x4x4xf32>
  %m = tao.mul %r, %scale : tensor<2x3x4x4xf32>
  %mb = tao.broadcast %mask dims [0, 3] : tensor<2x4xf32> -> tensor<2x3x4x4xf32>
  %a = tao.add %m, %mb : tensor<2x3x4x4xf32>
  return %a : tensor<2x3x4x4xf32>
}

// -----

// Where two products meet in a sum, the later one adds the earlier one.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @two_products
// CHECK: %[[A:.*]] = stitch.group({{.*}} = %arg0, {{.*}} = %arg1)
// CHECK: stitch.group({{.*}} = %arg2, {{.*}} = %arg1, {{.*}} = %[[A]])
// CHECK-NEXT: tao.contract
// CHECK-NEXT: tao.add
// CHECK-NEXT: stitch.yield
func.func @two_products(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>, %h: tensor<8x4xf32>) -> tensor<8x6xf32> {
  %a = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %b = tao.contract %h, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %s = tao.add %a, %b : tensor<8x6xf32>
  return %s : tensor<8x6xf32>
}

// -----

// Scales and shifts in a row are one post-op. A second one further on would get the wrong parameters from the library.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @linear_twice
// CHECK: stitch.group
// CHECK: tao.contract
// CHECK: tao.mul
// CHECK: tao.sub
// CHECK: tao.tanh
// CHECK-NEXT: stitch.yield
// CHECK: tao.mul
// CHECK-NEXT: return
func.func @linear_twice(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>) -> tensor<8x6xf32> {
  %two = tao.constant dense<2.0> : tensor<8x6xf32>
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %m = tao.mul %c, %two : tensor<8x6xf32>
  %s = tao.sub %m, %two : tensor<8x6xf32>
  %t = tao.tanh %s : tensor<8x6xf32>
  %y = tao.mul %t, %two : tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}
