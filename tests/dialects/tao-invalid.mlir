// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every verifier of the tensor dialect rejects what it should, with one exact message.
// RUN: tao-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{is not defined on elements of type 'f32'}}
  %0 = tao.and %x, %x : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{is not defined on elements of type 'f32'}}
  %0 = tao.not %x : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xi32>) {
  // expected-error @+1 {{is not defined on elements of type 'i32'}}
  %0 = tao.exp %x : tensor<4xi32>
  return
}

// -----

func.func @f(%x: tensor<4xi1>) {
  // expected-error @+1 {{is not defined on elements of type 'i1'}}
  %0 = tao.atan2 %x, %x : tensor<4xi1>
  return
}

// -----

func.func @f(%x: tensor<?xf32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of numbers with a #tao.dims entry for each dynamic extent}}
  %0 = tao.exp %x : tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error @+1 {{operands must have one type}}
  %0 = tao.cmp lt %x, %y : tensor<4xf32>, tensor<5xf32> -> tensor<4xi1>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result must be i1}}
  %0 = tao.cmp lt %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xi8>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result must have shape [4]}}
  %0 = tao.cmp lt %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<5xi1>
  return
}

// -----

func.func @f(%c: tensor<4xi8>, %x: tensor<4xf32>) {
  // expected-error @+1 {{condition must be i1}}
  %0 = tao.select %c, %x, %x : tensor<4xi8>, tensor<4xf32>
  return
}

// -----

func.func @f(%c: tensor<5xi1>, %x: tensor<4xf32>) {
  // expected-error @+1 {{condition must have shape [4]}}
  %0 = tao.select %c, %x, %x : tensor<5xi1>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?xf32, #tao.dims<"n">>) {
  // expected-error @+1 {{result must have shape [n]}}
  %0 = tao.cast %x : tensor<?xf32, #tao.dims<"n">> -> tensor<?xf64, #tao.dims<"m">>
  return
}

// -----

func.func @f(%x: tensor<4xi32>) {
  // expected-error @+1 {{input must be floating point}}
  %0 = tao.is_nan %x : tensor<4xi32> -> tensor<4xi1>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result must be i1}}
  %0 = tao.is_nan %x : tensor<4xf32> -> tensor<4xi8>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result must have shape [4]}}
  %0 = tao.is_nan %x : tensor<4xf32> -> tensor<3xi1>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{malformed size expression '2 n'}}
  %0 = tao.size "2 n" : tensor<i64>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{malformed size expression 'n +'}}
  tao.assume "n +", "1", "message"
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{malformed size expression ''}}
  tao.assume "n", "", "message"
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{axis 2 is out of range for rank 2}}
  %0 = tao.iota 2 : tensor<3x4xi64>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{input and result must have one element type}}
  %0 = tao.broadcast %x dims [0] : tensor<4xf32> -> tensor<4x2xf64>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{dims has 2 entries, expected 1}}
  %0 = tao.broadcast %x dims [0, 1] : tensor<4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{dims must increase and lie in the result's rank}}
  %0 = tao.broadcast %x dims [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{dims must increase and lie in the result's rank}}
  %0 = tao.broadcast %x dims [2] : tensor<4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{operand extent 4 of dim 0 must be 1 or 2}}
  %0 = tao.broadcast %x dims [1] : tensor<4xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{input and result must have one element type}}
  %0 = tao.reshape %x : tensor<4xf32> -> tensor<4xi32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{input has 4 elements, result 6}}
  %0 = tao.reshape %x : tensor<4xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{perm must be a permutation of the input's dims}}
  %0 = tao.transpose %x perm [0, 0] : tensor<2x4xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{result must have shape [4 x 2]}}
  %0 = tao.transpose %x perm [1, 0] : tensor<2x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{starts has 2 entries, expected 1}}
  %0 = tao.slice %x from ["0", "0"] by [1] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{steps has 0 entries, expected 1}}
  %0 = tao.slice %x from ["0"] by [] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result shape has 2 entries, expected 1}}
  %0 = tao.slice %x from ["0"] by [1] : tensor<4xf32> -> tensor<4x1xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{malformed size expression '?'}}
  %0 = tao.slice %x from ["?"] by [1] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{step of dim 0 is 0}}
  %0 = tao.slice %x from ["0"] by [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{reads outside dim 0 of extent 4}}
  %0 = tao.slice %x from ["1"] by [1] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{reads outside dim 0 of extent 4}}
  %0 = tao.slice %x from ["2"] by [-1] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<f64>) {
  // expected-error @+1 {{input and padding value must have one element type}}
  %0 = tao.pad %x, %v low [0] : tensor<4xf32>, tensor<f64> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<1xf32>) {
  // expected-error @+1 {{padding value must be a scalar}}
  %0 = tao.pad %x, %v low [0] : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{low has 2 entries, expected 1}}
  %0 = tao.pad %x, %v low [0, 0] : tensor<4xf32>, tensor<f32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{result shape has 2 entries, expected 1}}
  %0 = tao.pad %x, %v low [0] : tensor<4xf32>, tensor<f32> -> tensor<4x4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{needs at least one operand}}
  %0 = "tao.concat"() {axis = 0} : () -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{axis 1 is out of range for rank 1}}
  %0 = tao.concat %x axis 1 : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4x2xf32>, %y: tensor<4x3xf32>) {
  // expected-error @+1 {{differs from the result outside axis 0}}
  %0 = tao.concat %x, %y axis 0 : tensor<4x2xf32>, tensor<4x3xf32> -> tensor<8x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result extent along axis 0 must be 8}}
  %0 = tao.concat %x, %x axis 0 : tensor<4xf32>, tensor<4xf32> -> tensor<9xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<4xf64>) {
  // expected-error @+1 {{operands and result must have one element type}}
  %0 = tao.concat %x, %y axis 0 : tensor<4xf32>, tensor<4xf64> -> tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{axis -1 is out of range for rank 1}}
  %0 = tao.gather %x, %i axis -1 : tensor<4xf32>, tensor<2xi64> -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2xf32>) {
  // expected-error @+1 {{indices must be i32 or i64}}
  %0 = tao.gather %x, %i axis 0 : tensor<4xf32>, tensor<2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{result must have shape [2]}}
  %0 = tao.gather %x, %i axis 0 : tensor<4xf32>, tensor<2xi64> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2x1xi64>) {
  // expected-error @+1 {{indices shape has 2 entries, expected 1}}
  %0 = tao.gather_elements %x, %i axis 0 : tensor<4xf32>, tensor<2x1xi64> -> tensor<2x1xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{axis 1 is out of range for rank 1}}
  %0 = tao.gather_elements %x, %i axis 1 : tensor<4xf32>, tensor<2xi64> -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{result must have shape [2]}}
  %0 = tao.gather_elements %x, %i axis 0 : tensor<4xf32>, tensor<2xi64> -> tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x5xf32>, %i: tensor<2x6xi64>) {
  // expected-error @+1 {{indices reach outside dim 1 of extent 5}}
  %0 = tao.gather_elements %x, %i axis 0 : tensor<4x5xf32>, tensor<2x6xi64> -> tensor<2x6xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2x2xi64>) {
  // expected-error @+1 {{last extent of indices must be static}}
  %0 = tao.gather_nd %x, %i batch 0 : tensor<4xf32>, tensor<2x2xi64> -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<i64>) {
  // expected-error @+1 {{last extent of indices must be static}}
  %0 = tao.gather_nd %x, %i batch 0 : tensor<4xf32>, tensor<i64> -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4x5xf32>, %i: tensor<3x1xi64>) {
  // expected-error @+1 {{batch dim 0 of data has extent 4, of indices 3}}
  %0 = tao.gather_nd %x, %i batch 1 : tensor<4x5xf32>, tensor<3x1xi64> -> tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x5xf32>, %i: tensor<3x1xi64>) {
  // expected-error @+1 {{result must have shape [3 x 5]}}
  %0 = tao.gather_nd %x, %i batch 0 : tensor<4x5xf32>, tensor<3x1xi64> -> tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{axis 1 is out of range for rank 1}}
  %0 = tao.reduce sum %x dims [1] : tensor<4xf32> -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{dim 0 is listed twice}}
  %0 = tao.reduce sum %x dims [0, 0] : tensor<4xf32> -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{result must have shape [5]}}
  %0 = tao.reduce sum %x dims [0] : tensor<4x5xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{input and result must have one element type}}
  %0 = tao.reduce sum %x dims [0] : tensor<4xf32> -> tensor<f64>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{kind must be max or min}}
  %0 = tao.arg_reduce sum %x dim 0 : tensor<4xf32> -> tensor<i64>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result must be i64}}
  %0 = tao.arg_reduce max %x dim 0 : tensor<4xf32> -> tensor<i32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{axis 1 is out of range for rank 1}}
  %0 = tao.arg_reduce max %x dim 1 : tensor<4xf32> -> tensor<i64>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{result must have shape []}}
  %0 = tao.arg_reduce max %x dim 0 : tensor<4xf32> -> tensor<4xi64>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{window has 2 entries, expected 1}}
  %0 = tao.reduce_window max %x window [1, 1] strides [1] dilations [1] low [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{strides has 2 entries, expected 1}}
  %0 = tao.reduce_window max %x window [1] strides [1, 1] dilations [1] low [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{dilations has 2 entries, expected 1}}
  %0 = tao.reduce_window max %x window [1] strides [1] dilations [1, 1] low [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{low has 2 entries, expected 1}}
  %0 = tao.reduce_window max %x window [1] strides [1] dilations [1] low [0, 0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{window must be positive, has 0}}
  %0 = tao.reduce_window max %x window [0] strides [1] dilations [1] low [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{strides must be positive, has 0}}
  %0 = tao.reduce_window max %x window [1] strides [0] dilations [1] low [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+1 {{dilations must be positive, has -1}}
  %0 = tao.reduce_window max %x window [1] strides [1] dilations [-1] low [0] : tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{needs three maps}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{map 1 must be a projected permutation of the same loop dims}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{map 0 must be a projected permutation}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k + 1)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{map 2 must have one result per dim}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{loop dim 2 has extents 8 and 6}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{loop dim 1 must occur in at least two maps}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf64>) {
  // expected-error @+1 {{operands must have one element type}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<4x8xf32>, tensor<8x6xf64> -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>) {
  // expected-error @+1 {{mixes floating point and integers}}
  %0 = tao.contract %a, %b maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xi32>
  return
}

// -----

func.func @f(%x: tensor<1x4xf32>, %w: tensor<4x4xf32>) {
  // expected-error @+1 {{must have one rank of at least 3}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{must have one rank of at least 3}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{strides has 1 entries, expected 2}}
  %0 = tao.conv %x, %w strides [1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{dilations has 1 entries, expected 2}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{low has 1 entries, expected 2}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{strides must be positive, has 0}}
  %0 = tao.conv %x, %w strides [0, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{dilations must be positive, has 0}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 0] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf64>) {
  // expected-error @+1 {{input and weights must have one element type}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf64> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{input has 4 channels, weights expect 2 in 1 groups}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 1 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{input has 4 channels, weights expect 2 in 0 groups}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 0 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<5x2x3x3xf32>) {
  // expected-error @+1 {{has 5 output channels, which 2 groups do not divide}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<5x2x3x3xf32> -> tensor<1x5x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{result must have the input's batch and 6 channels}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<2x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{result must have the input's batch and 6 channels}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x5x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>) {
  // expected-error @+1 {{mixes floating point and integers}}
  %0 = tao.conv %x, %w strides [1, 1] dilations [1, 1] low [0, 0] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x6xi32>
  return
}

// -----

// expected-error @+1 {{malformed size expression 'n +'}}
func.func private @f(tensor<?xf32, #tao.dims<"n +">>)

// -----

// expected-error @+1 {{size expression '1 + n' is not canonical; write 'n + 1'}}
func.func private @f(tensor<?xf32, #tao.dims<"1 + n">>)

// -----

// expected-error @+1 {{size expression '7' is a constant; write it as the extent}}
func.func private @f(tensor<?xf32, #tao.dims<"7">>)

// -----

// expected-error @+1 {{tensor has 2 dynamic extents but 1 size expressions}}
func.func private @f(tensor<?x?xf32, #tao.dims<"n">>)

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{scatter takes 3 operands and 1 params}}
  %0 = tao.routine scatter(%x, %rows) params [1] : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{params[0] is 5, must be at least 0 and at most 4}}
  %0 = tao.routine scatter(%x, %rows, %u) params [5] : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{scatter must have shapes [r, w] or [], [n], [n, w] -> [r, w]}}
  %0 = tao.routine scatter(%x, %rows, %u) params [0] : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi32>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{rows must be i64}}
  %0 = tao.routine scatter(%x, %rows, %u) params [0] : (tensor<4x3xf32>, tensor<2xi32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf64>) {
  // expected-error @+1 {{data, updates and result must have one element type}}
  %0 = tao.routine scatter(%x, %rows, %u) params [0] : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf64>) -> tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xi8>, %rows: tensor<2xi64>, %u: tensor<2x3xi8>) {
  // expected-error @+1 {{cannot combine elements of type 'i8'}}
  %0 = tao.routine scatter(%x, %rows, %u) params [1] : (tensor<4x3xi8>, tensor<2xi64>, tensor<2x3xi8>) -> tensor<4x3xi8>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{top_k must have shapes [r, n] -> [r, k]}}
  %0 = tao.routine top_k(%x) params [1] : (tensor<4x3xf32>) -> tensor<3x2xi64>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{must give elements of type 'i64'}}
  %0 = tao.routine top_k(%x) params [1] : (tensor<4x3xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{params[1] is 2, must be at least 0 and at most 1}}
  %0 = tao.routine cum_sum(%x) params [0, 2] : (tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x3xbf16>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{is not defined on elements of type 'bf16'}}
  %0 = tao.routine cum_sum(%x) params [0, 0] : (tensor<4x3xbf16>) -> tensor<4x3xbf16>
  return
}
