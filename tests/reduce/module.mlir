// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of which one op fails a test: what is left is that op, on sizes of one, and nothing else. Each candidate is valid.
// RUN: rm -rf %t && mkdir %t
// RUN: tao-reduce %s -o %t/small.mlir --test="sh %S/Inputs/has_logistic.sh tao-opt" --expect-exit=3
// RUN: tao-opt %t/small.mlir | FileCheck %s
// RUN: tao-reduce %s -o %t/again.mlir --test="sh %S/Inputs/has_logistic.sh tao-opt" -v 2>&1 | FileCheck %s --check-prefix=LOG
// RUN: cmp %t/small.mlir %t/again.mlir
// RUN: tao-reduce %t/small.mlir -o %t/again.mlir --test="sh %S/Inputs/has_logistic.sh tao-opt"
// RUN: cmp %t/small.mlir %t/again.mlir

// CHECK: module {
// CHECK-NEXT: func.func @main(%arg0: tensor<1x1xf32>) -> tensor<1x1xf32> {
// CHECK-NEXT: %0 = tao.logistic %arg0 : tensor<1x1xf32>
// CHECK-NEXT: return %0 : tensor<1x1xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }

// LOG: after {{[0-9]+}} tests
// LOG: 11 ops -> 1 op in {{.*}}again.mlir after {{[0-9]+}} tests

// RUN: not tao-reduce %s -o %t/small.mlir --test="tao-opt" 2>&1 | FileCheck %s --check-prefix=PASSES
// PASSES: module.mlir: error[TAO-E033]: the test does not fail on the input: it gave exit code 0
// RUN: echo 'func.func @f( {' > %t/broken.mlir
// RUN: not tao-reduce %t/broken.mlir -o %t/small.mlir --test=false 2>&1 | FileCheck %s --check-prefix=BROKEN
// BROKEN: error[TAO-E005]: the file does not parse, so that no part of it can be dropped: 1:{{.*}}expected

func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tao.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

func.func @main(%x: tensor<32x8xf32> {tao.name = "x"}, %y: tensor<32x8xf32> {tao.name = "y"}) -> (tensor<32x8xf32> {tao.name = "a"}, tensor<32x8xf32> {tao.name = "b"}) {
  %w = tao.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %0 = tao.exp %x : tensor<32x8xf32>
  %1 = tao.broadcast %w dims [1] : tensor<8xf32> -> tensor<32x8xf32>
  %2 = tao.add %0, %1 : tensor<32x8xf32>
  %3 = tao.mul %2, %y : tensor<32x8xf32>
  %4 = tao.logistic %3 : tensor<32x8xf32>
  %5 = tao.tanh %4 : tensor<32x8xf32>
  %6 = tao.add %5, %0 : tensor<32x8xf32>
  %7 = tao.neg %6 : tensor<32x8xf32>
  %8 = tao.sub %7, %2 : tensor<32x8xf32>
  return %8, %2 : tensor<32x8xf32>, tensor<32x8xf32>
}
