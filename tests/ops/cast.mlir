// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-run --interpret %s
// RUN: tao-run %s
//
// Conversions between all element types. Written by generate.py; expected values are NumPy's.

func.func @from_f16() {
  %0 = check.input dense<"0x007E007C00FC00000080003C00BC003800C1004200BA003EEE57F857FC5B005C04D808D8FF7B007C007C007C00FC007C00FC0000007C662E"> : tensor<28xf16>
  %1 = tao.cast %0  : tensor<28xf16> -> tensor<28xbf16>
  check.expect_eq %1, dense<"0xC07F807F80FF00000080803F80BF003F20C0404040BFC03FFE42FF428043804300C301C38047807F807F807F80FF807F80FF0000807FCD3D"> : tensor<28xbf16> : tensor<28xbf16>
  %2 = tao.cast %0  : tensor<28xf16> -> tensor<28xf32>
  check.expect_eq %2, dense<"0x0000C07F0000807F000080FF00000000000000800000803F000080BF0000003F000020C000004040000040BF0000C03F00C0FD420000FF4200807F4300008043008000C3000001C300E07F470000807F0000807F0000807F000080FF0000807F000080FF000000000000807F00C0CC3D"> : tensor<28xf32> : tensor<28xf32>
  %3 = tao.cast %0  : tensor<28xf16> -> tensor<28xf64>
  check.expect_eq %3, dense<"0x000000000000F87F000000000000F07F000000000000F0FF00000000000000000000000000000080000000000000F03F000000000000F0BF000000000000E03F00000000000004C00000000000000840000000000000E8BF000000000000F83F0000000000B85F400000000000E05F400000000000F06F40000000000000704000000000001060C000000000002060C00000000000FCEF40000000000000F07F000000000000F07F000000000000F07F000000000000F0FF000000000000F07F000000000000F0FF0000000000000000000000000000F07F000000000098B93F"> : tensor<28xf64> : tensor<28xf64>
  %4 = tao.cast %0  : tensor<28xf16> -> tensor<28xi1>
  check.expect_eq %4, dense<[true, true, true, false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, false, true, true]> : tensor<28xi1> : tensor<28xi1>
  %5 = tao.cast %0  : tensor<28xf16> -> tensor<28xi8>
  check.expect_eq %5, dense<"0x007F80000001FF00FE0300017E7F7F7F80807F7F7F7F807F80007F00"> : tensor<28xi8> : tensor<28xi8>
  %6 = tao.cast %0  : tensor<28xf16> -> tensor<28xi32>
  check.expect_eq %6, dense<"0x00000000FFFFFF7F00000080000000000000000001000000FFFFFFFF00000000FEFFFFFF0300000000000000010000007E0000007F000000FF0000000001000080FFFFFF7FFFFFFFE0FF0000FFFFFF7FFFFFFF7FFFFFFF7F00000080FFFFFF7F0000008000000000FFFFFF7F00000000"> : tensor<28xi32> : tensor<28xi32>
  %7 = tao.cast %0  : tensor<28xf16> -> tensor<28xi64>
  check.expect_eq %7, dense<"0x0000000000000000FFFFFFFFFFFFFF7F0000000000000080000000000000000000000000000000000100000000000000FFFFFFFFFFFFFFFF0000000000000000FEFFFFFFFFFFFFFF0300000000000000000000000000000001000000000000007E000000000000007F00000000000000FF00000000000000000100000000000080FFFFFFFFFFFFFF7FFFFFFFFFFFFFFFE0FF000000000000FFFFFFFFFFFFFF7FFFFFFFFFFFFFFF7FFFFFFFFFFFFFFF7F0000000000000080FFFFFFFFFFFFFF7F00000000000000800000000000000000FFFFFFFFFFFFFF7F0000000000000000"> : tensor<28xi64> : tensor<28xi64>
  %8 = tao.cast %0  : tensor<28xf16> -> tensor<28xui8>
  check.expect_eq %8, dense<"0x00FF000000010000000300017E7FFFFF0000FFFFFFFF00FF0000FF00"> : tensor<28xui8> : tensor<28xui8>
  %9 = tao.cast %0  : tensor<28xf16> -> tensor<28xui32>
  check.expect_eq %9, dense<"0x00000000FFFFFFFF000000000000000000000000010000000000000000000000000000000300000000000000010000007E0000007F000000FF000000000100000000000000000000E0FF0000FFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFF0000000000000000FFFFFFFF00000000"> : tensor<28xui32> : tensor<28xui32>
  return
}

func.func @from_bf16() {
  %0 = check.input dense<"0xC07F807F80FF00000080803F80BF003F20C0404040BFC03FFE42FF428043804300C301C380478047004F334F33CF0B5F0BDF2C32807FCD3D"> : tensor<28xbf16>
  %1 = tao.cast %0  : tensor<28xbf16> -> tensor<28xf16>
  check.expect_eq %1, dense<"0x007E007C00FC00000080003C00BC003800C1004200BA003EF057F857005C005C00D808D8007C007C007C007C00FC007C00FC0000007C682E"> : tensor<28xf16> : tensor<28xf16>
  %2 = tao.cast %0  : tensor<28xbf16> -> tensor<28xf32>
  check.expect_eq %2, dense<"0x0000C07F0000807F000080FF00000000000000800000803F000080BF0000003F000020C000004040000040BF0000C03F0000FE420000FF420000804300008043000000C3000001C300008047000080470000004F0000334F000033CF00000B5F00000BDF00002C320000807F0000CD3D"> : tensor<28xf32> : tensor<28xf32>
  %3 = tao.cast %0  : tensor<28xbf16> -> tensor<28xf64>
  check.expect_eq %3, dense<"0x000000000000F87F000000000000F07F000000000000F0FF00000000000000000000000000000080000000000000F03F000000000000F0BF000000000000E03F00000000000004C00000000000000840000000000000E8BF000000000000F83F0000000000C05F400000000000E05F400000000000007040000000000000704000000000000060C000000000002060C0000000000000F040000000000000F040000000000000E041000000000060E641000000000060E6C1000000000060E143000000000060E1C3000000000080453E000000000000F07F0000000000A0B93F"> : tensor<28xf64> : tensor<28xf64>
  %4 = tao.cast %0  : tensor<28xbf16> -> tensor<28xi1>
  check.expect_eq %4, dense<[true, true, true, false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true]> : tensor<28xi1> : tensor<28xi1>
  %5 = tao.cast %0  : tensor<28xbf16> -> tensor<28xi8>
  check.expect_eq %5, dense<"0x007F80000001FF00FE0300017F7F7F7F80807F7F7F7F807F80007F00"> : tensor<28xi8> : tensor<28xi8>
  %6 = tao.cast %0  : tensor<28xbf16> -> tensor<28xi32>
  check.expect_eq %6, dense<"0x00000000FFFFFF7F00000080000000000000000001000000FFFFFFFF00000000FEFFFFFF0300000000000000010000007F0000007F000000000100000001000080FFFFFF7FFFFFFF0000010000000100FFFFFF7FFFFFFF7F00000080FFFFFF7F0000008000000000FFFFFF7F00000000"> : tensor<28xi32> : tensor<28xi32>
  %7 = tao.cast %0  : tensor<28xbf16> -> tensor<28xi64>
  check.expect_eq %7, dense<"0x0000000000000000FFFFFFFFFFFFFF7F0000000000000080000000000000000000000000000000000100000000000000FFFFFFFFFFFFFFFF0000000000000000FEFFFFFFFFFFFFFF0300000000000000000000000000000001000000000000007F000000000000007F000000000000000001000000000000000100000000000080FFFFFFFFFFFFFF7FFFFFFFFFFFFFFF000001000000000000000100000000000000008000000000000000B3000000000000004DFFFFFFFFFFFFFFFFFFFFFF7F00000000000000800000000000000000FFFFFFFFFFFFFF7F0000000000000000"> : tensor<28xi64> : tensor<28xi64>
  %8 = tao.cast %0  : tensor<28xbf16> -> tensor<28xui8>
  check.expect_eq %8, dense<"0x00FF000000010000000300017F7FFFFF0000FFFFFFFF00FF0000FF00"> : tensor<28xui8> : tensor<28xui8>
  %9 = tao.cast %0  : tensor<28xbf16> -> tensor<28xui32>
  check.expect_eq %9, dense<"0x00000000FFFFFFFF000000000000000000000000010000000000000000000000000000000300000000000000010000007F0000007F00000000010000000100000000000000000000000001000000010000000080000000B300000000FFFFFFFF0000000000000000FFFFFFFF00000000"> : tensor<28xui32> : tensor<28xui32>
  return
}

func.func @from_f32() {
  %0 = check.input dense<"0x0000C07F0000807F000080FF00000000000000800000803F000080BF0000003F000020C000004040000040BF0000C03FCDCCFD420000FF4200807F4300008043008000C3000001C300EF7F4700F07F47FFFFFF4E5ED0324F5ED032CF23C70A5F23C70ADF77CC2B329EC97F7FCDCCCC3D"> : tensor<28xf32>
  %1 = tao.cast %0  : tensor<28xf32> -> tensor<28xf16>
  check.expect_eq %1, dense<"0x007E007C00FC00000080003C00BC003800C1004200BA003EEE57F857FC5B005C04D808D8FF7B007C007C007C00FC007C00FC0000007C662E"> : tensor<28xf16> : tensor<28xf16>
  %2 = tao.cast %0  : tensor<28xf32> -> tensor<28xbf16>
  check.expect_eq %2, dense<"0xC07F807F80FF00000080803F80BF003F20C0404040BFC03FFE42FF428043804300C301C380478047004F334F33CF0B5F0BDF2C32807FCD3D"> : tensor<28xbf16> : tensor<28xbf16>
  %3 = tao.cast %0  : tensor<28xf32> -> tensor<28xf64>
  check.expect_eq %3, dense<"0x000000000000F87F000000000000F07F000000000000F0FF00000000000000000000000000000080000000000000F03F000000000000F0BF000000000000E03F00000000000004C00000000000000840000000000000E8BF000000000000F83F000000A099B95F400000000000E05F400000000000F06F40000000000000704000000000001060C000000000002060C000000000E0FDEF400000000000FEEF40000000E0FFFFDF41000000C00B5AE641000000C00B5AE6C100000060E458E14300000060E458E1C3000000E08E79453E000000C033F9EF47000000A09999B93F"> : tensor<28xf64> : tensor<28xf64>
  %4 = tao.cast %0  : tensor<28xf32> -> tensor<28xi1>
  check.expect_eq %4, dense<[true, true, true, false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true]> : tensor<28xi1> : tensor<28xi1>
  %5 = tao.cast %0  : tensor<28xf32> -> tensor<28xi8>
  check.expect_eq %5, dense<"0x007F80000001FF00FE0300017E7F7F7F80807F7F7F7F807F80007F00"> : tensor<28xi8> : tensor<28xi8>
  %6 = tao.cast %0  : tensor<28xf32> -> tensor<28xi32>
  check.expect_eq %6, dense<"0x00000000FFFFFF7F00000080000000000000000001000000FFFFFFFF00000000FEFFFFFF0300000000000000010000007E0000007F000000FF0000000001000080FFFFFF7FFFFFFFEFFF0000F0FF000080FFFF7FFFFFFF7F00000080FFFFFF7F0000008000000000FFFFFF7F00000000"> : tensor<28xi32> : tensor<28xi32>
  %7 = tao.cast %0  : tensor<28xf32> -> tensor<28xi64>
  check.expect_eq %7, dense<"0x0000000000000000FFFFFFFFFFFFFF7F0000000000000080000000000000000000000000000000000100000000000000FFFFFFFFFFFFFFFF0000000000000000FEFFFFFFFFFFFFFF0300000000000000000000000000000001000000000000007E000000000000007F00000000000000FF00000000000000000100000000000080FFFFFFFFFFFFFF7FFFFFFFFFFFFFFFEFFF000000000000F0FF00000000000080FFFF7F00000000005ED0B20000000000A22F4DFFFFFFFFFFFFFFFFFFFFFF7F00000000000000800000000000000000FFFFFFFFFFFFFF7F0000000000000000"> : tensor<28xi64> : tensor<28xi64>
  %8 = tao.cast %0  : tensor<28xf32> -> tensor<28xui8>
  check.expect_eq %8, dense<"0x00FF000000010000000300017E7FFFFF0000FFFFFFFF00FF0000FF00"> : tensor<28xui8> : tensor<28xui8>
  %9 = tao.cast %0  : tensor<28xf32> -> tensor<28xui32>
  check.expect_eq %9, dense<"0x00000000FFFFFFFF000000000000000000000000010000000000000000000000000000000300000000000000010000007E0000007F000000FF000000000100000000000000000000EFFF0000F0FF000080FFFF7F005ED0B200000000FFFFFFFF0000000000000000FFFFFFFF00000000"> : tensor<28xui32> : tensor<28xui32>
  return
}

func.func @from_f64() {
  %0 = check.input dense<"0x000000000000F87F000000000000F07F000000000000F0FF00000000000000000000000000000080000000000000F03F000000000000F0BF000000000000E03F00000000000004C00000000000000840000000000000E8BF000000000000F83F9A99999999B95F400000000000E05F400000000000F06F40000000000000704000000000001060C000000000002060C000000000E0FDEF400000000000FEEF40000000E0FFFFDF41000000C00B5AE641000000C00B5AE6C1003D9160E458E143003D9160E458E1C33A8C30E28E79453EADDF8CC733F9EF479A9999999999B93F"> : tensor<28xf64>
  %1 = tao.cast %0  : tensor<28xf64> -> tensor<28xf16>
  check.expect_eq %1, dense<"0x007E007C00FC00000080003C00BC003800C1004200BA003EEE57F857FC5B005C04D808D8FF7B007C007C007C00FC007C00FC0000007C662E"> : tensor<28xf16> : tensor<28xf16>
  %2 = tao.cast %0  : tensor<28xf64> -> tensor<28xbf16>
  check.expect_eq %2, dense<"0xC07F807F80FF00000080803F80BF003F20C0404040BFC03FFE42FF428043804300C301C380478047004F334F33CF0B5F0BDF2C32807FCD3D"> : tensor<28xbf16> : tensor<28xbf16>
  %3 = tao.cast %0  : tensor<28xf64> -> tensor<28xf32>
  check.expect_eq %3, dense<"0x0000C07F0000807F000080FF00000000000000800000803F000080BF0000003F000020C000004040000040BF0000C03FCDCCFD420000FF4200807F4300008043008000C3000001C300EF7F4700F07F47FFFFFF4E5ED0324F5ED032CF23C70A5F23C70ADF77CC2B329EC97F7FCDCCCC3D"> : tensor<28xf32> : tensor<28xf32>
  %4 = tao.cast %0  : tensor<28xf64> -> tensor<28xi1>
  check.expect_eq %4, dense<[true, true, true, false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true]> : tensor<28xi1> : tensor<28xi1>
  %5 = tao.cast %0  : tensor<28xf64> -> tensor<28xi8>
  check.expect_eq %5, dense<"0x007F80000001FF00FE0300017E7F7F7F80807F7F7F7F807F80007F00"> : tensor<28xi8> : tensor<28xi8>
  %6 = tao.cast %0  : tensor<28xf64> -> tensor<28xi32>
  check.expect_eq %6, dense<"0x00000000FFFFFF7F00000080000000000000000001000000FFFFFFFF00000000FEFFFFFF0300000000000000010000007E0000007F000000FF0000000001000080FFFFFF7FFFFFFFEFFF0000F0FF000080FFFF7FFFFFFF7F00000080FFFFFF7F0000008000000000FFFFFF7F00000000"> : tensor<28xi32> : tensor<28xi32>
  %7 = tao.cast %0  : tensor<28xf64> -> tensor<28xi64>
  check.expect_eq %7, dense<"0x0000000000000000FFFFFFFFFFFFFF7F0000000000000080000000000000000000000000000000000100000000000000FFFFFFFFFFFFFFFF0000000000000000FEFFFFFFFFFFFFFF0300000000000000000000000000000001000000000000007E000000000000007F00000000000000FF00000000000000000100000000000080FFFFFFFFFFFFFF7FFFFFFFFFFFFFFFEFFF000000000000F0FF00000000000080FFFF7F00000000005ED0B20000000000A22F4DFFFFFFFFFFFFFFFFFFFFFF7F00000000000000800000000000000000FFFFFFFFFFFFFF7F0000000000000000"> : tensor<28xi64> : tensor<28xi64>
  %8 = tao.cast %0  : tensor<28xf64> -> tensor<28xui8>
  check.expect_eq %8, dense<"0x00FF000000010000000300017E7FFFFF0000FFFFFFFF00FF0000FF00"> : tensor<28xui8> : tensor<28xui8>
  %9 = tao.cast %0  : tensor<28xf64> -> tensor<28xui32>
  check.expect_eq %9, dense<"0x00000000FFFFFFFF000000000000000000000000010000000000000000000000000000000300000000000000010000007E0000007F000000FF000000000100000000000000000000EFFF0000F0FF000080FFFF7F005ED0B200000000FFFFFFFF0000000000000000FFFFFFFF00000000"> : tensor<28xui32> : tensor<28xui32>
  return
}

func.func @from_i1() {
  %0 = check.input dense<[false, true]> : tensor<2xi1>
  %1 = tao.cast %0  : tensor<2xi1> -> tensor<2xf16>
  check.expect_eq %1, dense<[0.0, 1.0]> : tensor<2xf16> : tensor<2xf16>
  %2 = tao.cast %0  : tensor<2xi1> -> tensor<2xbf16>
  check.expect_eq %2, dense<[0.0, 1.0]> : tensor<2xbf16> : tensor<2xbf16>
  %3 = tao.cast %0  : tensor<2xi1> -> tensor<2xf32>
  check.expect_eq %3, dense<[0.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %4 = tao.cast %0  : tensor<2xi1> -> tensor<2xf64>
  check.expect_eq %4, dense<[0.0, 1.0]> : tensor<2xf64> : tensor<2xf64>
  %5 = tao.cast %0  : tensor<2xi1> -> tensor<2xi8>
  check.expect_eq %5, dense<[0, 1]> : tensor<2xi8> : tensor<2xi8>
  %6 = tao.cast %0  : tensor<2xi1> -> tensor<2xi32>
  check.expect_eq %6, dense<[0, 1]> : tensor<2xi32> : tensor<2xi32>
  %7 = tao.cast %0  : tensor<2xi1> -> tensor<2xi64>
  check.expect_eq %7, dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %8 = tao.cast %0  : tensor<2xi1> -> tensor<2xui8>
  check.expect_eq %8, dense<[0, 1]> : tensor<2xui8> : tensor<2xui8>
  %9 = tao.cast %0  : tensor<2xi1> -> tensor<2xui32>
  check.expect_eq %9, dense<[0, 1]> : tensor<2xui32> : tensor<2xui32>
  return
}

func.func @from_i8() {
  %0 = check.input dense<[-128, -127, 127, 126, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi8>
  %1 = tao.cast %0  : tensor<14xi8> -> tensor<14xf16>
  check.expect_eq %1, dense<[-128.0, -127.0, 127.0, 126.0, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf16> : tensor<14xf16>
  %2 = tao.cast %0  : tensor<14xi8> -> tensor<14xbf16>
  check.expect_eq %2, dense<[-128.0, -127.0, 127.0, 126.0, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xbf16> : tensor<14xbf16>
  %3 = tao.cast %0  : tensor<14xi8> -> tensor<14xf32>
  check.expect_eq %3, dense<[-128.0, -127.0, 127.0, 126.0, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf32> : tensor<14xf32>
  %4 = tao.cast %0  : tensor<14xi8> -> tensor<14xf64>
  check.expect_eq %4, dense<[-128.0, -127.0, 127.0, 126.0, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf64> : tensor<14xf64>
  %5 = tao.cast %0  : tensor<14xi8> -> tensor<14xi1>
  check.expect_eq %5, dense<[true, true, true, true, false, true, true, true, true, true, true, true, true, true]> : tensor<14xi1> : tensor<14xi1>
  %6 = tao.cast %0  : tensor<14xi8> -> tensor<14xi32>
  check.expect_eq %6, dense<[-128, -127, 127, 126, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi32> : tensor<14xi32>
  %7 = tao.cast %0  : tensor<14xi8> -> tensor<14xi64>
  check.expect_eq %7, dense<[-128, -127, 127, 126, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi64> : tensor<14xi64>
  %8 = tao.cast %0  : tensor<14xi8> -> tensor<14xui8>
  check.expect_eq %8, dense<[128, 129, 127, 126, 0, 1, 2, 3, 7, 255, 254, 249, 17, 100]> : tensor<14xui8> : tensor<14xui8>
  %9 = tao.cast %0  : tensor<14xi8> -> tensor<14xui32>
  check.expect_eq %9, dense<[4294967168, 4294967169, 127, 126, 0, 1, 2, 3, 7, 4294967295, 4294967294, 4294967289, 17, 100]> : tensor<14xui32> : tensor<14xui32>
  return
}

func.func @from_i32() {
  %0 = check.input dense<[-2147483648, -2147483647, 2147483647, 2147483646, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi32>
  %1 = tao.cast %0  : tensor<14xi32> -> tensor<14xf16>
  check.expect_eq %1, dense<[0xFC00, 0xFC00, 0x7C00, 0x7C00, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf16> : tensor<14xf16>
  %2 = tao.cast %0  : tensor<14xi32> -> tensor<14xbf16>
  check.expect_eq %2, dense<[-2147483648.0, -2147483648.0, 2147483648.0, 2147483648.0, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xbf16> : tensor<14xbf16>
  %3 = tao.cast %0  : tensor<14xi32> -> tensor<14xf32>
  check.expect_eq %3, dense<[-2.1474836e+09, -2.1474836e+09, 2.1474836e+09, 2.1474836e+09, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf32> : tensor<14xf32>
  %4 = tao.cast %0  : tensor<14xi32> -> tensor<14xf64>
  check.expect_eq %4, dense<[-2147483648.0, -2147483647.0, 2147483647.0, 2147483646.0, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf64> : tensor<14xf64>
  %5 = tao.cast %0  : tensor<14xi32> -> tensor<14xi1>
  check.expect_eq %5, dense<[true, true, true, true, false, true, true, true, true, true, true, true, true, true]> : tensor<14xi1> : tensor<14xi1>
  %6 = tao.cast %0  : tensor<14xi32> -> tensor<14xi8>
  check.expect_eq %6, dense<[0, 1, -1, -2, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi8> : tensor<14xi8>
  %7 = tao.cast %0  : tensor<14xi32> -> tensor<14xi64>
  check.expect_eq %7, dense<[-2147483648, -2147483647, 2147483647, 2147483646, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi64> : tensor<14xi64>
  %8 = tao.cast %0  : tensor<14xi32> -> tensor<14xui8>
  check.expect_eq %8, dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 255, 254, 249, 17, 100]> : tensor<14xui8> : tensor<14xui8>
  %9 = tao.cast %0  : tensor<14xi32> -> tensor<14xui32>
  check.expect_eq %9, dense<[2147483648, 2147483649, 2147483647, 2147483646, 0, 1, 2, 3, 7, 4294967295, 4294967294, 4294967289, 17, 100]> : tensor<14xui32> : tensor<14xui32>
  return
}

func.func @from_i64() {
  %0 = check.input dense<[-9223372036854775808, -9223372036854775807, 9223372036854775807, 9223372036854775806, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi64>
  %1 = tao.cast %0  : tensor<14xi64> -> tensor<14xf16>
  check.expect_eq %1, dense<[0xFC00, 0xFC00, 0x7C00, 0x7C00, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf16> : tensor<14xf16>
  %2 = tao.cast %0  : tensor<14xi64> -> tensor<14xbf16>
  check.expect_eq %2, dense<[-9.223372036854776e+18, -9.223372036854776e+18, 9.223372036854776e+18, 9.223372036854776e+18, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xbf16> : tensor<14xbf16>
  %3 = tao.cast %0  : tensor<14xi64> -> tensor<14xf32>
  check.expect_eq %3, dense<[-9.223372e+18, -9.223372e+18, 9.223372e+18, 9.223372e+18, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf32> : tensor<14xf32>
  %4 = tao.cast %0  : tensor<14xi64> -> tensor<14xf64>
  check.expect_eq %4, dense<[-9.223372036854776e+18, -9.223372036854776e+18, 9.223372036854776e+18, 9.223372036854776e+18, 0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -2.0, -7.0, 17.0, 100.0]> : tensor<14xf64> : tensor<14xf64>
  %5 = tao.cast %0  : tensor<14xi64> -> tensor<14xi1>
  check.expect_eq %5, dense<[true, true, true, true, false, true, true, true, true, true, true, true, true, true]> : tensor<14xi1> : tensor<14xi1>
  %6 = tao.cast %0  : tensor<14xi64> -> tensor<14xi8>
  check.expect_eq %6, dense<[0, 1, -1, -2, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi8> : tensor<14xi8>
  %7 = tao.cast %0  : tensor<14xi64> -> tensor<14xi32>
  check.expect_eq %7, dense<[0, 1, -1, -2, 0, 1, 2, 3, 7, -1, -2, -7, 17, 100]> : tensor<14xi32> : tensor<14xi32>
  %8 = tao.cast %0  : tensor<14xi64> -> tensor<14xui8>
  check.expect_eq %8, dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 255, 254, 249, 17, 100]> : tensor<14xui8> : tensor<14xui8>
  %9 = tao.cast %0  : tensor<14xi64> -> tensor<14xui32>
  check.expect_eq %9, dense<[0, 1, 4294967295, 4294967294, 0, 1, 2, 3, 7, 4294967295, 4294967294, 4294967289, 17, 100]> : tensor<14xui32> : tensor<14xui32>
  return
}

func.func @from_ui8() {
  %0 = check.input dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xui8>
  %1 = tao.cast %0  : tensor<11xui8> -> tensor<11xf16>
  check.expect_eq %1, dense<[0.0, 1.0, 255.0, 254.0, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xf16> : tensor<11xf16>
  %2 = tao.cast %0  : tensor<11xui8> -> tensor<11xbf16>
  check.expect_eq %2, dense<[0.0, 1.0, 255.0, 254.0, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xbf16> : tensor<11xbf16>
  %3 = tao.cast %0  : tensor<11xui8> -> tensor<11xf32>
  check.expect_eq %3, dense<[0.0, 1.0, 255.0, 254.0, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xf32> : tensor<11xf32>
  %4 = tao.cast %0  : tensor<11xui8> -> tensor<11xf64>
  check.expect_eq %4, dense<[0.0, 1.0, 255.0, 254.0, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xf64> : tensor<11xf64>
  %5 = tao.cast %0  : tensor<11xui8> -> tensor<11xi1>
  check.expect_eq %5, dense<[false, true, true, true, false, true, true, true, true, true, true]> : tensor<11xi1> : tensor<11xi1>
  %6 = tao.cast %0  : tensor<11xui8> -> tensor<11xi8>
  check.expect_eq %6, dense<[0, 1, -1, -2, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xi8> : tensor<11xi8>
  %7 = tao.cast %0  : tensor<11xui8> -> tensor<11xi32>
  check.expect_eq %7, dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xi32> : tensor<11xi32>
  %8 = tao.cast %0  : tensor<11xui8> -> tensor<11xi64>
  check.expect_eq %8, dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xi64> : tensor<11xi64>
  %9 = tao.cast %0  : tensor<11xui8> -> tensor<11xui32>
  check.expect_eq %9, dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xui32> : tensor<11xui32>
  return
}

func.func @from_ui32() {
  %0 = check.input dense<[0, 1, 4294967295, 4294967294, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xui32>
  %1 = tao.cast %0  : tensor<11xui32> -> tensor<11xf16>
  check.expect_eq %1, dense<[0.0, 1.0, 0x7C00, 0x7C00, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xf16> : tensor<11xf16>
  %2 = tao.cast %0  : tensor<11xui32> -> tensor<11xbf16>
  check.expect_eq %2, dense<[0.0, 1.0, 4294967296.0, 4294967296.0, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xbf16> : tensor<11xbf16>
  %3 = tao.cast %0  : tensor<11xui32> -> tensor<11xf32>
  check.expect_eq %3, dense<[0.0, 1.0, 4.2949673e+09, 4.2949673e+09, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xf32> : tensor<11xf32>
  %4 = tao.cast %0  : tensor<11xui32> -> tensor<11xf64>
  check.expect_eq %4, dense<[0.0, 1.0, 4294967295.0, 4294967294.0, 0.0, 1.0, 2.0, 3.0, 7.0, 17.0, 100.0]> : tensor<11xf64> : tensor<11xf64>
  %5 = tao.cast %0  : tensor<11xui32> -> tensor<11xi1>
  check.expect_eq %5, dense<[false, true, true, true, false, true, true, true, true, true, true]> : tensor<11xi1> : tensor<11xi1>
  %6 = tao.cast %0  : tensor<11xui32> -> tensor<11xi8>
  check.expect_eq %6, dense<[0, 1, -1, -2, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xi8> : tensor<11xi8>
  %7 = tao.cast %0  : tensor<11xui32> -> tensor<11xi32>
  check.expect_eq %7, dense<[0, 1, -1, -2, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xi32> : tensor<11xi32>
  %8 = tao.cast %0  : tensor<11xui32> -> tensor<11xi64>
  check.expect_eq %8, dense<[0, 1, 4294967295, 4294967294, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xi64> : tensor<11xi64>
  %9 = tao.cast %0  : tensor<11xui32> -> tensor<11xui8>
  check.expect_eq %9, dense<[0, 1, 255, 254, 0, 1, 2, 3, 7, 17, 100]> : tensor<11xui8> : tensor<11xui8>
  return
}
