// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --algebra | FileCheck %s
//
// One function per rule of ReductionPatterns.cpp.

// CHECK-LABEL: @unit_dims
// CHECK-NEXT: %[[S:.*]] = tao.reshape %arg0 : tensor<1x4x1xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[R:.*]] = tao.reshape %arg0 : tensor<1x4x1xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[M:.*]] = tao.reduce max %[[R]] dims [0] : tensor<4xf32> -> tensor<f32>
// CHECK-NEXT: return %arg0, %[[S]], %[[M]]
func.func @unit_dims(%x: tensor<1x4x1xf32>) -> (tensor<1x4x1xf32>, tensor<4xf32>, tensor<f32>) {
  %0 = tao.reduce sum %x dims [] : tensor<1x4x1xf32> -> tensor<1x4x1xf32>
  %1 = tao.reduce sum %x dims [0, 2] : tensor<1x4x1xf32> -> tensor<4xf32>
  %2 = tao.reduce max %x dims [0, 1, 2] : tensor<1x4x1xf32> -> tensor<f32>
  return %0, %1, %2 : tensor<1x4x1xf32>, tensor<4xf32>, tensor<f32>
}

// CHECK-LABEL: @twice
// CHECK-NEXT: tao.reduce sum %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
func.func @twice(%x: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %0 = tao.reduce sum %x dims [0] : tensor<2x3x4xf32> -> tensor<3x4xf32>
  %1 = tao.reduce sum %0 dims [1] : tensor<3x4xf32> -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// CHECK-LABEL: @of_broadcast
// CHECK-DAG: %[[C:.*]] = tao.constant dense<8.000000e+00> : tensor<4xf32>
// CHECK-DAG: tao.mul %arg0, %[[C]] : tensor<4xf32>
// CHECK-DAG: tao.reduce max %arg0 dims [0] : tensor<4xf32> -> tensor<f32>
func.func @of_broadcast(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %b = tao.broadcast %x dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %0 = tao.reduce sum %b dims [1] : tensor<4x8xf32> -> tensor<4xf32>
  %1 = tao.reduce max %b dims [0, 1] : tensor<4x8xf32> -> tensor<f32>
  return %0, %1 : tensor<4xf32>, tensor<f32>
}

// The maximum of no repetitions would not be x.
// CHECK-LABEL: @of_unknown_broadcast
// CHECK: tao.reduce max
func.func @of_unknown_broadcast(%x: tensor<4xf32>, %y: tensor<?xf32, #tao.dims<"n">>) -> tensor<4xf32> {
  %b = tao.broadcast %x dims [1] : tensor<4xf32> -> tensor<?x4xf32, #tao.dims<"n">>
  %0 = tao.reduce max %b dims [0] : tensor<?x4xf32, #tao.dims<"n">> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// f16 has no 2049.
// CHECK-LABEL: @of_many_f16
// CHECK: tao.reduce sum
func.func @of_many_f16(%x: tensor<4xf16>) -> tensor<4xf16> {
  %b = tao.broadcast %x dims [1] : tensor<4xf16> -> tensor<2049x4xf16>
  %0 = tao.reduce sum %b dims [0] : tensor<2049x4xf16> -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// CHECK-LABEL: @padded_conv
// CHECK-NOT: tao.pad
// CHECK: tao.conv %arg0, %arg1 strides [1, 1] dilations [1, 1] low [2, 3] groups 1
func.func @padded_conv(%x: tensor<1x2x5x5xf32>, %w: tensor<3x2x3x3xf32>) -> tensor<1x3x7x8xf32> {
  %z = tao.constant dense<0.0> : tensor<f32>
  %p = tao.pad %x, %z low [0, 0, 1, 2] : tensor<1x2x5x5xf32>, tensor<f32> -> tensor<1x2x7x8xf32>
  %0 = tao.conv %p, %w strides [1, 1] dilations [1, 1] low [1, 1] groups 1 : tensor<1x2x7x8xf32>, tensor<3x2x3x3xf32> -> tensor<1x3x7x8xf32>
  return %0 : tensor<1x3x7x8xf32>
}

// Padded channels, cropping and other values stay.
// CHECK-LABEL: @padding_stays
// CHECK-COUNT-3: tao.pad
func.func @padding_stays(%x: tensor<1x2x5x5xf32>, %v: tensor<3x3x3x3xf32>, %w: tensor<3x2x3x3xf32>) -> (tensor<1x3x3x3xf32>, tensor<1x3x2x3xf32>, tensor<1x3x4x3xf32>) {
  %z = tao.constant dense<0.0> : tensor<f32>
  %one = tao.constant dense<1.0> : tensor<f32>
  %p = tao.pad %x, %z low [0, 1, 0, 0] : tensor<1x2x5x5xf32>, tensor<f32> -> tensor<1x3x5x5xf32>
  %0 = tao.conv %p, %v strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x3x5x5xf32>, tensor<3x3x3x3xf32> -> tensor<1x3x3x3xf32>
  %q = tao.pad %x, %z low [0, 0, -1, 0] : tensor<1x2x5x5xf32>, tensor<f32> -> tensor<1x2x4x5xf32>
  %1 = tao.conv %q, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x2x4x5xf32>, tensor<3x2x3x3xf32> -> tensor<1x3x2x3xf32>
  %r = tao.pad %x, %one low [0, 0, 1, 0] : tensor<1x2x5x5xf32>, tensor<f32> -> tensor<1x2x6x5xf32>
  %2 = tao.conv %r, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x2x6x5xf32>, tensor<3x2x3x3xf32> -> tensor<1x3x4x3xf32>
  return %0, %1, %2 : tensor<1x3x3x3xf32>, tensor<1x3x2x3xf32>, tensor<1x3x4x3xf32>
}

// CHECK-LABEL: @padded_windows
// CHECK-NOT: tao.pad
// CHECK: tao.reduce_window max %arg0 window [2] strides [2] dilations [1] low [1]
// CHECK: tao.reduce_window sum %arg0 window [2] strides [2] dilations [1] low [1]
func.func @padded_windows(%x: tensor<6xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %i = tao.constant dense<0xFF800000> : tensor<f32>
  %z = tao.constant dense<0.0> : tensor<f32>
  %p = tao.pad %x, %i low [1] : tensor<6xf32>, tensor<f32> -> tensor<8xf32>
  %0 = tao.reduce_window max %p window [2] strides [2] dilations [1] low [0] : tensor<8xf32> -> tensor<4xf32>
  %q = tao.pad %x, %z low [1] : tensor<6xf32>, tensor<f32> -> tensor<8xf32>
  %1 = tao.reduce_window sum %q window [2] strides [2] dilations [1] low [0] : tensor<8xf32> -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @pooled_concat
// CHECK-NEXT: %[[A:.*]] = tao.reduce_window max %arg0 window [1, 1, 3, 3] strides [1, 1, 2, 2] {{.*}} -> tensor<1x2x4x4xf32>
// CHECK-NEXT: %[[B:.*]] = tao.reduce_window max %arg1 window [1, 1, 3, 3] strides [1, 1, 2, 2] {{.*}} -> tensor<1x?x4x4xf32
// CHECK-NEXT: tao.concat %[[A]], %[[B]] axis 1
func.func @pooled_concat(%x: tensor<1x2x8x8xf32>, %y: tensor<1x?x8x8xf32, #tao.dims<"c">>) -> tensor<1x?x4x4xf32, #tao.dims<"c + 2">> {
  %0 = tao.concat %x, %y axis 1 : tensor<1x2x8x8xf32>, tensor<1x?x8x8xf32, #tao.dims<"c">> -> tensor<1x?x8x8xf32, #tao.dims<"c + 2">>
  %1 = tao.reduce_window max %0 window [1, 1, 3, 3] strides [1, 1, 2, 2] dilations [1, 1, 1, 1] low [0, 0, 1, 1] : tensor<1x?x8x8xf32, #tao.dims<"c + 2">> -> tensor<1x?x4x4xf32, #tao.dims<"c + 2">>
  return %1 : tensor<1x?x4x4xf32, #tao.dims<"c + 2">>
}

// A window over the parts' seam, or a concat that is there anyway.
// CHECK-LABEL: @pooled_concat_stays
// CHECK-NEXT: tao.concat
// CHECK-NEXT: tao.reduce_window
// CHECK-NEXT: tao.concat
// CHECK-NEXT: tao.reduce_window
func.func @pooled_concat_stays(%x: tensor<2x8xf32>) -> (tensor<2x15xf32>, tensor<4x8xf32>, tensor<3x8xf32>) {
  %0 = tao.concat %x, %x axis 1 : tensor<2x8xf32>, tensor<2x8xf32> -> tensor<2x16xf32>
  %1 = tao.reduce_window max %0 window [1, 2] strides [1, 1] dilations [1, 1] low [0, 0] : tensor<2x16xf32> -> tensor<2x15xf32>
  %2 = tao.concat %x, %x axis 0 : tensor<2x8xf32>, tensor<2x8xf32> -> tensor<4x8xf32>
  %3 = tao.reduce_window max %2 window [2, 1] strides [1, 1] dilations [1, 1] low [0, 0] : tensor<4x8xf32> -> tensor<3x8xf32>
  return %1, %2, %3 : tensor<2x15xf32>, tensor<4x8xf32>, tensor<3x8xf32>
}
