// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --lower-to-rt --verify-diagnostics

// expected-error@+1 {{the module has no function @main of one block}}
module {
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{was not lowered by an earlier phase}}
  %0 = tao.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{lacks sizes, tasks or cost}}
  %0 = stitch.call @a(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{is no library call}}
  %0 = stitch.group(%a = %x) plan <{kind = "library", planner = "none", regions = [], version = 1 : i64}> : (tensor<4xf32>) -> tensor<4xf32> {
    %1 = tao.exp %a : tensor<4xf32>
    stitch.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
