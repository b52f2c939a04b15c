// RUN: tao-opt %s -split-input-file -fuse="planner=stitch arch=x86-avx2" | FileCheck %s

// Sums of columns whose number is not known add up on the chip while they fit, else in memory.
// CHECK-LABEL: func.func @columns
// CHECK: kind = "partials", last = 0 : i64, level = "shared"
// CHECK: kind = "partials", last = 0 : i64, level = "workspace"
func.func @columns(%x: tensor<?x?xf32, #tao.dims<"n", "d">>) -> tensor<?xf32, #tao.dims<"d">> {
  %sum = tao.reduce sum %x dims [0] : tensor<?x?xf32, #tao.dims<"n", "d">> -> tensor<?xf32, #tao.dims<"d">>
  return %sum : tensor<?xf32, #tao.dims<"d">>
}

// -----

// Two parts share the arena; what one of them needs is known, what the other one needs is not.
// CHECK-LABEL: func.func @parts
// CHECK: shared = "max(544, 16*ceildiv(4*n, 16))"
func.func @parts(%x: tensor<4x136xf32>, %y: tensor<3x?xf32, #tao.dims<"n">>)
    -> (tensor<4x136xf32>, tensor<3x?xf32, #tao.dims<"n">>) {
  %xexp = tao.exp %x : tensor<4x136xf32>
  %xsum = tao.reduce sum %xexp dims [1] : tensor<4x136xf32> -> tensor<4xf32>
  %xsums = tao.broadcast %xsum dims [0] : tensor<4xf32> -> tensor<4x136xf32>
  %xr = tao.div %xexp, %xsums : tensor<4x136xf32>
  %yexp = tao.exp %y : tensor<3x?xf32, #tao.dims<"n">>
  %ysum = tao.reduce sum %yexp dims [1] : tensor<3x?xf32, #tao.dims<"n">> -> tensor<3xf32>
  %ysums = tao.broadcast %ysum dims [0] : tensor<3xf32> -> tensor<3x?xf32, #tao.dims<"n">>
  %yr = tao.div %yexp, %ysums : tensor<3x?xf32, #tao.dims<"n">>
  return %xr, %yr : tensor<4x136xf32>, tensor<3x?xf32, #tao.dims<"n">>
}
