func.func @main(%x: tensor<?x?xf32, #tao.dims<"n", "m">>) -> tensor<?x?xf32, #tao.dims<"n", "m">> {
  %e = tao.exp %x : tensor<?x?xf32, #tao.dims<"n", "m">>
  %s = tao.reduce sum %e dims [1] : tensor<?x?xf32, #tao.dims<"n", "m">> -> tensor<?xf32, #tao.dims<"n">>
  %b = tao.broadcast %s dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<?x?xf32, #tao.dims<"n", "m">>
  %r = tao.div %e, %b : tensor<?x?xf32, #tao.dims<"n", "m">>
  return %r : tensor<?x?xf32, #tao.dims<"n", "m">>
}
