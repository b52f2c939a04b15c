// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -split-input-file -fuse="planner=stitch arch=x86-avx2" | FileCheck %s --check-prefix=PLAN
// RUN: tao-opt %s -split-input-file -fuse="planner=stitch arch=x86-avx2" -split-parts | FileCheck %s

// A softmax and two elementwise ops that share nothing: one plan of three parts, three groups of a pack. What is one
// region needs no plan, the softmax keeps what the plan says of it.
// PLAN-LABEL: func.func @packed
// PLAN: stitch.group
// PLAN-NOT: stitch.group
// PLAN-LABEL: func.func @transpose
// CHECK-LABEL: func.func @packed
// CHECK: %[[S:.*]] = stitch.group{{.*}} classes = [64, 64], {{.*}} attributes {pack = 0 : i64, pack_name = "[[NAME:.*]]"}
// CHECK: tao.exp
// CHECK: %[[E:.*]] = stitch.group(%{{.*}} = %arg1) plan <{kind = "memory", planner = "stitch", regions = [], version = {{.*}}}> attributes {pack = 0 : i64, pack_name = "[[NAME]]"}
// CHECK-NEXT: tao.tanh
// CHECK: %[[T:.*]] = stitch.group(%{{.*}} = %arg2) plan <{kind = "memory", planner = "stitch", regions = [], version = {{.*}}}> attributes {pack = 0 : i64, pack_name = "[[NAME]]"}
// CHECK-NEXT: tao.sqrt
// CHECK: return %[[S]], %[[E]], %[[T]]
func.func @packed(%x: tensor<64x64xf32>, %y: tensor<100xf32>, %z: tensor<50x7xf32>)
    -> (tensor<64x64xf32>, tensor<100xf32>, tensor<50x7xf32>) {
  %exp = tao.exp %x : tensor<64x64xf32>
  %sum = tao.reduce sum %exp dims [1] : tensor<64x64xf32> -> tensor<64xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<64xf32> -> tensor<64x64xf32>
  %s = tao.div %exp, %sums : tensor<64x64xf32>
  %e = tao.tanh %y : tensor<100xf32>
  %t = tao.sqrt %z : tensor<50x7xf32>
  return %s, %e, %t : tensor<64x64xf32>, tensor<100xf32>, tensor<50x7xf32>
}

// -----

// A transpose keeps its plan, whose blocks are squares.
// CHECK-LABEL: func.func @transpose
// CHECK: stitch.group{{.*}} classes =
func.func @transpose(%x: tensor<256x512xf32>, %y: tensor<512x256xf32>) -> tensor<512x256xf32> {
  %t = tao.transpose %x perm [1, 0] : tensor<256x512xf32> -> tensor<512x256xf32>
  %s = tao.add %t, %y : tensor<512x256xf32>
  return %s : tensor<512x256xf32>
}

// -----

// A power that every block would compute is computed once, before. Updates that share nothing else are groups of their own.
// CHECK-LABEL: func.func @step
// CHECK: %[[D:.*]] = stitch.group(%{{.*}} = %arg0)
// CHECK: tao.pow
// CHECK-NEXT: tao.constant
// CHECK-NEXT: tao.sub
// CHECK-NEXT: stitch.yield
// CHECK: %[[U:.*]] = stitch.group(%{{.*}} = %[[D]], %{{.*}} = %arg1) plan <{kind = "memory", planner = "stitch", regions = [], version = {{.*}}}> attributes {pack = [[P:.*]], pack_name
// CHECK-NEXT: tao.broadcast
// CHECK-NEXT: tao.div
// CHECK-NEXT: stitch.yield
// CHECK: %[[V:.*]] = stitch.group(%{{.*}} = %[[D]], %{{.*}} = %arg2) plan <{kind = "memory", planner = "stitch", regions = [], version = {{.*}}}> attributes {pack = [[P]], pack_name
// CHECK-NEXT: tao.broadcast
// CHECK-NEXT: tao.div
// CHECK-NEXT: stitch.yield
// CHECK: return %[[U]], %[[V]]
func.func @step(%t: tensor<f32>, %x: tensor<512x64xf32>, %y: tensor<512x64xf32>) -> (tensor<512x64xf32>, tensor<512x64xf32>) {
  %b = tao.constant dense<0.9> : tensor<f32>
  %one = tao.constant dense<1.0> : tensor<f32>
  %p = tao.pow %b, %t : tensor<f32>
  %d = tao.sub %one, %p : tensor<f32>
  %ds = tao.broadcast %d dims [] : tensor<f32> -> tensor<512x64xf32>
  %u = tao.div %x, %ds : tensor<512x64xf32>
  %v = tao.div %y, %ds : tensor<512x64xf32>
  return %u, %v : tensor<512x64xf32>, tensor<512x64xf32>
}
