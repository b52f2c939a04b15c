// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -canonical-order | FileCheck %s

// Order follows the first use from the results; dead ops go, assumptions come first.
// CHECK-LABEL: func.func @shuffled
// CHECK-NEXT: tao.assume
// CHECK-NEXT: %[[N:.*]] = tao.neg %arg0
// CHECK-NEXT: %[[E:.*]] = tao.exp %arg1
// CHECK-NEXT: %[[A:.*]] = tao.add %[[N]], %[[E]]
// CHECK-NEXT: return %[[A]], %[[E]]
func.func @shuffled(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %b = tao.exp %y : tensor<4xf32>
  %dead = tao.tanh %b : tensor<4xf32>
  %a = tao.neg %x : tensor<4xf32>
  tao.assume "4", "4", "always"
  %deader = tao.tanh %dead : tensor<4xf32>
  %c = tao.add %a, %b : tensor<4xf32>
  return %c, %b : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @passthrough
// CHECK-NEXT: return %arg0
func.func @passthrough(%x: tensor<4xf32>) -> tensor<4xf32> {
  %b = tao.exp %x : tensor<4xf32>
  return %x : tensor<4xf32>
}
