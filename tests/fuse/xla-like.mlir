// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel counts of the baseline on the graphs whose counts are published, and its rules one by one.
// RUN: tao-opt %s -split-input-file -fuse="planner=xla-like" | FileCheck %s
// RUN: tao-opt %s -split-input-file -fuse="planner=none" | FileCheck %s --check-prefix=NONE

// Layer normalisation: mean, variance, the reciprocal root (heavy, broadcast), and the rest. The division by a constant is
// light.
// CHECK-LABEL: func.func @layernorm
// CHECK-COUNT-4: stitch.group
// CHECK-NOT: stitch.group
// NONE-LABEL: func.func @layernorm
// NONE-COUNT-11: stitch.group
// NONE-LABEL: func.func @softmax
// NONE-COUNT-5: stitch.group
// NONE-LABEL: func.func @softmax_backward
// NONE-COUNT-4: stitch.group
// NONE-LABEL: func.func @layernorm_backward
// NONE-COUNT-13: stitch.group
// NONE-LABEL: func.func @heavy
func.func @layernorm(%x: tensor<64x256xf32>, %g: tensor<256xf32>, %b: tensor<256xf32>) -> tensor<64x256xf32> {
  %count = tao.constant dense<256.0> : tensor<64xf32>
  %eps = tao.constant dense<1.0e-5> : tensor<64xf32>
  %s = tao.reduce sum %x dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %m = tao.div %s, %count : tensor<64xf32>
  %mb = tao.broadcast %m dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %d = tao.sub %x, %mb : tensor<64x256xf32>
  %q = tao.mul %d, %d : tensor<64x256xf32>
  %v = tao.reduce sum %q dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %vm = tao.div %v, %count : tensor<64xf32>
  %ve = tao.add %vm, %eps : tensor<64xf32>
  %r = tao.rsqrt %ve : tensor<64xf32>
  %rb = tao.broadcast %r dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %n = tao.mul %d, %rb : tensor<64x256xf32>
  %gb = tao.broadcast %g dims [1] : tensor<256xf32> -> tensor<64x256xf32>
  %bb = tao.broadcast %b dims [1] : tensor<256xf32> -> tensor<64x256xf32>
  %ng = tao.mul %n, %gb : tensor<64x256xf32>
  %y = tao.add %ng, %bb : tensor<64x256xf32>
  return %y : tensor<64x256xf32>
}

// -----

// Softmax: the maximum; e^x, which two kernels need, together with its sum; the quotient.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[M:.*]] = stitch.group
// CHECK-NEXT: tao.reduce max
// CHECK: %[[E:.*]]:2 = stitch.group({{.*}} = %[[M]], {{.*}} = %arg0)
// CHECK: tao.exp
// CHECK: tao.reduce sum
// CHECK: stitch.group({{.*}} = %[[E]]#{{[01]}}, {{.*}} = %[[E]]#{{[01]}})
// CHECK: tao.div
// CHECK-NOT: stitch.group
func.func @softmax(%x: tensor<64x256xf32>) -> tensor<64x256xf32> {
  %m = tao.reduce max %x dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %mb = tao.broadcast %m dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %d = tao.sub %x, %mb : tensor<64x256xf32>
  %e = tao.exp %d : tensor<64x256xf32>
  %s = tao.reduce sum %e dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %sb = tao.broadcast %s dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %y = tao.div %e, %sb : tensor<64x256xf32>
  return %y : tensor<64x256xf32>
}

// -----

// CHECK-LABEL: func.func @softmax_backward
// CHECK-COUNT-2: stitch.group
// CHECK-NOT: stitch.group
func.func @softmax_backward(%y: tensor<64x256xf32>, %dy: tensor<64x256xf32>) -> tensor<64x256xf32> {
  %p = tao.mul %y, %dy : tensor<64x256xf32>
  %s = tao.reduce sum %p dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %sb = tao.broadcast %s dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %d = tao.sub %dy, %sb : tensor<64x256xf32>
  %dx = tao.mul %d, %y : tensor<64x256xf32>
  return %dx : tensor<64x256xf32>
}

// -----

// Layer normalisation backward: two column sums are siblings, two row sums are siblings, and dx.
// CHECK-LABEL: func.func @layernorm_backward
// CHECK: stitch.group
// CHECK-COUNT-2: tao.reduce sum {{.*}} dims [1]
// CHECK: stitch.group
// CHECK-NOT: tao.reduce
// CHECK: stitch.group
// CHECK-COUNT-2: tao.reduce sum {{.*}} dims [0]
// CHECK-NOT: stitch.group
func.func @layernorm_backward(%xhat: tensor<64x256xf32>, %dy: tensor<64x256xf32>, %g: tensor<256xf32>, %rstd: tensor<64xf32>)
    -> (tensor<64x256xf32>, tensor<256xf32>, tensor<256xf32>) {
  %gb = tao.broadcast %g dims [1] : tensor<256xf32> -> tensor<64x256xf32>
  %rb = tao.broadcast %rstd dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %count = tao.constant dense<256.0> : tensor<64xf32>
  %dxhat = tao.mul %dy, %gb : tensor<64x256xf32>
  %p = tao.mul %dxhat, %xhat : tensor<64x256xf32>
  %s1 = tao.reduce sum %dxhat dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %s2 = tao.reduce sum %p dims [1] : tensor<64x256xf32> -> tensor<64xf32>
  %m1 = tao.div %s1, %count : tensor<64xf32>
  %m2 = tao.div %s2, %count : tensor<64xf32>
  %m1b = tao.broadcast %m1 dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %m2b = tao.broadcast %m2 dims [0] : tensor<64xf32> -> tensor<64x256xf32>
  %t1 = tao.mul %xhat, %m2b : tensor<64x256xf32>
  %t2 = tao.sub %dxhat, %m1b : tensor<64x256xf32>
  %t3 = tao.sub %t2, %t1 : tensor<64x256xf32>
  %dx = tao.mul %t3, %rb : tensor<64x256xf32>
  %w = tao.mul %dy, %xhat : tensor<64x256xf32>
  %dg = tao.reduce sum %w dims [0] : tensor<64x256xf32> -> tensor<256xf32>
  %db = tao.reduce sum %dy dims [0] : tensor<64x256xf32> -> tensor<256xf32>
  return %dx, %dg, %db : tensor<64x256xf32>, tensor<256xf32>, tensor<256xf32>
}

// -----

// A heavy op with two readers in one kernel stays inside; with readers in two kernels it is stored. Then %a and %q, which
// read %x over its space, join %t.
// CHECK-LABEL: func.func @heavy
// CHECK: %[[A:.*]]:3 = stitch.group({{.*}} = %arg0)
// CHECK: tao.exp
// CHECK-NOT: tao.exp
// CHECK: tao.tanh
// CHECK: stitch.group({{.*}} = %[[A]]#{{[012]}})
// CHECK-NEXT: tao.transpose
// CHECK-NOT: stitch.group
func.func @heavy(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) {
  %e = tao.exp %x : tensor<8x8xf32>
  %n = tao.neg %e : tensor<8x8xf32>
  %a = tao.add %e, %n : tensor<8x8xf32>
  %t = tao.tanh %x : tensor<8x8xf32>
  %p = tao.transpose %t perm [1, 0] : tensor<8x8xf32> -> tensor<8x8xf32>
  %q = tao.abs %t : tensor<8x8xf32>
  return %a, %p, %q : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// Depth: both kernels read %x over the same space, but one waits for a contraction. They stay apart.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @depth
// CHECK-COUNT-3: stitch.group
// CHECK-NOT: stitch.group
func.func @depth(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %a = tao.exp %x : tensor<8x8xf32>
  %c = tao.contract %a, %y maps [#lhs, #rhs, #out] : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %e = tao.sub %x, %c : tensor<8x8xf32>
  return %a, %e : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// Siblings whose merging would close a cycle through a third kernel: %a and %c share %x, but %b lies between.
// CHECK-LABEL: func.func @cycle
// CHECK-COUNT-3: stitch.group
// CHECK-NOT: stitch.group
func.func @cycle(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8xf32>, tensor<8x8xf32>) {
  %a = tao.exp %x : tensor<8x8xf32>
  %t = tao.transpose %a perm [1, 0] : tensor<8x8xf32> -> tensor<8x8xf32>
  %b = tao.reduce sum %t dims [1] : tensor<8x8xf32> -> tensor<8xf32>
  %bb = tao.broadcast %b dims [0] : tensor<8xf32> -> tensor<8x8xf32>
  %c = tao.add %x, %bb : tensor<8x8xf32>
  return %a, %b, %c : tensor<8x8xf32>, tensor<8xf32>, tensor<8x8xf32>
}

// -----

// A light op with five kernels as readers passes the cap of copies; a broadcast does not count.
// CHECK-LABEL: func.func @copies
// CHECK: %[[N:.*]] = stitch.group
// CHECK-NEXT: tao.neg
// CHECK-NEXT: stitch.yield
// CHECK-COUNT-5: stitch.group({{.*}}%[[N]]
func.func @copies(%m: tensor<16xf32>, %x0: tensor<8x16xf32>)
    -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %n = tao.neg %m : tensor<16xf32>
  %b = tao.broadcast %n dims [1] : tensor<16xf32> -> tensor<8x16xf32>
  %a0 = tao.add %x0, %b : tensor<8x16xf32>
  %r0 = tao.reduce sum %a0 dims [1] : tensor<8x16xf32> -> tensor<8xf32>
  %c1 = tao.broadcast %r0 dims [0] : tensor<8xf32> -> tensor<8x16xf32>
  %a1 = tao.add %c1, %b : tensor<8x16xf32>
  %r1 = tao.reduce sum %a1 dims [1] : tensor<8x16xf32> -> tensor<8xf32>
  %c2 = tao.broadcast %r1 dims [0] : tensor<8xf32> -> tensor<8x16xf32>
  %a2 = tao.add %c2, %b : tensor<8x16xf32>
  %r2 = tao.reduce sum %a2 dims [1] : tensor<8x16xf32> -> tensor<8xf32>
  %c3 = tao.broadcast %r2 dims [0] : tensor<8xf32> -> tensor<8x16xf32>
  %a3 = tao.add %c3, %b : tensor<8x16xf32>
  %r3 = tao.reduce sum %a3 dims [1] : tensor<8x16xf32> -> tensor<8xf32>
  %c4 = tao.broadcast %r3 dims [0] : tensor<8xf32> -> tensor<8x16xf32>
  %a4 = tao.add %c4, %b : tensor<8x16xf32>
  %r4 = tao.reduce sum %a4 dims [1] : tensor<8x16xf32> -> tensor<8xf32>
  return %r0, %r1, %r2, %r3, %r4 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// -----

// Evaluations: doubling prefix sums would be computed at 32 places of one kernel; the chain is cut at 16.
// CHECK-LABEL: func.func @evaluations
// CHECK-COUNT-2: stitch.group
// CHECK-NOT: stitch.group
func.func @evaluations(%x: tensor<64xf32>) -> tensor<59xf32> {
  %v = tao.neg %x : tensor<64xf32>
  %a0 = tao.slice %v from ["0"] by [1] : tensor<64xf32> -> tensor<63xf32>
  %b0 = tao.slice %v from ["1"] by [1] : tensor<64xf32> -> tensor<63xf32>
  %s0 = tao.add %a0, %b0 : tensor<63xf32>
  %a1 = tao.slice %s0 from ["0"] by [1] : tensor<63xf32> -> tensor<62xf32>
  %b1 = tao.slice %s0 from ["1"] by [1] : tensor<63xf32> -> tensor<62xf32>
  %s1 = tao.add %a1, %b1 : tensor<62xf32>
  %a2 = tao.slice %s1 from ["0"] by [1] : tensor<62xf32> -> tensor<61xf32>
  %b2 = tao.slice %s1 from ["1"] by [1] : tensor<62xf32> -> tensor<61xf32>
  %s2 = tao.add %a2, %b2 : tensor<61xf32>
  %a3 = tao.slice %s2 from ["0"] by [1] : tensor<61xf32> -> tensor<60xf32>
  %b3 = tao.slice %s2 from ["1"] by [1] : tensor<61xf32> -> tensor<60xf32>
  %s3 = tao.add %a3, %b3 : tensor<60xf32>
  %a4 = tao.slice %s3 from ["0"] by [1] : tensor<60xf32> -> tensor<59xf32>
  %b4 = tao.slice %s3 from ["1"] by [1] : tensor<60xf32> -> tensor<59xf32>
  %s4 = tao.add %a4, %b4 : tensor<59xf32>
  return %s4 : tensor<59xf32>
}

// -----

// Inputs and constants that are results are left to the host.
// CHECK-LABEL: func.func @passthrough
// CHECK-NOT: stitch.group
// CHECK: return %arg0, %{{.*}}, %{{.*}}
func.func @passthrough(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<64xf32>, tensor<2xf32>) {
  %c = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = tao.reshape %x : tensor<8x8xf32> -> tensor<64xf32>
  return %x, %r, %c : tensor<8x8xf32>, tensor<64xf32>, tensor<2xf32>
}
