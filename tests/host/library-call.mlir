// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --lower-to-rt | FileCheck %s

// Rows of x and sequence merge; the weight is constant also behind a reshape.
// CHECK-LABEL: rt.program @main
// CHECK: rt.matmul %{{.*}}, %{{.*}} to %{{.*}} batch [] m "b*s" n "3" k "2" lhs <f32 strides["2", "1"]> rhs <f32 strides["3", "1"] constant true> dst <f32 strides["3", "1"]> ops []
func.func @main(%x: tensor<?x?x2xf32, #tao.dims<"b", "s">>) -> tensor<?x?x3xf32, #tao.dims<"b", "s">> {
  %w = tao.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<6xf32>
  %v = tao.reshape %w : tensor<6xf32> -> tensor<2x3xf32>
  %0 = stitch.group(%a = %x, %c = %v) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<?x?x2xf32, #tao.dims<"b", "s">>, tensor<2x3xf32>) -> tensor<?x?x3xf32, #tao.dims<"b", "s">> {
    %1 = tao.contract %a, %c maps [affine_map<(b,s,n,k)->(b,s,k)>, affine_map<(b,s,n,k)->(k,n)>, affine_map<(b,s,n,k)->(b,s,n)>] : tensor<?x?x2xf32, #tao.dims<"b", "s">>, tensor<2x3xf32> -> tensor<?x?x3xf32, #tao.dims<"b", "s">>
    stitch.yield %1 : tensor<?x?x3xf32, #tao.dims<"b", "s">>
  }
  return %0 : tensor<?x?x3xf32, #tao.dims<"b", "s">>
}

// -----

// Attention scores, heads inside: two batch dims, k contiguous in both operands.
// CHECK-LABEL: rt.program @main
// CHECK: rt.matmul %{{.*}} batch ["b", "12"] m "s" n "s" k "64" lhs <f32 strides["768*s", "64", "768", "1"]> rhs <f32 strides["768*s", "64", "1", "768"]> dst <f32 strides["12*s*s", "s*s", "s", "1"]>
func.func @main(%q: tensor<?x?x12x64xf32, #tao.dims<"b", "s">>, %k: tensor<?x?x12x64xf32, #tao.dims<"b", "s">>) -> tensor<?x12x?x?xf32, #tao.dims<"b", "s", "s">> {
  %0 = stitch.group(%a = %q, %c = %k) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<?x?x12x64xf32, #tao.dims<"b", "s">>, tensor<?x?x12x64xf32, #tao.dims<"b", "s">>) -> tensor<?x12x?x?xf32, #tao.dims<"b", "s", "s">> {
    %1 = tao.contract %a, %c maps [affine_map<(b,h,m,n,k)->(b,m,h,k)>, affine_map<(b,h,m,n,k)->(b,n,h,k)>, affine_map<(b,h,m,n,k)->(b,h,m,n)>] : tensor<?x?x12x64xf32, #tao.dims<"b", "s">>, tensor<?x?x12x64xf32, #tao.dims<"b", "s">> -> tensor<?x12x?x?xf32, #tao.dims<"b", "s", "s">>
    stitch.yield %1 : tensor<?x12x?x?xf32, #tao.dims<"b", "s", "s">>
  }
  return %0 : tensor<?x12x?x?xf32, #tao.dims<"b", "s", "s">>
}

// -----

// The result's innermost dim is lhs's: the operands change places. Vectors have extent 1 for the dim they lack.
// CHECK-LABEL: rt.program @main
// CHECK: %[[X:.*]] = rt.input 0
// CHECK: %[[Y:.*]] = rt.input 1
// CHECK: %[[V:.*]] = rt.input 2
// CHECK: rt.matmul %[[Y]], %[[X]] to %{{.*}} batch [] m "5" n "4" k "3" lhs <f32 strides["1", "5"]> rhs <f32 strides["1", "3"]> dst <f32 strides["4", "1"]>
// CHECK: rt.matmul %[[X]], %[[V]] to %{{.*}} batch [] m "4" n "1" k "3" lhs <f32 strides["3", "1"]> rhs <f32 strides["1", "1"]> dst <f32 strides["1", "1"]>
// CHECK: rt.matmul %[[V]], %[[V]] to %{{.*}} batch [] m "3" n "3" k "1" lhs <f32 strides["1", "1"]> rhs <f32 strides["3", "1"]> dst <f32 strides["3", "1"]>
func.func @main(%x: tensor<4x3xf32>, %y: tensor<3x5xf32>, %v: tensor<3xf32>) -> (tensor<5x4xf32>, tensor<4xf32>, tensor<3x3xf32>) {
  %0 = stitch.group(%a = %x, %c = %y) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<5x4xf32> {
    %1 = tao.contract %a, %c maps [affine_map<(m,n,k)->(m,k)>, affine_map<(m,n,k)->(k,n)>, affine_map<(m,n,k)->(n,m)>] : tensor<4x3xf32>, tensor<3x5xf32> -> tensor<5x4xf32>
    stitch.yield %1 : tensor<5x4xf32>
  }
  %2 = stitch.group(%a = %x, %c = %v) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4xf32> {
    %1 = tao.contract %a, %c maps [affine_map<(m,k)->(m,k)>, affine_map<(m,k)->(k)>, affine_map<(m,k)->(m)>] : tensor<4x3xf32>, tensor<3xf32> -> tensor<4xf32>
    stitch.yield %1 : tensor<4xf32>
  }
  %3 = stitch.group(%a = %v) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<3xf32>) -> tensor<3x3xf32> {
    %1 = tao.contract %a, %a maps [affine_map<(m,n)->(m)>, affine_map<(m,n)->(n)>, affine_map<(m,n)->(m,n)>] : tensor<3xf32>, tensor<3xf32> -> tensor<3x3xf32>
    stitch.yield %1 : tensor<3x3xf32>
  }
  return %0, %2, %3 : tensor<5x4xf32>, tensor<4xf32>, tensor<3x3xf32>
}

// -----

// Rows that do not merge: one of them becomes a batch dim in which rhs repeats.
// CHECK-LABEL: rt.program @main
// CHECK: rt.matmul %{{.*}} batch ["4"] m "6" n "3" k "2" lhs <f32 strides["2", "8", "1"]> rhs <f32 strides["0", "3", "1"]> dst <f32 strides["18", "3", "1"]>
func.func @main(%x: tensor<6x4x2xf32>, %w: tensor<2x3xf32>) -> tensor<4x6x3xf32> {
  %0 = stitch.group(%a = %x, %c = %w) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<6x4x2xf32>, tensor<2x3xf32>) -> tensor<4x6x3xf32> {
    %1 = tao.contract %a, %c maps [affine_map<(p,q,n,k)->(q,p,k)>, affine_map<(p,q,n,k)->(k,n)>, affine_map<(p,q,n,k)->(p,q,n)>] : tensor<6x4x2xf32>, tensor<2x3xf32> -> tensor<4x6x3xf32>
    stitch.yield %1 : tensor<4x6x3xf32>
  }
  return %0 : tensor<4x6x3xf32>
}

// -----

// A convolution with a channel bias and ReLU; high padding follows from the extents, 0 where rounding leaves a choice.
// CHECK-LABEL: rt.program @main
// CHECK: rt.conv %{{.*}} to %{{.*}} post(%{{.*}}) channels_last n "n" ic "3" oc "8" groups "1" in ["9", "8"] out ["5", "3"] window [3, 3] strides [2, 2] dilations [1, 1] low [1, 0] high [1, 0]
// CHECK-SAME: ops [#rt.post<add, {{.*}}, <f32 strides["0", "1", "0", "0"]>>, #rt.post<relu
func.func @main(%x: tensor<?x9x8x3xf32, #tao.dims<"n">>, %w: tensor<8x3x3x3xf32>, %b: tensor<8xf32>) -> tensor<?x5x3x8xf32, #tao.dims<"n">> {
  %0 = stitch.group(%a = %x, %c = %w, %d = %b) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<?x9x8x3xf32, #tao.dims<"n">>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<?x5x3x8xf32, #tao.dims<"n">> {
    %1 = tao.conv %a, %c strides [2, 2] dilations [1, 1] low [1, 0] groups 1 channels_last : tensor<?x9x8x3xf32, #tao.dims<"n">>, tensor<8x3x3x3xf32> -> tensor<?x5x3x8xf32, #tao.dims<"n">>
    %2 = tao.broadcast %d dims [3] : tensor<8xf32> -> tensor<?x5x3x8xf32, #tao.dims<"n">>
    %3 = tao.add %1, %2 : tensor<?x5x3x8xf32, #tao.dims<"n">>
    %z = tao.constant dense<0.0> : tensor<f32>
    %4 = tao.broadcast %z dims [] : tensor<f32> -> tensor<?x5x3x8xf32, #tao.dims<"n">>
    %5 = tao.max %3, %4 : tensor<?x5x3x8xf32, #tao.dims<"n">>
    stitch.yield %5 : tensor<?x5x3x8xf32, #tao.dims<"n">>
  }
  return %0 : tensor<?x5x3x8xf32, #tao.dims<"n">>
}
