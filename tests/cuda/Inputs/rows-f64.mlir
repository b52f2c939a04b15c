func.func @main(%x: tensor<16x1000xf64>) -> (tensor<16x1000xf64>, tensor<16xf64>) {
  %e = tao.exp %x : tensor<16x1000xf64>
  %s = tao.reduce sum %e dims [1] : tensor<16x1000xf64> -> tensor<16xf64>
  %b = tao.broadcast %s dims [0] : tensor<16xf64> -> tensor<16x1000xf64>
  %r = tao.div %e, %b : tensor<16x1000xf64>
  %m = tao.reduce max %x dims [1] : tensor<16x1000xf64> -> tensor<16xf64>
  return %r, %m : tensor<16x1000xf64>, tensor<16xf64>
}
