// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two rounds of a product that no kernel can fuse with its neighbours.
func.func @main(%x: tensor<32x32xf32> {tao.name = "x"}) -> (tensor<32x32xf32> {tao.name = "y"}) {
  %0 = tao.contract %x, %x maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<32x32xf32>, tensor<32x32xf32> -> tensor<32x32xf32>
  %1 = tao.contract %0, %0 maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<32x32xf32>, tensor<32x32xf32> -> tensor<32x32xf32>
  %2 = tao.contract %1, %0 maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<32x32xf32>, tensor<32x32xf32> -> tensor<32x32xf32>
  return %2 : tensor<32x32xf32>
}
