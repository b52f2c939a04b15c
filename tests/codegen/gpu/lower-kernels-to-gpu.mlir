// RUN: tao-opt %s -lower-kernels-to-gpu | FileCheck %s
// RUN: tao-opt %s -lower-kernels-to-gpu -lower-gpu-to-emulator | FileCheck %s --check-prefix=EMULATOR

// CHECK-LABEL: gpu.module @kernel.sum
// CHECK: llvm.mlir.global internal @arena() {addr_space = 3 : i32, alignment = 128 : i64} : !llvm.array<64 x i8>
// CHECK: gpu.func @kernel_sum(%[[X:.*]]: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly}
// CHECK-SAME: %[[Y:.*]]: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias}, %[[N:.*]]: i64
// CHECK-SAME: kernel
// CHECK-SAME: known_block_size = array<i32: 64, 1, 1>
// A private stage is an array of the thread; others lie in the arena.
// CHECK-DAG: llvm.alloca
// CHECK-DAG: llvm.mlir.addressof @arena : !llvm.ptr<3>
// CHECK: %[[BLOCK:.*]] = gpu.block_id x
// CHECK: gpu.thread_id x
// CHECK: scf.for
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> f32
// CHECK: arith.addf
// Lanes add up by a butterfly.
// CHECK: %[[ONE:.*]] = arith.constant 1 : i32
// CHECK: gpu.shuffle xor %{{.*}}, %[[ONE]]
// CHECK: %[[TWO:.*]] = arith.constant 2 : i32
// CHECK: gpu.shuffle xor %{{.*}}, %[[TWO]]
// CHECK-NOT: gpu.shuffle
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<3>
// CHECK: gpu.barrier
// CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// A failed check leaves its number in the status.
// CHECK: llvm.atomicrmw umax
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<1>
// CHECK: gpu.return

// EMULATOR: llvm.func @emulated.kernel_sum(%[[T:.*]]: !llvm.ptr, %[[ARGS:.*]]: !llvm.ptr) attributes {sites = [
// Numbers are fields of the thread.
// EMULATOR: llvm.getelementptr %[[T]][28]
// Each access asks for its address: a load of 4 bytes of buffer 0.
// EMULATOR: %[[TABLE:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// EMULATOR: llvm.getelementptr %[[TABLE]][8]
// EMULATOR: %[[PLACE:.*]] = llvm.call %{{.*}}(%[[T]], %{{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i32, i32, i32, i32) -> !llvm.ptr
// EMULATOR: llvm.load %[[PLACE]]
// EMULATOR-COUNT-2: (!llvm.ptr, i64, i32, i32, i32, i32, i32) -> !llvm.struct<(i64, i64)>
// EMULATOR: (!llvm.ptr, i32) -> ()
// EMULATOR: (!llvm.ptr, !llvm.ptr, i64, i64, i32, i32, i32, i32, i32, i32) -> i64
// EMULATOR-NOT: llvm.ptr<
// EMULATOR: gpu.module
stitch.kernel @kernel.sum(%x: !stitch.buf<tensor<?xf32, #tao.dims<"s0">>>, %y: !stitch.buf<tensor<8xf32>>, %n: index)
    attributes {plan = #stitch.plan<{kind = "memory", planner = "none", regions = [], version = 1 : i64}>, sizes = ["s0"],
                num_reads = 1 : i64, failures = ["too large"], scratch = 64 : i64, threads = 64 : i64} {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  stitch.foreach grid %c0 to %c8 {
  ^bb0(%block: index):
    %lane = stitch.thread lane
    %warp = stitch.thread warp
    %own = stitch.stage private at "0" : <tensor<1xf32>>
    %stage = stitch.stage at "0" : <tensor<2xf32>>
    %sum = stitch.reduce seq %c0 to %n monoids [0] {
    ^bb0(%i: index):
      %e = stitch.load %x[%i] : <tensor<?xf32, #tao.dims<"s0">>> -> f32
      stitch.yield %e : f32
    } -> f32
    %all = stitch.across sum %sum lanes 4 stride 1 : f32
    stitch.put %all, %own[%c0] : f32, <tensor<1xf32>>
    %mine = stitch.get thread %own[%c0] : <tensor<1xf32>> -> f32
    stitch.put %mine, %stage[%warp] : f32, <tensor<2xf32>>
    stitch.barrier
    %one = stitch.get block %stage[%c0] : <tensor<2xf32>> -> f32
    %inside = arith.cmpi ult, %block, %c8 : index
    stitch.check %inside, 0
    stitch.store %one, %y[%block] : f32, <tensor<8xf32>>
    stitch.yield
  }
}
