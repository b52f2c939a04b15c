func.func @main(%x: tensor<16x1000xf16>) -> (tensor<16x1000xf16>, tensor<16xf16>) {
  %e = tao.exp %x : tensor<16x1000xf16>
  %s = tao.reduce sum %e dims [1] : tensor<16x1000xf16> -> tensor<16xf16>
  %b = tao.broadcast %s dims [0] : tensor<16xf16> -> tensor<16x1000xf16>
  %r = tao.div %e, %b : tensor<16x1000xf16>
  %m = tao.reduce max %x dims [1] : tensor<16x1000xf16> -> tensor<16xf16>
  return %r, %m : tensor<16x1000xf16>, tensor<16xf16>
}
