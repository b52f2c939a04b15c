// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --lower-rt-to-llvm='cpu=znver3 cpu-features=avx2,fma compiler=test' > %t
// RUN: FileCheck %s < %t
// RUN: FileCheck %s --check-prefix=CODE < %t

// CHECK-NOT: rt.program
// CHECK: module attributes {tao.arena_bytes = -1 : i64
// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("x\00")
// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("znver3\00")
// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("avx2,fma\00")
// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("/a\0A/b\00")
// CHECK-DAG: llvm.mlir.global internal constant @host.step.0() {{.*}}: !llvm.struct<"tao_launch", (ptr, i32, i32, i32, i32, ptr, ptr, i32, i32, ptr, i32)>
// CHECK-DAG: llvm.mlir.global internal constant @host.step.1() {{.*}}: !llvm.struct<"tao_copy", (i32, i32, i32, i32)>
// CHECK-DAG: llvm.mlir.global internal constant @host.step.2() {{.*}}: !llvm.struct<"tao_pack", (i32, i32, ptr)>
// CHECK-DAG: llvm.mlir.global external hidden constant @tao_weights_data() {{.*}}: !llvm.array<0 x i8>
// CHECK-DAG: llvm.mlir.global external hidden constant @tao_image_data() {{.*}}: !llvm.struct<"tao_image",

// One call per step, out at the first failure.
// CODE: llvm.func internal @host.main(%[[C:.*]]: !llvm.ptr) -> i32
// CODE: %[[S0:.*]] = llvm.mlir.addressof @host.step.0
// CODE: %[[R0:.*]] = llvm.call @tao_rt_launch(%[[C]], %[[S0]])
// CODE: llvm.cond_br %{{.*}}, ^[[NEXT:.*]], ^[[EXIT:.*]](%[[R0]] : i32)
// CODE: ^[[NEXT]]:
// CODE: llvm.call @tao_rt_copy
// CODE: llvm.call @tao_rt_pack
// CODE: ^[[EXIT]](%[[R:.*]]: i32):
// CODE: llvm.return %[[R]]

// Sizes: sums and products saturate, divisors are made harmless.
// CODE: llvm.func internal @host.eval(%[[SYMBOLS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CODE: llvm.load %{{.*}} : !llvm.ptr -> i64
// CODE: "llvm.intr.smul.with.overflow"
// CODE: llvm.or
// CODE: llvm.select
// CODE: llvm.sdiv
module attributes {tao.model_name = "m", tao.weight_bytes = 8 : i64, tao.weights = [{offset = 0 : i64, value = dense<[1.0, 2.0]> : tensor<2xf32>}]} {
  llvm.func internal @k(%buffers: !llvm.ptr, %dims: !llvm.ptr, %begin: i64, %end: i64, %status: !llvm.ptr) {
    llvm.return
  }
  rt.program @main inputs [#rt.value<"x", tensor<?xf32, #tao.dims<"n">>>] outputs [#rt.value<"y", tensor<?xf32, #tao.dims<"n">>>]
      symbols [#rt.symbol<"n" = input 0 dim 0>] checks [#rt.check<ge "n", "1", "n is empty">] arena -1 {
    %x = rt.input 0
    %y = rt.output 0
    %w = rt.weight dense<[1.0, 2.0]> : tensor<2xf32> at 0
    %a = rt.arena "4*n" at -1 live 0 to 1
    %b = rt.arena "4*n" at -1 live 2 to 2
    %c = rt.arena "4*n" at -1 live 2 to 2
    rt.launch @k(%x, %w) to (%a) {sizes = ["n"], tasks = "ceildiv(n, 16)", cost = "8*n", failures = ["bad"], kernel_name = "k", kind = 0 : i32, nodes = ["/a", "/b"]}
    rt.copy %a to %y bytes "4*n" {kernel_name = "copy", kind = 0 : i32, nodes = []}
    rt.pack [#rt.part<kernel = @k, reads = 1, writes = 1, sizes = ["n"], tasks = "n", cost = "1", failures = ["bad"], scratch = 64>,
             #rt.part<kernel = @k, reads = 0, writes = 1, sizes = [], tasks = "1", cost = "2", failures = [], scratch = 0>]
        (%x) to (%b, %c) {kernel_name = "both", kind = 0 : i32, nodes = []}
  }
}
