// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -split-input-file -move-reshapes -canonical-order | FileCheck %s
// RUN: tao-opt %s -split-input-file -fuse="planner=xla-like" | FileCheck %s --check-prefix=GROUPS

// Up through a dag of elementwise ops, broadcasts, splats and a transpose that keeps the merged dims together.
// CHECK-LABEL: func.func @hoist
// CHECK-NOT: tao.reshape %{{[0-9]+}}
// CHECK-DAG: %[[X:.*]] = tao.reshape %arg0 : tensor<4x8x5xf32> -> tensor<32x5xf32>
// CHECK-DAG: %[[E:.*]] = tao.exp %[[X]] : tensor<32x5xf32>
// CHECK-DAG: %[[B:.*]] = tao.broadcast %arg1 dims [1] : tensor<5xf32> -> tensor<32x5xf32>
// CHECK-DAG: tao.add %[[E]], %[[B]] : tensor<32x5xf32>
// CHECK-DAG: %[[T:.*]] = tao.reshape %arg2 : tensor<5x4x8xf32> -> tensor<5x32xf32>
// CHECK-DAG: tao.transpose %[[T]] perm [1, 0] : tensor<5x32xf32> -> tensor<32x5xf32>
// CHECK: return
// GROUPS-LABEL: func.func @hoist
// GROUPS-COUNT-1: stitch.group
// GROUPS-NOT: stitch.group
func.func @hoist(%x: tensor<4x8x5xf32>, %b: tensor<5xf32>, %t: tensor<5x4x8xf32>) -> tensor<32xf32> {
  %two = tao.constant dense<2.0> : tensor<4x8x5xf32>
  %e = tao.exp %x : tensor<4x8x5xf32>
  %bb = tao.broadcast %b dims [2] : tensor<5xf32> -> tensor<4x8x5xf32>
  %a = tao.add %e, %bb : tensor<4x8x5xf32>
  %tt = tao.transpose %t perm [1, 2, 0] : tensor<5x4x8xf32> -> tensor<4x8x5xf32>
  %m = tao.mul %a, %tt : tensor<4x8x5xf32>
  %m2 = tao.mul %m, %two : tensor<4x8x5xf32>
  %r = tao.reshape %m2 : tensor<4x8x5xf32> -> tensor<32x5xf32>
  %s = tao.reduce sum %r dims [1] : tensor<32x5xf32> -> tensor<32xf32>
  return %s : tensor<32xf32>
}

// -----

// Concat does not commute with the merge, so the reshape goes below the sum.
// CHECK-LABEL: func.func @sink
// CHECK: %[[C:.*]] = tao.concat
// CHECK: %[[Y:.*]] = tao.reshape %arg2 : tensor<32xf32> -> tensor<8x4xf32>
// CHECK: %[[A:.*]] = tao.add %[[C]], %[[Y]] : tensor<8x4xf32>
// CHECK: %[[R:.*]] = tao.reshape %[[A]] : tensor<8x4xf32> -> tensor<32xf32>
// CHECK: return %[[R]]
// GROUPS-LABEL: func.func @sink
// GROUPS-COUNT-1: stitch.group
// GROUPS-NOT: stitch.group
func.func @sink(%a: tensor<8x3xf32>, %b: tensor<8x1xf32>, %y: tensor<32xf32>) -> tensor<32xf32> {
  %c = tao.concat %a, %b axis 1 : tensor<8x3xf32>, tensor<8x1xf32> -> tensor<8x4xf32>
  %r = tao.reshape %c : tensor<8x4xf32> -> tensor<32xf32>
  %s = tao.add %r, %y : tensor<32xf32>
  return %s : tensor<32xf32>
}

// -----

// Neither way: the broadcast repeats over a part of the merged dims, and the reader is a reduction. The planner cuts.
// CHECK-LABEL: func.func @cut
// CHECK: tao.reshape %{{.*}} : tensor<4x8xf32> -> tensor<32xf32>
// GROUPS-LABEL: func.func @cut
// GROUPS: %[[A:.*]] = stitch.group
// GROUPS: %[[V:.*]] = tao.reshape %[[A]]
// GROUPS: stitch.group({{.*}} = %[[V]])
func.func @cut(%a: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<f32> {
  %bb = tao.broadcast %b dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %s = tao.add %a, %bb : tensor<4x8xf32>
  %r = tao.reshape %s : tensor<4x8xf32> -> tensor<32xf32>
  %t = tao.reduce sum %r dims [0] : tensor<32xf32> -> tensor<f32>
  return %t : tensor<f32>
}

// -----

// A splitting reshape is computed inside the kernel, with symbolic sizes too.
// CHECK-LABEL: func.func @split
// CHECK: tao.reshape
// GROUPS-LABEL: func.func @split
// GROUPS: stitch.group
// GROUPS: tao.add
// GROUPS: tao.reshape
// GROUPS: tao.transpose
// GROUPS: stitch.yield
// GROUPS-NOT: stitch.group
func.func @split(%x: tensor<?x768xf32, #tao.dims<"b*s">>, %b: tensor<768xf32>) -> tensor<?x12x?x64xf32, #tao.dims<"b", "s">> {
  %bb = tao.broadcast %b dims [1] : tensor<768xf32> -> tensor<?x768xf32, #tao.dims<"b*s">>
  %a = tao.add %x, %bb : tensor<?x768xf32, #tao.dims<"b*s">>
  %r = tao.reshape %a : tensor<?x768xf32, #tao.dims<"b*s">> -> tensor<?x?x12x64xf32, #tao.dims<"b", "s">>
  %t = tao.transpose %r perm [0, 2, 1, 3] : tensor<?x?x12x64xf32, #tao.dims<"b", "s">> -> tensor<?x12x?x64xf32, #tao.dims<"b", "s">>
  return %t : tensor<?x12x?x64xf32, #tao.dims<"b", "s">>
}

// -----

// Of stored values a reshape is a view, whether it splits or merges; so it is where a library call reads it.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// GROUPS-LABEL: func.func @views
// GROUPS: %[[M:.*]] = stitch.group
// GROUPS-NEXT: tao.reduce
// GROUPS: %[[V:.*]] = tao.reshape %[[M]]
// GROUPS: %[[E:.*]] = stitch.group({{.*}} = %[[V]])
// GROUPS-NEXT: tao.exp
// GROUPS-NEXT: stitch.yield
// GROUPS: %[[W:.*]] = tao.reshape %[[E]]
// GROUPS: stitch.group({{.*}} = %[[W]]
// GROUPS-NEXT: tao.contract
func.func @views(%x: tensor<8x16xf32>, %w: tensor<4x3xf32>) -> tensor<2x3xf32> {
  %m = tao.reduce max %x dims [1] : tensor<8x16xf32> -> tensor<8xf32>
  %r = tao.reshape %m : tensor<8xf32> -> tensor<4x2xf32>
  %e = tao.exp %r : tensor<4x2xf32>
  %s = tao.reshape %e : tensor<4x2xf32> -> tensor<2x4xf32>
  %c = tao.contract %s, %w maps [#lhs, #rhs, #out] : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  return %c : tensor<2x3xf32>
}
