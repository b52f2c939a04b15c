// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --algebra | FileCheck %s
//
// One function per rule of BroadcastPatterns.cpp.

// CHECK-LABEL: @unit_dims
// CHECK-NEXT: %[[R:.*]] = tao.reshape %arg0 : tensor<4x1xf32> -> tensor<4xf32>
// CHECK-NEXT: tao.broadcast %[[R]] dims [0] : tensor<4xf32> -> tensor<4x8xf32>
func.func @unit_dims(%x: tensor<4x1xf32>) -> tensor<4x8xf32> {
  %0 = tao.broadcast %x dims [0, 1] : tensor<4x1xf32> -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Kept dims of a reduction cancel.
// CHECK-LABEL: @keep_dims
// CHECK-NEXT: %[[S:.*]] = tao.reduce sum %arg0
// CHECK-NEXT: %[[B:.*]] = tao.broadcast %[[S]] dims [0] : tensor<?xf32, #tao.dims<"n">>
// CHECK-NEXT: return %[[B]]
func.func @keep_dims(%x: tensor<?x8xf32, #tao.dims<"n">>) -> tensor<?x8xf32, #tao.dims<"n">> {
  %0 = tao.reduce sum %x dims [1] : tensor<?x8xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n">>
  %1 = tao.reshape %0 : tensor<?xf32, #tao.dims<"n">> -> tensor<?x1xf32, #tao.dims<"n">>
  %2 = tao.broadcast %1 dims [0, 1] : tensor<?x1xf32, #tao.dims<"n">> -> tensor<?x8xf32, #tao.dims<"n">>
  return %2 : tensor<?x8xf32, #tao.dims<"n">>
}

// CHECK-LABEL: @twice
// CHECK-NEXT: tao.broadcast %arg0 dims [2] : tensor<4xf32> -> tensor<2x3x4xf32>
func.func @twice(%x: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = tao.broadcast %x dims [1] : tensor<4xf32> -> tensor<3x4xf32>
  %1 = tao.broadcast %0 dims [1, 2] : tensor<3x4xf32> -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @nothing_repeats
// CHECK-NEXT: tao.reshape %arg0 : tensor<4xf32> -> tensor<1x4x1xf32>
func.func @nothing_repeats(%x: tensor<4xf32>) -> tensor<1x4x1xf32> {
  %0 = tao.broadcast %x dims [1] : tensor<4xf32> -> tensor<1x4x1xf32>
  return %0 : tensor<1x4x1xf32>
}

// CHECK-LABEL: @work_before_repetition
// CHECK: %[[A:.*]] = tao.add %arg0, %arg1 : tensor<4xf32>
// CHECK: %[[M:.*]] = tao.mul %[[A]], %{{.*}} : tensor<4xf32>
// CHECK: %[[E:.*]] = tao.exp %[[M]] : tensor<4xf32>
// CHECK: tao.broadcast %[[E]] dims [0] : tensor<4xf32> -> tensor<4x8xf32>
func.func @work_before_repetition(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4x8xf32> {
  %a = tao.broadcast %x dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %b = tao.broadcast %y dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %c = tao.constant dense<3.0> : tensor<4x8xf32>
  %0 = tao.add %a, %b : tensor<4x8xf32>
  %1 = tao.mul %0, %c : tensor<4x8xf32>
  %2 = tao.exp %1 : tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// CHECK-LABEL: @different_places
// CHECK: tao.add %{{.*}} : tensor<4x4xf32>
func.func @different_places(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4x4xf32> {
  %a = tao.broadcast %x dims [0] : tensor<4xf32> -> tensor<4x4xf32>
  %b = tao.broadcast %y dims [1] : tensor<4xf32> -> tensor<4x4xf32>
  %0 = tao.add %a, %b : tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @transposed
// CHECK-NEXT: tao.broadcast %arg0 dims [0] : tensor<4xf32> -> tensor<4x8xf32>
// CHECK-NEXT: %[[T:.*]] = tao.transpose %arg1 perm [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
// CHECK-NEXT: tao.broadcast %[[T]] dims [0, 2] : tensor<5x3xf32> -> tensor<5x7x3xf32>
func.func @transposed(%x: tensor<4xf32>, %y: tensor<3x5xf32>) -> (tensor<4x8xf32>, tensor<5x7x3xf32>) {
  %a = tao.broadcast %x dims [1] : tensor<4xf32> -> tensor<8x4xf32>
  %0 = tao.transpose %a perm [1, 0] : tensor<8x4xf32> -> tensor<4x8xf32>
  %b = tao.broadcast %y dims [0, 2] : tensor<3x5xf32> -> tensor<3x7x5xf32>
  %1 = tao.transpose %b perm [2, 1, 0] : tensor<3x7x5xf32> -> tensor<5x7x3xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<5x7x3xf32>
}
