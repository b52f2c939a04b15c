// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --verify-diagnostics

func.func @f() {
  // expected-error @+1 {{value of type 'tensor<2xf32>' does not fit 'tensor<?x1xf32, #tao.dims<"n">>'}}
  %0 = check.input dense<1.0> : tensor<2xf32> as tensor<?x1xf32, #tao.dims<"n">>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{value of type 'tensor<3xf32>' does not fit 'tensor<2xf32>'}}
  check.expect_eq %x, dense<1.0> : tensor<3xf32> : tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{value of type 'tensor<2xf64>' does not fit 'tensor<2xf32>'}}
  check.expect_close %x, dense<1.0> : tensor<2xf64> : tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{tolerances must not be negative}}
  check.expect_close %x, dense<1.0> : tensor<2xf32> {atol = -1.0} : tensor<2xf32>
  return
}
