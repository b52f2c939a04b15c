// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --canonicalize-contract | FileCheck %s

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: @merge_rows
// CHECK-NEXT: %[[X:.*]] = tao.reshape %arg0 : tensor<?x?x8xf32, #tao.dims<"b", "s">> -> tensor<?x8xf32, #tao.dims<"b*s">>
// CHECK-NEXT: %[[C:.*]] = tao.contract %[[X]], %arg1 maps [#[[MK]], #[[KN]], #[[MN]]]
// CHECK-NEXT: tao.reshape %[[C]] : tensor<?x6xf32, #tao.dims<"b*s">> -> tensor<?x?x6xf32, #tao.dims<"b", "s">>
func.func @merge_rows(%x: tensor<?x?x8xf32, #tao.dims<"b", "s">>, %w: tensor<8x6xf32>) -> tensor<?x?x6xf32, #tao.dims<"b", "s">> {
  %0 = tao.contract %x, %w maps [affine_map<(b, s, n, k) -> (b, s, k)>, affine_map<(b, s, n, k) -> (k, n)>, affine_map<(b, s, n, k) -> (b, s, n)>]
    : tensor<?x?x8xf32, #tao.dims<"b", "s">>, tensor<8x6xf32> -> tensor<?x?x6xf32, #tao.dims<"b", "s">>
  return %0 : tensor<?x?x6xf32, #tao.dims<"b", "s">>
}

// Summed dims, and columns.
// CHECK-LABEL: @merge_summed_and_columns
// CHECK-DAG: %[[X:.*]] = tao.reshape %arg0 : tensor<2x3x4xf32> -> tensor<2x12xf32>
// CHECK-DAG: %[[Y:.*]] = tao.reshape %arg1 : tensor<3x4x5x6xf32> -> tensor<12x30xf32>
// CHECK: %[[C:.*]] = tao.contract %[[X]], %[[Y]] maps [#[[MK]], #[[KN]], #[[MN]]]
// CHECK: tao.reshape %[[C]] : tensor<2x30xf32> -> tensor<2x5x6xf32>
func.func @merge_summed_and_columns(%x: tensor<2x3x4xf32>, %y: tensor<3x4x5x6xf32>) -> tensor<2x5x6xf32> {
  %0 = tao.contract %x, %y maps [affine_map<(m, k, l, n, o) -> (m, k, l)>, affine_map<(m, k, l, n, o) -> (k, l, n, o)>, affine_map<(m, k, l, n, o) -> (m, n, o)>]
    : tensor<2x3x4xf32>, tensor<3x4x5x6xf32> -> tensor<2x5x6xf32>
  return %0 : tensor<2x5x6xf32>
}

// Heads and batch are no neighbours in the operands: strides are the library's business.
// CHECK-LABEL: @attention
// CHECK-NEXT: tao.contract %arg0, %arg1
// CHECK-NEXT: return
func.func @attention(%q: tensor<2x3x4x5xf32>, %k: tensor<2x7x4x5xf32>) -> tensor<2x4x3x7xf32> {
  %0 = tao.contract %q, %k maps [affine_map<(b, h, s, t, d) -> (b, s, h, d)>, affine_map<(b, h, s, t, d) -> (b, t, h, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>]
    : tensor<2x3x4x5xf32>, tensor<2x7x4x5xf32> -> tensor<2x4x3x7xf32>
  return %0 : tensor<2x4x3x7xf32>
}

// CHECK-LABEL: @unit_batch
// CHECK-DAG: %[[Q:.*]] = tao.reshape %arg0 : tensor<1x3x8xf32> -> tensor<3x8xf32>
// CHECK-DAG: %[[K:.*]] = tao.reshape %arg1 : tensor<1x8x5xf32> -> tensor<8x5xf32>
// CHECK: tao.contract %[[Q]], %[[K]] maps [#[[MK]], #[[KN]], #[[MN]]]
func.func @unit_batch(%q: tensor<1x3x8xf32>, %k: tensor<1x8x5xf32>) -> tensor<1x3x5xf32> {
  %0 = tao.contract %q, %k maps [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    : tensor<1x3x8xf32>, tensor<1x8x5xf32> -> tensor<1x3x5xf32>
  return %0 : tensor<1x3x5xf32>
}

// A single row stays a row.
// CHECK-LABEL: @one_row
// CHECK-NEXT: tao.contract %arg0, %arg1 {{.*}} : tensor<1x8xf32>, tensor<8x5xf32> -> tensor<1x5xf32>
func.func @one_row(%q: tensor<1x8xf32>, %k: tensor<8x5xf32>) -> tensor<1x5xf32> {
  %0 = tao.contract %q, %k maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    : tensor<1x8xf32>, tensor<8x5xf32> -> tensor<1x5xf32>
  return %0 : tensor<1x5xf32>
}

// Summed dims in two orders: one operand is transposed.
// CHECK-LABEL: @summed_apart
// CHECK: %[[T:.*]] = tao.transpose %arg1 perm [2, 1, 0] : tensor<4x3x6xf32> -> tensor<6x3x4xf32>
// CHECK: %[[X:.*]] = tao.reshape %arg0 : tensor<2x3x4xf32> -> tensor<2x12xf32>
// CHECK: %[[Y:.*]] = tao.reshape %[[T]] : tensor<6x3x4xf32> -> tensor<6x12xf32>
// CHECK: tao.contract %[[X]], %[[Y]]
func.func @summed_apart(%x: tensor<2x3x4xf32>, %y: tensor<4x3x6xf32>) -> tensor<2x6xf32> {
  %0 = tao.contract %x, %y maps [affine_map<(m, k, l, n) -> (m, k, l)>, affine_map<(m, k, l, n) -> (l, k, n)>, affine_map<(m, k, l, n) -> (m, n)>]
    : tensor<2x3x4xf32>, tensor<4x3x6xf32> -> tensor<2x6xf32>
  return %0 : tensor<2x6xf32>
}
