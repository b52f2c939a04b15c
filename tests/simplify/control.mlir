// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(hoist-invariants))' | FileCheck %s --check-prefix=HOIST
// RUN: tao-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(hoist-invariants),outline-bodies)' | FileCheck %s --check-prefix=OUTLINE

// The exponential leaves both loops; the gather may fail and stays.
// HOIST-LABEL: func.func @nested
// HOIST: %[[E:.*]] = tao.exp %arg1
// HOIST: tao.broadcast %[[E]]
// HOIST: tao.loop trips "3"
// HOIST: tao.gather
// HOIST: tao.loop trips "2"

// The broadcast is repeated inside, what it repeats is captured.
// OUTLINE-LABEL: func.func @nested
// OUTLINE: %[[E:.*]] = tao.exp %arg1
// OUTLINE: tao.run_loop @nested.loop_0 trips "3" slices() carried(%arg0) captures(%arg2, %arg3, %[[E]])
// OUTLINE-LABEL: func.func private @nested.loop(
// OUTLINE: tao.broadcast
// OUTLINE-LABEL: func.func private @nested.loop_0(
// OUTLINE: tao.run_loop @nested.loop trips "2"
func.func @nested(%x: tensor<2x4xf32>, %w: tensor<4xf32>, %table: tensor<5x4xf32>, %i: tensor<2xi64>) -> tensor<2x4xf32> {
  %0 = tao.loop trips "3" slices() carried(%x) : (tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%a: tensor<2x4xf32>):
    %g = tao.gather %table, %i axis 0 : tensor<5x4xf32>, tensor<2xi64> -> tensor<2x4xf32>
    %1 = tao.loop trips "2" slices() carried(%a) : (tensor<2x4xf32>) -> tensor<2x4xf32> {
    ^bb0(%b: tensor<2x4xf32>):
      %e = tao.exp %w : tensor<4xf32>
      %f = tao.broadcast %e dims [1] : tensor<4xf32> -> tensor<2x4xf32>
      %c = tao.mul %b, %f : tensor<2x4xf32>
      tao.yield %c : tensor<2x4xf32>
    }
    %d = tao.add %1, %g : tensor<2x4xf32>
    tao.yield %d : tensor<2x4xf32>
  }
  return %0 : tensor<2x4xf32>
}

// -----

// Stacked results and slices without readers go.
// OUTLINE-LABEL: func.func @unread
// OUTLINE: tao.run_loop @unread.loop trips "3" slices(%arg1) carried(%arg2) captures() reversed [true]
// OUTLINE-SAME: : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<4xf32>
// OUTLINE: tao.run_if %arg3 then @unread.then else @unread.else captures(%arg2)
func.func @unread(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>, %s: tensor<4xf32>, %c: tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0:2 = tao.loop trips "3" slices(%x, %y) carried(%s) reversed [false, true, true] : (tensor<3x4xf32>, tensor<3x4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<3x4xf32>) {
  ^bb0(%p: tensor<4xf32>, %q: tensor<4xf32>, %old: tensor<4xf32>):
    %new = tao.add %q, %old : tensor<4xf32>
    tao.yield %new, %new : tensor<4xf32>, tensor<4xf32>
  }
  %1 = tao.if %c : (tensor<i1>) -> tensor<4xf32> then {
    %n = tao.neg %s : tensor<4xf32>
    tao.yield %n : tensor<4xf32>
  } else {
    %k = tao.constant dense<1.0> : tensor<4xf32>
    tao.yield %k : tensor<4xf32>
  }
  return %0#0, %1 : tensor<4xf32>, tensor<4xf32>
}
