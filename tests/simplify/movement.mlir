// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --algebra | FileCheck %s
//
// One function per rule of MovementPatterns.cpp, and the folders of movement ops.

// CHECK-LABEL: @transposes_cancel
// CHECK-NEXT: return %arg0
func.func @transposes_cancel(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = tao.transpose %x perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = tao.transpose %0 perm [1, 2, 0] : tensor<4x2x3xf32> -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @transpose_of_unit_dims
// CHECK-NEXT: tao.reshape %arg0 : tensor<2x1x4x1xf32> -> tensor<1x2x1x4xf32>
func.func @transpose_of_unit_dims(%x: tensor<2x1x4x1xf32>) -> tensor<1x2x1x4xf32> {
  %0 = tao.transpose %x perm [1, 0, 3, 2] : tensor<2x1x4x1xf32> -> tensor<1x2x1x4xf32>
  return %0 : tensor<1x2x1x4xf32>
}

// CHECK-LABEL: @reshapes_cancel
// CHECK-NEXT: return %arg0
func.func @reshapes_cancel(%x: tensor<?x6xf32, #tao.dims<"n">>) -> tensor<?x6xf32, #tao.dims<"n">> {
  %0 = tao.reshape %x : tensor<?x6xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"6*n">>
  %1 = tao.reshape %0 : tensor<?xf32, #tao.dims<"6*n">> -> tensor<?x2x3xf32, #tao.dims<"n">>
  %2 = tao.reshape %1 : tensor<?x2x3xf32, #tao.dims<"n">> -> tensor<?x6xf32, #tao.dims<"n">>
  return %2 : tensor<?x6xf32, #tao.dims<"n">>
}

// CHECK-LABEL: @slice_of_slice
// CHECK-NEXT: tao.slice %arg0 from ["n + 3", "7"] by [2, -6] : tensor<?x9xf32, #tao.dims<"3*n">> -> tensor<2x2xf32>
func.func @slice_of_slice(%x: tensor<?x9xf32, #tao.dims<"3*n">>) -> tensor<2x2xf32> {
  %0 = tao.slice %x from ["n + 1", "1"] by [2, 3] : tensor<?x9xf32, #tao.dims<"3*n">> -> tensor<4x3xf32>
  %1 = tao.slice %0 from ["1", "2"] by [1, -2] : tensor<4x3xf32> -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// CHECK-LABEL: @slice_of_concat
// CHECK-NEXT: return %arg0, %arg1
func.func @slice_of_concat(%x: tensor<?x2xf32, #tao.dims<"n">>, %y: tensor<?x3xf32, #tao.dims<"n">>) -> (tensor<?x2xf32, #tao.dims<"n">>, tensor<?x3xf32, #tao.dims<"n">>) {
  %c = tao.concat %x, %y axis 1 : tensor<?x2xf32, #tao.dims<"n">>, tensor<?x3xf32, #tao.dims<"n">> -> tensor<?x5xf32, #tao.dims<"n">>
  %0 = tao.slice %c from ["0", "0"] by [1, 1] : tensor<?x5xf32, #tao.dims<"n">> -> tensor<?x2xf32, #tao.dims<"n">>
  %1 = tao.slice %c from ["0", "2"] by [1, 1] : tensor<?x5xf32, #tao.dims<"n">> -> tensor<?x3xf32, #tao.dims<"n">>
  return %0, %1 : tensor<?x2xf32, #tao.dims<"n">>, tensor<?x3xf32, #tao.dims<"n">>
}

// CHECK-LABEL: @slice_across_concat
// CHECK: tao.concat
// CHECK: tao.slice
func.func @slice_across_concat(%x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<3xf32> {
  %c = tao.concat %x, %y axis 0 : tensor<2xf32>, tensor<3xf32> -> tensor<5xf32>
  %0 = tao.slice %c from ["1"] by [1] : tensor<5xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @flat_concat
// CHECK-NEXT: tao.concat %arg0, %arg0, %arg0 axis 0
func.func @flat_concat(%x: tensor<2xf32>, %e: tensor<0xf32>) -> tensor<6xf32> {
  %0 = tao.concat %x, %e, %x axis 0 : tensor<2xf32>, tensor<0xf32>, tensor<2xf32> -> tensor<4xf32>
  %1 = tao.concat %0, %x axis 0 : tensor<4xf32>, tensor<2xf32> -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// CHECK-LABEL: @identity_movement
// CHECK-NEXT: return %arg0, %arg0, %arg0, %arg0
func.func @identity_movement(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = tao.slice %x from ["0", "0"] by [1, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = tao.concat %x axis 0 : tensor<2x3xf32> -> tensor<2x3xf32>
  %z = tao.constant dense<0.0> : tensor<f32>
  %2 = tao.pad %x, %z low [0, 0] : tensor<2x3xf32>, tensor<f32> -> tensor<2x3xf32>
  %3 = tao.broadcast %x dims [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0, %1, %2, %3 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: @gather_of_one_index
// CHECK-NEXT: %[[S:.*]] = tao.slice %arg0 from ["0", "1", "0"] by [1, 1, 1] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?x1x4xf32, #tao.dims<"n">>
// CHECK-NEXT: tao.reshape %[[S]] : tensor<?x1x4xf32, #tao.dims<"n">> -> tensor<?x4xf32, #tao.dims<"n">>
func.func @gather_of_one_index(%x: tensor<?x3x4xf32, #tao.dims<"n">>) -> tensor<?x4xf32, #tao.dims<"n">> {
  %i = tao.constant dense<1> : tensor<i64>
  %0 = tao.gather %x, %i axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<i64> -> tensor<?x4xf32, #tao.dims<"n">>
  return %0 : tensor<?x4xf32, #tao.dims<"n">>
}

// What may be out of range has to fail when the model runs.
// CHECK-LABEL: @gather_out_of_range
// CHECK: tao.gather
// CHECK: tao.gather
func.func @gather_out_of_range(%x: tensor<3xf32>, %y: tensor<?xf32, #tao.dims<"n">>) -> (tensor<f32>, tensor<f32>) {
  %i = tao.constant dense<3> : tensor<i64>
  %0 = tao.gather %x, %i axis 0 : tensor<3xf32>, tensor<i64> -> tensor<f32>
  %j = tao.constant dense<0> : tensor<i64>
  %1 = tao.gather %y, %j axis 0 : tensor<?xf32, #tao.dims<"n">>, tensor<i64> -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}
