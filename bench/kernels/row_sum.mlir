// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A reduction over the contiguous dimension.
func.func @main(%x: tensor<4096x1024xf32>) -> tensor<4096xf32> {
  %y = tao.reduce sum %x dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  return %y : tensor<4096xf32>
}
