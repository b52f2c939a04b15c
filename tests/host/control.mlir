// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --lower-to-rt --plan-memory --verify-memory | FileCheck %s
// RUN: tao-opt %s --lower-to-rt --plan-memory --verify-memory --layout-weights --lower-rt-to-llvm | FileCheck %s --check-prefix=CODE

// The state is replaced in place; the output's row is where the next iteration reads it.
// CHECK-LABEL: rt.program @main
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[Y:.*]] = rt.output 0
// CHECK: %[[ZERO:.*]] = rt.weight
// CHECK: %[[ROW:.*]] = rt.view %[[X]] bytes "32"
// CHECK: %[[OUT:.*]] = rt.view %[[Y]] bytes "32"
// CHECK: %[[H:.*]] = rt.view %[[ZERO]] bytes "32"
// CHECK: %[[C:.*]] = rt.arena "32"
// CHECK: %[[T:.*]] = rt.arena "32" at {{[0-9]+}} live 2 to 3
// CHECK: rt.copy %[[ZERO]] to %[[C]]
// CHECK: rt.loop trips "5" views(%[[ROW]], %[[OUT]]) reversed [true, false] swap() with() move(%[[H]]) behind(%[[OUT]]) {
// CHECK:   rt.launch @add(%[[H]], %[[ROW]]) to(%[[T]])
// CHECK:   rt.launch @add(%[[C]], %[[T]]) to(%[[C]])
// CHECK:   rt.launch @add(%[[C]], %[[ROW]]) to(%[[OUT]])
// CHECK: }
// CHECK: rt.copy %[[C]] to

// CODE: llvm.func internal @host.body.0
// CODE-COUNT-3: llvm.call @tao_rt_launch
// CODE: llvm.func internal @host.main
// CODE: llvm.call @tao_rt_loop
llvm.func @add(%buffers: !llvm.ptr, %dims: !llvm.ptr, %begin: i64, %end: i64, %status: !llvm.ptr) {
  llvm.return
}
func.func private @body(%x: tensor<8xf32>, %h: tensor<8xf32>, %c: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %0 = stitch.call @add(%h, %x) {sizes = [], tasks = "1", cost = "64"} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = stitch.call @add(%c, %0) {in_place = array<i64: 0>, sizes = [], tasks = "1", cost = "64"} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = stitch.call @add(%1, %x) {in_place = array<i64: 0>, sizes = [], tasks = "1", cost = "64"} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %2, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
func.func @main(%x: tensor<5x8xf32>) -> (tensor<5x8xf32>, tensor<8xf32>) {
  %zero = tao.constant dense<0.0> : tensor<8xf32>
  %0:3 = tao.run_loop @body trips "5" slices(%x) carried(%zero, %zero) captures() reversed [true, false] : (tensor<5x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<5x8xf32>)
  return %0#2, %0#1 : tensor<5x8xf32>, tensor<8xf32>
}
