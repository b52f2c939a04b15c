// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=schedule | FileCheck %s
// A row that threads and vectors do not divide: what is beyond its end is left out.
// CHECK: stitch.foreach grid
// CHECK: arith.cmpi ult
// CHECK: scf.if
// CHECK: stitch.load
// CHECK: stitch.store
func.func @main(%x: tensor<3x1021xf32>) -> tensor<3x1021xf32> {
  %0 = tao.exp %x : tensor<3x1021xf32>
  return %0 : tensor<3x1021xf32>
}
