// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --channels-last | FileCheck %s
// RUN: tao-opt %s --channels-last --channels-last | FileCheck %s

// Convolution, bias, relu, pooling, convolution, residual: one transpose in, one out.
// CHECK-LABEL: @residual_block
// CHECK: %[[X:.*]] = tao.transpose %arg0 perm [0, 2, 3, 1]
// CHECK-NOT: tao.transpose
// CHECK: tao.conv %[[X]], %arg1 {{.*}} channels_last : tensor<1x8x8x4xf32>, tensor<4x4x3x3xf32> -> tensor<1x8x8x4xf32>
// CHECK: tao.broadcast %arg3 dims [3] : tensor<4xf32> -> tensor<1x8x8x4xf32>
// CHECK: tao.conv {{.*}} channels_last
// CHECK: %[[A:.*]] = tao.add %{{.*}}, %[[X]] : tensor<1x8x8x4xf32>
// CHECK: %[[R:.*]] = tao.max %[[A]]
// CHECK: %[[P:.*]] = tao.reduce_window max %[[R]] window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] low [0, 0, 0, 0]
// CHECK: tao.transpose %[[P]] perm [0, 3, 1, 2] : tensor<1x4x4x4xf32> -> tensor<1x4x4x4xf32>
// CHECK-NOT: tao.transpose
func.func @residual_block(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x3x3xf32>, %v: tensor<4x4x3x3xf32>, %b: tensor<4xf32>) -> tensor<1x4x4x4xf32> {
  %zero = tao.constant dense<0.0> : tensor<1x4x8x8xf32>
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [1, 1] groups 1 : tensor<1x4x8x8xf32>, tensor<4x4x3x3xf32> -> tensor<1x4x8x8xf32>
  %bb = tao.broadcast %b dims [1] : tensor<4xf32> -> tensor<1x4x8x8xf32>
  %1 = tao.add %0, %bb : tensor<1x4x8x8xf32>
  %2 = tao.max %1, %zero : tensor<1x4x8x8xf32>
  %3 = tao.conv %2, %v strides [1, 1] dilations [1, 1] low [1, 1] groups 1 : tensor<1x4x8x8xf32>, tensor<4x4x3x3xf32> -> tensor<1x4x8x8xf32>
  %4 = tao.add %3, %x : tensor<1x4x8x8xf32>
  %5 = tao.max %4, %zero : tensor<1x4x8x8xf32>
  %6 = tao.reduce_window max %5 window [1, 1, 2, 2] strides [1, 1, 2, 2] dilations [1, 1, 1, 1] low [0, 0, 0, 0] : tensor<1x4x8x8xf32> -> tensor<1x4x4x4xf32>
  return %6 : tensor<1x4x4x4xf32>
}

// SqueezeNet: two branches from one squeezed value, concatenated.
// CHECK-LABEL: @fire
// CHECK-COUNT-1: tao.transpose %arg0 perm [0, 2, 3, 1]
// CHECK-NOT: tao.transpose
// CHECK: tao.concat %{{.*}}, %{{.*}} axis 3 : tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32> -> tensor<1x8x8x32xf32>
// CHECK: tao.reduce sum %{{.*}} dims [1, 2] : tensor<1x8x8x32xf32> -> tensor<1x32xf32>
// CHECK-NOT: tao.transpose
// CHECK: return
func.func @fire(%x: tensor<1x16x8x8xf32>, %s: tensor<4x16x1x1xf32>, %e: tensor<16x4x1x1xf32>, %f: tensor<16x4x3x3xf32>) -> tensor<1x32xf32> {
  %z = tao.constant dense<0.0> : tensor<f32>
  %0 = tao.conv %x, %s strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x16x8x8xf32>, tensor<4x16x1x1xf32> -> tensor<1x4x8x8xf32>
  %zs = tao.broadcast %z dims [] : tensor<f32> -> tensor<1x4x8x8xf32>
  %1 = tao.max %0, %zs : tensor<1x4x8x8xf32>
  %2 = tao.conv %1, %e strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x4x8x8xf32>, tensor<16x4x1x1xf32> -> tensor<1x16x8x8xf32>
  %3 = tao.conv %1, %f strides [1, 1] dilations [1, 1] low [1, 1] groups 1 : tensor<1x4x8x8xf32>, tensor<16x4x3x3xf32> -> tensor<1x16x8x8xf32>
  %ze = tao.broadcast %z dims [] : tensor<f32> -> tensor<1x16x8x8xf32>
  %4 = tao.max %2, %ze : tensor<1x16x8x8xf32>
  %5 = tao.max %3, %ze : tensor<1x16x8x8xf32>
  %6 = tao.concat %4, %5 axis 1 : tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32> -> tensor<1x32x8x8xf32>
  %7 = tao.reduce sum %6 dims [2, 3] : tensor<1x32x8x8xf32> -> tensor<1x32xf32>
  return %7 : tensor<1x32xf32>
}

// MobileNet: a depthwise convolution between pointwise ones, squeeze and excitation, and a dynamic batch.
// CHECK-LABEL: @inverted_residual
// CHECK-COUNT-1: tao.transpose %arg0 perm [0, 2, 3, 1]
// CHECK-NOT: tao.transpose
// CHECK: tao.conv {{.*}} groups 8 channels_last
// CHECK-NOT: tao.transpose
// CHECK: tao.broadcast %{{.*}} dims [0, 3] : tensor<?x8xf32, #tao.dims<"n">> -> tensor<?x4x4x8xf32, #tao.dims<"n">>
// CHECK: %[[R:.*]] = tao.conv {{.*}} channels_last : {{.*}} -> tensor<?x4x4x4xf32
// CHECK-NEXT: tao.transpose %[[R]] perm [0, 3, 1, 2]
// CHECK-NOT: tao.transpose
func.func @inverted_residual(%x: tensor<?x4x8x8xf32, #tao.dims<"n">>, %a: tensor<8x4x1x1xf32>, %d: tensor<8x1x3x3xf32>, %s: tensor<8x8x1x1xf32>, %p: tensor<4x8x1x1xf32>) -> tensor<?x4x4x4xf32, #tao.dims<"n">> {
  %0 = tao.conv %x, %a strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<?x4x8x8xf32, #tao.dims<"n">>, tensor<8x4x1x1xf32> -> tensor<?x8x8x8xf32, #tao.dims<"n">>
  %1 = tao.tanh %0 : tensor<?x8x8x8xf32, #tao.dims<"n">>
  %2 = tao.conv %1, %d strides [2, 2] dilations [1, 1] low [1, 1] groups 8 : tensor<?x8x8x8xf32, #tao.dims<"n">>, tensor<8x1x3x3xf32> -> tensor<?x8x4x4xf32, #tao.dims<"n">>
  %3 = tao.reduce sum %2 dims [2, 3] : tensor<?x8x4x4xf32, #tao.dims<"n">> -> tensor<?x8xf32, #tao.dims<"n">>
  %4 = tao.reshape %3 : tensor<?x8xf32, #tao.dims<"n">> -> tensor<?x8x1x1xf32, #tao.dims<"n">>
  %5 = tao.conv %4, %s strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<?x8x1x1xf32, #tao.dims<"n">>, tensor<8x8x1x1xf32> -> tensor<?x8x1x1xf32, #tao.dims<"n">>
  %6 = tao.logistic %5 : tensor<?x8x1x1xf32, #tao.dims<"n">>
  %7 = tao.broadcast %6 dims [0, 1, 2, 3] : tensor<?x8x1x1xf32, #tao.dims<"n">> -> tensor<?x8x4x4xf32, #tao.dims<"n">>
  %8 = tao.mul %2, %7 : tensor<?x8x4x4xf32, #tao.dims<"n">>
  %9 = tao.conv %8, %p strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<?x8x4x4xf32, #tao.dims<"n">>, tensor<4x8x1x1xf32> -> tensor<?x4x4x4xf32, #tao.dims<"n">>
  return %9 : tensor<?x4x4x4xf32, #tao.dims<"n">>
}

// Padding and slices between convolutions, in one and three spatial dims.
// CHECK-LABEL: @pad_and_slice
// CHECK-COUNT-1: tao.transpose %arg0 perm [0, 2, 1]
// CHECK-NOT: tao.transpose
// CHECK: tao.pad %{{.*}} low [0, 2, 0]
// CHECK: tao.slice %{{.*}} from ["0", "1", "0"] by [1, 2, 1]
// CHECK: tao.conv {{.*}} channels_last
// CHECK-NEXT: tao.transpose
// CHECK-NOT: tao.transpose
func.func @pad_and_slice(%x: tensor<2x3x9xf32>, %w: tensor<3x3x1xf32>) -> tensor<2x3x6xf32> {
  %one = tao.constant dense<1.0> : tensor<f32>
  %0 = tao.conv %x, %w strides [1] dilations [1] low [0] groups 1 : tensor<2x3x9xf32>, tensor<3x3x1xf32> -> tensor<2x3x9xf32>
  %1 = tao.pad %0, %one low [0, 0, 2] : tensor<2x3x9xf32>, tensor<f32> -> tensor<2x3x13xf32>
  %2 = tao.slice %1 from ["0", "0", "1"] by [1, 1, 2] : tensor<2x3x13xf32> -> tensor<2x3x6xf32>
  %3 = tao.conv %2, %w strides [1] dilations [1] low [0] groups 1 : tensor<2x3x6xf32>, tensor<3x3x1xf32> -> tensor<2x3x6xf32>
  return %3 : tensor<2x3x6xf32>
}

// CHECK-LABEL: @volume
// CHECK: tao.transpose %arg0 perm [0, 2, 3, 4, 1]
// CHECK: tao.conv {{.*}} channels_last
// CHECK: tao.transpose %{{.*}} perm [0, 4, 1, 2, 3]
func.func @volume(%x: tensor<1x2x4x5x6xf32>, %w: tensor<3x2x1x1x1xf32>) -> tensor<1x3x4x5x6xf32> {
  %0 = tao.conv %x, %w strides [1, 1, 1] dilations [1, 1, 1] low [0, 0, 0] groups 1 : tensor<1x2x4x5x6xf32>, tensor<3x2x1x1x1xf32> -> tensor<1x3x4x5x6xf32>
  return %0 : tensor<1x3x4x5x6xf32>
}

// A shuffle of channels moves channels only, and next to each other.
// CHECK-LABEL: @shuffle
// CHECK: %[[C:.*]] = tao.conv {{.*}} channels_last
// CHECK: %[[G:.*]] = tao.reshape %[[C]] : tensor<1x8x8x12xf32> -> tensor<1x8x8x3x4xf32>
// CHECK: %[[T:.*]] = tao.transpose %[[G]] perm [0, 1, 2, 4, 3] : tensor<1x8x8x3x4xf32> -> tensor<1x8x8x4x3xf32>
// CHECK: %[[M:.*]] = tao.reshape %[[T]] : tensor<1x8x8x4x3xf32> -> tensor<1x8x8x12xf32>
// CHECK-NEXT: tao.conv %[[M]], {{.*}} channels_last
func.func @shuffle(%x: tensor<1x3x8x8xf32>, %v: tensor<12x3x1x1xf32>, %w: tensor<12x1x3x3xf32>) -> tensor<1x12x8x8xf32> {
  %0 = tao.conv %x, %v strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x3x8x8xf32>, tensor<12x3x1x1xf32> -> tensor<1x12x8x8xf32>
  %1 = tao.reshape %0 : tensor<1x12x8x8xf32> -> tensor<1x3x4x8x8xf32>
  %2 = tao.transpose %1 perm [0, 2, 1, 3, 4] : tensor<1x3x4x8x8xf32> -> tensor<1x4x3x8x8xf32>
  %3 = tao.reshape %2 : tensor<1x4x3x8x8xf32> -> tensor<1x12x8x8xf32>
  %4 = tao.conv %3, %w strides [1, 1] dilations [1, 1] low [1, 1] groups 12 : tensor<1x12x8x8xf32>, tensor<12x1x3x3xf32> -> tensor<1x12x8x8xf32>
  return %4 : tensor<1x12x8x8xf32>
}

// Where nothing moves to the end, the transpose stays above.
// CHECK-LABEL: @flatten
// CHECK: tao.conv {{.*}} channels_last
// CHECK-NEXT: tao.transpose %{{.*}} perm [0, 3, 1, 2]
// CHECK-NEXT: tao.reshape {{.*}} -> tensor<1x256xf32>
// CHECK-NEXT: return
func.func @flatten(%x: tensor<1x3x8x8xf32>, %v: tensor<4x3x1x1xf32>) -> tensor<1x256xf32> {
  %0 = tao.conv %x, %v strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x3x8x8xf32>, tensor<4x3x1x1xf32> -> tensor<1x4x8x8xf32>
  %1 = tao.reshape %0 : tensor<1x4x8x8xf32> -> tensor<1x256xf32>
  return %1 : tensor<1x256xf32>
}
