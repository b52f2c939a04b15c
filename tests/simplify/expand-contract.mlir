// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --expand-contract | FileCheck %s
// RUN: tao-opt %s --expand-contract=upcast-bf16 | FileCheck %s --check-prefix=BF16

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: @f32
// CHECK-NEXT: tao.contract
func.func @f32(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) -> tensor<4x6xf32> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// CHECK-LABEL: @f64
// CHECK-NEXT: %[[A:.*]] = tao.broadcast %arg0 dims [0, 2] : tensor<4x8xf64> -> tensor<4x6x8xf64>
// CHECK-NEXT: %[[T:.*]] = tao.transpose %arg1 perm [1, 0]
// CHECK-NEXT: %[[B:.*]] = tao.broadcast %[[T]] dims [1, 2] : tensor<6x8xf64> -> tensor<4x6x8xf64>
// CHECK-NEXT: %[[P:.*]] = tao.mul %[[A]], %[[B]]
// CHECK-NEXT: tao.reduce sum %[[P]] dims [2] : tensor<4x6x8xf64> -> tensor<4x6xf64>
func.func @f64(%a: tensor<4x8xf64>, %b: tensor<8x6xf64>) -> tensor<4x6xf64> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xf64>, tensor<8x6xf64> -> tensor<4x6xf64>
  return %0 : tensor<4x6xf64>
}

// CHECK-LABEL: @i8_to_i32
// CHECK-NEXT: tao.cast %arg0 : tensor<4x8xi8> -> tensor<4x8xi32>
// CHECK-NOT: tao.contract
func.func @i8_to_i32(%a: tensor<4x8xi8>, %b: tensor<8x6xi8>) -> tensor<4x6xi32> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xi8>, tensor<8x6xi8> -> tensor<4x6xi32>
  return %0 : tensor<4x6xi32>
}

// CHECK-LABEL: @f16
// CHECK-DAG: %[[A:.*]] = tao.cast %arg0 : tensor<4x8xf16> -> tensor<4x8xf32>
// CHECK-DAG: %[[B:.*]] = tao.cast %arg1 : tensor<8x6xf16> -> tensor<8x6xf32>
// CHECK: %[[C:.*]] = tao.contract %[[A]], %[[B]] {{.*}} -> tensor<4x6xf32>
// CHECK-NEXT: tao.cast %[[C]] : tensor<4x6xf32> -> tensor<4x6xf16>
func.func @f16(%a: tensor<4x8xf16>, %b: tensor<8x6xf16>) -> tensor<4x6xf16> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xf16>, tensor<8x6xf16> -> tensor<4x6xf16>
  return %0 : tensor<4x6xf16>
}

// CHECK-LABEL: @bf16
// CHECK-NEXT: tao.contract %arg0, %arg1
// BF16-LABEL: @bf16
// BF16: tao.contract {{.*}} -> tensor<4x6xf32>
func.func @bf16(%a: tensor<4x8xbf16>, %b: tensor<8x6xbf16>) -> tensor<4x6xbf16> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xbf16>, tensor<8x6xbf16> -> tensor<4x6xbf16>
  return %0 : tensor<4x6xbf16>
}

// CHECK-LABEL: @empty_sum
// CHECK-NEXT: tao.constant dense<0.000000e+00> : tensor<4x6xf32>
func.func @empty_sum(%a: tensor<4x0xf32>, %b: tensor<0x6xf32>) -> tensor<4x6xf32> {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x0xf32>, tensor<0x6xf32> -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// One product per position of the window.
// CHECK-LABEL: @conv_f64
// CHECK: tao.pad %arg0, %{{.*}} low [0, 0, 1]
// CHECK-COUNT-3: tao.reduce sum
// CHECK-NOT: tao.reduce sum
// CHECK-NOT: tao.conv
func.func @conv_f64(%x: tensor<?x2x8xf64, #tao.dims<"n">>, %w: tensor<4x2x3xf64>) -> tensor<?x4x4xf64, #tao.dims<"n">> {
  %0 = tao.conv %x, %w strides [2] dilations [1] low [1] groups 1 : tensor<?x2x8xf64, #tao.dims<"n">>, tensor<4x2x3xf64> -> tensor<?x4x4xf64, #tao.dims<"n">>
  return %0 : tensor<?x4x4xf64, #tao.dims<"n">>
}
