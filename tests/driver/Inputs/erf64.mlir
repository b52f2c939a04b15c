func.func @main(%x: tensor<64xf64>) -> tensor<64xf64> {
  %r = tao.erf %x : tensor<64xf64>
  return %r : tensor<64xf64>
}
