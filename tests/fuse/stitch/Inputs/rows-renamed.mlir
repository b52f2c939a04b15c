// The graph of rows.mlir with other names and in another order.
func.func @main(%b: tensor<?x1024xf32, #tao.dims<"n">>, %a: tensor<?x1024xf32, #tao.dims<"n">>)
    -> (tensor<?x1024xf32, #tao.dims<"n">>, tensor<?x1024xf32, #tao.dims<"n">>) {
  %3 = tao.exp %a : tensor<?x1024xf32, #tao.dims<"n">> loc("Exp_3")
  %0 = tao.reduce sum %b dims [1] : tensor<?x1024xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n">>
  %unused = tao.neg %a : tensor<?x1024xf32, #tao.dims<"n">>
  %1 = tao.broadcast %0 dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<?x1024xf32, #tao.dims<"n">>
  %2 = tao.sub %b, %1 : tensor<?x1024xf32, #tao.dims<"n">>
  return %2, %3 : tensor<?x1024xf32, #tao.dims<"n">>, tensor<?x1024xf32, #tao.dims<"n">>
}
