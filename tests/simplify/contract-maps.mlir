// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --algebra | FileCheck %s
//
// One function per rule of ContractPatterns.cpp.

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[NK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[KM:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[NM:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>

// CHECK-LABEL: @operands
// CHECK-NEXT: tao.contract %arg0, %arg1 maps [#[[KM]], #[[NK]], #{{.*}}]
func.func @operands(%a: tensor<8x4xf32>, %b: tensor<6x8xf32>) -> tensor<4x6xf32> {
  %0 = tao.transpose %a perm [1, 0] : tensor<8x4xf32> -> tensor<4x8xf32>
  %1 = tao.transpose %b perm [1, 0] : tensor<6x8xf32> -> tensor<8x6xf32>
  %2 = tao.contract %0, %1 maps [#mk, #kn, #mn] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// CHECK-LABEL: @result
// CHECK-NEXT: tao.contract %arg0, %arg1 maps [#[[MK]], #[[KN]], #[[NM]]] : {{.*}} -> tensor<6x4xf32>
func.func @result(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) -> tensor<6x4xf32> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  %1 = tao.transpose %0 perm [1, 0] : tensor<4x6xf32> -> tensor<6x4xf32>
  return %1 : tensor<6x4xf32>
}

// A repeated batch of weights needs no copies.
// CHECK-LABEL: @repeated_batch
// CHECK-NEXT: tao.contract %arg0, %arg1 {{.*}} : tensor<?x4x8xf32, #tao.dims<"b">>, tensor<8x6xf32>
func.func @repeated_batch(%a: tensor<?x4x8xf32, #tao.dims<"b">>, %b: tensor<8x6xf32>) -> tensor<?x4x6xf32, #tao.dims<"b">> {
  %0 = tao.broadcast %b dims [1, 2] : tensor<8x6xf32> -> tensor<?x8x6xf32, #tao.dims<"b">>
  %1 = tao.contract %a, %0 maps [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    : tensor<?x4x8xf32, #tao.dims<"b">>, tensor<?x8x6xf32, #tao.dims<"b">> -> tensor<?x4x6xf32, #tao.dims<"b">>
  return %1 : tensor<?x4x6xf32, #tao.dims<"b">>
}

// A repeated dim that only this operand and one other tensor have stays.
// CHECK-LABEL: @repeated_row
// CHECK: %[[B:.*]] = tao.broadcast %arg0
// CHECK: tao.contract %[[B]], %arg1
func.func @repeated_row(%a: tensor<8xf32>, %b: tensor<8x6xf32>) -> tensor<4x6xf32> {
  %0 = tao.broadcast %a dims [1] : tensor<8xf32> -> tensor<4x8xf32>
  %1 = tao.contract %0, %b maps [#mk, #kn, #mn] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}
