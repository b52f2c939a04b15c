// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -split-input-file -gather-packs -verify-diagnostics | FileCheck %s

// What a later call of the pack needs goes before the first one, what needs the first one behind the last.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[Y:.*]] = tao.reshape %arg1
// CHECK-NEXT: %[[A:.*]] = stitch.call @a(%arg0)
// CHECK-NEXT: %[[B:.*]] = stitch.call @a(%[[Y]])
// CHECK-NEXT: %[[R:.*]] = tao.reshape %[[A]]
// CHECK-NEXT: %[[C:.*]] = stitch.call @b(%[[R]])
// CHECK-NEXT: return %[[C]], %[[B]]
func.func @main(%x: tensor<8xf32>, %y: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<8xf32>) {
  %a = stitch.call @a(%x) {pack = 0, pack_name = "p"} : (tensor<8xf32>) -> tensor<8xf32>
  %r = tao.reshape %a : tensor<8xf32> -> tensor<2x4xf32>
  %c = stitch.call @b(%r) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %f = tao.reshape %y : tensor<2x4xf32> -> tensor<8xf32>
  %b = stitch.call @a(%f) {pack = 0, pack_name = "p"} : (tensor<8xf32>) -> tensor<8xf32>
  return %c, %b : tensor<2x4xf32>, tensor<8xf32>
}

// -----

func.func @dependent(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{is in one pack with a call that depends on it}}
  %a = stitch.call @a(%x) {pack = 0, pack_name = "p"} : (tensor<8xf32>) -> tensor<8xf32>
  %b = stitch.call @b(%a) : (tensor<8xf32>) -> tensor<8xf32>
  %c = stitch.call @a(%b) {pack = 0, pack_name = "p"} : (tensor<8xf32>) -> tensor<8xf32>
  return %c : tensor<8xf32>
}
