// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --algebra | FileCheck %s
//
// One function per rule of AlgebraPatterns.cpp.

// CHECK-LABEL: @constants_right
// CHECK: %[[B:.*]] = tao.broadcast
// CHECK: tao.add %arg0, %[[B]]
func.func @constants_right(%x: tensor<?x3xf32, #tao.dims<"n">>) -> tensor<?x3xf32, #tao.dims<"n">> {
  %c = tao.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = tao.broadcast %c dims [1] : tensor<3xf32> -> tensor<?x3xf32, #tao.dims<"n">>
  %0 = tao.add %b, %x : tensor<?x3xf32, #tao.dims<"n">>
  return %0 : tensor<?x3xf32, #tao.dims<"n">>
}

// CHECK-LABEL: @identities
// CHECK-NEXT: return %arg0, %arg0
func.func @identities(%x: tensor<?xf32, #tao.dims<"n">>, %y: tensor<4xi32>) -> (tensor<?xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>) {
  %zero = tao.constant dense<0.0> : tensor<f32>
  %one = tao.constant dense<1.0> : tensor<f32>
  %z = tao.broadcast %zero dims [] : tensor<f32> -> tensor<?xf32, #tao.dims<"n">>
  %o = tao.broadcast %one dims [] : tensor<f32> -> tensor<?xf32, #tao.dims<"n">>
  %0 = tao.add %z, %x : tensor<?xf32, #tao.dims<"n">>
  %1 = tao.mul %0, %o : tensor<?xf32, #tao.dims<"n">>
  %2 = tao.sub %x, %z : tensor<?xf32, #tao.dims<"n">>
  %3 = tao.div %2, %o : tensor<?xf32, #tao.dims<"n">>
  %4 = tao.pow %3, %o : tensor<?xf32, #tao.dims<"n">>
  return %1, %4 : tensor<?xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>
}

// x * 0 is not 0 for NaN, and 0 - x is not -x for 0.
// CHECK-LABEL: @no_identities
// CHECK: tao.mul
// CHECK: tao.sub
func.func @no_identities(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = tao.constant dense<0.0> : tensor<4xf32>
  %0 = tao.mul %x, %zero : tensor<4xf32>
  %1 = tao.sub %zero, %x : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @times_minus_one
// CHECK-NEXT: %[[R:.*]] = tao.neg %arg0
// CHECK-NEXT: return %[[R]]
func.func @times_minus_one(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = tao.constant dense<-1.0> : tensor<4xf32>
  %0 = tao.mul %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @integer_zero_minus
// CHECK-NEXT: tao.neg %arg0
func.func @integer_zero_minus(%x: tensor<4xi32>) -> tensor<4xi32> {
  %c = tao.constant dense<0> : tensor<4xi32>
  %0 = tao.sub %c, %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// CHECK-LABEL: @div_by_powers_of_two
// CHECK-DAG: %[[C:.*]] = tao.constant dense<[5.000000e-01, -2.500000e-01]>
// CHECK-DAG: %[[D:.*]] = tao.constant dense<1.250000e-01>
// CHECK-DAG: tao.mul %arg0, %[[C]]
// CHECK-DAG: tao.mul %arg0, %[[D]]
func.func @div_by_powers_of_two(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %c = tao.constant dense<[2.0, -4.0]> : tensor<2xf32>
  %0 = tao.div %x, %c : tensor<2xf32>
  %d = tao.constant dense<8.0> : tensor<2xf32>
  %1 = tao.div %x, %d : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @div_behind_broadcast
// CHECK: %[[C:.*]] = tao.constant dense<1.250000e-01> : tensor<f32>
// CHECK: %[[B:.*]] = tao.broadcast %[[C]] dims []
// CHECK: tao.mul %arg0, %[[B]]
func.func @div_behind_broadcast(%x: tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">> {
  %c = tao.constant dense<8.0> : tensor<f32>
  %b = tao.broadcast %c dims [] : tensor<f32> -> tensor<?xf32, #tao.dims<"n">>
  %0 = tao.div %x, %b : tensor<?xf32, #tao.dims<"n">>
  return %0 : tensor<?xf32, #tao.dims<"n">>
}

// 1/3 is not exact, 1/0 is no number, and integers have no reciprocal.
// CHECK-LABEL: @div_stays
// CHECK: tao.div
// CHECK: tao.div
// CHECK: tao.div
func.func @div_stays(%x: tensor<2xf32>, %y: tensor<2xi32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi32>) {
  %c = tao.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %0 = tao.div %x, %c : tensor<2xf32>
  %z = tao.constant dense<0.0> : tensor<2xf32>
  %1 = tao.div %x, %z : tensor<2xf32>
  %d = tao.constant dense<2> : tensor<2xi32>
  %2 = tao.div %y, %d : tensor<2xi32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>
}

// CHECK-LABEL: @reciprocals
// CHECK-DAG: tao.reciprocal %arg0
// CHECK-DAG: tao.rsqrt %arg0
func.func @reciprocals(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %one = tao.constant dense<1.0> : tensor<2xf32>
  %0 = tao.div %one, %x : tensor<2xf32>
  %s = tao.sqrt %x : tensor<2xf32>
  %1 = tao.div %one, %s : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @powers
// CHECK: %[[S:.*]] = tao.mul %arg0, %arg0
// CHECK: %[[T:.*]] = tao.mul %arg0, %arg0
// CHECK: %[[C:.*]] = tao.mul %[[T]], %arg0
// CHECK: %[[Q:.*]] = tao.sqrt %arg0
// CHECK: %[[R:.*]] = tao.rsqrt %arg0
// CHECK: %[[I:.*]] = tao.reciprocal %arg0
// CHECK: %[[P:.*]] = tao.pow %arg0
// CHECK: return %[[S]], %[[C]], %[[Q]], %[[R]], %[[I]], %[[P]]
func.func @powers(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %two = tao.constant dense<2.0> : tensor<2xf32>
  %three = tao.constant dense<3.0> : tensor<2xf32>
  %half = tao.constant dense<0.5> : tensor<2xf32>
  %mhalf = tao.constant dense<-0.5> : tensor<2xf32>
  %mone = tao.constant dense<-1.0> : tensor<2xf32>
  %other = tao.constant dense<1.5> : tensor<2xf32>
  %0 = tao.pow %x, %two : tensor<2xf32>
  %1 = tao.pow %x, %three : tensor<2xf32>
  %2 = tao.pow %x, %half : tensor<2xf32>
  %3 = tao.pow %x, %mhalf : tensor<2xf32>
  %4 = tao.pow %x, %mone : tensor<2xf32>
  %5 = tao.pow %x, %other : tensor<2xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @pairs
// CHECK-NEXT: return %arg0, %arg1
func.func @pairs(%x: tensor<2xf32>, %y: tensor<2xi8>) -> (tensor<2xf32>, tensor<2xi8>) {
  %0 = tao.neg %x : tensor<2xf32>
  %1 = tao.neg %0 : tensor<2xf32>
  %2 = tao.not %y : tensor<2xi8>
  %3 = tao.not %2 : tensor<2xi8>
  return %1, %3 : tensor<2xf32>, tensor<2xi8>
}

// CHECK-LABEL: @negated_operands
// CHECK-DAG: tao.add %arg0, %arg1
// CHECK-DAG: tao.sub %arg0, %arg1
// CHECK-DAG: tao.mul %arg0, %arg1
// CHECK-DAG: tao.abs %arg1
// CHECK-NOT: tao.neg
func.func @negated_operands(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %ny = tao.neg %y : tensor<2xf32>
  %nx = tao.neg %x : tensor<2xf32>
  %0 = tao.sub %x, %ny : tensor<2xf32>
  %1 = tao.add %x, %ny : tensor<2xf32>
  %2 = tao.mul %nx, %ny : tensor<2xf32>
  %3 = tao.abs %ny : tensor<2xf32>
  %4 = tao.abs %3 : tensor<2xf32>
  return %0, %1, %2, %3, %4 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @negated_comparisons
// CHECK-DAG: tao.cmp ge %arg0, %arg0
// CHECK-DAG: tao.cmp ne %arg1, %arg1
// CHECK-DAG: %[[L:.*]] = tao.cmp lt %arg1, %arg1
// CHECK-DAG: tao.not %[[L]]
func.func @negated_comparisons(%x: tensor<2xi32>, %y: tensor<2xf32>) -> (tensor<2xi1>, tensor<2xi1>, tensor<2xi1>) {
  %0 = tao.cmp lt %x, %x : tensor<2xi32>, tensor<2xi32> -> tensor<2xi1>
  %1 = tao.not %0 : tensor<2xi1>
  %2 = tao.cmp eq %y, %y : tensor<2xf32>, tensor<2xf32> -> tensor<2xi1>
  %3 = tao.not %2 : tensor<2xi1>
  %4 = tao.cmp lt %y, %y : tensor<2xf32>, tensor<2xf32> -> tensor<2xi1>
  %5 = tao.not %4 : tensor<2xi1>
  return %1, %3, %5 : tensor<2xi1>, tensor<2xi1>, tensor<2xi1>
}

// CHECK-LABEL: @select_of_not
// CHECK-NEXT: tao.select %arg0, %arg2, %arg1
func.func @select_of_not(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0 = tao.not %c : tensor<2xi1>
  %1 = tao.select %0, %x, %y : tensor<2xi1>, tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: @casts
// CHECK-DAG: tao.cast %arg1 : tensor<2xi8> -> tensor<2xi64>
// CHECK-DAG: %[[N:.*]] = tao.cast %arg0 : tensor<2xf32> -> tensor<2xf16>
// CHECK-DAG: %[[W:.*]] = tao.cast %[[N]] : tensor<2xf16> -> tensor<2xf32>
// CHECK: return %arg0, %{{.*}}, %[[W]]
func.func @casts(%x: tensor<2xf32>, %y: tensor<2xi8>) -> (tensor<2xf32>, tensor<2xi64>, tensor<2xf32>) {
  %0 = tao.cast %x : tensor<2xf32> -> tensor<2xf64>
  %1 = tao.cast %0 : tensor<2xf64> -> tensor<2xf32>
  %2 = tao.cast %y : tensor<2xi8> -> tensor<2xi32>
  %3 = tao.cast %2 : tensor<2xi32> -> tensor<2xi64>
  %4 = tao.cast %x : tensor<2xf32> -> tensor<2xf16>
  %5 = tao.cast %4 : tensor<2xf16> -> tensor<2xf32>
  return %1, %3, %5 : tensor<2xf32>, tensor<2xi64>, tensor<2xf32>
}
