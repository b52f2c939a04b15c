// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --expand-contract --split-input-file --verify-diagnostics

func.func @large_window(%x: tensor<1x1x2000xf64>, %w: tensor<1x1x1025xf64>) -> tensor<1x1x976xf64> {
  // expected-error @+1 {{a convolution of 'f64' needs a static window of at most 1024 positions; cast it to f32}}
  %0 = tao.conv %x, %w strides [1] dilations [1] low [0] groups 1 : tensor<1x1x2000xf64>, tensor<1x1x1025xf64> -> tensor<1x1x976xf64>
  return %0 : tensor<1x1x976xf64>
}

// -----

func.func @symbolic_window(%x: tensor<1x1x20xf64>, %w: tensor<1x1x?xf64, #tao.dims<"k">>) -> tensor<1x1x9xf64> {
  // expected-error @+1 {{needs a static window}}
  %0 = tao.conv %x, %w strides [1] dilations [1] low [0] groups 1 : tensor<1x1x20xf64>, tensor<1x1x?xf64, #tao.dims<"k">> -> tensor<1x1x9xf64>
  return %0 : tensor<1x1x9xf64>
}
