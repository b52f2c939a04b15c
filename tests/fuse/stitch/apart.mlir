// Why groups are not one: noted with each operand that another group computes, and reported.
// RUN: tao-opt %s --fuse='planner=stitch arch=sm_90' | FileCheck %s
// RUN: taoc %s --compile-from=fuse --fusion=stitch --arch=sm_90 --explain=json | FileCheck %s --check-prefix=JSON
// RUN: taoc %s --compile-from=fuse --fusion=stitch --arch=sm_90 --explain | FileCheck %s --check-prefix=TEXT

// A sum over everything leaves one block with all of the work.
// CHECK-LABEL: func.func @main
// CHECK: %[[S:.*]] = stitch.group
// CHECK: stitch.group(%{{[a-z0-9]+}} = %[[S]],
// CHECK-SAME: stitch.apart = ["serial_grid", ""]
// JSON: "edges": [
// JSON:      "from": 0,
// JSON-NEXT: "to": 1,
// JSON-NEXT: "why": "serial_grid"
// JSON: "floor_kernels": 1,
// JSON: "memory_kernels": 2,
// TEXT: half of all components move at most 1.50x of theirs
// TEXT: 2 kernels for memory work that takes 1 without packing
// TEXT: why kernels are not one
// TEXT-NEXT: 1 4 B together too few blocks could run at once, since one reads the other across blocks: 0>1
func.func @main(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %sum = tao.reduce sum %x dims [0, 1] : tensor<4096x1024xf32> -> tensor<f32>
  %sums = tao.broadcast %sum dims [] : tensor<f32> -> tensor<4096x1024xf32>
  %y = tao.div %x, %sums : tensor<4096x1024xf32>
  return %y : tensor<4096x1024xf32>
}
