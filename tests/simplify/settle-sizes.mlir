// RUN: tao-opt %s -split-input-file -settle-sizes | FileCheck %s

// The number stands in types, sizes and slices; one number settles another.
// CHECK-LABEL: func.func @numbers(
// CHECK-SAME: %{{.*}}: tensor<8x3xf32>, %{{.*}}: tensor<?xf32, #tao.dims<"m">>) -> (tensor<8x3xf32>, tensor<i64>)
// CHECK-NOT: tao.assume "8", "8"
// CHECK-NOT: tao.assume "24", "24"
// CHECK: tao.exp %{{.*}} : tensor<8x3xf32>
// CHECK: tao.size "m + 8"
// CHECK: tao.slice %{{.*}} from ["m - 8"]
func.func @numbers(%x: tensor<?x?xf32, #tao.dims<"n", "k">>, %y: tensor<?xf32, #tao.dims<"m">>) -> (tensor<?x?xf32, #tao.dims<"n", "k">>, tensor<i64>) {
  tao.assume "8", "n", "extents must be equal"
  tao.assume "8*k", "24", "a reshape must keep the number of elements"
  tao.assume "k", "3", "extents must be equal"
  %0 = tao.exp %x : tensor<?x?xf32, #tao.dims<"n", "k">>
  %1 = tao.size "n + m" : tensor<i64>
  %2 = tao.slice %y from ["m - n"] by [1] : tensor<?xf32, #tao.dims<"m">> -> tensor<?xf32, #tao.dims<"n">>
  return %0, %1 : tensor<?x?xf32, #tao.dims<"n", "k">>, tensor<i64>
}

// -----

// What cannot hold stays, and fails when the model runs. What is no equality of a symbol and a number settles nothing.
// CHECK-LABEL: func.func @others(
// CHECK-SAME: tensor<4xf32>, %{{.*}}: tensor<?xf32, #tao.dims<"m">>
// CHECK: tao.assume "4", "5"
// CHECK: tao.assume "m" at_least, "2"
// CHECK: tao.assume "m", "k"
func.func @others(%x: tensor<?xf32, #tao.dims<"n">>, %y: tensor<?xf32, #tao.dims<"m">>, %z: tensor<?xf32, #tao.dims<"k">>) {
  tao.assume "n", "4", "first"
  tao.assume "n", "5", "second"
  tao.assume "m" at_least, "2", "third"
  tao.assume "m", "k", "fourth"
  return
}
