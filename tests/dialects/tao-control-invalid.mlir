// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<4x2xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{slice must have 3 rows, has type 'tensor<4x2xf32>'}}
  %0 = tao.loop trips "3" slices(%x) carried(%s) : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%row: tensor<2xf32>, %old: tensor<2xf32>):
    tao.yield %row : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{stacked result must have 3 rows, has type 'tensor<4x2xf32>'}}
  %0:2 = tao.loop trips "3" slices() carried(%s) : (tensor<2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>) {
  ^bb0(%old: tensor<2xf32>):
    tao.yield %old, %old : tensor<2xf32>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{malformed trips '3 +'}}
  %0 = tao.loop trips "3 +" slices() carried(%s) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%old: tensor<2xf32>):
    tao.yield %old : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{results of carried values must have types ('tensor<2xf32>'), has ('tensor<3xf32>')}}
  %0 = tao.loop trips "3" slices() carried(%s) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%old: tensor<2xf32>):
    tao.yield %old : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{has 0 results for 1 carried values}}
  tao.loop trips "3" slices() carried(%s) : (tensor<2xf32>) -> () {
  ^bb0(%old: tensor<2xf32>):
    tao.yield
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{has 2 reversed flags for 1 slices and stacked results}}
  %0:2 = tao.loop trips "3" slices() carried(%s) reversed [true, false] : (tensor<2xf32>) -> (tensor<2xf32>, tensor<3x2xf32>) {
  ^bb0(%old: tensor<2xf32>):
    tao.yield %old, %old : tensor<2xf32>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{condition must be a tensor<i1>, is 'tensor<2xf32>'}}
  %0 = tao.loop slices() carried(%s) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%old: tensor<2xf32>):
    tao.yield %old : tensor<2xf32>
  }
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{needs trips or a condition}}
  tao.loop slices() carried() : () -> () {
  ^bb0:
    tao.yield
  }
  return
}

// -----

func.func @f(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{needs trips for its slices and stacked results}}
  tao.loop slices(%x) carried() : (tensor<4x2xf32>) -> () {
  ^bb0(%row: tensor<2xf32>):
    tao.yield
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{arguments of the body must have types ('tensor<2xf32>'), has ('tensor<3xf32>')}}
  %0 = tao.loop trips "3" slices() carried(%s) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%old: tensor<3xf32>):
    tao.yield %s : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{values yielded by the body must have types ('tensor<2xf32>'), has ()}}
  %0 = tao.loop trips "3" slices() carried(%s) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%old: tensor<2xf32>):
    tao.yield
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{body must end in tao.yield}}
  %0 = tao.loop trips "3" slices() carried(%s) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%old: tensor<2xf32>):
    func.return %old : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%c: tensor<1xi1>, %s: tensor<2xf32>) {
  // expected-error @+1 {{condition must be a tensor<i1>, is 'tensor<1xi1>'}}
  %0 = tao.if %c : (tensor<1xi1>) -> tensor<2xf32> then {
    tao.yield %s : tensor<2xf32>
  } else {
    tao.yield %s : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%c: tensor<i1>, %s: tensor<2xf32>, %t: tensor<3xf32>) {
  // expected-error @+1 {{values yielded by the body must have types ('tensor<2xf32>'), has ('tensor<3xf32>')}}
  %0 = tao.if %c : (tensor<i1>) -> tensor<2xf32> then {
    tao.yield %s : tensor<2xf32>
  } else {
    tao.yield %t : tensor<3xf32>
  }
  return
}

// -----

func.func @f(%c: tensor<i1>, %s: tensor<2xf32>) {
  // expected-error @+1 {{bodies take no arguments}}
  %0 = tao.if %c : (tensor<i1>) -> tensor<2xf32> then {
  ^bb0(%a: tensor<2xf32>):
    tao.yield %a : tensor<2xf32>
  } else {
    tao.yield %s : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{body @nothing is no function}}
  %0 = tao.run_loop @nothing trips "3" slices() carried(%s) captures() : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func private @body(%a: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}
func.func @f(%s: tensor<2xf32>) {
  // expected-error @+1 {{arguments of the body must have types ('tensor<2xf32>', 'tensor<2xf32>'), has ('tensor<2xf32>')}}
  %0 = tao.run_loop @body trips "3" slices() carried(%s) captures(%s) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func private @body(%a: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}
func.func @f(%c: tensor<i1>, %s: tensor<2xf32>) {
  // expected-error @+1 {{results of the body must have types ('tensor<3xf32>'), has ('tensor<2xf32>')}}
  %0 = tao.run_if %c then @body else @body captures(%s) : (tensor<i1>, tensor<2xf32>) -> tensor<3xf32>
  return
}
