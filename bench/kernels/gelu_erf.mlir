// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A heavy elementwise function: x * (1 + erf(x / sqrt 2)) / 2.
func.func @main(%x: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %root = tao.constant dense<0.70710678> : tensor<1024x1024xf32>
  %half = tao.constant dense<0.5> : tensor<1024x1024xf32>
  %scaled = tao.mul %x, %root : tensor<1024x1024xf32>
  %erf = tao.erf %scaled : tensor<1024x1024xf32>
  %part = tao.mul %erf, %half : tensor<1024x1024xf32>
  %gate = tao.add %part, %half : tensor<1024x1024xf32>
  %y = tao.mul %x, %gate : tensor<1024x1024xf32>
  return %y : tensor<1024x1024xf32>
}
