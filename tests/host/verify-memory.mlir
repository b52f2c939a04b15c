// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --pass-pipeline='builtin.module(rt.program(verify-memory))' --verify-diagnostics

// expected-error@+1 {{has no memory plan}}
rt.program @main inputs [] outputs [] symbols [] checks [] {
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<32xf32>>] outputs [] symbols [] checks [] arena 128 {
  %x = rt.input 0
  // expected-error@+1 {{has no place}}
  %a = rt.arena "128"
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<32xf32>>] outputs [] symbols [] checks [] arena 64 {
  %x = rt.input 0
  // expected-error@+1 {{lies outside the arena of 64 bytes}}
  %a = rt.arena "128" at 0 live 0 to 0
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<32xf32>>] outputs [] symbols [] checks [] arena 128 {
  %x = rt.input 0
  // expected-error@+1 {{is used at step 1, outside its live range}}
  %a = rt.arena "128" at 0 live 0 to 0
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

// The last byte of %a is overwritten by %b before it is read.
rt.program @main inputs [#rt.value<"x", tensor<32xf32>>] outputs [#rt.value<"y", tensor<32xf32>>] symbols [] checks [] arena 256 {
  %x = rt.input 0
  %y = rt.output 0
  %a = rt.arena "128" at 0 live 0 to 2
  %b = rt.arena "128" at 127 live 1 to 1
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
  rt.copy %x to %b bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
  // expected-error@+1 {{reads an arena buffer that does not hold its value at step 2}}
  rt.copy %a to %y bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<32xf32>>] outputs [#rt.value<"y", tensor<32xf32>>] symbols [] checks [] arena 256 {
  %x = rt.input 0
  %a = rt.arena "128" at 0 live 0 to 1
  %b = rt.arena "128" at 64 live 1 to 1
  rt.copy %x to %a bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
  // expected-error@+1 {{has two arena buffers that share bytes}}
  rt.copy %a to %b bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [#rt.value<"y", tensor<32xf32>>] symbols [] checks [] arena -1 {
  %y = rt.output 0
  %a = rt.arena "128" at -1 live 0 to 0
  // expected-error@+1 {{reads an arena buffer that does not hold its value at step 0}}
  rt.copy %a to %y bytes "128" {kernel_name = "c", kind = 0 : i32, nodes = []}
}
