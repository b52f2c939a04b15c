// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the library computes tanh and GELU slowly they are left to a kernel; what comes before stays with the product.
// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(group-math{library-curves=false}))' | FileCheck %s --check-prefixes=CHECK,APART
// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(group-math))' | FileCheck %s --check-prefixes=CHECK,TOGETHER

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @tanh
// CHECK: stitch.group
// CHECK: tao.contract
// CHECK: tao.add
// APART-NEXT: stitch.yield
// APART: tao.tanh
// TOGETHER-NEXT: tao.tanh
// TOGETHER-NEXT: stitch.yield
func.func @tanh(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>, %b: tensor<6xf32>) -> tensor<8x6xf32> {
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %bb = tao.broadcast %b dims [1] : tensor<6xf32> -> tensor<8x6xf32>
  %s = tao.add %c, %bb : tensor<8x6xf32>
  %y = tao.tanh %s : tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}

// A sigmoid is cheap in the library everywhere.
// CHECK-LABEL: func.func @logistic
// CHECK: tao.contract
// CHECK-NEXT: tao.logistic
// CHECK-NEXT: stitch.yield
func.func @logistic(%x: tensor<8x4xf32>, %w: tensor<4x6xf32>) -> tensor<8x6xf32> {
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf32>, tensor<4x6xf32> -> tensor<8x6xf32>
  %y = tao.logistic %c : tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}
