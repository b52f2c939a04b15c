// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s | tao-opt | FileCheck %s
// RUN: tao-opt %s --mlir-print-op-generic | tao-opt | FileCheck %s

// CHECK: func.func @test() attributes {check.fails = "too small"}
// CHECK-NEXT: %[[X:.*]] = check.input dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: %[[Y:.*]] = check.input dense<[3, 4]> : tensor<2xi32> as tensor<?xi32, #tao.dims<"n">>
// CHECK-NEXT: check.expect_close %[[X]], dense<1.500000e+00> : tensor<2xf32> {atol = 5.000000e-01 : f64, rtol = 0.000000e+00 : f64} : tensor<2xf32>
// CHECK-NEXT: check.expect_close %[[X]], dense<1.500000e+00> : tensor<2xf32> : tensor<2xf32>
// CHECK-NEXT: check.expect_eq %[[Y]], dense<[3, 4]> : tensor<2xi32> : tensor<?xi32, #tao.dims<"n">>
func.func @test() attributes {check.fails = "too small"} {
  %0 = check.input dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = check.input dense<[3, 4]> : tensor<2xi32> as tensor<?xi32, #tao.dims<"n">>
  check.expect_close %0, dense<1.5> : tensor<2xf32> {atol = 0.5, rtol = 0.0} : tensor<2xf32>
  check.expect_close %0, dense<1.5> : tensor<2xf32> : tensor<2xf32>
  check.expect_eq %1, dense<[3, 4]> : tensor<2xi32> : tensor<?xi32, #tao.dims<"n">>
  return
}
