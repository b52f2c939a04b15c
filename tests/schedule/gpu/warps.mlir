// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=schedule | FileCheck %s
// A long row over the warps of a block: sums of lanes, then of warps in their order, through shared memory.
// CHECK: stitch.kernel
// CHECK: %[[STAGE:.*]] = stitch.stage at
// CHECK: stitch.across sum
// CHECK: stitch.put %{{.*}}, %[[STAGE]]
// CHECK: stitch.barrier
// CHECK: stitch.get block %[[STAGE]]
// CHECK: arith.addf
func.func @main(%x: tensor<16x65536xf32>) -> tensor<16xf32> {
  %s = tao.reduce sum %x dims [1] : tensor<16x65536xf32> -> tensor<16xf32>
  return %s : tensor<16xf32>
}
