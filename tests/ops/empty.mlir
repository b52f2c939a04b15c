// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-run --interpret %s
// RUN: tao-run %s
//
// What pads or concatenates something empty drops it: no index of it is out of range, and nothing is read that matters.

func.func @pad_of_empty_gather() {
  %x = check.input dense<> : tensor<0x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %i = check.input dense<> : tensor<0x2xi64> as tensor<?x2xi64, #tao.dims<"n">>
  %g = tao.gather_elements %x, %i axis 1 : tensor<?x3xf32, #tao.dims<"n">>, tensor<?x2xi64, #tao.dims<"n">> -> tensor<?x2xf32, #tao.dims<"n">>
  %one = tao.constant dense<1.0> : tensor<f32>
  %p = tao.pad %g, %one low [1, 0] : tensor<?x2xf32, #tao.dims<"n">>, tensor<f32> -> tensor<?x2xf32, #tao.dims<"n + 2">>
  check.expect_eq %p, dense<1.0> : tensor<2x2xf32> : tensor<?x2xf32, #tao.dims<"n + 2">>
  return
}

func.func @concat_of_empty_gather() {
  %x = check.input dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %i = check.input dense<> : tensor<0xi64> as tensor<?xi64, #tao.dims<"n">>
  %g = tao.gather %x, %i axis 0 : tensor<3xf32>, tensor<?xi64, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n">>
  %c = tao.concat %g, %x axis 0 : tensor<?xf32, #tao.dims<"n">>, tensor<3xf32> -> tensor<?xf32, #tao.dims<"n + 3">>
  check.expect_eq %c, dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<?xf32, #tao.dims<"n + 3">>
  return
}

// LLVM simplifies code without a task in more than one round, which is no fault.
func.func @arg_max_of_empty() {
  %x = check.input dense<> : tensor<2x0x2x33xf32>
  %a = tao.arg_reduce max %x dim 2 : tensor<2x0x2x33xf32> -> tensor<2x0x33xi64>
  check.expect_eq %a, dense<> : tensor<2x0x33xi64> : tensor<2x0x33xi64>
  return
}
