// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One elementary function, from memory to memory.
func.func @main(%x: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %y = tao.log %x : tensor<1024x1024xf32>
  return %y : tensor<1024x1024xf32>
}
