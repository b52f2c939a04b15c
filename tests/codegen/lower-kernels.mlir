// RUN: tao-opt %s --lower-kernels-to-vector | FileCheck %s

#plan = #stitch.plan<{version = 1, planner = "none", kind = "memory", regions = []}>

// Full vectors, then one masked step for the rest.
// CHECK-LABEL: llvm.func internal @flat
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load %{{.*}} {alias_scopes = {{.*}}alignment = 4 : i64, {{.*}}} : !llvm.ptr -> vector<8xf32>
// CHECK: arith.negf %{{.*}} : vector<8xf32>
// CHECK: llvm.store %{{.*}} : vector<8xf32>, !llvm.ptr
// CHECK: scf.if
// CHECK: llvm.intr.masked.load {{.*}} : (!llvm.ptr, vector<8xi1>, vector<8xf32>) -> vector<8xf32>
// CHECK: llvm.intr.masked.store
stitch.kernel @flat(%x: !stitch.buf<tensor<?xf32, #tao.dims<"n">>>, %y: !stitch.buf<tensor<?xf32, #tao.dims<"n">>>, %n: index) attributes {plan = #plan, sizes = ["n"], num_reads = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  stitch.foreach grid %c0 to %c1 {
  ^bb0(%t: index):
    stitch.foreach lane %c0 to %n width 8 {
    ^bb0(%i: index):
      %v = stitch.load %x[%i] : <tensor<?xf32, #tao.dims<"n">>> -> f32
      %w = arith.negf %v : f32
      stitch.store %w, %y[%i] : f32, <tensor<?xf32, #tao.dims<"n">>>
    }
  }
}

// A static range of whole vectors needs no rest; the sum goes through vector accumulators.
// CHECK-LABEL: llvm.func internal @rowsum
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<16xf32>)
// CHECK: arith.addf %{{.*}}, %{{.*}} fastmath<contract> : vector<16xf32>
// CHECK-NOT: scf.if
// CHECK: vector.reduction <add>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
stitch.kernel @rowsum(%x: !stitch.buf<tensor<4x64xf32>>, %y: !stitch.buf<tensor<4xf32>>) attributes {plan = #plan, sizes = [], num_reads = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  stitch.foreach grid %c0 to %c4 {
  ^bb0(%t: index):
    %s = stitch.reduce lane %c0 to %c64 width 16 monoids [0] {
    ^bb0(%i: index):
      %v = stitch.load %x[%t, %i] : <tensor<4x64xf32>> -> f32
      stitch.yield %v : f32
    } -> f32
    stitch.store %s, %y[%t] : f32, <tensor<4xf32>>
  }
}

// Lanes along a strided dim gather; bytes of i1 become lane conditions; checks reduce over lanes.
// CHECK-LABEL: llvm.func internal @strided
// CHECK: llvm.intr.masked.gather {{.*}} : (vector<8x!llvm.ptr>, vector<8xi1>, vector<8xi8>) -> vector<8xi8>
// CHECK: arith.cmpi ne, %{{.*}}, %{{.*}} : vector<8xi8>
// CHECK: vector.reduction <or>
// CHECK: scf.if
// CHECK: llvm.store %{{.*}}, %arg4 {alignment = 4 : i64} : i32, !llvm.ptr
stitch.kernel @strided(%x: !stitch.buf<tensor<8x3xi1>>, %y: !stitch.buf<tensor<8xi1>>) attributes {plan = #plan, sizes = [], num_reads = 1 : i64, failures = ["no"]} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  stitch.foreach grid %c0 to %c1 {
  ^bb0(%t: index):
    stitch.foreach lane %c0 to %c8 width 8 {
    ^bb0(%i: index):
      %v = stitch.load %x[%i, %c1] : <tensor<8x3xi1>> -> i1
      stitch.check %v, 0
      stitch.store %v, %y[%i] : i1, <tensor<8xi1>>
    }
  }
}

// Stages lie in the scratch memory whose address stands behind those of the buffers; a barrier leaves no trace.
// CHECK-LABEL: llvm.func internal @staged
// CHECK: %[[SLOT:.*]] = llvm.getelementptr %arg0[2] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// CHECK: %[[SCRATCH:.*]] = llvm.load %[[SLOT]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[STAGE:.*]] = llvm.getelementptr %[[SCRATCH]][%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// CHECK: %[[PUT:.*]] = llvm.getelementptr %[[STAGE]]
// CHECK: llvm.store %{{.*}}, %[[PUT]] {{.*}} : vector<8xf32>, !llvm.ptr
// CHECK: %[[GET:.*]] = llvm.getelementptr %[[STAGE]]
// CHECK: llvm.load %[[GET]] {{.*}} : !llvm.ptr -> vector<8xf32>
stitch.kernel @staged(%x: !stitch.buf<tensor<16xf32>>, %y: !stitch.buf<tensor<16xf32>>) attributes {plan = #plan, sizes = [], num_reads = 1 : i64, scratch = 128 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  stitch.foreach grid %c0 to %c1 {
  ^bb0(%t: index):
    %s = stitch.stage at "64" : <tensor<16xf32>>
    stitch.foreach lane %c0 to %c16 width 8 {
    ^bb0(%i: index):
      %v = stitch.load %x[%i] : <tensor<16xf32>> -> f32
      stitch.put %v, %s[%i] : f32, <tensor<16xf32>>
    }
    stitch.barrier
    stitch.foreach lane %c0 to %c16 width 8 {
    ^bb0(%i: index):
      %v = stitch.get block %s[%i] : <tensor<16xf32>> -> f32
      stitch.store %v, %y[%i] : f32, <tensor<16xf32>>
    }
  }
}
