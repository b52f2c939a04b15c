// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The report: names, kinds, nodes, traffic and the lower bound, at the likely sizes.
// RUN: taoc %s --compile-from=fuse --fusion=xla-like --explain=json | FileCheck %s
// RUN: taoc %s --compile-from=fuse --fusion=xla-like --explain | FileCheck %s --check-prefix=TEXT
// RUN: taoc %s --compile-from=fuse --fusion=none --explain=json | FileCheck %s --check-prefix=NONE

// The product reads x (8 x 4) and w (4 x 6), adds b (6) and writes 8 x 6 floats. The two memory kernels form one component:
// it must read what the product wrote and the rows of the table, and write the results.
// CHECK:      "floor_kernels": 1,
// CHECK-NEXT: "kernels": [
// CHECK-NEXT:   1,
// CHECK-NEXT:   2
// CHECK-NEXT: ],
// CHECK-NEXT: "lower_bound_bytes": 640,
// CHECK-NEXT: "moved_bytes": 704
// CHECK: "edges": [
// CHECK:      "bytes": 192,
// CHECK-NEXT: "from": 0,
// CHECK-NEXT: "to": 1,
// CHECK-NEXT: "why": "no_epilogue"
// CHECK:      "bytes": 32,
// CHECK-NEXT: "from": 1,
// CHECK-NEXT: "to": 2,
// CHECK-NEXT: "why": "planner"
// CHECK: "kernels": [
// CHECK:      "flops": 480,
// CHECK-NEXT: "kind": "math",
// CHECK-NEXT: "library": "onednn",
// CHECK-NEXT: "name": "contract_add_relu__enc_0_matmul",
// CHECK-NEXT: "nodes": [
// CHECK-NEXT:   "/enc/0/MatMul",
// CHECK-NEXT:   "/enc/0/Add",
// CHECK-NEXT:   "/enc/0/Relu"
// CHECK-NEXT: ],
// CHECK-NEXT: "read_bytes": 248,
// CHECK-NEXT: "write_bytes": 192
// CHECK:      "flops": 48,
// CHECK-NEXT: "grid_barriers": 0,
// CHECK-NEXT: "kind": "memory",
// CHECK-NEXT: "name": "reduce_sum__pool",
// CHECK-NEXT: "nodes": [
// CHECK-NEXT:   "Pool!"
// CHECK-NEXT: ],
// CHECK-NEXT: "read_bytes": 192,
// CHECK-NEXT: "repeated_flops": 0,
// CHECK-NEXT: "staged_bytes": 0,
// CHECK-NEXT: "write_bytes": 32
// CHECK:      "flops": 48,
// CHECK-NEXT: "grid_barriers": 0,
// CHECK-NEXT: "kind": "memory",
// CHECK-NEXT: "name": "add__add",
// CHECK-NEXT: "nodes": [
// CHECK-NEXT:   "Add",
// CHECK-NEXT:   "Lookup"
// CHECK-NEXT: ],
// Sums (32), rows of the table (8 x 6 floats), indices (64).
// CHECK-NEXT: "read_bytes": 288,
// CHECK-NEXT: "repeated_flops": 0,
// CHECK-NEXT: "staged_bytes": 0,
// CHECK-NEXT: "write_bytes": 192
// CHECK: "model": "tiny"
// CHECK: "shape": {
// CHECK-NEXT: "batch": 8
// CHECK: "totals": {
// The product (192) and the sums (32), each rounded up to 64.
// CHECK-NEXT: "arena_bytes": 256,
// CHECK:      "floor_kernels": 1,
// CHECK-NEXT: "flops": 576,
// 704 moved of 640.
// CHECK-NEXT: "gap_p50": 1.1
// CHECK-NEXT: "gap_p95": 1.1
// 192 + 192 + 64 read, 192 written.
// CHECK:      "lower_bound_bytes": 640,
// CHECK-NEXT: "math_kernels": 1,
// CHECK-NEXT: "math_read_bytes": 248,
// CHECK-NEXT: "math_write_bytes": 192,
// CHECK-NEXT: "memory_kernels": 2,
// CHECK-NEXT: "read_bytes": 480,
// CHECK-NEXT: "repeated_flops": 0,
// CHECK-NEXT: "staged_bytes": 0,
// CHECK-NEXT: "write_bytes": 224

// TEXT: model tiny at batch=8
// TEXT: kind read written flops kernel
// TEXT: 0 math 248 B 192 B 480 contract_add_relu__enc_0_matmul /enc/0/MatMul, /enc/0/Add, /enc/0/Relu
// TEXT: 1 memory 192 B 32 B 48 reduce_sum__pool
// TEXT: 2 memory 288 B 192 B 48 add__add
// TEXT: memory 480 B 224 B 96 2 kernels
// TEXT: math 248 B 192 B 480 1 kernel
// TEXT: memory kernels move 704 B, 1.10x the 640 B that they must without packing
// TEXT: half of all components move at most 1.10x of theirs, 19 of 20 at most 1.10x
// TEXT: 2 kernels for memory work that takes 1 without packing
// TEXT: a context holds 256 B of scratch memory
// TEXT: why kernels are not one
// TEXT: 1 192 B the library cannot compute it behind its product, or --gemm-fusion excludes it: 0>1
// TEXT: 1 32 B the planner joins no kernels in which one waits for values of the other: 1>2

// NONE: "lower_bound_bytes": 640,
// NONE: "memory_kernels": 3,
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
module attributes {tao.model_name = "tiny", tao.likely = {batch = 8 : i64}} {
  func.func @main(%x: tensor<?x4xf32, #tao.dims<"batch">>, %w: tensor<4x6xf32>, %b: tensor<6xf32>,
                  %table: tensor<1000x6xf32>, %indices: tensor<?xi64, #tao.dims<"batch">>) -> tensor<?x6xf32, #tao.dims<"batch">> {
    %zero = tao.constant dense<0.0> : tensor<f32>
    %zeros = tao.broadcast %zero dims [] : tensor<f32> -> tensor<?x6xf32, #tao.dims<"batch">> loc("/enc/0/Relu")
    %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<?x4xf32, #tao.dims<"batch">>, tensor<4x6xf32> -> tensor<?x6xf32, #tao.dims<"batch">> loc("/enc/0/MatMul")
    %bb = tao.broadcast %b dims [1] : tensor<6xf32> -> tensor<?x6xf32, #tao.dims<"batch">> loc("/enc/0/Add")
    %s = tao.add %c, %bb : tensor<?x6xf32, #tao.dims<"batch">> loc("/enc/0/Add")
    %r = tao.max %s, %zeros : tensor<?x6xf32, #tao.dims<"batch">> loc("/enc/0/Relu")
    %p = tao.reduce sum %r dims [1] : tensor<?x6xf32, #tao.dims<"batch">> -> tensor<?xf32, #tao.dims<"batch">> loc("Pool!")
    %pb = tao.broadcast %p dims [0] : tensor<?xf32, #tao.dims<"batch">> -> tensor<?x6xf32, #tao.dims<"batch">> loc("Add")
    %g = tao.gather %table, %indices axis 0 : tensor<1000x6xf32>, tensor<?xi64, #tao.dims<"batch">> -> tensor<?x6xf32, #tao.dims<"batch">> loc("Lookup")
    %y = tao.add %pb, %g : tensor<?x6xf32, #tao.dims<"batch">> loc("Add")
    return %y : tensor<?x6xf32, #tao.dims<"batch">>
  }
}
