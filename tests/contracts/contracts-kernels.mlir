// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --verify-contract=phase=schedule
// RUN: not tao-opt %s --verify-contract=phase=kernel 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not tao-opt %s --verify-contract=phase=import 2>&1 | FileCheck %s --check-prefix=IMPORT

// KERNEL: error: 'stitch.kernel' may not remain in 'builtin.module' after phase kernel
// IMPORT: error: 'stitch.kernel' may not remain in 'builtin.module' after phase import
stitch.kernel @k(%x: !stitch.buf<tensor<4xf32>>, %y: !stitch.buf<tensor<4xf32>>) attributes {plan = #stitch.plan<{kind = "memory", planner = "none", regions = [], version = 1 : i64}>, sizes = [], num_reads = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  stitch.foreach grid %c0 to %c4 {
  ^bb0(%i: index):
    %0 = stitch.load %x[%i] : <tensor<4xf32>> -> f32
    stitch.store %0, %y[%i] : f32, <tensor<4xf32>>
  }
  stitch.yield
}
