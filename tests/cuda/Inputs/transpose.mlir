func.func @main(%x: tensor<65x130xf32>, %y: tensor<130x65xf32>) -> (tensor<130x65xf32>, tensor<8450xf32>) {
  %0 = tao.transpose %x perm [1, 0] : tensor<65x130xf32> -> tensor<130x65xf32>
  %1 = tao.add %0, %y : tensor<130x65xf32>
  %2 = tao.reshape %1 : tensor<130x65xf32> -> tensor<8450xf32>
  %3 = tao.erf %2 : tensor<8450xf32>
  return %1, %3 : tensor<130x65xf32>, tensor<8450xf32>
}
