// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @main(%x: tensor<?x8xf32, #tao.dims<"n">> {tao.name = "x"}) -> (tensor<?x8xf32, #tao.dims<"n">> {tao.name = "y"}) {
  %w = tao.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %b = tao.broadcast %w dims [1] : tensor<8xf32> -> tensor<?x8xf32, #tao.dims<"n">>
  %0 = tao.exp %x : tensor<?x8xf32, #tao.dims<"n">>
  %1 = tao.mul %0, %b : tensor<?x8xf32, #tao.dims<"n">>
  return %1 : tensor<?x8xf32, #tao.dims<"n">>
}
