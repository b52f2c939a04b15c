// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=schedule | FileCheck %s
// A row per warp: values of a thread stay in private stages, and sums go across lanes.
// CHECK: stitch.kernel
// CHECK: stitch.stage private at "0"
// CHECK: stitch.across sum %{{.*}} lanes 32 stride 1 : f32
// CHECK-NOT: stitch.barrier
func.func @main(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %e = tao.exp %x : tensor<4096x1024xf32>
  %s = tao.reduce sum %e dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %b = tao.broadcast %s dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %r = tao.div %e, %b : tensor<4096x1024xf32>
  return %r : tensor<4096x1024xf32>
}
