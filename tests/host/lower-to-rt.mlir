// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --lower-to-rt | FileCheck %s

// Results go straight to outputs; what is between lies in the arena; reshapes are views; the second call works in place.
// CHECK-LABEL: rt.program @main inputs [#rt.value<"x", tensor<?x4xf32, #tao.dims<"n">>>] outputs [#rt.value<"y", tensor<?xf32, #tao.dims<"4*n">>>]
// CHECK-SAME: symbols [#rt.symbol<"n" = input 0 dim 0>] checks [#rt.check<ge "n", "1", "n is empty">]
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[Y:.*]] = rt.output 0
// CHECK: %[[A:.*]] = rt.arena "16*n"
// CHECK-NOT: rt.arena
// CHECK: rt.launch @a(%[[X]]) to(%[[A]]) {cost = "1", failures = ["bad"], kernel_name = "first", kind = 0 : i32, nodes = ["/a"], sizes = ["n"], tasks = "n"}
// CHECK: rt.launch @b(%[[A]]) to(%[[A]])
// CHECK: rt.launch @a(%[[A]]) to(%[[Y]])
// CHECK-NOT: func.func
func.func @main(%x: tensor<?x4xf32, #tao.dims<"n">> {tao.name = "x"}) -> (tensor<?xf32, #tao.dims<"4*n">> {tao.name = "y"}) {
  tao.assume "n" at_least, "1", "n is empty"
  %0 = stitch.call @a(%x) {sizes = ["n"], tasks = "n", cost = "1", failures = ["bad"], display_name = "first"} : (tensor<?x4xf32, #tao.dims<"n">>) -> tensor<?x4xf32, #tao.dims<"n">> loc("/a")
  %1 = tao.reshape %0 : tensor<?x4xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"4*n">>
  %2 = stitch.call @b(%1) {sizes = [], tasks = "1", cost = "1", in_place = array<i64: 0>} : (tensor<?xf32, #tao.dims<"4*n">>) -> tensor<?xf32, #tao.dims<"4*n">>
  %3 = stitch.call @a(%2) {sizes = [], tasks = "1", cost = "1"} : (tensor<?xf32, #tao.dims<"4*n">>) -> tensor<?xf32, #tao.dims<"4*n">>
  return %3 : tensor<?xf32, #tao.dims<"4*n">>
}

// -----

// Nothing is overwritten that is read again, is an input, or is read twice by the same call.
// CHECK-LABEL: rt.program @main
// CHECK: %[[X:.*]] = rt.input 0
// CHECK-DAG: %[[A:.*]] = rt.arena "16"
// CHECK-DAG: %[[B:.*]] = rt.arena "16"
// CHECK-DAG: %[[C:.*]] = rt.arena "16"
// CHECK: rt.launch @a(%[[X]]) to(%[[P:.*]]) {
// CHECK: rt.launch @a(%[[P]]) to(%[[Q:.*]]) {
// CHECK: rt.launch @c(%[[Q]], %[[Q]]) to(%[[R:.*]]) {
// CHECK: rt.launch @c(%[[P]], %[[R]]) to
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1", in_place = array<i64: 0>} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = stitch.call @a(%0) {sizes = [], tasks = "1", cost = "1", in_place = array<i64: 0>} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = stitch.call @c(%1, %1) {sizes = [], tasks = "1", cost = "1", in_place = array<i64: 0>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = stitch.call @c(%0, %2) {sizes = [], tasks = "1", cost = "1"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// Outputs that are an input, a constant, or another output are copied.
// CHECK-LABEL: rt.program @main
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[O0:.*]] = rt.output 0
// CHECK: %[[O1:.*]] = rt.output 1
// CHECK: %[[O2:.*]] = rt.output 2
// CHECK: %[[O3:.*]] = rt.output 3
// CHECK: %[[W:.*]] = rt.weight
// CHECK: rt.launch @a(%[[X]]) to(%[[O2]])
// CHECK: rt.copy %[[X]] to %[[O0]] bytes "16" {kernel_name = "copy_output"
// CHECK: rt.copy %[[W]] to %[[O1]] bytes "8"
// CHECK: rt.copy %[[O2]] to %[[O3]] bytes "16"
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xi32>, tensor<4xf32>, tensor<4xf32>) {
  %w = tao.constant dense<[1, 2]> : tensor<2xi32>
  %0 = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1"} : (tensor<4xf32>) -> tensor<4xf32>
  return %x, %w, %0, %0 : tensor<4xf32>, tensor<2xi32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// An output over an input: written directly only when nobody reads the input later; a swap saves both first.
// CHECK-LABEL: rt.program @main
// CHECK-SAME: alias 0
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[Y:.*]] = rt.input 1
// CHECK: %[[O0:.*]] = rt.output 0
// CHECK: %[[O1:.*]] = rt.output 1
// CHECK: rt.copy %[[X]] to %[[S:.*]] bytes "16" {kernel_name = "save_input"
// CHECK: rt.launch @a(%[[Y]]) to(%[[T:.*]]) {
// CHECK: rt.launch @c(%[[X]], %[[T]]) to
// CHECK: rt.copy %[[T]] to %[[O0]]
// CHECK: rt.copy %[[S]] to %[[O1]]
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32> {tao.alias = 0 : i64}, tensor<4xf32> {tao.alias = 1 : i64}, tensor<4xf32>) {
  %0 = stitch.call @a(%y) {sizes = [], tasks = "1", cost = "1"} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = stitch.call @c(%x, %0) {sizes = [], tasks = "1", cost = "1"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %x, %1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: rt.program @main
// CHECK: %[[O:.*]] = rt.output 0
// CHECK: rt.launch @a(%{{.*}}) to(%[[O]])
// CHECK-NOT: rt.copy
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32> {tao.alias = 0 : i64}) {
  %0 = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1", in_place = array<i64: 0>} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// A convolution adds to its residual where that lies, unless it reads that for itself or somebody needs it later.
// CHECK-LABEL: rt.program @main
// CHECK: %[[B:.*]] = rt.input 2
// CHECK: rt.launch @a(%{{.*}}) to(%[[P:.*]]) {
// CHECK: rt.launch @a(%{{.*}}) to(%[[Q:.*]]) {
// CHECK: rt.conv %[[P]], %{{.*}} to %[[Q]] post(%[[B]], %[[Q]])
// CHECK: rt.conv %[[Q]], %{{.*}} to %[[R:.*]] post(%[[B]], %[[Q]])
// CHECK: rt.conv %[[Q]], %{{.*}} to %[[S:.*]] post(%[[B]], %[[R]])
// CHECK: rt.launch @c(%[[R]], %[[S]])
func.func @main(%x: tensor<1x4x4x8xf32>, %w: tensor<8x8x3x3xf32>, %b: tensor<8xf32>) -> tensor<1x4x4x8xf32> {
  %p = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1"} : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %q = stitch.call @a(%x) {sizes = [], tasks = "1", cost = "1"} : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %q2 = stitch.group(%a = %p, %c = %w, %d = %b, %e = %q) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
    %1 = tao.conv %a, %c strides [1, 1] dilations [1, 1] low [1, 1] groups 1 channels_last : tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32> -> tensor<1x4x4x8xf32>
    %2 = tao.broadcast %d dims [3] : tensor<8xf32> -> tensor<1x4x4x8xf32>
    %3 = tao.add %1, %2 : tensor<1x4x4x8xf32>
    %4 = tao.add %3, %e : tensor<1x4x4x8xf32>
    stitch.yield %4 : tensor<1x4x4x8xf32>
  }
  %r = stitch.group(%a = %q2, %c = %w, %d = %b, %e = %q2) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
    %1 = tao.conv %a, %c strides [1, 1] dilations [1, 1] low [1, 1] groups 1 channels_last : tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32> -> tensor<1x4x4x8xf32>
    %2 = tao.broadcast %d dims [3] : tensor<8xf32> -> tensor<1x4x4x8xf32>
    %3 = tao.add %1, %2 : tensor<1x4x4x8xf32>
    %4 = tao.add %3, %e : tensor<1x4x4x8xf32>
    stitch.yield %4 : tensor<1x4x4x8xf32>
  }
  %s = stitch.group(%a = %q2, %c = %w, %d = %b, %e = %r) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
    %1 = tao.conv %a, %c strides [1, 1] dilations [1, 1] low [1, 1] groups 1 channels_last : tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32> -> tensor<1x4x4x8xf32>
    %2 = tao.broadcast %d dims [3] : tensor<8xf32> -> tensor<1x4x4x8xf32>
    %3 = tao.add %1, %2 : tensor<1x4x4x8xf32>
    %4 = tao.add %3, %e : tensor<1x4x4x8xf32>
    stitch.yield %4 : tensor<1x4x4x8xf32>
  }
  %y = stitch.call @c(%r, %s) {sizes = [], tasks = "1", cost = "1"} : (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %y : tensor<1x4x4x8xf32>
}
