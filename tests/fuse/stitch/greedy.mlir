// RUN: tao-opt %s --pass-pipeline='builtin.module(fuse{planner=stitch-greedy})' | FileCheck %s

// Rows, the reduction over them and what reads it back: one group, which stores its end only.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[R:.*]] = stitch.group(%{{.*}} = %arg0) plan
// CHECK-SAME: kind = "memory"
// CHECK-COUNT-2: tao.reduce
// CHECK-NOT: stitch.group
// CHECK: return %[[R]]
func.func @softmax(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %max = tao.reduce max %x dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %shifted = tao.sub %x, %maxes : tensor<4096x1024xf32>
  %exp = tao.exp %shifted : tensor<4096x1024xf32>
  %sum = tao.reduce sum %exp dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %y = tao.div %exp, %sums : tensor<4096x1024xf32>
  return %y : tensor<4096x1024xf32>
}

// A reduction over rows that the group reads, and two over columns that leave it: still one group. The rows are its grid; the
// column sums end in the block that arrives last.
// CHECK-LABEL: func.func @layernorm_backward
// CHECK: %[[R:.*]]:3 = stitch.group
// CHECK-NOT: stitch.group
// CHECK: return %[[R]]#
func.func @layernorm_backward(%xhat: tensor<4096x1024xf32>, %dy: tensor<4096x1024xf32>, %gamma: tensor<1024xf32>)
    -> (tensor<4096x1024xf32>, tensor<1024xf32>, tensor<1024xf32>) {
  %prod = tao.mul %dy, %xhat : tensor<4096x1024xf32>
  %dgamma = tao.reduce sum %prod dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  %dbeta = tao.reduce sum %dy dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  %gammas = tao.broadcast %gamma dims [1] : tensor<1024xf32> -> tensor<4096x1024xf32>
  %g = tao.mul %dy, %gammas : tensor<4096x1024xf32>
  %gx = tao.mul %g, %xhat : tensor<4096x1024xf32>
  %c = tao.reduce sum %gx dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %cs = tao.broadcast %c dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %t = tao.mul %xhat, %cs : tensor<4096x1024xf32>
  %dx = tao.sub %g, %t : tensor<4096x1024xf32>
  return %dx, %dgamma, %dbeta : tensor<4096x1024xf32>, tensor<1024xf32>, tensor<1024xf32>
}

// A sum over everything cannot stay inside a block without leaving all others idle: what reads it is another group.
// CHECK-LABEL: func.func @whole_sum
// CHECK: stitch.group
// CHECK: tao.reduce
// CHECK: stitch.group
// CHECK: tao.div
func.func @whole_sum(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %sum = tao.reduce sum %x dims [0, 1] : tensor<4096x1024xf32> -> tensor<f32>
  %sums = tao.broadcast %sum dims [] : tensor<f32> -> tensor<4096x1024xf32>
  %y = tao.div %x, %sums : tensor<4096x1024xf32>
  return %y : tensor<4096x1024xf32>
}

// Heads are split and moved between the rows' reduction and its reader: factors of one class, one group.
// CHECK-LABEL: func.func @heads
// CHECK-COUNT-1: stitch.group
// CHECK-NOT: stitch.group
// CHECK: return
func.func @heads(%x: tensor<8x128x768xf32>) -> tensor<8x12x128x64xf32> {
  %max = tao.reduce max %x dims [2] : tensor<8x128x768xf32> -> tensor<8x128xf32>
  %maxes = tao.broadcast %max dims [0, 1] : tensor<8x128xf32> -> tensor<8x128x768xf32>
  %shifted = tao.sub %x, %maxes : tensor<8x128x768xf32>
  %split = tao.reshape %shifted : tensor<8x128x768xf32> -> tensor<8x128x12x64xf32>
  %moved = tao.transpose %split perm [0, 2, 1, 3] : tensor<8x128x12x64xf32> -> tensor<8x12x128x64xf32>
  return %moved : tensor<8x12x128x64xf32>
}

// Independent small updates share a launch.
// CHECK-LABEL: func.func @updates
// CHECK-COUNT-1: stitch.group
// CHECK-NOT: stitch.group
// CHECK: return
func.func @updates(%a: tensor<100xf32>, %b: tensor<30x7xf32>) -> (tensor<100xf32>, tensor<30x7xf32>) {
  %0 = tao.exp %a : tensor<100xf32>
  %1 = tao.tanh %b : tensor<30x7xf32>
  return %0, %1 : tensor<100xf32>, tensor<30x7xf32>
}

// A contraction in between keeps its two sides apart.
// CHECK-LABEL: func.func @around_math
// CHECK: kind = "memory"
// CHECK: kind = "library"
// CHECK: kind = "memory"
func.func @around_math(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = tao.exp %a : tensor<64x64xf32>
  %1 = tao.contract %0, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %2 = tao.transpose %1 perm [1, 0] : tensor<64x64xf32> -> tensor<64x64xf32>
  %3 = tao.sin %2 : tensor<64x64xf32>
  return %3 : tensor<64x64xf32>
}
