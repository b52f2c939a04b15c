// RUN: tao-opt %s --unshare-numbers | FileCheck %s

// One broadcast of a number per reader; one that reads it twice reads one.
// CHECK-LABEL: func.func @rates
// CHECK-DAG: %[[A:.*]] = tao.broadcast %arg2
// CHECK-DAG: %[[B:.*]] = tao.broadcast %arg2
// CHECK-DAG: tao.mul %arg0, %[[A]]
// CHECK-DAG: tao.add %[[B]], %[[B]]
// CHECK-NOT: tao.broadcast
// CHECK: return
func.func @rates(%x: tensor<4xf32>, %y: tensor<4xf32>, %rate: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %b = tao.broadcast %rate dims [] : tensor<f32> -> tensor<4xf32>
  %0 = tao.mul %x, %b : tensor<4xf32>
  %1 = tao.add %b, %b : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// A vector is worth reading once.
// CHECK-LABEL: func.func @bias
// CHECK-COUNT-1: tao.broadcast
// CHECK-NOT: tao.broadcast
// CHECK: return
func.func @bias(%x: tensor<8x4xf32>, %bias: tensor<4xf32>) -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %b = tao.broadcast %bias dims [1] : tensor<4xf32> -> tensor<8x4xf32>
  %0 = tao.mul %x, %b : tensor<8x4xf32>
  %1 = tao.sub %x, %b : tensor<8x4xf32>
  return %0, %1 : tensor<8x4xf32>, tensor<8x4xf32>
}
