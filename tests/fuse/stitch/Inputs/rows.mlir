func.func @main(%x: tensor<?x1024xf32, #tao.dims<"rows">>, %y: tensor<?x1024xf32, #tao.dims<"rows">>)
    -> (tensor<?x1024xf32, #tao.dims<"rows">>, tensor<?x1024xf32, #tao.dims<"rows">>) {
  %sum = tao.reduce sum %x dims [1] : tensor<?x1024xf32, #tao.dims<"rows">> -> tensor<?xf32, #tao.dims<"rows">>
  %sums = tao.broadcast %sum dims [0] : tensor<?xf32, #tao.dims<"rows">> -> tensor<?x1024xf32, #tao.dims<"rows">>
  %centred = tao.sub %x, %sums : tensor<?x1024xf32, #tao.dims<"rows">>
  %other = tao.exp %y : tensor<?x1024xf32, #tao.dims<"rows">>
  return %centred, %other : tensor<?x1024xf32, #tao.dims<"rows">>, tensor<?x1024xf32, #tao.dims<"rows">>
}
