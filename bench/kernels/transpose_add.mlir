// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two operands that are read in different orders.
func.func @main(%x: tensor<1024x1024xf32>, %y: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %t = tao.transpose %x perm [1, 0] : tensor<1024x1024xf32> -> tensor<1024x1024xf32>
  %sum = tao.add %t, %y : tensor<1024x1024xf32>
  return %sum : tensor<1024x1024xf32>
}
