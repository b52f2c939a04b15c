// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=kernel | FileCheck %s
// RUN: taoc %s --target=cuda --arch=sm_90 --compile-to=kernel --emulate | FileCheck %s --check-prefix=EMULATE
// CHECK: gpu.module
// CHECK: llvm.func @{{.*}}: !llvm.ptr<1>
// CHECK-SAME: nvvm.kernel
// CHECK-SAME: nvvm.maxntid
// CHECK-DAG: nvvm.read.ptx.sreg.tid.x
// CHECK-DAG: nvvm.read.ptx.sreg.ctaid.x
// CHECK: llvm.intr.fma
// CHECK: nvvm.shfl.sync bfly
// CHECK-NOT: __nv_
// The emulator's function stands beside the kernel, for the CPU.
// EMULATE: llvm.func @emulated.
// EMULATE: gpu.module
func.func @main(%x: tensor<4096x1024xf32>) -> tensor<4096xf32> {
  %e = tao.exp %x : tensor<4096x1024xf32>
  %s = tao.reduce sum %e dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  return %s : tensor<4096xf32>
}
