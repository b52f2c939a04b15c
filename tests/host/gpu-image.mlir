// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --lower-rt-to-llvm='cpu=znver3 gpus=sm_80,sm_90 compiler=test' > %t
// RUN: FileCheck %s < %t
// RUN: FileCheck %s --check-prefix=KERNELS < %t
// RUN: FileCheck %s --check-prefix=SLOTS < %t
// RUN: FileCheck %s --check-prefix=CODE < %t
//
// Kernels for GPUs in the image: numbered as they stand in the module, with what a launch has to know. Their code is a
// table that the linker, or who takes its place, defines.

// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("cuda sm_80,sm_90\00")
// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("node softmax\00")
// CHECK-DAG: llvm.mlir.global internal constant @host.text.{{[0-9]+}}("index out of range\00")
// CHECK-DAG: llvm.mlir.global external hidden constant @tao_gpu_code_data() {{.*}}: !llvm.struct<"tao_gpu_code_table",
// CHECK-DAG: llvm.mlir.global internal constant @host.gpu() {{.*}}: !llvm.struct<"tao_gpu_image",

// The kernel without a twin, and the one with: threads, shared bytes, whether a launch asks for them, sites.
// KERNELS: llvm.mlir.global internal constant @host.records.{{[0-9]+}}() {addr_space = 0 : i32} : !llvm.array<2 x struct<"tao_gpu_kernel"
// KERNELS: llvm.mlir.constant(256 : i32)
// KERNELS: llvm.mlir.constant(1024 : i32)
// KERNELS: llvm.mlir.zero
// KERNELS: llvm.mlir.constant(64 : i32)
// KERNELS: llvm.mlir.constant(60000 : i32)
// KERNELS: llvm.mlir.addressof @emulated.b
// SLOTS: !llvm.array<1 x struct<"tao_gpu_slot"
// SLOTS: llvm.mlir.constant(128 : i64)
// SLOTS: llvm.mlir.constant(64 : i64)

// CODE: llvm.func internal @host.main
// CODE: llvm.call @tao_rt_gpu_launch
// CODE: llvm.call @tao_rt_gpu_launch
// CODE-NOT: llvm.call @tao_rt_launch
#softmax = loc("softmax")
module attributes {tao.model_name = "m", tao.weight_bytes = 0 : i64, tao.weights = []} {
  gpu.module @kernel.a attributes {threads = 256 : i64, shared = 1024 : i64, asks_for_shared = 0 : i64} {
    llvm.func @a() attributes {gpu.kernel} {
      llvm.return
    }
  }
  gpu.module @kernel.b attributes {threads = 64 : i64, shared = 60000 : i64, asks_for_shared = 1 : i64, emulated = @emulated.b} {
    llvm.func @b() attributes {gpu.kernel} {
      llvm.return
    }
  }
  llvm.func @emulated.b(%thread: !llvm.ptr, %args: !llvm.ptr) attributes {sites = [#softmax], slots = [{offset = 128 : i64, bytes = 64 : i64, of = #softmax}]} {
    llvm.return
  }
  rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [#rt.value<"y", tensor<4xf32>>] symbols [] checks [] arena 16 {
    %x = rt.input 0
    %y = rt.output 0
    %t = rt.arena "16" at 0 live 0 to 1
    rt.launch @kernel.a(%x) to (%t) {cost = "8", failures = ["index out of range"], kernel_name = "a", kind = 0 : i32, nodes = [], sizes = [], tasks = "1"}
    rt.launch @kernel.b(%t) to (%y) {cost = "8", failures = [], kernel_name = "b", kind = 0 : i32, nodes = [], sizes = [], tasks = "2"}
  }
}
