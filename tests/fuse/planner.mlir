// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not tao-opt %s -fuse="planner=quick" 2>&1 | FileCheck %s

// CHECK: error: unknown planner 'quick'
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tao.neg %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
