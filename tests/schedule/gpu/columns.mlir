// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=schedule | FileCheck %s
// Sums over rows: blocks leave partial results, which further kernels add up.
// CHECK: %[[PARTIAL:.*]] = stitch.call @[[FIRST:[^(]*]](%arg0)
// CHECK: stitch.call @{{[^(]*}}(%[[PARTIAL]])
// CHECK: stitch.kernel @[[FIRST]]
// CHECK: stitch.barrier
// CHECK: stitch.store
func.func @main(%x: tensor<4096x512xf32>) -> tensor<512xf32> {
  %s = tao.reduce sum %x dims [0] : tensor<4096x512xf32> -> tensor<512xf32>
  return %s : tensor<512xf32>
}
