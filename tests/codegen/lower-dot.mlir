// RUN: tao-opt %s --lower-kernels-to-vector | FileCheck %s
// RUN: tao-opt %s --lower-kernels-to-vector=vector-bytes=64 | FileCheck %s --check-prefix=WIDE
// RUN: tao-opt %s --lower-kernels-to-vector=vector-bytes=16 | FileCheck %s --check-prefix=NARROW

#plan = #stitch.plan<{version = 1, planner = "none", kind = "memory", regions = []}>

// A panel is made of square blocks in registers: rows i and i + 4 are interleaved, three times. A product is loops over
// panels, tiles of rows, and the sum, which runs in registers: 2 rows of 2 vectors.
// CHECK-LABEL: llvm.func internal @product
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 8, 1, 9, 2, 10, 3, 11] : vector<8xf32>, vector<8xf32>
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [4, 12, 5, 13, 6, 14, 7, 15] : vector<8xf32>, vector<8xf32>
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<8xf32>
// CHECK-NEXT: llvm.load {{.*}} -> f32
// CHECK-NEXT: vector.broadcast
// CHECK-COUNT-2: vector.fma
// CHECK-NOT: scf.if
// WIDE-LABEL: llvm.func internal @product
// WIDE: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>)
// Without fused multiply-add on machines that have none.
// NARROW-LABEL: llvm.func internal @product
// NARROW-NOT: vector.fma
// NARROW: arith.mulf %{{.*}} : vector<4xf32>
stitch.kernel @product(%x: !stitch.buf<tensor<16x8xf32>>, %y: !stitch.buf<tensor<4x16xf32>>) attributes {plan = #plan, sizes = [], num_reads = 1 : i64, scratch = 2048 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  stitch.foreach grid %c0 to %c1 {
  ^bb0(%t: index):
    %c = stitch.stage at "0" : <tensor<4x16xf32>>
    %a = stitch.stage at "256" : <tensor<4x8xf32>>
    %s = stitch.stage at "512" : <tensor<16x8xf32>>
    %b = stitch.stage at "1024" : <tensor<1x8x16xf32>>
    stitch.foreach seq %c0 to %c4 {
    ^bb0(%i: index):
      stitch.foreach lane %c0 to %c8 width 8 {
      ^bb0(%k: index):
        %v = stitch.load %x[%i, %k] : <tensor<16x8xf32>> -> f32
        stitch.put %v, %a[%i, %k] : f32, <tensor<4x8xf32>>
      }
    }
    stitch.foreach seq %c0 to %c16 {
    ^bb0(%i: index):
      stitch.foreach lane %c0 to %c8 width 8 {
      ^bb0(%k: index):
        %v = stitch.load %x[%i, %k] : <tensor<16x8xf32>> -> f32
        stitch.put %v, %s[%i, %k] : f32, <tensor<16x8xf32>>
      }
    }
    stitch.barrier
    stitch.panel %s, %b[%c0] : <tensor<16x8xf32>>, <tensor<1x8x16xf32>>
    stitch.barrier
    stitch.dot %c, %a, %b rows %c4 cols %c16 depth %c8 tile 2 : <tensor<4x16xf32>>, <tensor<4x8xf32>>, <tensor<1x8x16xf32>>
    stitch.barrier
    stitch.foreach seq %c0 to %c4 {
    ^bb0(%i: index):
      stitch.foreach lane %c0 to %c16 width 8 {
      ^bb0(%j: index):
        %v = stitch.get block %c[%i, %j] : <tensor<4x16xf32>> -> f32
        stitch.store %v, %y[%i, %j] : f32, <tensor<4x16xf32>>
      }
    }
  }
}
