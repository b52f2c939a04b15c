// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every op and attribute of the tensor dialect survives printing and parsing, in both forms.
// RUN: tao-opt %s | tao-opt | FileCheck %s
// RUN: tao-opt %s --mlir-print-op-generic | tao-opt | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @floats
// CHECK-NEXT: %0 = tao.abs %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %1 = tao.neg %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %2 = tao.sign %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %3 = tao.exp %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %4 = tao.expm1 %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %5 = tao.log %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %6 = tao.log1p %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %7 = tao.sqrt %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %8 = tao.rsqrt %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %9 = tao.reciprocal %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %10 = tao.tanh %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %11 = tao.logistic %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %12 = tao.erf %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %13 = tao.sin %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %14 = tao.cos %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %15 = tao.floor %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %16 = tao.ceil %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %17 = tao.round %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %18 = tao.add %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %19 = tao.sub %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %20 = tao.mul %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %21 = tao.div %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %22 = tao.rem %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %23 = tao.pow %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %24 = tao.atan2 %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %25 = tao.max %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %26 = tao.min %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
func.func @floats(%arg0: tensor<?x3xf32, #tao.dims<"n">>) {
  %0 = tao.abs %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %1 = tao.neg %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %2 = tao.sign %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %3 = tao.exp %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %4 = tao.expm1 %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %5 = tao.log %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %6 = tao.log1p %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %7 = tao.sqrt %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %8 = tao.rsqrt %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %9 = tao.reciprocal %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %10 = tao.tanh %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %11 = tao.logistic %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %12 = tao.erf %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %13 = tao.sin %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %14 = tao.cos %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %15 = tao.floor %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %16 = tao.ceil %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %17 = tao.round %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %18 = tao.add %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %19 = tao.sub %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %20 = tao.mul %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %21 = tao.div %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %22 = tao.rem %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %23 = tao.pow %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %24 = tao.atan2 %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %25 = tao.max %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  %26 = tao.min %arg0, %arg0 : tensor<?x3xf32, #tao.dims<"n">>
  return
}

// CHECK-LABEL: func.func @integers
// CHECK-NEXT: %0 = tao.not %arg0 : tensor<4xui8>
// CHECK-NEXT: %1 = tao.and %arg0, %arg0 : tensor<4xui8>
// CHECK-NEXT: %2 = tao.or %arg0, %arg0 : tensor<4xui8>
// CHECK-NEXT: %3 = tao.xor %arg0, %arg0 : tensor<4xui8>
// CHECK-NEXT: %4 = tao.shl %arg0, %arg0 : tensor<4xui8>
// CHECK-NEXT: %5 = tao.shr %arg0, %arg0 : tensor<4xui8>
func.func @integers(%arg0: tensor<4xui8>) {
  %0 = tao.not %arg0 : tensor<4xui8>
  %1 = tao.and %arg0, %arg0 : tensor<4xui8>
  %2 = tao.or %arg0, %arg0 : tensor<4xui8>
  %3 = tao.xor %arg0, %arg0 : tensor<4xui8>
  %4 = tao.shl %arg0, %arg0 : tensor<4xui8>
  %5 = tao.shr %arg0, %arg0 : tensor<4xui8>
  return
}

// CHECK-LABEL: func.func @mixed
// CHECK-NEXT: %0 = tao.cmp eq %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
// CHECK-NEXT: %1 = tao.cmp ne %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
// CHECK-NEXT: %2 = tao.cmp lt %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
// CHECK-NEXT: %3 = tao.cmp le %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
// CHECK-NEXT: %4 = tao.cmp gt %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
// CHECK-NEXT: %5 = tao.cmp ge %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
// CHECK-NEXT: %6 = tao.select %0, %arg0, %arg0 : tensor<4xi1>, tensor<4xf16>
// CHECK-NEXT: %7 = tao.cast %arg0 : tensor<4xf16> -> tensor<4xui64>
// CHECK-NEXT: %8 = tao.is_nan %arg0 : tensor<4xf16> -> tensor<4xi1>
func.func @mixed(%arg0: tensor<4xf16>) {
  %0 = tao.cmp eq %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  %1 = tao.cmp ne %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  %2 = tao.cmp lt %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  %3 = tao.cmp le %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  %4 = tao.cmp gt %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  %5 = tao.cmp ge %arg0, %arg0 : tensor<4xf16>, tensor<4xf16> -> tensor<4xi1>
  %6 = tao.select %0, %arg0, %arg0 : tensor<4xi1>, tensor<4xf16>
  %7 = tao.cast %arg0 : tensor<4xf16> -> tensor<4xui64>
  %8 = tao.is_nan %arg0 : tensor<4xf16> -> tensor<4xi1>
  return
}

// CHECK-LABEL: func.func @sources
// CHECK-NEXT: %0 = tao.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: %1 = tao.constant dense<true> : tensor<i1>
// CHECK-NEXT: %2 = tao.constant dense<> : tensor<0x3xi64>
// CHECK-NEXT: %3 = tao.size "m*n" : tensor<i64>
// CHECK-NEXT: tao.assume "n", "m", "n must be m"
// CHECK-NEXT: tao.assume "n" at_least, "2", "n is too small"
// CHECK-NEXT: %4 = tao.iota 1 : tensor<?x?xi64, #tao.dims<"n", "floordiv(m, 2)">>
func.func @sources(%arg0: tensor<?x?xf32, #tao.dims<"n", "2*m + 1">>) {
  %0 = tao.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %1 = tao.constant dense<true> : tensor<i1>
  %2 = tao.constant dense<> : tensor<0x3xi64>
  %3 = tao.size "m*n" : tensor<i64>
  tao.assume "n", "m", "n must be m"
  tao.assume "n" at_least, "2", "n is too small"
  %4 = tao.iota 1 : tensor<?x?xi64, #tao.dims<"n", "floordiv(m, 2)">>
  return
}

// CHECK-LABEL: func.func @movement
// CHECK-NEXT: %0 = tao.broadcast %arg0 dims [1, 2, 4] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<2x?x3x7x4xf32, #tao.dims<"n">>
// CHECK-NEXT: %1 = tao.reshape %arg0 : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"12*n">>
// CHECK-NEXT: %2 = tao.transpose %arg0 perm [2, 0, 1] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<4x?x3xf32, #tao.dims<"n">>
// CHECK-NEXT: %3 = tao.slice %arg0 from ["n - 1", "0", "3"] by [-1, 2, 1] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?x2x1xf32, #tao.dims<"n">>
// CHECK-NEXT: %4 = tao.pad %arg0, %arg1 low [0, -1, 2] : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<f32> -> tensor<?x2x9xf32, #tao.dims<"n + 5">>
// CHECK-NEXT: %5 = tao.concat %arg0, %arg0 axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?x6x4xf32, #tao.dims<"n">>
// CHECK-NEXT: %6 = tao.gather %arg0, %arg2 axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<2x?xi64, #tao.dims<"m">> -> tensor<?x2x?x4xf32, #tao.dims<"n", "m">>
// CHECK-NEXT: %7 = tao.gather_elements %arg0, %arg3 axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<?x2x4xi32, #tao.dims<"n">> -> tensor<?x2x4xf32, #tao.dims<"n">>
// CHECK-NEXT: %8 = tao.gather_nd %arg0, %arg4 batch 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<?x5x1xi64, #tao.dims<"n">> -> tensor<?x5x4xf32, #tao.dims<"n">>
func.func @movement(%arg0: tensor<?x3x4xf32, #tao.dims<"n">>, %arg1: tensor<f32>, %arg2: tensor<2x?xi64, #tao.dims<"m">>, %arg3: tensor<?x2x4xi32, #tao.dims<"n">>, %arg4: tensor<?x5x1xi64, #tao.dims<"n">>) {
  %0 = tao.broadcast %arg0 dims [1, 2, 4] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<2x?x3x7x4xf32, #tao.dims<"n">>
  %1 = tao.reshape %arg0 : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"12*n">>
  %2 = tao.transpose %arg0 perm [2, 0, 1] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<4x?x3xf32, #tao.dims<"n">>
  %3 = tao.slice %arg0 from ["n - 1", "0", "3"] by [-1, 2, 1] : tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?x2x1xf32, #tao.dims<"n">>
  %4 = tao.pad %arg0, %arg1 low [0, -1, 2] : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<f32> -> tensor<?x2x9xf32, #tao.dims<"n + 5">>
  %5 = tao.concat %arg0, %arg0 axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<?x3x4xf32, #tao.dims<"n">> -> tensor<?x6x4xf32, #tao.dims<"n">>
  %6 = tao.gather %arg0, %arg2 axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<2x?xi64, #tao.dims<"m">> -> tensor<?x2x?x4xf32, #tao.dims<"n", "m">>
  %7 = tao.gather_elements %arg0, %arg3 axis 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<?x2x4xi32, #tao.dims<"n">> -> tensor<?x2x4xf32, #tao.dims<"n">>
  %8 = tao.gather_nd %arg0, %arg4 batch 1 : tensor<?x3x4xf32, #tao.dims<"n">>, tensor<?x5x1xi64, #tao.dims<"n">> -> tensor<?x5x4xf32, #tao.dims<"n">>
  return
}

// CHECK-LABEL: func.func @reductions
// CHECK-NEXT: %0 = tao.reduce sum %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
// CHECK-NEXT: %1 = tao.reduce prod %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
// CHECK-NEXT: %2 = tao.reduce max %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
// CHECK-NEXT: %3 = tao.reduce min %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
// CHECK-NEXT: %4 = tao.arg_reduce max %arg0 dim 1 : tensor<2x3x4xf32> -> tensor<2x4xi64>
// CHECK-NEXT: %5 = tao.arg_reduce min %arg0 dim 1 last : tensor<2x3x4xf32> -> tensor<2x4xi64>
// CHECK-NEXT: %6 = tao.reduce_window max %arg0 window [1, 2, 2] strides [1, 1, 2] dilations [1, 1, 1] low [0, 0, 1] : tensor<2x3x4xf32> -> tensor<2x2x3xf32>
func.func @reductions(%arg0: tensor<2x3x4xf32>) {
  %0 = tao.reduce sum %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  %1 = tao.reduce prod %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  %2 = tao.reduce max %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  %3 = tao.reduce min %arg0 dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  %4 = tao.arg_reduce max %arg0 dim 1 : tensor<2x3x4xf32> -> tensor<2x4xi64>
  %5 = tao.arg_reduce min %arg0 dim 1 last : tensor<2x3x4xf32> -> tensor<2x4xi64>
  %6 = tao.reduce_window max %arg0 window [1, 2, 2] strides [1, 1, 2] dilations [1, 1, 1] low [0, 0, 1] : tensor<2x3x4xf32> -> tensor<2x2x3xf32>
  return
}

// The maps get names of their own.
// CHECK-LABEL: func.func @contractions
// CHECK-NEXT: tao.contract %arg0, %arg1 maps [#[[A:.*]], #[[B:.*]], #[[C:.*]]] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
// CHECK-NEXT: tao.conv %arg2, %arg3 strides [1, 2] dilations [1, 1] low [0, 1] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x4xf32>
// CHECK-NEXT: tao.conv %arg4, %arg3 strides [1, 2] dilations [1, 1] low [0, 1] groups 2 channels_last : tensor<1x8x8x4xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x4x6xf32>
func.func @contractions(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>, %x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>, %y: tensor<1x8x8x4xf32>) {
  %0 = tao.contract %a, %b maps [#mk, #kn, #mn] : tensor<4x8xf32>, tensor<8x6xf32> -> tensor<4x6xf32>
  %1 = tao.conv %x, %w strides [1, 2] dilations [1, 1] low [0, 1] groups 2 : tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x6x4xf32>
  %2 = tao.conv %y, %w strides [1, 2] dilations [1, 1] low [0, 1] groups 2 channels_last : tensor<1x8x8x4xf32>, tensor<6x2x3x3xf32> -> tensor<1x6x4x6xf32>
  return
}

// CHECK-LABEL: func.func @routines
// CHECK-NEXT: %0 = tao.routine scatter(%arg0, %arg1, %arg2) params [1] : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: %1 = tao.routine top_k(%arg0) params [0] : (tensor<4x3xf32>) -> tensor<4x2xi64>
// CHECK-NEXT: %2 = tao.routine cum_sum(%arg0) params [0, 1] : (tensor<4x3xf32>) -> tensor<4x3xf32>
func.func @routines(%x: tensor<4x3xf32>, %rows: tensor<2xi64>, %u: tensor<2x3xf32>) {
  %0 = tao.routine scatter(%x, %rows, %u) params [1] : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %1 = tao.routine top_k(%x) params [0] : (tensor<4x3xf32>) -> tensor<4x2xi64>
  %2 = tao.routine cum_sum(%x) params [0, 1] : (tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}
