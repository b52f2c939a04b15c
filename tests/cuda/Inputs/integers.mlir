// Values from 0 to 4: arg-reductions find many that are equal, of which they take the first or the last.
func.func @main(%x: tensor<33x70xi32>, %y: tensor<33x70xf32>)
    -> (tensor<33xi32>, tensor<70xi32>, tensor<33x70xi1>, tensor<33xi64>, tensor<70xi64>, tensor<33xi64>, tensor<33xi64>, tensor<70xi64>) {
  %s = tao.reduce sum %x dims [1] : tensor<33x70xi32> -> tensor<33xi32>
  %t = tao.reduce max %x dims [0] : tensor<33x70xi32> -> tensor<70xi32>
  %c = tao.cmp ge %y, %y : tensor<33x70xf32>, tensor<33x70xf32> -> tensor<33x70xi1>
  %a = tao.arg_reduce max %y dim 1 : tensor<33x70xf32> -> tensor<33xi64>
  %b = tao.arg_reduce min %y dim 0 : tensor<33x70xf32> -> tensor<70xi64>
  %first = tao.arg_reduce max %x dim 1 : tensor<33x70xi32> -> tensor<33xi64>
  %last = tao.arg_reduce min %x dim 1 last : tensor<33x70xi32> -> tensor<33xi64>
  %column = tao.arg_reduce max %x dim 0 last : tensor<33x70xi32> -> tensor<70xi64>
  return %s, %t, %c, %a, %b, %first, %last, %column : tensor<33xi32>, tensor<70xi32>, tensor<33x70xi1>, tensor<33xi64>, tensor<70xi64>, tensor<33xi64>, tensor<33xi64>, tensor<70xi64>
}
