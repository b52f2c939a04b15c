// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --fold-constants | FileCheck %s
// RUN: tao-opt %s --fold-constants=limit-bytes=100 | FileCheck %s --check-prefix=LIMIT

// CHECK-LABEL: @chain
// CHECK-NEXT: %[[C:.*]] = tao.constant dense<[-3.000000e+00, -8.000000e+00]>
// CHECK-NEXT: tao.add %arg0, %[[C]]
func.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %a = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = tao.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %0 = tao.mul %a, %b : tensor<2xf32>
  %1 = tao.neg %0 : tensor<2xf32>
  %2 = tao.add %x, %1 : tensor<2xf32>
  return %2 : tensor<2xf32>
}

// Broadcasts are evaluated inside a chain but never become constants themselves.
// CHECK-LABEL: @broadcasts
// CHECK-DAG: %[[V:.*]] = tao.constant dense<[2.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[M:.*]] = tao.constant dense<{{\[\[}}2.000000e+00, 6.000000e+00], [1.200000e+01, 1.600000e+01]]> : tensor<2x2xf32>
// CHECK-DAG: tao.broadcast %[[V]] dims [0] : tensor<2xf32> -> tensor<2x1000xf32>
// CHECK: return
// LIMIT-LABEL: @broadcasts
func.func @broadcasts() -> (tensor<2x2xf32>, tensor<2x1000xf32>) {
  %w = tao.constant dense<[[1.0, 3.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = tao.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tao.broadcast %s dims [0] : tensor<2xf32> -> tensor<2x2xf32>
  %0 = tao.mul %w, %b : tensor<2x2xf32>
  %1 = tao.broadcast %s dims [0] : tensor<2xf32> -> tensor<2x1000xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x1000xf32>
}

// Each op rounds to its type, as it does when the model runs.
// CHECK-LABEL: @rounding
// CHECK-NEXT: tao.constant dense<2.048000e+03> : tensor<f16>
func.func @rounding() -> tensor<f16> {
  %a = tao.constant dense<2048.0> : tensor<f16>
  %b = tao.constant dense<1.0> : tensor<f16>
  %0 = tao.add %a, %b : tensor<f16>
  %1 = tao.add %0, %b : tensor<f16>
  return %1 : tensor<f16>
}

// A splat stays one, whatever its shape.
// CHECK-LABEL: @splat
// CHECK-NEXT: tao.constant dense<4.000000e+00> : tensor<100000x100000xf32>
// LIMIT-LABEL: @splat
func.func @splat() -> tensor<100000x100000xf32> {
  %a = tao.constant dense<2.0> : tensor<100000x100000xf32>
  %0 = tao.mul %a, %a : tensor<100000x100000xf32>
  return %0 : tensor<100000x100000xf32>
}

// What grows too much is cut above the op that grows.
// CHECK-LABEL: @growing
// CHECK: %[[C:.*]] = tao.constant dense<[3.000000e+00, 5.000000e+00]>
// CHECK: %[[B:.*]] = tao.broadcast %[[C]]
// CHECK: tao.gather %[[B]]
func.func @growing(%i: tensor<1xi64>) -> tensor<1x2xf32> {
  %a = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = tao.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %0 = tao.add %a, %b : tensor<2xf32>
  %1 = tao.broadcast %0 dims [1] : tensor<2xf32> -> tensor<100000x2xf32>
  %2 = tao.gather %1, %i axis 0 : tensor<100000x2xf32>, tensor<1xi64> -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// An index out of range has to fail when the model runs.
// CHECK-LABEL: @out_of_range
// CHECK: tao.gather
func.func @out_of_range() -> tensor<1xf32> {
  %a = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %i = tao.constant dense<[2]> : tensor<1xi64>
  %0 = tao.gather %a, %i axis 0 : tensor<2xf32>, tensor<1xi64> -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// CHECK-LABEL: @over_the_limit
// CHECK-NOT: tao.add
// LIMIT-LABEL: @over_the_limit
// LIMIT: tao.add
func.func @over_the_limit() -> tensor<32xf32> {
  %a = tao.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]> : tensor<32xf32>
  %0 = tao.add %a, %a : tensor<32xf32>
  return %0 : tensor<32xf32>
}

// Sizes are known only when the model runs; assumptions stay.
// CHECK-LABEL: @sizes
// CHECK: tao.assume
// CHECK: tao.size
func.func @sizes(%x: tensor<?xf32, #tao.dims<"n">>) -> tensor<i64> {
  tao.assume "n" at_least, "1", "n must not be empty"
  %0 = tao.size "2*n" : tensor<i64>
  return %0 : tensor<i64>
}
