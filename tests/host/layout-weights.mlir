// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --layout-weights | FileCheck %s

// Offsets are multiples of 64. Equal bytes are stored once, whatever their type; i1 takes a byte; unused weights go.
// CHECK: module attributes {tao.weight_bytes = 131 : i64, tao.weights = [
// CHECK-SAME: {offset = 0 : i64, value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>},
// CHECK-SAME: {offset = 64 : i64, value = dense<7> : tensor<3xi32>},
// CHECK-SAME: {offset = 128 : i64, value = dense<[true, false, true]> : tensor<3xi1>}]}
// CHECK: rt.weight dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> at 0
// CHECK: rt.weight dense<7> : tensor<3xi32> at 64
// CHECK: rt.weight dense<[true, false, true]> : tensor<3xi1> at 128
// CHECK: rt.weight dense<[1065353216, 1073741824]> : tensor<2xi32> at 0
// CHECK-NOT: rt.weight
rt.program @main inputs [] outputs [#rt.value<"y", tensor<2xf32>>] symbols [] checks [] {
  %y = rt.output 0
  %a = rt.weight dense<[1.0, 2.0]> : tensor<2xf32>
  %b = rt.weight dense<7> : tensor<3xi32>
  %c = rt.weight dense<[true, false, true]> : tensor<3xi1>
  %d = rt.weight dense<[1065353216, 1073741824]> : tensor<2xi32>
  %unused = rt.weight dense<9> : tensor<3xi32>
  rt.launch @k(%a, %b, %c, %d) to (%y) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
}
