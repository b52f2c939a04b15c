// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --algebra | FileCheck %s
//
// Transposes with one reader sink; see channels-last.mlir for the others.

// CHECK-LABEL: @through_elementwise
// CHECK: %[[A:.*]] = tao.add %arg0, %arg1 : tensor<3x4xf32>
// CHECK: %[[M:.*]] = tao.mul %[[A]], %{{.*}} : tensor<3x4xf32>
// CHECK: %[[B:.*]] = tao.broadcast %arg2 dims [1] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK: %[[S:.*]] = tao.sub %[[M]], %[[B]] : tensor<3x4xf32>
// CHECK: tao.transpose %[[S]] perm [1, 0]
func.func @through_elementwise(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>, %z: tensor<4xf32>) -> tensor<4x3xf32> {
  %0 = tao.transpose %x perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  %1 = tao.transpose %y perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  %2 = tao.add %0, %1 : tensor<4x3xf32>
  %c = tao.constant dense<3.0> : tensor<4x3xf32>
  %3 = tao.mul %2, %c : tensor<4x3xf32>
  %b = tao.broadcast %z dims [0] : tensor<4xf32> -> tensor<4x3xf32>
  %4 = tao.sub %3, %b : tensor<4x3xf32>
  return %4 : tensor<4x3xf32>
}

// CHECK-LABEL: @stopped_by_another_operand
// CHECK-NEXT: %[[T:.*]] = tao.transpose %arg0
// CHECK-NEXT: tao.add %[[T]], %arg1
func.func @stopped_by_another_operand(%x: tensor<3x4xf32>, %y: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = tao.transpose %x perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  %1 = tao.add %0, %y : tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// CHECK-LABEL: @stopped_by_another_reader
// CHECK-NEXT: %[[T:.*]] = tao.transpose %arg0
// CHECK-NEXT: tao.exp %[[T]]
func.func @stopped_by_another_reader(%x: tensor<3x4xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>) {
  %0 = tao.transpose %x perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  %1 = tao.exp %0 : tensor<4x3xf32>
  return %0, %1 : tensor<4x3xf32>, tensor<4x3xf32>
}

// CHECK-LABEL: @through_concat
// CHECK-NEXT: %[[C:.*]] = tao.concat %arg0, %arg1 axis 1 : tensor<2x3x4xf32>, tensor<2x5x4xf32> -> tensor<2x8x4xf32>
// CHECK-NEXT: tao.transpose %[[C]] perm [2, 0, 1]
func.func @through_concat(%x: tensor<2x3x4xf32>, %y: tensor<2x5x4xf32>) -> tensor<4x2x8xf32> {
  %0 = tao.transpose %x perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = tao.transpose %y perm [2, 0, 1] : tensor<2x5x4xf32> -> tensor<4x2x5xf32>
  %2 = tao.concat %0, %1 axis 2 : tensor<4x2x3xf32>, tensor<4x2x5xf32> -> tensor<4x2x8xf32>
  return %2 : tensor<4x2x8xf32>
}

// CHECK-LABEL: @through_windows
// CHECK: %[[P:.*]] = tao.pad %arg0, %{{.*}} low [2, 3, 1] : tensor<4x5x6xf32>, tensor<f32> -> tensor<9x8x7xf32>
// CHECK: %[[S:.*]] = tao.slice %[[P]] from ["2", "n", "1"] by [3, 1, 2] : tensor<9x8x7xf32> -> tensor<2x3x3xf32>
// CHECK: %[[W:.*]] = tao.reduce_window max %[[S]] window [2, 3, 1] strides [5, 6, 4] dilations [8, 9, 7] low [11, 12, 10] : tensor<2x3x3xf32> -> tensor<3x4x2xf32>
// CHECK: tao.transpose %[[W]] perm [2, 0, 1] : tensor<3x4x2xf32> -> tensor<2x3x4xf32>
func.func @through_windows(%x: tensor<4x5x6xf32>) -> tensor<2x3x4xf32> {
  %z = tao.constant dense<0.0> : tensor<f32>
  %0 = tao.transpose %x perm [2, 0, 1] : tensor<4x5x6xf32> -> tensor<6x4x5xf32>
  %1 = tao.pad %0, %z low [1, 2, 3] : tensor<6x4x5xf32>, tensor<f32> -> tensor<7x9x8xf32>
  %2 = tao.slice %1 from ["1", "2", "n"] by [2, 3, 1] : tensor<7x9x8xf32> -> tensor<3x2x3xf32>
  %3 = tao.reduce_window max %2 window [1, 2, 3] strides [4, 5, 6] dilations [7, 8, 9] low [10, 11, 12] : tensor<3x2x3xf32> -> tensor<2x3x4xf32>
  return %3 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @through_reductions
// CHECK-DAG: tao.reduce sum %arg0 dims [2] : tensor<2x3x4xf32> -> tensor<2x3xf32>
// CHECK-DAG: %[[R:.*]] = tao.reduce sum %arg0 dims [1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
// CHECK-DAG: tao.transpose %[[R]] perm [1, 0]
// CHECK-DAG: tao.arg_reduce max %arg0 dim 2
func.func @through_reductions(%x: tensor<2x3x4xf32>, %y: tensor<2x3x4xf32>) -> (tensor<2x3xf32>, tensor<4x2xf32>, tensor<2x3xi64>) {
  %0 = tao.transpose %x perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = tao.reduce sum %0 dims [0] : tensor<4x2x3xf32> -> tensor<2x3xf32>
  %2 = tao.reduce sum %0 dims [2] : tensor<4x2x3xf32> -> tensor<4x2xf32>
  %3 = tao.arg_reduce max %0 dim 0 : tensor<4x2x3xf32> -> tensor<2x3xi64>
  return %1, %2, %3 : tensor<2x3xf32>, tensor<4x2xf32>, tensor<2x3xi64>
}

// CHECK-LABEL: @through_split
// CHECK-NEXT: %[[R:.*]] = tao.reshape %arg0 : tensor<?x6x4xf32, #tao.dims<"n">> -> tensor<?x2x3x4xf32, #tao.dims<"n">>
// CHECK-NEXT: tao.transpose %[[R]] perm [3, 0, 1, 2]
func.func @through_split(%x: tensor<?x6x4xf32, #tao.dims<"n">>) -> tensor<4x?x2x3xf32, #tao.dims<"n">> {
  %0 = tao.transpose %x perm [2, 0, 1] : tensor<?x6x4xf32, #tao.dims<"n">> -> tensor<4x?x6xf32, #tao.dims<"n">>
  %1 = tao.reshape %0 : tensor<4x?x6xf32, #tao.dims<"n">> -> tensor<4x?x2x3xf32, #tao.dims<"n">>
  return %1 : tensor<4x?x2x3xf32, #tao.dims<"n">>
}
