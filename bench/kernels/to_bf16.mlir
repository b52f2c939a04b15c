// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A conversion that rounds.
func.func @main(%x: tensor<1024x1024xf32>) -> tensor<1024x1024xbf16> {
  %y = tao.cast %x : tensor<1024x1024xf32> -> tensor<1024x1024xbf16>
  return %y : tensor<1024x1024xbf16>
}
