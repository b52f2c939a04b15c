// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --lower-to-rt | FileCheck %s
// RUN: tao-opt %s --split-input-file --lower-to-rt --plan-memory --verify-memory | FileCheck %s --check-prefix=PLAN

// Calls of a pack are one step. No memory is shared within it: neither call works in place on what the other one reads,
// and what both read lives until both are done.
// CHECK-LABEL: rt.program @main
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[Y:.*]] = rt.output 0
// CHECK: %[[Z:.*]] = rt.output 1
// CHECK: %[[A:.*]] = rt.arena "4*n"
// CHECK: %[[B:.*]] = rt.arena "4*n"
// CHECK: %[[C:.*]] = rt.arena "4*n"
// CHECK: rt.launch @a(%[[X]]) to(%[[A]])
// CHECK: rt.pack [#rt.part<kernel = @b, reads = 1, writes = 1, sizes = ["n"], tasks = "n", cost = "1", failures = ["bad"], scratch = 64>,
// CHECK-SAME: #rt.part<kernel = @c, reads = 1, writes = 1, sizes = [], tasks = "1", cost = "2", failures = [], scratch = 0>]
// CHECK-SAME: (%[[A]], %[[A]]) to(%[[B]], %[[C]]) {kernel_name = "both", kind = 0 : i32, nodes = ["/b", "/c"]}
// CHECK: rt.launch @a(%[[B]]) to(%[[Y]])
// CHECK: rt.launch @a(%[[C]]) to(%[[Z]])
// PLAN-LABEL: rt.program @main
// PLAN: rt.arena "4*n" at -1 live 0 to 1
// PLAN: rt.arena "4*n" at -1 live 1 to 2
// PLAN: rt.arena "4*n" at -1 live 1 to 3
func.func @main(%x: tensor<?xf32, #tao.dims<"n">>) -> (tensor<?xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>) {
  %a = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1"} : (tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">>
  %b = stitch.call @b(%a) {sizes = ["n"], tasks = "n", cost = "1", failures = ["bad"], scratch = 64, in_place = array<i64: 0>, pack = 3, pack_name = "both"} : (tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">> loc("/b")
  %c = stitch.call @c(%a) {sizes = [], tasks = "1", cost = "2", in_place = array<i64: 0>, pack = 3, pack_name = "both"} : (tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">> loc("/c")
  %y = stitch.call @a(%b) {sizes = [], tasks = "1", cost = "1", pack = 4, pack_name = "alone"} : (tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">>
  %z = stitch.call @a(%c) {sizes = [], tasks = "1", cost = "1"} : (tensor<?xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">>
  return %y, %z : tensor<?xf32, #tao.dims<"n">>, tensor<?xf32, #tao.dims<"n">>
}

// -----

// An output that updates an input in place, which the other call of the pack reads, is copied there afterwards.
// CHECK-LABEL: rt.program @main
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[NEW:.*]] = rt.output 0
// CHECK: %[[Y:.*]] = rt.output 1
// CHECK: %[[T:.*]] = rt.arena "16"
// CHECK: rt.pack {{.*}}(%[[X]], %[[X]]) to(%[[T]], %[[Y]])
// CHECK: rt.copy %[[T]] to %[[NEW]]
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32> {tao.alias = 0 : i64}, tensor<4xf32>) {
  %a = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1", in_place = array<i64: 0>, pack = 0, pack_name = "p"} : (tensor<4xf32>) -> tensor<4xf32>
  %b = stitch.call @b(%x) {sizes = [], tasks = "1", cost = "1", pack = 0, pack_name = "p"} : (tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}
