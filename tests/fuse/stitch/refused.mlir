// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A group whose plan the checker refuses becomes the kernels that xla-like makes of its ops. Each knows why.
// RUN: tao-opt %s -fuse="planner=stitch strict=false refuse=true" | FileCheck %s
// RUN: tao-opt %s -fuse="planner=stitch strict=false" | FileCheck %s --check-prefix=WHOLE
// RUN: taoc %s --compile-from=fuse --fusion=stitch --check-plans=refuse --explain | FileCheck %s --check-prefix=TEXT
// RUN: taoc %s --compile-from=fuse --fusion=stitch --check-plans=refuse --explain=json | FileCheck %s --check-prefix=JSON

// CHECK-LABEL: func.func @main
// CHECK: stitch.group{{.*}} planner = "xla-like"
// CHECK-SAME: stitch.refused = "as asked for"
// CHECK: tao.reduce max
// CHECK: stitch.group{{.*}} planner = "xla-like"
// CHECK-SAME: stitch.apart = ["refused_plan", ""]
// CHECK: tao.reduce sum
// CHECK: stitch.group{{.*}} planner = "xla-like"
// CHECK: tao.div
// CHECK-NOT: planner = "stitch"

// WHOLE-COUNT-1: stitch.group(
// WHOLE-NOT: stitch.group(

// TEXT: kernels 0, 1, 2 were planned as one, and the checker refused the plan:
// TEXT-NEXT: as asked for
// TEXT: 2 {{.*}} the checker refused the plan of one kernel for both, a fault of the planner: 0>1, 1>2

// JSON: "why": "refused_plan"
// JSON: "refused": "as asked for"
func.func @main(%x: tensor<8x700xf32>) -> tensor<8x700xf32> {
  %m = tao.reduce max %x dims [1] : tensor<8x700xf32> -> tensor<8xf32>
  %mb = tao.broadcast %m dims [0] : tensor<8xf32> -> tensor<8x700xf32>
  %d = tao.sub %x, %mb : tensor<8x700xf32>
  %e = tao.exp %d : tensor<8x700xf32>
  %s = tao.reduce sum %e dims [1] : tensor<8x700xf32> -> tensor<8xf32>
  %sb = tao.broadcast %s dims [0] : tensor<8xf32> -> tensor<8x700xf32>
  %r = tao.div %e, %sb : tensor<8x700xf32>
  return %r : tensor<8x700xf32>
}
