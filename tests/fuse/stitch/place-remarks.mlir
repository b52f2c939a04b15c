// RUN: tao-opt %s -fuse="planner=stitch-greedy arch=sm_90" 2>&1 | FileCheck %s

// The whole vector of maxima would have to be on the chip, for any of it may be gathered: two kernels, and a word about it.
// CHECK: remark: in a kernel of its own: together with tao.reduce it needs 400000 bytes of shared memory, of which sm_90 has 232448
// CHECK-LABEL: func.func @too_large
// CHECK-COUNT-2: stitch.group
func.func @too_large(%x: tensor<8x100000xf32>, %at: tensor<1000xi64>) -> tensor<1000xf32> {
  %max = tao.reduce max %x dims [0] : tensor<8x100000xf32> -> tensor<100000xf32>
  %y = tao.gather %max, %at axis 0 : tensor<100000xf32>, tensor<1000xi64> -> tensor<1000xf32>
  return %y : tensor<1000xf32>
}
