func.func @main(%x: tensor<16x1000xbf16>) -> (tensor<16x1000xbf16>, tensor<16xbf16>) {
  %e = tao.exp %x : tensor<16x1000xbf16>
  %s = tao.reduce sum %e dims [1] : tensor<16x1000xbf16> -> tensor<16xbf16>
  %b = tao.broadcast %s dims [0] : tensor<16xbf16> -> tensor<16x1000xbf16>
  %r = tao.div %e, %b : tensor<16x1000xbf16>
  %m = tao.reduce max %x dims [1] : tensor<16x1000xbf16> -> tensor<16xbf16>
  return %r, %m : tensor<16x1000xbf16>, tensor<16xbf16>
}
