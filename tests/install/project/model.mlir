// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @main(%x: tensor<?xf32, #tao.dims<"n">> {tao.name = "x"}) -> (tensor<?xf32, #tao.dims<"n">> {tao.name = "y"}) {
  %0 = tao.add %x, %x : tensor<?xf32, #tao.dims<"n">>
  return %0 : tensor<?xf32, #tao.dims<"n">>
}
