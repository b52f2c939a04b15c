// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --simplify | FileCheck %s
// RUN: tao-opt %s "--simplify=channels-last=false" | FileCheck %s --check-prefix=FIRST

// The projections of an attention layer: transposes and the scale disappear.
// CHECK-LABEL: @attention_scores
// CHECK-DAG: %[[W:.*]] = tao.constant dense<1.250000e-01> : tensor<8x8xf32>
// CHECK-DAG: %[[X:.*]] = tao.reshape %arg0
// CHECK: %[[Q:.*]] = tao.contract %[[X]], %[[W]]
// CHECK-NOT: tao.transpose
// CHECK-NOT: tao.mul
// CHECK: tao.contract %{{.*}} : tensor<?x?x2x4xf32, #tao.dims<"b", "s">>, tensor<?x?x2x4xf32, #tao.dims<"b", "s">> -> tensor<?x2x?x?xf32, #tao.dims<"b", "s", "s">>
// CHECK-NEXT: return
func.func @attention_scores(%x: tensor<?x?x8xf32, #tao.dims<"b", "s">>) -> tensor<?x2x?x?xf32, #tao.dims<"b", "s", "s">> {
  %w = tao.constant dense<0.25> : tensor<8x8xf32>
  %v = tao.constant dense<0.5> : tensor<8x8xf32>
  %c = tao.constant dense<0.5> : tensor<f32>
  %q = tao.contract %x, %w maps [affine_map<(b, s, n, k) -> (b, s, k)>, affine_map<(b, s, n, k) -> (k, n)>, affine_map<(b, s, n, k) -> (b, s, n)>]
    : tensor<?x?x8xf32, #tao.dims<"b", "s">>, tensor<8x8xf32> -> tensor<?x?x8xf32, #tao.dims<"b", "s">>
  %k = tao.contract %x, %v maps [affine_map<(b, s, n, k) -> (b, s, k)>, affine_map<(b, s, n, k) -> (k, n)>, affine_map<(b, s, n, k) -> (b, s, n)>]
    : tensor<?x?x8xf32, #tao.dims<"b", "s">>, tensor<8x8xf32> -> tensor<?x?x8xf32, #tao.dims<"b", "s">>
  %sc = tao.broadcast %c dims [] : tensor<f32> -> tensor<?x?x8xf32, #tao.dims<"b", "s">>
  %qs = tao.mul %q, %sc : tensor<?x?x8xf32, #tao.dims<"b", "s">>
  %q4 = tao.reshape %qs : tensor<?x?x8xf32, #tao.dims<"b", "s">> -> tensor<?x?x2x4xf32, #tao.dims<"b", "s">>
  %k4 = tao.reshape %k : tensor<?x?x8xf32, #tao.dims<"b", "s">> -> tensor<?x?x2x4xf32, #tao.dims<"b", "s">>
  %qt = tao.transpose %q4 perm [0, 2, 1, 3] : tensor<?x?x2x4xf32, #tao.dims<"b", "s">> -> tensor<?x2x?x4xf32, #tao.dims<"b", "s">>
  %kt = tao.transpose %k4 perm [0, 2, 3, 1] : tensor<?x?x2x4xf32, #tao.dims<"b", "s">> -> tensor<?x2x4x?xf32, #tao.dims<"b", "s">>
  %r = tao.contract %qt, %kt maps [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, d, t)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>]
    : tensor<?x2x?x4xf32, #tao.dims<"b", "s">>, tensor<?x2x4x?xf32, #tao.dims<"b", "s">> -> tensor<?x2x?x?xf32, #tao.dims<"b", "s", "s">>
  return %r : tensor<?x2x?x?xf32, #tao.dims<"b", "s", "s">>
}

// CHECK-LABEL: @conv
// CHECK: channels_last
// FIRST-LABEL: @conv
// FIRST-NEXT: tao.conv %arg0, %arg1 {{.*}} groups 1 :
// FIRST-NEXT: return
func.func @conv(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32> {
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32> -> tensor<1x4x8x8xf32>
  return %0 : tensor<1x4x8x8xf32>
}
