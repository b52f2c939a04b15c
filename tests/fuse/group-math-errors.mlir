// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s -split-input-file -group-math -verify-diagnostics -o /dev/null

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @wide(%x: tensor<8x4xf64>, %w: tensor<4x6xf64>) -> tensor<8x6xf64> {
  // expected-error @+1 {{no library computes this contract of type 'tensor<8x6xf64>'}}
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<8x4xf64>, tensor<4x6xf64> -> tensor<8x6xf64>
  return %c : tensor<8x6xf64>
}

// -----

// The summed dims are not neighbours in the left operand.
#lhs = affine_map<(m, n, k, l) -> (k, m, l)>
#rhs = affine_map<(m, n, k, l) -> (k, l, n)>
#out = affine_map<(m, n, k, l) -> (m, n)>
func.func @scattered(%x: tensor<3x8x4xf32>, %w: tensor<3x4x6xf32>) -> tensor<8x6xf32> {
  // expected-error @+1 {{no library computes this contract}}
  %c = tao.contract %x, %w maps [#lhs, #rhs, #out] : tensor<3x8x4xf32>, tensor<3x4x6xf32> -> tensor<8x6xf32>
  return %c : tensor<8x6xf32>
}
