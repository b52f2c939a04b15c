// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --import="shape=x:2x3" | FileCheck %s --check-prefix=FIXED
// RUN: tao-opt %s --import="shape=x:1..32@8x3" | FileCheck %s --check-prefix=RANGE
// RUN: tao-opt %s --import="alias=out:x" | FileCheck %s --check-prefix=ALIAS
// RUN: not tao-opt %s --import="shape=q:2" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not tao-opt %s --import="alias=out:q" 2>&1 | FileCheck %s --check-prefix=NOALIAS
// RUN: not tao-opt %s --import="shape=x:2x3 alias=out:z" 2>&1 | FileCheck %s --check-prefix=SHAPE

// A size that is given holds wherever its name occurs. Inputs that nothing uses stay.
// FIXED: func.func @main(%arg0: tensor<2x3xf32> {tao.name = "x"}, %arg1: tensor<2xf32> {tao.name = "unused"}, %arg2: tensor<3xf32> {tao.name = "z"})
// FIXED-SAME: -> (tensor<2x3xf32> {tao.name = "out"})

// RANGE: module attributes {tao.likely = {n = 8 : i64}}
// RANGE: tao.assume "n" at_least, "1", "size 'n' is outside the range it was compiled for"
// RANGE-NEXT: tao.assume "32" at_least, "n"

// ALIAS: -> (tensor<?x3xf32, #tao.dims<"n">> {tao.alias = 0 : i64, tao.name = "out"})

// UNKNOWN: error: [TAO-E020] the model has no input 'q'
// UNKNOWN-NEXT: hint  its inputs are 'x', 'unused', 'z'

// NOALIAS: error: [TAO-E020] the model has no input 'q'
// SHAPE: error: [TAO-E020] output 'out' and input 'z' differ in type or shape
func.func @main(%x: tensor<?x3xf32, #tao.dims<"n">> {tao.name = "x"}, %y: tensor<?xf32, #tao.dims<"n">> {tao.name = "unused"},
                %z: tensor<3xf32> {tao.name = "z"}) -> (!frontend.value {tao.name = "out", frontend.type = tensor<?x3xf32>}) {
  %0 = frontend.node "onnx.Add"(%x, %z) opset 17 : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> !frontend.value
  return %0 : !frontend.value
}
