// A kernel of which the last task is one too many.
module attributes {tao.model_name = "bounds"} {
  func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
    %0 = stitch.call @kernel.twice(%x) {cost = "512", display_name = "twice", failures = [], sizes = [], tasks = "65"} : (tensor<64xf32>) -> tensor<64xf32>
    return %0 : tensor<64xf32>
  }
  stitch.kernel @kernel.twice(%x: !stitch.buf<tensor<64xf32>>, %y: !stitch.buf<tensor<64xf32>>) attributes {failures = [], num_reads = 1 : i64, plan = #stitch.plan<{kind = "memory", planner = "stitch", regions = [], version = 1 : i64}>, scratch = 0 : i64, sizes = []} {
    %c0 = arith.constant 0 : index
    %c65 = arith.constant 65 : index
    stitch.foreach grid %c0 to %c65 {
    ^bb0(%i: index):
      %a = stitch.load %x[%i] : <tensor<64xf32>> -> f32 loc("/Twice")
      %b = arith.addf %a, %a : f32
      stitch.store %b, %y[%i] : f32, <tensor<64xf32>> loc("/Twice")
    }
  }
}
