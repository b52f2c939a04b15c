// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --fold-scales --fold-constants | FileCheck %s

// Batch normalisation as it is imported: a convolution with scaled weights and one bias.
// CHECK-LABEL: @conv_batch_norm
// CHECK: %[[W:.*]] = tao.constant dense<{{\[\[\[\[}}2.000000e+00]], {{\[\[}}4.000000e+00]]], {{\[\[\[}}1.200000e+01]], {{\[\[}}1.600000e+01]]]]>
// CHECK: %[[C:.*]] = tao.conv %arg0, %[[W]]
// CHECK: %[[B:.*]] = tao.constant dense<[9.000000e+00, 1.800000e+01]>
// CHECK: %[[S:.*]] = tao.broadcast %[[B]] dims [1]
// CHECK: %[[R:.*]] = tao.add %[[C]], %[[S]]
// CHECK: return %[[R]]
func.func @conv_batch_norm(%x: tensor<?x2x4x4xf32, #tao.dims<"n">>) -> tensor<?x2x4x4xf32, #tao.dims<"n">> {
  %w = tao.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %bias = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %mean = tao.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %scale = tao.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %shift = tao.constant dense<[11.0, 22.0]> : tensor<2xf32>
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<?x2x4x4xf32, #tao.dims<"n">>, tensor<2x2x1x1xf32> -> tensor<?x2x4x4xf32, #tao.dims<"n">>
  %b = tao.broadcast %bias dims [1] : tensor<2xf32> -> tensor<?x2x4x4xf32, #tao.dims<"n">>
  %1 = tao.add %0, %b : tensor<?x2x4x4xf32, #tao.dims<"n">>
  %m = tao.broadcast %mean dims [1] : tensor<2xf32> -> tensor<?x2x4x4xf32, #tao.dims<"n">>
  %2 = tao.sub %1, %m : tensor<?x2x4x4xf32, #tao.dims<"n">>
  %s = tao.broadcast %scale dims [1] : tensor<2xf32> -> tensor<?x2x4x4xf32, #tao.dims<"n">>
  %3 = tao.mul %2, %s : tensor<?x2x4x4xf32, #tao.dims<"n">>
  %t = tao.broadcast %shift dims [1] : tensor<2xf32> -> tensor<?x2x4x4xf32, #tao.dims<"n">>
  %4 = tao.add %3, %t : tensor<?x2x4x4xf32, #tao.dims<"n">>
  return %4 : tensor<?x2x4x4xf32, #tao.dims<"n">>
}

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#nm = affine_map<(m, n, k) -> (n, m)>

// The column scale of a transposed product is a row of the weights.
// CHECK-LABEL: @contract
// CHECK: %[[W:.*]] = tao.constant dense<{{\[\[}}1.500000e+00, 3.000000e+00], [1.500000e+01, 2.000000e+01]]>
// CHECK-NOT: tao.mul
// CHECK: tao.contract %arg0, %[[W]]
func.func @contract(%x: tensor<4x2xf32>) -> tensor<2x4xf32> {
  %w = tao.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = tao.constant dense<[3.0, 10.0]> : tensor<2xf32>
  %half = tao.constant dense<2.0> : tensor<f32>
  %0 = tao.contract %x, %w maps [#mk, #nk, #nm] : tensor<4x2xf32>, tensor<2x2xf32> -> tensor<2x4xf32>
  %b = tao.broadcast %s dims [0] : tensor<2xf32> -> tensor<2x4xf32>
  %1 = tao.mul %0, %b : tensor<2x4xf32>
  %h = tao.broadcast %half dims [] : tensor<f32> -> tensor<2x4xf32>
  %2 = tao.div %1, %h : tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// The scale varies along rows of x, which the weights do not have.
// CHECK-LABEL: @other_dim
// CHECK: tao.mul
func.func @other_dim(%x: tensor<4x2xf32>) -> tensor<2x4xf32> {
  %w = tao.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = tao.constant dense<[3.0, 10.0, 1.0, 2.0]> : tensor<4xf32>
  %0 = tao.contract %x, %w maps [#mk, #nk, #nm] : tensor<4x2xf32>, tensor<2x2xf32> -> tensor<2x4xf32>
  %b = tao.broadcast %s dims [1] : tensor<4xf32> -> tensor<2x4xf32>
  %1 = tao.mul %0, %b : tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}

// Shared weights would have to be kept twice, and the unscaled product is needed too.
// CHECK-LABEL: @shared
// CHECK: tao.mul
// CHECK: tao.mul
func.func @shared(%x: tensor<4x2xf32>, %v: tensor<2x2xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %w = tao.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %u = tao.constant dense<[[1.0, 2.0], [3.0, 5.0]]> : tensor<2x2xf32>
  %c = tao.constant dense<3.0> : tensor<2x4xf32>
  %0 = tao.contract %x, %w maps [#mk, #nk, #nm] : tensor<4x2xf32>, tensor<2x2xf32> -> tensor<2x4xf32>
  %1 = tao.mul %0, %c : tensor<2x4xf32>
  %d = tao.add %v, %w : tensor<2x2xf32>
  %2 = tao.contract %x, %d maps [#mk, #nk, #nm] : tensor<4x2xf32>, tensor<2x2xf32> -> tensor<2x4xf32>
  %3 = tao.contract %x, %u maps [#mk, #nk, #nm] : tensor<4x2xf32>, tensor<2x2xf32> -> tensor<2x4xf32>
  %4 = tao.mul %3, %c : tensor<2x4xf32>
  %5 = tao.add %4, %3 : tensor<2x4xf32>
  return %1, %2, %5 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}
