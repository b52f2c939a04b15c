// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=schedule | FileCheck %s
// A thread computes a vector of four: all of it first, then its stores.
// CHECK-LABEL: stitch.kernel
// CHECK-SAME: threads = 64
// CHECK: stitch.foreach grid
// CHECK-DAG: %[[WARP:.*]] = stitch.thread warp
// CHECK-DAG: %[[LANE:.*]] = stitch.thread lane
// CHECK: stitch.load
// CHECK-COUNT-3: stitch.load %arg0
// CHECK-NOT: stitch.load
// CHECK-COUNT-4: stitch.store
// CHECK-NOT: scf.if
func.func @main(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %0 = tao.exp %x : tensor<64x1024xf32>
  return %0 : tensor<64x1024xf32>
}
