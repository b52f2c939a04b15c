// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --verify-contract=phase=fuse
// RUN: not tao-opt %s --verify-contract=phase=simplify 2>&1 | FileCheck %s --check-prefix=SIMPLIFY
// RUN: not tao-opt %s --verify-contract=phase=schedule 2>&1 | FileCheck %s --check-prefix=SCHEDULE

// SIMPLIFY: error: 'stitch.group' may not remain in 'func.func' after phase simplify
// SCHEDULE: error: a memory group may not remain after phase schedule
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stitch.group(%a = %x) plan <{kind = "memory", planner = "none", regions = [], version = 1 : i64}> : (tensor<4xf32>) -> tensor<4xf32> {
    %1 = tao.exp %a : tensor<4xf32>
    stitch.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
