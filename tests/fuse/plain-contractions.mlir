// RUN: tao-opt %s --plain-contractions | FileCheck %s
// RUN: tao-opt %s --fuse='gemm-fusion=strides' | FileCheck %s --check-prefix=STRIDES
// RUN: tao-opt %s --fuse='gemm-fusion=epilogues' | FileCheck %s --check-prefix=EPILOGUES
// RUN: tao-opt %s --fuse='gemm-fusion=none' | FileCheck %s --check-prefix=NONE
// RUN: not tao-opt %s --fuse='gemm-fusion=some' 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: Cannot find option named 'some'

#bshd = affine_map<(b, h, s, t, d) -> (b, s, h, d)>
#bthd = affine_map<(b, h, s, t, d) -> (b, t, h, d)>
#bhst = affine_map<(b, h, s, t, d) -> (b, h, s, t)>
#mk = affine_map<(m, n, k) -> (m, k)>
#km = affine_map<(m, n, k) -> (k, m)>
#nk = affine_map<(m, n, k) -> (n, k)>
#nm = affine_map<(m, n, k) -> (n, m)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Heads between the rows: both operands are moved, the result is plain. So is one that only swaps rows and columns.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d4)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d4, d3)>
// CHECK-DAG: #[[P:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func.func @heads
// CHECK: %[[L:.*]] = tao.transpose %arg0 perm [0, 2, 1, 3]
// CHECK: %[[R:.*]] = tao.transpose %arg1 perm [0, 2, 3, 1]
// CHECK: %[[C:.*]] = tao.contract %[[L]], %[[R]] maps [#[[Q]], #[[K]], #[[P]]]
// CHECK: return %[[C]]
// STRIDES-LABEL: func.func @heads
// STRIDES-NOT: tao.transpose
// STRIDES: return
func.func @heads(%q: tensor<2x8x4x16xf32>, %k: tensor<2x8x4x16xf32>) -> tensor<2x4x8x8xf32> {
  %0 = tao.contract %q, %k maps [#bshd, #bthd, #bhst] : tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32> -> tensor<2x4x8x8xf32>
  return %0 : tensor<2x4x8x8xf32>
}

// What a matrix product does by its own flags stays.
// CHECK-LABEL: func.func @turned
// CHECK-NOT: tao.transpose
// CHECK: return
func.func @turned(%x: tensor<8x4xf32>, %w: tensor<16x8xf32>) -> tensor<16x4xf32> {
  %0 = tao.contract %x, %w maps [#km, #nk, #nm] : tensor<8x4xf32>, tensor<16x8xf32> -> tensor<16x4xf32>
  return %0 : tensor<16x4xf32>
}

// The bias is part of the library's group, or memory work.
// EPILOGUES-LABEL: func.func @bias
// EPILOGUES: kind = "library"
// EPILOGUES: tao.add
// EPILOGUES-NOT: kind = "memory"
// EPILOGUES: return
// STRIDES-LABEL: func.func @bias
// STRIDES: kind = "library"
// STRIDES: kind = "memory"
// STRIDES: tao.add
// NONE-LABEL: func.func @heads
// NONE: kind = "memory"
// NONE: tao.transpose
// NONE-LABEL: func.func @bias
// NONE: kind = "library"
// NONE: kind = "memory"
// NONE: tao.add
func.func @bias(%x: tensor<8x4xf32>, %w: tensor<16x4xf32>, %b: tensor<16xf32>) -> tensor<8x16xf32> {
  %0 = tao.contract %x, %w maps [#mk, #nk, #mn] : tensor<8x4xf32>, tensor<16x4xf32> -> tensor<8x16xf32>
  %1 = tao.broadcast %b dims [1] : tensor<16xf32> -> tensor<8x16xf32>
  %2 = tao.add %0, %1 : tensor<8x16xf32>
  return %2 : tensor<8x16xf32>
}
