func.func @main(%x: tensor<?x?xf32, #tao.dims<"n", "m">>) -> (tensor<?xf32, #tao.dims<"m">>, tensor<?xf32, #tao.dims<"m">>, tensor<f32>) {
  %0 = tao.mul %x, %x : tensor<?x?xf32, #tao.dims<"n", "m">>
  %a = tao.reduce sum %0 dims [0] : tensor<?x?xf32, #tao.dims<"n", "m">> -> tensor<?xf32, #tao.dims<"m">>
  %b = tao.reduce max %x dims [0] : tensor<?x?xf32, #tao.dims<"n", "m">> -> tensor<?xf32, #tao.dims<"m">>
  %c = tao.reduce sum %0 dims [0, 1] : tensor<?x?xf32, #tao.dims<"n", "m">> -> tensor<f32>
  return %a, %b, %c : tensor<?xf32, #tao.dims<"m">>, tensor<?xf32, #tao.dims<"m">>, tensor<f32>
}
