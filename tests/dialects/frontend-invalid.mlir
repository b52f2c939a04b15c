// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{name 'Relu' must be a domain, a dot and an operator}}
frontend.node "Relu"() opset 13 : () -> ()

// -----

// expected-error @+1 {{name 'onnx.' must be a domain, a dot and an operator}}
frontend.node "onnx."() opset 13 : () -> ()

// -----

// expected-error @+1 {{opset must be at least 1, is 0}}
frontend.node "onnx.Relu"() opset 0 : () -> ()

// -----

// expected-error @+1 {{has 1 graphs but 2 graph names}}
frontend.node "onnx.If"() opset 13 : () -> () graphs ["a", "b"] {
  frontend.yield
}

// -----

// expected-error @+1 {{graph 0 must end in frontend.yield}}
frontend.node "onnx.If"() opset 13 : () -> () graphs ["a"] {
  frontend.none
}

// -----

// expected-error @+1 {{failed to verify that all of {value, result} have same type}}
"frontend.constant"() {value = dense<1> : tensor<2xi64>} : () -> tensor<3xi64>
