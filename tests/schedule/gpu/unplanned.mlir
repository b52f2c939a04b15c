// RUN: taoc %s --target=cuda --arch=sm_90 --fusion=none --compile-to=schedule | FileCheck %s
// RUN: taoc %s --target=cuda --arch=sm_90 --fusion=xla-like --compile-to=schedule | FileCheck %s
// Groups without a stitching plan are placed like those that have one.
// CHECK: stitch.kernel
// CHECK-SAME: threads =
// CHECK: stitch.across max
func.func @main(%x: tensor<128x256xf32>) -> tensor<128xf32> {
  %s = tao.reduce max %x dims [1] : tensor<128x256xf32> -> tensor<128xf32>
  return %s : tensor<128xf32>
}
