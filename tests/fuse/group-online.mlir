// RUN: tao-opt %s -split-input-file -canonical-order -group-online="planner=stitch" | FileCheck %s
// RUN: tao-opt %s -split-input-file -canonical-order -group-online="planner=stitch arch=sm_90" | FileCheck %s --check-prefix=GPU

// GPU-NOT: kind = "online"

#left = affine_map<(b, i, j, k) -> (b, i, k)>
#right = affine_map<(b, i, j, k) -> (b, j, k)>
#turned = affine_map<(b, i, j, k) -> (b, k, j)>
#out = affine_map<(b, i, j, k) -> (b, i, j)>

// Products, scale, mask and softmax are one group, blocks are even, and the batch may be split in between.
// CHECK-LABEL: func.func @attention
// CHECK: %[[Y:.*]] = stitch.group
// CHECK-SAME: plan <{cols = 512 : i64, kind = "online", planner = "stitch", regions = [], rows = 150 : i64, version = 1 : i64}>
// CHECK: tao.contract
// CHECK: tao.reduce max
// CHECK: tao.div
// CHECK: tao.contract
// CHECK: return %[[Y]]
func.func @attention(%q: tensor<6x300x64xf32>, %k: tensor<6x700x64xf32>, %v: tensor<6x700x40xf32>, %mask: tensor<2x700xf32>) -> tensor<6x300x40xf32> {
  %scale = tao.constant dense<0.125> : tensor<6x300x700xf32>
  %s = tao.contract %q, %k maps [#left, #right, #out] : tensor<6x300x64xf32>, tensor<6x700x64xf32> -> tensor<6x300x700xf32>
  %scaled = tao.mul %s, %scale : tensor<6x300x700xf32>
  %split = tao.reshape %scaled : tensor<6x300x700xf32> -> tensor<2x3x300x700xf32>
  %masks = tao.broadcast %mask dims [0, 3] : tensor<2x700xf32> -> tensor<2x3x300x700xf32>
  %x = tao.add %split, %masks : tensor<2x3x300x700xf32>
  %max = tao.reduce max %x dims [3] : tensor<2x3x300x700xf32> -> tensor<2x3x300xf32>
  %maxes = tao.broadcast %max dims [0, 1, 2] : tensor<2x3x300xf32> -> tensor<2x3x300x700xf32>
  %d = tao.sub %x, %maxes : tensor<2x3x300x700xf32>
  %e = tao.exp %d : tensor<2x3x300x700xf32>
  %sum = tao.reduce sum %e dims [3] : tensor<2x3x300x700xf32> -> tensor<2x3x300xf32>
  %sums = tao.broadcast %sum dims [0, 1, 2] : tensor<2x3x300xf32> -> tensor<2x3x300x700xf32>
  %p = tao.div %e, %sums : tensor<2x3x300x700xf32>
  %joined = tao.reshape %p : tensor<2x3x300x700xf32> -> tensor<6x300x700xf32>
  %y = tao.contract %joined, %v maps [#left, #turned, #out] : tensor<6x300x700xf32>, tensor<6x700x40xf32> -> tensor<6x300x40xf32>
  return %y : tensor<6x300x40xf32>
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>
!s = tensor<?x?xf32, #tao.dims<"n", "n">>
!x = tensor<?x64xf32, #tao.dims<"n">>
!r = tensor<?xf32, #tao.dims<"n">>

// A causal mask is computed inside: nothing of n by n elements is in memory.
// CHECK-LABEL: func.func @causal
// CHECK-NOT: "n", "n"
// CHECK: stitch.group{{.*}} kind = "online"
// CHECK-SAME: rows = 192
// CHECK: tao.cmp
// CHECK: tao.select
func.func @causal(%q: !x, %k: !x, %v: !x) -> !x {
  %low = tao.constant dense<-1.0e9> : tensor<f32>
  %lows = tao.broadcast %low dims [] : tensor<f32> -> !s
  %s = tao.contract %q, %k maps [#left, #right, #out] : !x, !x -> !s
  %i = tao.iota 0 : tensor<?x?xi64, #tao.dims<"n", "n">>
  %j = tao.iota 1 : tensor<?x?xi64, #tao.dims<"n", "n">>
  %later = tao.cmp lt %i, %j : tensor<?x?xi64, #tao.dims<"n", "n">>, tensor<?x?xi64, #tao.dims<"n", "n">> -> tensor<?x?xi1, #tao.dims<"n", "n">>
  %x = tao.select %later, %lows, %s : tensor<?x?xi1, #tao.dims<"n", "n">>, !s
  %max = tao.reduce max %x dims [1] : !s -> !r
  %maxes = tao.broadcast %max dims [0] : !r -> !s
  %d = tao.sub %x, %maxes : !s
  %e = tao.exp %d : !s
  %sum = tao.reduce sum %e dims [1] : !s -> !r
  %sums = tao.broadcast %sum dims [0] : !r -> !s
  %p = tao.div %e, %sums : !s
  %y = tao.contract %p, %v maps [#left, #turned, #out] : !s, !x -> !x
  return %y : !x
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>

// The weights are a result of their own and stay in memory.
// CHECK-LABEL: func.func @weights
// CHECK-NOT: stitch.group
func.func @weights(%q: tensor<32x64xf32>, %k: tensor<48x64xf32>, %v: tensor<48x64xf32>) -> (tensor<32x48xf32>, tensor<32x64xf32>) {
  %s = tao.contract %q, %k maps [#left, #right, #out] : tensor<32x64xf32>, tensor<48x64xf32> -> tensor<32x48xf32>
  %max = tao.reduce max %s dims [1] : tensor<32x48xf32> -> tensor<32xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<32xf32> -> tensor<32x48xf32>
  %d = tao.sub %s, %maxes : tensor<32x48xf32>
  %e = tao.exp %d : tensor<32x48xf32>
  %sum = tao.reduce sum %e dims [1] : tensor<32x48xf32> -> tensor<32xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<32xf32> -> tensor<32x48xf32>
  %p = tao.div %e, %sums : tensor<32x48xf32>
  %y = tao.contract %p, %v maps [#left, #turned, #out] : tensor<32x48xf32>, tensor<48x64xf32> -> tensor<32x64xf32>
  return %p, %y : tensor<32x48xf32>, tensor<32x64xf32>
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>

// Few rows do not pay for packing, here and in a decoder's step.
// CHECK-LABEL: func.func @few_rows
// CHECK-NOT: stitch.group
func.func @few_rows(%q: tensor<8x64xf32>, %k: tensor<48x64xf32>, %v: tensor<48x64xf32>) -> tensor<8x64xf32> {
  %s = tao.contract %q, %k maps [#left, #right, #out] : tensor<8x64xf32>, tensor<48x64xf32> -> tensor<8x48xf32>
  %max = tao.reduce max %s dims [1] : tensor<8x48xf32> -> tensor<8xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<8xf32> -> tensor<8x48xf32>
  %d = tao.sub %s, %maxes : tensor<8x48xf32>
  %e = tao.exp %d : tensor<8x48xf32>
  %sum = tao.reduce sum %e dims [1] : tensor<8x48xf32> -> tensor<8xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<8xf32> -> tensor<8x48xf32>
  %p = tao.div %e, %sums : tensor<8x48xf32>
  %y = tao.contract %p, %v maps [#left, #turned, #out] : tensor<8x48xf32>, tensor<48x64xf32> -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>

// The maximum of another matrix makes no softmax of this one.
// CHECK-LABEL: func.func @other_maximum
// CHECK-NOT: stitch.group
func.func @other_maximum(%q: tensor<32x64xf32>, %k: tensor<48x64xf32>, %v: tensor<48x64xf32>, %other: tensor<32x48xf32>) -> tensor<32x64xf32> {
  %s = tao.contract %q, %k maps [#left, #right, #out] : tensor<32x64xf32>, tensor<48x64xf32> -> tensor<32x48xf32>
  %max = tao.reduce max %other dims [1] : tensor<32x48xf32> -> tensor<32xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<32xf32> -> tensor<32x48xf32>
  %d = tao.sub %s, %maxes : tensor<32x48xf32>
  %e = tao.exp %d : tensor<32x48xf32>
  %sum = tao.reduce sum %e dims [1] : tensor<32x48xf32> -> tensor<32xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<32xf32> -> tensor<32x48xf32>
  %p = tao.div %e, %sums : tensor<32x48xf32>
  %y = tao.contract %p, %v maps [#left, #turned, #out] : tensor<32x48xf32>, tensor<48x64xf32> -> tensor<32x64xf32>
  return %y : tensor<32x64xf32>
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (j, k)>
#out = affine_map<(i, j, k) -> (i, j)>

// Weights that are both operands of the second product have to be in memory.
// CHECK-LABEL: func.func @twice
// CHECK-NOT: stitch.group
func.func @twice(%q: tensor<48x64xf32>, %k: tensor<48x64xf32>) -> tensor<48x48xf32> {
  %s = tao.contract %q, %k maps [#left, #right, #out] : tensor<48x64xf32>, tensor<48x64xf32> -> tensor<48x48xf32>
  %max = tao.reduce max %s dims [1] : tensor<48x48xf32> -> tensor<48xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<48xf32> -> tensor<48x48xf32>
  %d = tao.sub %s, %maxes : tensor<48x48xf32>
  %e = tao.exp %d : tensor<48x48xf32>
  %sum = tao.reduce sum %e dims [1] : tensor<48x48xf32> -> tensor<48xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<48xf32> -> tensor<48x48xf32>
  %p = tao.div %e, %sums : tensor<48x48xf32>
  %y = tao.contract %p, %p maps [#left, #turned, #out] : tensor<48x48xf32>, tensor<48x48xf32> -> tensor<48x48xf32>
  return %y : tensor<48x48xf32>
}
