func.func @main(%x: tensor<4096x30000xf32>) -> tensor<4096x30000xf32> {
  %e = tao.exp %x : tensor<4096x30000xf32>
  %s = tao.reduce sum %e dims [1] : tensor<4096x30000xf32> -> tensor<4096xf32>
  %b = tao.broadcast %s dims [0] : tensor<4096xf32> -> tensor<4096x30000xf32>
  %r = tao.div %e, %b : tensor<4096x30000xf32>
  return %r : tensor<4096x30000xf32>
}
