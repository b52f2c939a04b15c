// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax over rows.
func.func @main(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %max = tao.reduce max %x dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %maxes = tao.broadcast %max dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %shifted = tao.sub %x, %maxes : tensor<4096x1024xf32>
  %exp = tao.exp %shifted : tensor<4096x1024xf32>
  %sum = tao.reduce sum %exp dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %sums = tao.broadcast %sum dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %y = tao.div %exp, %sums : tensor<4096x1024xf32>
  return %y : tensor<4096x1024xf32>
}
