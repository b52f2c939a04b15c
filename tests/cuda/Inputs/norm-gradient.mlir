func.func @main(%x: tensor<512x96xf32>, %dy: tensor<512x96xf32>, %g: tensor<96xf32>)
    -> (tensor<512x96xf32>, tensor<96xf32>, tensor<96xf32>) {
  %sx = tao.reduce sum %x dims [1] : tensor<512x96xf32> -> tensor<512xf32>
  %bx = tao.broadcast %sx dims [0] : tensor<512xf32> -> tensor<512x96xf32>
  %c = tao.sub %x, %bx : tensor<512x96xf32>
  %gb = tao.broadcast %g dims [1] : tensor<96xf32> -> tensor<512x96xf32>
  %w = tao.mul %dy, %gb : tensor<512x96xf32>
  %p = tao.mul %w, %c : tensor<512x96xf32>
  %sp = tao.reduce sum %p dims [1] : tensor<512x96xf32> -> tensor<512xf32>
  %bp = tao.broadcast %sp dims [0] : tensor<512xf32> -> tensor<512x96xf32>
  %t = tao.tanh %c : tensor<512x96xf32>
  %q = tao.mul %t, %bp : tensor<512x96xf32>
  %dx = tao.sub %w, %q : tensor<512x96xf32>
  %d = tao.mul %dy, %t : tensor<512x96xf32>
  %dg = tao.reduce sum %d dims [0] : tensor<512x96xf32> -> tensor<96xf32>
  %db = tao.reduce sum %dy dims [0] : tensor<512x96xf32> -> tensor<96xf32>
  return %dx, %dg, %db : tensor<512x96xf32>, tensor<96xf32>, tensor<96xf32>
}
