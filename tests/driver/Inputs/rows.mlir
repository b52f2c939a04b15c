func.func @main(%x: tensor<4096x1024xf32>) -> tensor<4096x1024xf32> {
  %e = tao.exp %x : tensor<4096x1024xf32>
  %s = tao.reduce sum %e dims [1] : tensor<4096x1024xf32> -> tensor<4096xf32>
  %b = tao.broadcast %s dims [0] : tensor<4096xf32> -> tensor<4096x1024xf32>
  %r = tao.div %e, %b : tensor<4096x1024xf32>
  return %r : tensor<4096x1024xf32>
}
