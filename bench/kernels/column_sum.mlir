// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A reduction over the outer dimension.
func.func @main(%x: tensor<4096x1024xf32>) -> tensor<1024xf32> {
  %y = tao.reduce sum %x dims [0] : tensor<4096x1024xf32> -> tensor<1024xf32>
  return %y : tensor<1024xf32>
}
