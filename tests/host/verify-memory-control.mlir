// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --verify-memory --split-input-file --verify-diagnostics

// A buffer of the body overwrites what the next iteration reads.
rt.program @main inputs [] outputs [#rt.value<"y", tensor<8xf32>>] symbols [] checks [] arena 64 {
  %y = rt.output 0
  %a = rt.arena "32" at 0 live 0 to 4
  %b = rt.arena "32" at 0 live 2 to 3
  rt.launch @k() to (%a) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  rt.loop trips "3" views() reversed [] swap() with() {
    // expected-error @+1 {{reads an arena buffer that does not hold its value at step 2}}
    rt.launch @k(%a) to (%y) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
    rt.launch @k() to (%b) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  }
}

// -----

// The buffer that a carried value moves to is taken by another.
rt.program @main inputs [] outputs [#rt.value<"y", tensor<8xf32>>, #rt.value<"z", tensor<8xf32>>] symbols [] checks [] arena 64 {
  %y = rt.output 0
  %z = rt.output 1
  %current = rt.arena "32" at 0 live 0 to 6
  %next = rt.arena "32" at 32 live 1 to 3
  %late = rt.arena "32" at 32 live 4 to 5
  rt.launch @k() to (%current) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  rt.loop trips "3" views() reversed [] swap(%current) with(%next) {
    rt.launch @k(%current) to (%next) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  }
  rt.launch @k() to (%late) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  rt.launch @k(%late) to (%y) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  // expected-error @+1 {{reads an arena buffer that does not hold its value at step 6}}
  rt.launch @k(%current) to (%z) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
}

// -----

// Only one branch writes what is read behind both.
rt.program @main inputs [#rt.value<"c", tensor<i1>>] outputs [#rt.value<"y", tensor<8xf32>>] symbols [] checks [] arena 32 {
  %c = rt.input 0
  %y = rt.output 0
  %a = rt.arena "32" at 0 live 0 to 3
  rt.if %c then {
    rt.launch @k() to (%a) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  } else {
  }
  // expected-error @+1 {{reads an arena buffer that does not hold its value at step 3}}
  rt.launch @k(%a) to (%y) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
}

// -----

// The live range ends before the loop does.
rt.program @main inputs [] outputs [#rt.value<"y", tensor<8xf32>>] symbols [] checks [] arena 32 {
  %y = rt.output 0
  // expected-error @+1 {{is used at step 1, outside its live range}}
  %a = rt.arena "32" at 0 live 0 to 2
  %v = rt.view %a bytes "8"
  rt.launch @k() to (%a) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  rt.loop trips "4" views(%v) reversed [false] swap() with() {
    rt.launch @k(%v) to (%y) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
  }
}
