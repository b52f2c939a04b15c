// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(collapse-dims,place-groups),materialize-kernels)' | FileCheck %s

// Two groups that differ only in names and symbols share one kernel; the calls bind its size.
// CHECK-LABEL: func.func @shared
// CHECK: stitch.call @[[K:.*]](%{{.*}}) {{.*}}in_place = array<i64: 0>, sizes = ["b"], tasks = "ceildiv(8*b, 4096)"
// CHECK: stitch.call @[[K]](%{{.*}}) {{.*}}sizes = ["n"]
func.func @shared(%x: tensor<?x8xf32, #tao.dims<"b">>, %y: tensor<?x8xf32, #tao.dims<"n">>) -> (tensor<?x8xf32, #tao.dims<"b">>, tensor<?x8xf32, #tao.dims<"n">>) {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<?x8xf32, #tao.dims<"b">>) -> tensor<?x8xf32, #tao.dims<"b">> {
    %0 = tao.tanh %a : tensor<?x8xf32, #tao.dims<"b">>
    stitch.yield %0 : tensor<?x8xf32, #tao.dims<"b">>
  }
  %s = stitch.group(%a = %y) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<?x8xf32, #tao.dims<"n">>) -> tensor<?x8xf32, #tao.dims<"n">> {
    %0 = tao.tanh %a : tensor<?x8xf32, #tao.dims<"n">>
    stitch.yield %0 : tensor<?x8xf32, #tao.dims<"n">>
  }
  return %r, %s : tensor<?x8xf32, #tao.dims<"b">>, tensor<?x8xf32, #tao.dims<"n">>
}

// Splat operands become immediates; f16 is computed in f32 and rounded at the store.
// CHECK-LABEL: func.func @half
// CHECK: stitch.call @{{.*}}(%arg0) {{.*}}: (tensor<64xf16>) -> tensor<64xf16>
func.func @half(%x: tensor<64xf16>) -> tensor<64xf16> {
  %c = tao.constant dense<2.0> : tensor<64xf16>
  %r = stitch.group(%a = %x, %k = %c) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<64xf16>, tensor<64xf16>) -> tensor<64xf16> {
    %0 = tao.mul %a, %k : tensor<64xf16>
    stitch.yield %0 : tensor<64xf16>
  }
  return %r : tensor<64xf16>
}

// An index from data is checked and clamped; the failure names the node.
// CHECK-LABEL: func.func @gather
// CHECK: stitch.call @{{.*}} {{.*}}failures = ["index out of range in node '/emb/Gather'"]
func.func @gather(%x: tensor<10x32xf32>, %i: tensor<6xi64>) -> tensor<6x32xf32> {
  %r = stitch.group(%a = %x, %n = %i) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<10x32xf32>, tensor<6xi64>) -> tensor<6x32xf32> {
    %0 = tao.gather %a, %n axis 0 : tensor<10x32xf32>, tensor<6xi64> -> tensor<6x32xf32> loc("/emb/Gather")
    stitch.yield %0 : tensor<6x32xf32>
  }
  return %r : tensor<6x32xf32>
}

// A row sum beside its elementwise input: one loop over the row, which stores on the way.
// CHECK-LABEL: func.func @both
// CHECK: %{{.*}}:2 = stitch.call
func.func @both(%x: tensor<16x64xf32>) -> (tensor<16x64xf32>, tensor<16xf32>) {
  %r:2 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<16x64xf32>) -> (tensor<16x64xf32>, tensor<16xf32>) {
    %0 = tao.exp %a : tensor<16x64xf32>
    %1 = tao.reduce sum %0 dims [1] : tensor<16x64xf32> -> tensor<16xf32>
    stitch.yield %0, %1 : tensor<16x64xf32>, tensor<16xf32>
  }
  return %r#0, %r#1 : tensor<16x64xf32>, tensor<16xf32>
}

// CHECK: stitch.kernel @[[K]](%{{.*}}: !stitch.buf<tensor<?xf32, #tao.dims<"8*s0">>>
// CHECK: stitch.foreach lane
// CHECK: math.tanh
// CHECK: stitch.kernel
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: stitch.kernel
// CHECK: stitch.check
// CHECK: arith.minsi
// CHECK: arith.maxsi
// CHECK: stitch.kernel
// CHECK: stitch.reduce lane
// CHECK: %[[E:.*]] = math.exp
// CHECK: stitch.store %[[E]]
// CHECK: stitch.yield %[[E]]
// CHECK: stitch.store
