// RUN: tao-opt %s -split-input-file -fuse="planner=stitch arch=x86-avx2" -materialize-stitch -cse | FileCheck %s

// Rows: each is read twice, its exponentials wait in scratch memory, and its maximum and sum are simply there.
// CHECK-LABEL: func.func @softmax
// CHECK: stitch.call {{.*}} scratch = 4096 : i64, sizes = [], tasks = "16"
// CHECK: stitch.kernel
// CHECK: stitch.foreach grid
// CHECK: %[[STAGE:.*]] = stitch.stage at "0" : <tensor<1024xf32>>
// CHECK: stitch.foreach seq
// CHECK: %[[MAX:.*]] = stitch.reduce lane %{{.*}} to %{{.*}} width 32 monoids [2]
// CHECK: %[[SUM:.*]] = stitch.reduce lane %{{.*}} to %{{.*}} width 16 monoids [0]
// CHECK: arith.subf %{{.*}}, %[[MAX]]
// CHECK: stitch.put %{{.*}}, %[[STAGE]]
// CHECK: stitch.foreach lane
// CHECK: %[[EXP:.*]] = stitch.get thread %[[STAGE]]
// CHECK: arith.divf %[[EXP]], %[[SUM]]
func.func @softmax(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %max = tao.reduce max %x dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %shifted = tao.sub %x, %maxes : tensor<4096x1024xf32>
  %exp = tao.exp %shifted : tensor<4096x1024xf32>
  %sum = tao.reduce sum %exp dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %y = tao.div %exp, %sums : tensor<4096x1024xf32>
  return %y : tensor<4096x1024xf32>
}

// -----

// Columns and rows in one pass: sums of columns add up in scratch memory over the rows of a block, each block leaves its
// share, and a group that follows adds these up.
// CHECK-LABEL: func.func @mixed
// CHECK: %[[CALL:.*]]:2 = stitch.call {{.*}} -> (tensor<4096xf32>, tensor<16x1024xf32>)
// CHECK: stitch.group(%{{.*}} = %[[CALL]]#1)
// CHECK: tao.reduce sum %{{.*}} dims [0] : tensor<16x1024xf32> -> tensor<1024xf32>
// CHECK: stitch.kernel
// CHECK: %[[SUMS:.*]] = stitch.stage at "0" : <tensor<1024xf32>>
// CHECK: stitch.foreach lane
// CHECK: stitch.put %{{.*}}, %[[SUMS]]
// CHECK: stitch.foreach seq
// CHECK: stitch.reduce lane
// CHECK: %[[OLD:.*]] = stitch.get thread %[[SUMS]]
// CHECK: %[[NEW:.*]] = arith.addf %[[OLD]]
// CHECK: stitch.put %[[NEW]], %[[SUMS]]
// CHECK: stitch.foreach lane
// CHECK: stitch.get thread %[[SUMS]]
func.func @mixed(%x: tensor<4096x1024xf32>) -> (tensor<4096xf32>, tensor<1024xf32>) {
  %square = tao.mul %x, %x : tensor<4096x1024xf32>
  %rows = tao.reduce sum %square dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %root = tao.sqrt %rows : tensor<4096xf32>
  %roots = tao.broadcast %root dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %y = tao.mul %x, %roots : tensor<4096x1024xf32>
  %columns = tao.reduce sum %y dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  return %root, %columns : tensor<4096xf32>, tensor<1024xf32>
}

// -----

// Columns alone, of rows that lie far apart: blocks take rows, and go through them with their sums in scratch memory.
// CHECK-LABEL: func.func @columns
// CHECK: %[[PARTIALS:.*]] = stitch.call {{.*}} tasks = "16"} : (tensor<4096x1024xf32>) -> tensor<16x1024xf32>
// CHECK: stitch.group(%{{.*}} = %[[PARTIALS]])
// CHECK: stitch.kernel
// CHECK: %[[SUMS:.*]] = stitch.stage at "0" : <tensor<1024xf32>>
// CHECK: stitch.foreach seq
// CHECK: stitch.foreach lane %c0 to %c1024
// CHECK: %[[OLD:.*]] = stitch.get thread %[[SUMS]]
// CHECK: arith.addf %[[OLD]]
// CHECK: stitch.put %{{.*}}, %[[SUMS]]
func.func @columns(%x: tensor<4096x1024xf32>) -> tensor<1024xf32> {
  %r = tao.reduce sum %x dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  return %r : tensor<1024xf32>
}

// -----

// Rows that lie near each other: lanes are columns, and their sums stay in registers.
// CHECK-LABEL: func.func @near_columns
// CHECK: stitch.kernel
// CHECK: stitch.foreach lane %{{.*}} to %{{.*}} width 64
// CHECK: stitch.reduce seq
// CHECK-NOT: stitch.stage
func.func @near_columns(%x: tensor<65536x64xf32>) -> tensor<64xf32> {
  %r = tao.reduce sum %x dims [0] : tensor<65536x64xf32> -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// -----

// Softmax along columns: lanes are around all phases, which then need no barrier.
// CHECK-LABEL: func.func @column_softmax
// CHECK: stitch.kernel
// CHECK: %[[STAGE:.*]] = stitch.stage at "0" : <tensor<64x8xf32>>
// CHECK: stitch.foreach seq
// CHECK: stitch.foreach lane %{{.*}} to %{{.*}} width 8
// CHECK-NOT: stitch.barrier
// CHECK: stitch.reduce seq
// CHECK: stitch.reduce seq
// CHECK: stitch.put %{{.*}}, %[[STAGE]]
// CHECK: stitch.foreach seq
// CHECK: stitch.get thread %[[STAGE]]
func.func @column_softmax(%x: tensor<64x4096xf32>) -> tensor<64x4096xf32> {
  %max = tao.reduce max %x dims [0] : tensor<64x4096xf32> -> tensor<4096xf32>
  %maxes = tao.broadcast %max dims [1] : tensor<4096xf32> -> tensor<64x4096xf32>
  %shifted = tao.sub %x, %maxes : tensor<64x4096xf32>
  %exp = tao.exp %shifted : tensor<64x4096xf32>
  %sum = tao.reduce sum %exp dims [0] : tensor<64x4096xf32> -> tensor<4096xf32>
  %sums = tao.broadcast %sum dims [1] : tensor<4096xf32> -> tensor<64x4096xf32>
  %y = tao.div %exp, %sums : tensor<64x4096xf32>
  return %y : tensor<64x4096xf32>
}

// -----

// Two parts of one launch, and results that take the place of operands.
// CHECK-LABEL: func.func @packed
// CHECK: stitch.call {{.*}} in_place = array<i64: 0, 1>{{.*}} tasks = "2"
// CHECK: stitch.kernel
// CHECK: stitch.foreach grid
// CHECK: %[[FIRST:.*]] = arith.cmpi ult
// CHECK: scf.if %[[FIRST]]
// CHECK: math.exp
// CHECK: } else {
// CHECK: arith.mulf
func.func @packed(%x: tensor<100xf32>, %y: tensor<30xf32>) -> (tensor<100xf32>, tensor<30xf32>) {
  %0 = tao.exp %x : tensor<100xf32>
  %1 = tao.mul %y, %y : tensor<30xf32>
  return %0, %1 : tensor<100xf32>, tensor<30xf32>
}

// -----

// Rows of a length that is not known lie in scratch memory while they fit, else in a row of memory for each block.
// CHECK-LABEL: func.func @dynamic
// CHECK: %{{.*}}:2 = stitch.call {{.*}} scratch = 262144 : i64
// CHECK: stitch.kernel
// CHECK: %[[FITS:.*]] = arith.cmpi sle
// CHECK: scf.if %[[FITS]]
// CHECK: %[[STAGE:.*]] = stitch.stage at "0" : <tensor<?xf32, #tao.dims<"s1">>>
// CHECK: stitch.put %{{.*}}, %[[STAGE]]
// CHECK: } else {
// CHECK: stitch.store %{{.*}}, %[[MEMORY:[a-z0-9]*]][%{{.*}}] : f32, <tensor<1x?xf32
// CHECK: stitch.load %[[MEMORY]][
func.func @dynamic(%x: tensor<?x?xf32, #tao.dims<"n", "d">>) -> tensor<?x?xf32, #tao.dims<"n", "d">> {
  %max = tao.reduce max %x dims [1] : tensor<?x?xf32, #tao.dims<"n", "d">> -> tensor<?xf32, #tao.dims<"n">>
  %maxes = tao.broadcast %max dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<?x?xf32, #tao.dims<"n", "d">>
  %shifted = tao.sub %x, %maxes : tensor<?x?xf32, #tao.dims<"n", "d">>
  %exp = tao.exp %shifted : tensor<?x?xf32, #tao.dims<"n", "d">>
  %sum = tao.reduce sum %exp dims [1] : tensor<?x?xf32, #tao.dims<"n", "d">> -> tensor<?xf32, #tao.dims<"n">>
  %sums = tao.broadcast %sum dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<?x?xf32, #tao.dims<"n", "d">>
  %y = tao.div %exp, %sums : tensor<?x?xf32, #tao.dims<"n", "d">>
  return %y : tensor<?x?xf32, #tao.dims<"n", "d">>
}

// -----

// Elementwise tensors are vectors, whatever their dims; what shares nothing has a loop of its own.
// CHECK-LABEL: func.func @flat
// CHECK: %[[X:.*]] = tao.reshape %arg0 : tensor<32x3x3xf32> -> tensor<288xf32>
// CHECK: stitch.call {{.*}}(%[[X]], %{{.*}}) {{.*}} -> (tensor<288xf32>, tensor<288xf32>)
// CHECK: tao.reshape %{{.*}} : tensor<288xf32> -> tensor<32x3x3xf32>
// CHECK: stitch.kernel
// CHECK: stitch.foreach lane
// CHECK: math.exp
// CHECK: stitch.foreach lane
// CHECK: arith.mulf
func.func @flat(%x: tensor<32x3x3xf32>, %y: tensor<32x3x3xf32>, %n: tensor<f32>) -> (tensor<32x3x3xf32>, tensor<32x3x3xf32>) {
  %ns = tao.broadcast %n dims [] : tensor<f32> -> tensor<32x3x3xf32>
  %0 = tao.exp %x : tensor<32x3x3xf32>
  %1 = tao.add %0, %ns : tensor<32x3x3xf32>
  %2 = tao.mul %y, %ns : tensor<32x3x3xf32>
  return %1, %2 : tensor<32x3x3xf32>, tensor<32x3x3xf32>
}
