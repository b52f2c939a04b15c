// RUN: tao-opt %s --fuse='planner=stitch arch=sm_90' | FileCheck %s
// RUN: tao-opt %s --fuse='planner=stitch arch=x86-avx512' | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Two reductions with what reads them, and a third over columns that leaves: one kernel.
// CHECK-LABEL: func.func @backward
// CHECK-COUNT-1: kind = "memory"
// CHECK-NOT: stitch.group
// CHECK: return
func.func @backward(%y: tensor<512x256xf32>, %dy: tensor<512x256xf32>) -> (tensor<512x256xf32>, tensor<256xf32>) {
  %p = tao.mul %y, %dy : tensor<512x256xf32>
  %s = tao.reduce sum %p dims [1] : tensor<512x256xf32> -> tensor<512xf32>
  %b = tao.broadcast %s dims [0] : tensor<512xf32> -> tensor<512x256xf32>
  %d = tao.sub %dy, %b : tensor<512x256xf32>
  %dx = tao.mul %d, %y : tensor<512x256xf32>
  %bias = tao.reduce sum %dx dims [0] : tensor<512x256xf32> -> tensor<256xf32>
  return %dx, %bias : tensor<512x256xf32>, tensor<256xf32>
}

// A value from the inputs that a contraction's reader needs is computed there, not before the contraction.
// CHECK-LABEL: func.func @mask
// CHECK: kind = "library"
// CHECK: kind = "memory"
// CHECK: tao.sin
// CHECK: tao.exp
// CHECK-NOT: kind = "memory"
// CHECK: return
func.func @mask(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %m: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %mask = tao.exp %m : tensor<64x64xf32>
  %sum = tao.reduce sum %mask dims [1] : tensor<64x64xf32> -> tensor<64xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<64xf32> -> tensor<64x64xf32>
  %c = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %t = tao.transpose %c perm [1, 0] : tensor<64x64xf32> -> tensor<64x64xf32>
  %s = tao.sin %t : tensor<64x64xf32>
  %y = tao.mul %s, %sums : tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}

// Updates that nothing waits for share the launch of later work, whatever contraction their gradients come from; the rate
// that they share does not make them one part.
// CHECK-LABEL: func.func @updates
// CHECK: kind = "library"
// CHECK: kind = "library"
// CHECK-COUNT-1: kind = "memory"
// CHECK-NOT: stitch.group
// CHECK: return
func.func @updates(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %w: tensor<64x64xf32>, %v: tensor<64x64xf32>,
                   %rate: tensor<f32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %g = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %h = tao.contract %g, %b maps [#mk, #kn, #mn] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %r = tao.broadcast %rate dims [] : tensor<f32> -> tensor<64x64xf32>
  %gs = tao.tanh %g : tensor<64x64xf32>
  %gr = tao.mul %gs, %r : tensor<64x64xf32>
  %w1 = tao.sub %w, %gr : tensor<64x64xf32>
  %hs = tao.tanh %h : tensor<64x64xf32>
  %hr = tao.mul %hs, %r : tensor<64x64xf32>
  %v1 = tao.sub %v, %hr : tensor<64x64xf32>
  return %w1, %v1 : tensor<64x64xf32>, tensor<64x64xf32>
}
