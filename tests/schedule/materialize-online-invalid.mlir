// RUN: tao-opt %s -split-input-file -verify-diagnostics -materialize-online -o /dev/null

func.func @no_products(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{online group must be two products with a softmax between, of known depth and width}}
  %0 = stitch.group(%a = %x) plan <{cols = 4, kind = "online", planner = "stitch", regions = [], rows = 4, version = 1}> : (tensor<4xf32>) -> tensor<4xf32> {
    %y = tao.exp %a : tensor<4xf32>
    stitch.yield %y : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
