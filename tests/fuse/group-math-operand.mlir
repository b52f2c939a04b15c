// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -fuse=planner=xla-like | FileCheck %s

// A broadcast that the product reads itself is no part of its epilogue: it would have to stand before the product.
// CHECK-LABEL: func.func @reads_its_addend
// CHECK: kind = "library"
// CHECK-NEXT: tao.contract
// CHECK-NEXT: tao.add
func.func @reads_its_addend(%x: tensor<1x1xf32>, %y: tensor<1xf32>) -> tensor<1x4xf32> {
  %b = tao.broadcast %y dims [0] : tensor<1xf32> -> tensor<1x4xf32>
  %p = tao.contract %x, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<1x1xf32>, tensor<1x4xf32> -> tensor<1x4xf32>
  %r = tao.add %p, %b : tensor<1x4xf32>
  return %r : tensor<1x4xf32>
}
