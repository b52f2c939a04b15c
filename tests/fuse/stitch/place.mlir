// RUN: tao-opt %s -split-input-file -fuse="planner=stitch-greedy arch=sm_90" | FileCheck %s
// RUN: tao-opt %s -split-input-file -fuse="planner=stitch-greedy arch=x86-avx2" | FileCheck %s --check-prefix=CPU

// Three phases. A warp has a row; the maximum and the sum meet in its lanes, and all else stays in registers.
// CHECK-LABEL: func.func @softmax
// CHECK: arch = "sm_90", classes = [4096, 1024]
// CHECK-SAME: barriers = [], buffers = [{bytes = 4 : i64, first = 0 : i64, last = 1 : i64, level = "register", offset = 0 : i64, value = 0 : i64},
// CHECK-SAME: edges = [{region = 0 : i64, scope = "lane", value = 0 : i64}, {region = 1 : i64, scope = "lane", value = 4 : i64}, {region = 1 : i64, scope = "thread", value = 0 : i64}, {region = 2 : i64, scope = "thread", value = 3 : i64}, {region = 2 : i64, scope = "thread", value = 4 : i64}]
// CHECK-SAME: guard = [], parts = [{blocks = 512 : i64, outer = [0]}]
// CHECK-SAME: dominants = [0], ops = [0]
// CHECK-SAME: {class = 0 : i64, grid = 512 : i64, lane = 1 : i64, seq = 1 : i64, vec = 1 : i64, warp = 8 : i64}, {class = 1 : i64, grid = 1 : i64, lane = 32 : i64, seq = 8 : i64, vec = 4 : i64, warp = 1 : i64}
// CHECK-SAME: dominants = [3, 4], ops = [1, 2, 3, 4]
// CHECK-SAME: dominants = [6], ops = [5, 6]
// CHECK-SAME: shared = 0 : i64, threads = 256 : i64, workspace = 0 : i64
// On a CPU a row's exponentials are too many for registers.
// CPU-LABEL: func.func @softmax
// CPU: buffers = [{bytes = 4 : i64, {{[^}]*}}value = 0 : i64}, {bytes = 4096 : i64, first = 1 : i64, last = 2 : i64, level = "shared", offset = 0 : i64, value = 3 : i64}
// CPU-SAME: lane = 1 : i64, seq = 128 : i64, vec = 8 : i64, warp = 1 : i64
// CPU-SAME: threads = 1 : i64
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

// A long row is spread over warps: its sum meets in shared memory, behind a barrier.
// CHECK-LABEL: func.func @long_rows
// CHECK: barriers = [{before = 0 : i64, inside = true, scope = "block"}]
// CHECK-SAME: kind = "partials", last = 0 : i64, level = "shared"
// CHECK-SAME: edges = [{region = 0 : i64, scope = "block", value = 0 : i64}
// CHECK-SAME: lane = 32 : i64, seq = 4 : i64, vec = 4 : i64, warp = 32 : i64
// CHECK-SAME: threads = 1024 : i64
func.func @long_rows(%x: tensor<512x16384xf32>) -> tensor<512x16384xf32> {
  %sum = tao.reduce sum %x dims [1] : tensor<512x16384xf32> -> tensor<512xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<512xf32> -> tensor<512x16384xf32>
  %y = tao.sub %x, %sums : tensor<512x16384xf32>
  return %y : tensor<512x16384xf32>
}

// -----

// Columns: side by side in lanes, rows over warps.
// CHECK-LABEL: func.func @columns
// CHECK: {class = 1 : i64, grid = 1 : i64, lane = {{[0-9]+}} : i64, seq = {{[0-9]+}} : i64, vec = 1 : i64, warp = {{[0-9]+}} : i64}, {class = 0 : i64, grid = {{[0-9]+}} : i64, lane = {{[0-9]+}} : i64, seq = 1 : i64, vec = 4 : i64, warp = 1 : i64}
func.func @columns(%x: tensor<2048x4096xf32>) -> tensor<2048x4096xf32> {
  %sum = tao.reduce sum %x dims [0] : tensor<2048x4096xf32> -> tensor<4096xf32>
  %sums = tao.broadcast %sum dims [1] : tensor<4096xf32> -> tensor<2048x4096xf32>
  %y = tao.sub %x, %sums : tensor<2048x4096xf32>
  return %y : tensor<2048x4096xf32>
}

// -----

// The gradients of a layernorm's scale and shift end in the block that arrives last; rows meet in their block, columns stay
// with their threads.
// CHECK-LABEL: func.func @layernorm_backward
// CHECK: {region = 0 : i64, scope = "block", value = 3 : i64}
// CHECK-SAME: scope = "grid", value = 8 : i64}
// CHECK-SAME: parts = [{blocks = {{[0-9]+}} : i64, outer = [0]}]
// CHECK-SAME: dominants = [1, 3, 8, 9], finish = "last_block"
// CHECK-SAME: {class = 1 : i64, grid = 1 : i64, lane = 32 : i64, seq = 1 : i64, vec = 4 : i64, warp = 8 : i64}
func.func @layernorm_backward(%xhat: tensor<4096x1024xf32>, %dy: tensor<4096x1024xf32>, %gamma: tensor<1024xf32>)
    -> (tensor<4096x1024xf32>, tensor<1024xf32>, tensor<1024xf32>) {
  %prod = tao.mul %dy, %xhat : tensor<4096x1024xf32>
  %dgamma = tao.reduce sum %prod dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  %dbeta = tao.reduce sum %dy dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  %gammas = tao.broadcast %gamma dims [1] : tensor<1024xf32> -> tensor<4096x1024xf32>
  %g = tao.mul %dy, %gammas : tensor<4096x1024xf32>
  %gx = tao.mul %g, %xhat : tensor<4096x1024xf32>
  %c = tao.reduce sum %gx dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %cs = tao.broadcast %c dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %t = tao.mul %xhat, %cs : tensor<4096x1024xf32>
  %dx = tao.sub %g, %t : tensor<4096x1024xf32>
  return %dx, %dgamma, %dbeta : tensor<4096x1024xf32>, tensor<1024xf32>, tensor<1024xf32>
}

// -----

// Independent ops share a launch: the blocks of each part are its own.
// CHECK-LABEL: func.func @packed
// CHECK: parts = [{blocks = 16 : i64, outer = [{{[01]}}]}, {blocks = 1 : i64, outer = [{{[01]}}]}]
func.func @packed(%a: tensor<2000xf32>, %b: tensor<100xf32>) -> (tensor<2000xf32>, tensor<100xf32>) {
  %x = tao.exp %a : tensor<2000xf32>
  %y = tao.neg %b : tensor<100xf32>
  return %x, %y : tensor<2000xf32>, tensor<100xf32>
}

// -----

// Rows of unknown length: staged on the chip while they fit, else in memory.
// CHECK-LABEL: func.func @symbolic
// CHECK: variants = [{
// CHECK-SAME: level = "shared"
// CHECK-SAME: guard = [{expr = "{{.*}}", max = 232448 : i64}]
// CHECK-SAME: }, {
// CHECK-SAME: level = "workspace"
// CHECK-SAME: guard = []
func.func @symbolic(%x: tensor<4096x?xf32, #tao.dims<"n">>) -> tensor<4096x?xf32, #tao.dims<"n">> {
  %max = tao.reduce max %x dims [1] : tensor<4096x?xf32, #tao.dims<"n">> -> tensor<4096xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<4096xf32> -> tensor<4096x?xf32, #tao.dims<"n">>
  %shifted = tao.sub %x, %maxes : tensor<4096x?xf32, #tao.dims<"n">>
  %exp = tao.exp %shifted : tensor<4096x?xf32, #tao.dims<"n">>
  %sum = tao.reduce sum %exp dims [1] : tensor<4096x?xf32, #tao.dims<"n">> -> tensor<4096xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<4096xf32> -> tensor<4096x?xf32, #tao.dims<"n">>
  %y = tao.div %exp, %sums : tensor<4096x?xf32, #tao.dims<"n">>
  return %y : tensor<4096x?xf32, #tao.dims<"n">>
}

// -----

// A row's exponentials do not fit on the chip: they are computed again where they are divided.
// CHECK-LABEL: func.func @recomputed
// CHECK: buffers =
// CHECK-NOT: level = "shared", offset = {{[0-9]+}} : i64, value = 3
// CHECK-SAME: dominants = [4], ops = [1, 2, 3, 4]
// CHECK-SAME: dominants = [6], ops = [1, 2, 3, 5, 6]
func.func @recomputed(%x: tensor<512x200000xf32>) -> tensor<512x200000xf32> {
  %max = tao.reduce max %x dims [1] : tensor<512x200000xf32> -> tensor<512xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<512xf32> -> tensor<512x200000xf32>
  %shifted = tao.sub %x, %maxes : tensor<512x200000xf32>
  %exp = tao.exp %shifted : tensor<512x200000xf32>
  %sum = tao.reduce sum %exp dims [1] : tensor<512x200000xf32> -> tensor<512xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<512xf32> -> tensor<512x200000xf32>
  %y = tao.div %exp, %sums : tensor<512x200000xf32>
  return %y : tensor<512x200000xf32>
}

// -----

// A window over what may lie on either side of a joint along channels: all of it would have to be in one block, and is too
// much. So the outer windows compute what they read: one region, without buffers.
// CHECK-LABEL: func.func @pool_of_pools
// CHECK: barriers = [], buffers = []
// CHECK-COUNT-1: dominants =
// CHECK-NOT: dominants =
// CHECK: return
func.func @pool_of_pools(%x: tensor<1x28x28x192xf32>, %y: tensor<1x28x28x288xf32>) -> tensor<1x13x13x480xf32> {
  %a = tao.reduce_window max %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] low [0, 0, 0, 0] : tensor<1x28x28x192xf32> -> tensor<1x13x13x192xf32>
  %b = tao.reduce_window max %y window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] low [0, 0, 0, 0] : tensor<1x28x28x288xf32> -> tensor<1x13x13x288xf32>
  %c = tao.concat %a, %b axis 3 : tensor<1x13x13x192xf32>, tensor<1x13x13x288xf32> -> tensor<1x13x13x480xf32>
  %z = tao.reduce_window max %c window [1, 3, 3, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] low [0, 1, 1, 0] : tensor<1x13x13x480xf32> -> tensor<1x13x13x480xf32>
  return %z : tensor<1x13x13x480xf32>
}

// -----

// A stored value that others read elsewhere, and that is cheap to compute again: each store has its own part of the grid,
// and no block does the work of another.
// CHECK-LABEL: func.func @shifted
// CHECK: parts = [{blocks = 256 : i64, outer = [0, 1]}, {blocks = 250 : i64, outer = [2, 1]}]
// CHECK: return
func.func @shifted(%x: tensor<1024x64xf32>) -> (tensor<1024x64xf32>, tensor<1000x64xf32>) {
  %a = tao.neg %x : tensor<1024x64xf32>
  %s = tao.slice %a from ["7", "0"] by [1, 1] : tensor<1024x64xf32> -> tensor<1000x64xf32>
  %y = tao.abs %s : tensor<1000x64xf32>
  return %a, %y : tensor<1024x64xf32>, tensor<1000x64xf32>
}

// -----

// On a CPU a pool reads memory: in one kernel with the normalisation, each element of a window costs more than a look there.
// CPU-LABEL: func.func @pool_of_norm
// CPU: stitch.group
// CPU: tao.div
// CPU-NEXT: stitch.yield
// CPU: stitch.group
// CPU: tao.reduce_window max %arg1
// CPU: return
func.func @pool_of_norm(%x: tensor<1x109x109x96xf32>) -> tensor<1x54x54x96xf32> {
  %squares = tao.mul %x, %x : tensor<1x109x109x96xf32>
  %sums = tao.reduce_window sum %squares window [1, 1, 1, 5] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] low [0, 0, 0, 2] : tensor<1x109x109x96xf32> -> tensor<1x109x109x96xf32>
  %root = tao.sqrt %sums : tensor<1x109x109x96xf32>
  %scale = tao.exp %root : tensor<1x109x109x96xf32>
  %y = tao.div %x, %scale : tensor<1x109x109x96xf32>
  %z = tao.reduce_window max %y window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] low [0, 0, 0, 0] : tensor<1x109x109x96xf32> -> tensor<1x54x54x96xf32>
  return %z : tensor<1x54x54x96xf32>
}
