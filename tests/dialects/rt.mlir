// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s | tao-opt | FileCheck %s
// RUN: tao-opt %s --mlir-print-op-generic | tao-opt | FileCheck %s

// CHECK: rt.program @main inputs [#rt.value<"x", tensor<?x4xf32, #tao.dims<"batch">>>]
// CHECK-SAME: outputs [#rt.value<"y", tensor<?x8xf32, #tao.dims<"batch">> alias 0>]
// CHECK-SAME: symbols [#rt.symbol<"batch" = input 0 dim 0>] checks [#rt.check<ge "batch", "1", "batch is empty">] arena -1 {
// CHECK: rt.input 0
// CHECK: rt.output 0
// CHECK: rt.weight dense<1.000000e+00> : tensor<4x8xf32> at 0
// CHECK: rt.arena "16*batch" at -1 live 0 to 1
// CHECK: rt.launch @k(%{{.*}}) to(%{{.*}}) {cost = "32*batch", failures = ["no"]
// CHECK: rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = ["batch"], tasks = "batch", cost = "1", failures = ["no"], scratch = 64>,
// CHECK-SAME: #rt.part<kernel = @l, reads = 2, writes = 1, sizes = [], tasks = "1", cost = "2", failures = [], scratch = 0>](%{{.*}}, %{{.*}}, %{{.*}}) to(%{{.*}}, %{{.*}}) {kernel_name = "both"
// CHECK: rt.matmul %{{.*}}, %{{.*}} to %{{.*}} post(%{{.*}}) batch [] m "batch" n "8" k "4" lhs <f32 strides["4", "1"]> rhs <f32 strides["8", "1"] constant true>
// CHECK-SAME: ops [#rt.post<add, {{.*}}, <f32 strides["0", "1"] constant true>>, #rt.post<tanh,
// CHECK: rt.conv %{{.*}} channels_last n "batch" ic "1" oc "1" groups "1" in ["4"] out ["4"]
// CHECK: rt.copy %{{.*}} to %{{.*}} bytes "32*batch"
rt.program @main inputs [#rt.value<"x", tensor<?x4xf32, #tao.dims<"batch">>>]
    outputs [#rt.value<"y", tensor<?x8xf32, #tao.dims<"batch">> alias 0>]
    symbols [#rt.symbol<"batch" = input 0 dim 0>] checks [#rt.check<ge "batch", "1", "batch is empty">] arena -1 {
  %x = rt.input 0
  %y = rt.output 0
  %w = rt.weight dense<1.0> : tensor<4x8xf32> at 0
  %b = rt.weight dense<2.0> : tensor<8xf32> at 128
  %t = rt.arena "16*batch" at -1 live 0 to 1
  %u = rt.arena "32*batch" at -1 live 1 to 3
  rt.launch @k(%x) to (%t) {sizes = ["batch"], tasks = "batch", cost = "32*batch", failures = ["no"], kernel_name = "exp", kind = 0 : i32, nodes = ["/exp"]}
  rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = ["batch"], tasks = "batch", cost = "1", failures = ["no"], scratch = 64>,
           #rt.part<kernel = @l, reads = 2, writes = 1, sizes = [], tasks = "1", cost = "2", failures = [], scratch = 0>]
      (%x, %x, %w) to (%t, %u) {kernel_name = "both", kind = 0 : i32, nodes = ["/a", "/b"]}
  rt.matmul %t, %w to %u post(%b) batch [] m "batch" n "8" k "4" lhs <f32 strides["4", "1"]>
      rhs <f32 strides["8", "1"] constant true> dst <f32 strides["8", "1"]>
      ops [#rt.post<add, 0.0 : f32, 0.0 : f32, <f32 strides["0", "1"] constant true>>, #rt.post<tanh, 0.0 : f32, 0.0 : f32>]
      {kernel_name = "gemm", kind = 2 : i32, nodes = ["/gemm"]}
  rt.conv %t, %b to %u channels_last n "batch" ic "1" oc "1" groups "1" in ["4"] out ["4"] window [3]
      strides [1] dilations [1] low [1] high [1] src <f32> weights <f32 constant true>
      dst <f32> ops [] {kernel_name = "conv", kind = 2 : i32, nodes = []}
  rt.copy %u to %y bytes "32*batch" {kernel_name = "copy_output", kind = 0 : i32, nodes = []}
}
