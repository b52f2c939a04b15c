// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --pass-pipeline='builtin.module(rt.program(plan-memory,verify-memory))' | FileCheck %s

// The big ones first; the small one fits where the first big one was; unused buffers go. 64-byte alignment.
// CHECK-LABEL: rt.program @chain
// CHECK-SAME: arena 256
// CHECK: rt.arena "128" at 0 live 0 to 1
// CHECK: rt.arena "128" at 128 live 1 to 2
// CHECK: rt.arena "65" at 0 live 2 to 3
// CHECK: rt.arena "8" at 128 live 3 to 4
// CHECK: rt.arena "128" at 0 live 4 to 4
// CHECK-NOT: rt.arena
rt.program @chain inputs [#rt.value<"x", tensor<32xf32>>] outputs [] symbols [] checks [] {
  %x = rt.input 0
  %a = rt.arena "128"
  %b = rt.arena "128"
  %c = rt.arena "65"
  %d = rt.arena "8"
  %e = rt.arena "128"
  %unused = rt.arena "9999"
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.copy %a to %b bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.copy %b to %c bytes "65" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.copy %c to %d bytes "8" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.launch @k(%d) to (%e) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
}

// -----

// One dynamic buffer: the runtime places all of them, by the live ranges.
// CHECK-LABEL: rt.program @dynamic
// CHECK-SAME: arena -1
// CHECK: rt.arena "4*n" at -1 live 0 to 1
// CHECK: rt.arena "64" at -1 live 1 to 1
rt.program @dynamic inputs [#rt.value<"x", tensor<?xf32, #tao.dims<"n">>>] outputs [] symbols [#rt.symbol<"n" = input 0 dim 0>] checks [] {
  %x = rt.input 0
  %a = rt.arena "4*n"
  %b = rt.arena "64"
  rt.copy %x to %a bytes "4*n" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.copy %a to %b bytes "64" {kernel_name = "c", kind = 0 : i32, nodes = []}
}
