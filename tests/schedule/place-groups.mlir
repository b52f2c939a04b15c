// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(place-groups{vector-bytes=32}))' | FileCheck %s
// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(place-groups{vector-bytes=64}))' | FileCheck %s --check-prefix=WIDE

// A flat loop: tiles are tasks; light bodies run four registers wide, heavy ones two.
// CHECK-LABEL: func.func @flat
// CHECK: grid = array<i64: 0>, lane = 0 : i64, seq = array<i64>, tile = 4096 : i64, width = 32 : i64
// WIDE: width = 64 : i64
func.func @flat(%x: tensor<100000xf32>) -> tensor<100000xf32> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<100000xf32>) -> tensor<100000xf32> {
    %0 = tao.neg %a : tensor<100000xf32>
    stitch.yield %0 : tensor<100000xf32>
  }
  return %r : tensor<100000xf32>
}

// A row reduction: rows are tasks, lanes run along the row.
// CHECK-LABEL: func.func @rows
// CHECK: grid = array<i64: 0>, lane = 1 : i64, seq = array<i64>, tile = 1 : i64, width = 16 : i64
// WIDE: width = 32 : i64
func.func @rows(%x: tensor<?x768xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<?x768xf32, #tao.dims<"n">>) -> tensor<?xf32, #tao.dims<"n">> {
    %0 = tao.exp %a : tensor<?x768xf32, #tao.dims<"n">>
    %1 = tao.reduce sum %0 dims [1] : tensor<?x768xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n">>
    stitch.yield %1 : tensor<?xf32, #tao.dims<"n">>
  }
  return %r : tensor<?xf32, #tao.dims<"n">>
}

// A column reduction: a task takes some columns and walks down the rows.
// CHECK-LABEL: func.func @columns
// CHECK: grid = array<i64: 0>, lane = 0 : i64, seq = array<i64: 1>, tile = 64 : i64, width = 64 : i64
func.func @columns(%x: tensor<4096x1024xf32>) -> tensor<1024xf32> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4096x1024xf32>) -> tensor<1024xf32> {
    %1 = tao.reduce sum %a dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
    stitch.yield %1 : tensor<1024xf32>
  }
  return %r : tensor<1024xf32>
}

// Short rows loop inside a task; a task's indices are divided out once for many rows.
// CHECK-LABEL: func.func @short_rows
// CHECK: grid = array<i64: 0, 1>, lane = 3 : i64, seq = array<i64: 2>
func.func @short_rows(%x: tensor<8x128x12x64xf32>) -> tensor<8x12x128x64xf32> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<8x128x12x64xf32>) -> tensor<8x12x128x64xf32> {
    %0 = tao.transpose %a perm [0, 2, 1, 3] : tensor<8x128x12x64xf32> -> tensor<8x12x128x64xf32>
    stitch.yield %0 : tensor<8x12x128x64xf32>
  }
  return %r : tensor<8x12x128x64xf32>
}

// Read along one dim, written along the other: blocks, so that cache lines are used whole on both sides.
// CHECK-LABEL: func.func @transposed
// CHECK: grid = array<i64: 0, 1>, lane = 1 : i64, piece = 0 : i64, piece_size = 32 : i64, seq = array<i64>, tile = 64 : i64, width = 8 : i64
func.func @transposed(%x: tensor<?x300xf32, #tao.dims<"n">>) -> tensor<300x?xf32, #tao.dims<"n">> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<?x300xf32, #tao.dims<"n">>) -> tensor<300x?xf32, #tao.dims<"n">> {
    %0 = tao.transpose %a perm [1, 0] : tensor<?x300xf32, #tao.dims<"n">> -> tensor<300x?xf32, #tao.dims<"n">>
    stitch.yield %0 : tensor<300x?xf32, #tao.dims<"n">>
  }
  return %r : tensor<300x?xf32, #tao.dims<"n">>
}

// A transposed bias is small and stays in the nearest cache in any order.
// CHECK-LABEL: func.func @small_operand
// CHECK-NOT: piece
// CHECK: return
func.func @small_operand(%x: tensor<500x300xf32>, %y: tensor<3x5xf32>) -> tensor<5x3xf32> {
  %r = stitch.group(%a = %y) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<3x5xf32>) -> tensor<5x3xf32> {
    %0 = tao.transpose %a perm [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
    stitch.yield %0 : tensor<5x3xf32>
  }
  return %r : tensor<5x3xf32>
}
