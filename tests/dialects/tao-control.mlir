// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s | tao-opt | FileCheck %s

// CHECK-LABEL: func.func @control
// CHECK: tao.loop trips "n" slices(%arg0) carried(%arg1) reversed [true, false]
// CHECK-SAME: : (tensor<?x2xf32, #tao.dims<"n">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32, #tao.dims<"n">>)
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<2xf32>, %{{.*}}: tensor<2xf32>):
// CHECK: tao.yield
// CHECK: tao.loop slices() carried(%arg2, %arg1) : (tensor<i1>, tensor<2xf32>) -> (tensor<i1>, tensor<2xf32>)
// CHECK: tao.if %arg2 : (tensor<i1>) -> tensor<2xf32> then {
// CHECK: } else {
func.func @control(%x: tensor<?x2xf32, #tao.dims<"n">>, %s: tensor<2xf32>, %c: tensor<i1>) {
  %0:2 = tao.loop trips "n" slices(%x) carried(%s) reversed [true, false] : (tensor<?x2xf32, #tao.dims<"n">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32, #tao.dims<"n">>) {
  ^bb0(%row: tensor<2xf32>, %old: tensor<2xf32>):
    %new = tao.add %row, %old : tensor<2xf32>
    tao.yield %new, %new : tensor<2xf32>, tensor<2xf32>
  }
  %1:2 = tao.loop slices() carried(%c, %s) : (tensor<i1>, tensor<2xf32>) -> (tensor<i1>, tensor<2xf32>) {
  ^bb0(%go: tensor<i1>, %old: tensor<2xf32>):
    %stop = tao.not %go : tensor<i1>
    tao.yield %stop, %old : tensor<i1>, tensor<2xf32>
  }
  %2 = tao.if %c : (tensor<i1>) -> tensor<2xf32> then {
    tao.yield %s : tensor<2xf32>
  } else {
    tao.yield %1#1 : tensor<2xf32>
  }
  return
}

// CHECK-LABEL: func.func @outlined
// CHECK: tao.run_loop @body trips "3" slices() carried(%arg0) captures(%arg1) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK: tao.run_if %arg2 then @body else @body captures(%arg0, %arg1) : (tensor<i1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
func.func private @body(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}
func.func @outlined(%a: tensor<2xf32>, %b: tensor<2xf32>, %c: tensor<i1>) {
  %0 = tao.run_loop @body trips "3" slices() carried(%a) captures(%b) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %1 = tao.run_if %c then @body else @body captures(%a, %b) : (tensor<i1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}
