// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{no size expression: "1 +"}}
#check = #rt.check<eq "1 +", "1", "message">

// -----

// expected-error@+1 {{element type must be a number, is 'index'}}
#operand = #rt.operand<index>

// -----

// expected-error@+1 {{no size expression: "a b"}}
#operand = #rt.operand<f32 strides["a b"]>

// -----

// expected-error@+1 {{'add' needs operand}}
#post = #rt.post<add, 0.0 : f32, 0.0 : f32>

// -----

// expected-error@+1 {{'tanh' takes no operand}}
#post = #rt.post<tanh, 0.0 : f32, 0.0 : f32, <f32>>

// -----

// expected-error@+1 {{alpha and beta must be f32}}
#post = #rt.post<tanh, 0.0 : f64, 0.0 : f32>

// -----

// expected-error@+1 {{"a-b" is no symbol name}}
rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [] symbols [#rt.symbol<"a-b" = input 0 dim 0>] checks [] {
}

// -----

// expected-error@+1 {{symbol "a" occurs twice}}
rt.program @main inputs [#rt.value<"x", tensor<?xf32, #tao.dims<"a">>>] outputs []
    symbols [#rt.symbol<"a" = input 0 dim 0>, #rt.symbol<"a" = input 0 dim 0>] checks [] {
}

// -----

// expected-error@+1 {{input 1 does not exist, the program has 1}}
rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [] symbols [#rt.symbol<"a" = input 1 dim 0>] checks [] {
}

// -----

// expected-error@+1 {{symbol "a" is bound to dim 1 of 'tensor<4xf32>'}}
rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [] symbols [#rt.symbol<"a" = input 0 dim 1>] checks [] {
}

// -----

// expected-error@+1 {{extent uses 'a', which is no symbol of the program}}
rt.program @main inputs [#rt.value<"x", tensor<?xf32, #tao.dims<"a">>>] outputs [] symbols [] checks [] {
}

// -----

// expected-error@+1 {{aliased input 3 does not exist}}
rt.program @main inputs [] outputs [#rt.value<"y", tensor<4xf32> alias 3>] symbols [] checks [] {
}

// -----

// expected-error@+1 {{check uses 'a', which is no symbol of the program}}
rt.program @main inputs [] outputs [] symbols [] checks [#rt.check<eq "a", "1", "message">] {
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  // expected-error@+1 {{may not be in an rt.program}}
  %0 = tao.constant dense<1.0> : tensor<4xf32>
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  // expected-error@+1 {{output 0 does not exist, the program has 0}}
  %0 = rt.output 0
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [] symbols [] checks [] {
  // expected-error@+1 {{input 2 does not exist, the program has 1}}
  %0 = rt.input 2
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  rt.copy %0 to %0 bytes "4" {kernel_name = "c", kind = 0 : i32, nodes = []}
  // expected-error@+1 {{must come before the first step}}
  %1 = rt.arena "4"
}

// -----

rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [] symbols [] checks [] {
  %0 = rt.input 0
  // expected-error@+1 {{writes an input or a weight}}
  rt.copy %0 to %0 bytes "4" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  // expected-error@+1 {{bytes is no size expression}}
  %0 = rt.arena "4 +"
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  // expected-error@+1 {{has an impossible offset or live range}}
  %0 = rt.arena "4" at 0 live 3 to 2
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{tasks uses 'n', which is no symbol of the program}}
  rt.launch @k(%0) to (%0) {sizes = [], tasks = "n", cost = "1", failures = [], kernel_name = "k", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{has negative scratch}}
  rt.launch @k(%0) to (%0) {sizes = [], tasks = "1", cost = "1", failures = [], scratch = -1 : i64, kernel_name = "k", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{lhs has 1 strides, expected 2}}
  rt.matmul %0, %0 to %0 batch [] m "1" n "1" k "1" lhs <f32 strides["1"]> rhs <f32 strides["1", "1"]>
      dst <f32 strides["1", "1"]> ops [] {kernel_name = "m", kind = 2 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{has 1 post-op operands, its post-ops take 0}}
  rt.matmul %0, %0 to %0 post(%0) batch [] m "1" n "1" k "1" lhs <f32 strides["1", "1"]> rhs <f32 strides["1", "1"]>
      dst <f32 strides["1", "1"]> ops [] {kernel_name = "m", kind = 2 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{has 13 dims, at most 12 are possible}}
  rt.matmul %0, %0 to %0 batch ["1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1"] m "1" n "1" k "1" lhs <f32>
      rhs <f32> dst <f32> ops [] {kernel_name = "m", kind = 2 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{has 4 spatial dims, 1 to 3 are possible}}
  rt.conv %0, %0 to %0 n "1" ic "1" oc "1" groups "1" in ["1"] out ["1"] window [1, 1, 1, 1]
      strides [1] dilations [1] low [0] high [0] src <f32> weights <f32>
      dst <f32> ops [] {kernel_name = "c", kind = 2 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{needs one entry per spatial dim in each array}}
  rt.conv %0, %0 to %0 n "1" ic "1" oc "1" groups "1" in ["1", "1"] out ["1"] window [1]
      strides [1] dilations [1] low [0] high [0] src <f32> weights <f32>
      dst <f32> ops [] {kernel_name = "c", kind = 2 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  // expected-error@+1 {{bytes uses 'n', which is no symbol of the program}}
  rt.copy %0 to %0 bytes "n" {kernel_name = "c", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  %1 = rt.arena "4"
  // expected-error@+1 {{has 2 buffers to read and 1 to write, its parts 1 and 1}}
  rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = [], tasks = "1", cost = "1", failures = [], scratch = 0>] (%0, %1) to (%1) {kernel_name = "p", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  %1 = rt.arena "4"
  // expected-error@+1 {{has a part with negative counts}}
  rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = [], tasks = "1", cost = "1", failures = [], scratch = -1>] (%0) to (%1) {kernel_name = "p", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  %1 = rt.arena "4"
  // expected-error@+1 {{has a part whose sizes or failures are no strings}}
  rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = [4], tasks = "1", cost = "1", failures = [], scratch = 0>] (%0) to (%1) {kernel_name = "p", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  %1 = rt.arena "4"
  // expected-error@+1 {{tasks uses 'n', which is no symbol of the program}}
  rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = [], tasks = "n", cost = "1", failures = [], scratch = 0>] (%0) to (%1) {kernel_name = "p", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  %1 = rt.arena "4"
  // expected-error@+1 {{writes a buffer twice}}
  rt.pack [#rt.part<kernel = @k, reads = 0, writes = 1, sizes = [], tasks = "1", cost = "1", failures = [], scratch = 0>, #rt.part<kernel = @k, reads = 0, writes = 1, sizes = [], tasks = "1", cost = "1", failures = [], scratch = 0>] () to (%0, %0) {kernel_name = "p", kind = 0 : i32, nodes = []}
}

// -----

rt.program @main inputs [] outputs [] symbols [] checks [] {
  %0 = rt.arena "4"
  %1 = rt.arena "4"
  // expected-error@+1 {{has a part that reads what another one writes}}
  rt.pack [#rt.part<kernel = @k, reads = 0, writes = 1, sizes = [], tasks = "1", cost = "1", failures = [], scratch = 0>, #rt.part<kernel = @k, reads = 1, writes = 1, sizes = [], tasks = "1", cost = "1", failures = [], scratch = 0>] (%0) to (%0, %1) {kernel_name = "p", kind = 0 : i32, nodes = []}
}
