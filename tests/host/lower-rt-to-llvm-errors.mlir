// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --lower-rt-to-llvm --verify-diagnostics

// expected-error@+1 {{expected one rt.program with a memory plan}}
module {
}

// -----

rt.program @main inputs [] outputs [#rt.value<"y", tensor<2xf32>>] symbols [] checks [] arena 0 {
  %y = rt.output 0
  // expected-error@+1 {{has no place in the weight blob}}
  %a = rt.weight dense<[1.0, 2.0]> : tensor<2xf32>
  rt.copy %a to %y bytes "8" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [#rt.value<"y", tensor<2xf32>>] symbols [] checks [] arena 0 {
  %y = rt.output 0
  // expected-error@+1 {{launches @missing, which is no lowered kernel}}
  rt.launch @missing() to (%y) {sizes = [], tasks = "1", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<1xf64>>] outputs [#rt.value<"y", tensor<1xf64>>] symbols [] checks [] arena 0 {
  %x = rt.input 0
  %y = rt.output 0
  // expected-error@+1 {{has an operand of type 'f64', which the library does not know}}
  rt.matmul %x, %x to %y batch [] m "1" n "1" k "1" lhs <f64 strides["1", "1"]> rhs <f32 strides["1", "1"]>
      dst <f32 strides["1", "1"]> ops [] {kernel_name = "m", kind = 2 : i32, nodes = []}
}
