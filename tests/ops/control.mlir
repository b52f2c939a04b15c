// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: tao-run --interpret %s
// RUN: tao-run %s
//
// Loops and branches. Written by generate.py; expected values are NumPy's.

func.func @running_sum_n0_00() {
  %0 = check.input dense<> : tensor<0x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[1.0, -1.75, -1.5]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [false, false] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[1.0, -1.75, -1.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<> : tensor<0x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n0_10() {
  %0 = check.input dense<> : tensor<0x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[-1.25, -1.5, 1.0]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [true, false] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-1.25, -1.5, 1.0]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<> : tensor<0x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n0_01() {
  %0 = check.input dense<> : tensor<0x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[1.25, 0.25, -2.0]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [false, true] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[1.25, 0.25, -2.0]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<> : tensor<0x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n0_11() {
  %0 = check.input dense<> : tensor<0x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[-1.75, -0.75, -0.5]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [true, true] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-1.75, -0.75, -0.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<> : tensor<0x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n1_00() {
  %0 = check.input dense<[[0.25, -0.25, -1.0]]> : tensor<1x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[-1.5, 0.75, 0.75]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [false, false] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-1.25, 0.5, -0.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[-1.25, 0.5, -0.25]]> : tensor<1x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n1_10() {
  %0 = check.input dense<[[-2.0, -1.75, -0.25]]> : tensor<1x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[-0.5, 1.5, 0.0]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [true, false] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-2.5, -0.25, -0.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[-2.5, -0.25, -0.25]]> : tensor<1x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n1_01() {
  %0 = check.input dense<[[-0.5, -0.5, 0.5]]> : tensor<1x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[0.25, -1.5, 0.75]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [false, true] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-0.25, -2.0, 1.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[-0.25, -2.0, 1.25]]> : tensor<1x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n1_11() {
  %0 = check.input dense<[[1.0, 1.75, 1.0]]> : tensor<1x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[-1.0, -0.75, 0.5]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [true, true] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[0.0, 1.0, 1.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[0.0, 1.0, 1.5]]> : tensor<1x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n5_00() {
  %0 = check.input dense<[[0.5, 0.75, 1.25], [-1.0, 1.75, -2.0], [-1.75, 1.75, 1.75], [-1.0, -1.5, -0.75], [-2.0, 1.5, 0.5]]> : tensor<5x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[0.25, -1.25, -0.25]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [false, false] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-5.0, 3.0, 0.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[0.75, -0.5, 1.0], [-0.25, 1.25, -1.0], [-2.0, 3.0, 0.75], [-3.0, 1.5, 0.0], [-5.0, 3.0, 0.5]]> : tensor<5x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n5_10() {
  %0 = check.input dense<[[-1.25, 1.0, -0.25], [-2.0, -1.0, 0.75], [0.0, -0.75, -1.0], [-1.75, 0.25, 0.5], [0.0, 1.5, 1.5]]> : tensor<5x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[-1.25, 0.25, 0.5]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [true, false] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-6.25, 1.25, 2.0]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[-1.25, 1.75, 2.0], [-3.0, 2.0, 2.5], [-3.0, 1.25, 1.5], [-5.0, 0.25, 2.25], [-6.25, 1.25, 2.0]]> : tensor<5x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n5_01() {
  %0 = check.input dense<[[-1.25, -1.0, -0.25], [0.75, -1.0, 0.75], [0.5, -1.25, -0.5], [1.25, 1.25, 0.5], [-2.0, 0.5, -1.25]]> : tensor<5x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[1.25, 1.5, -0.5]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [false, true] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[0.5, 0.0, -1.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[0.5, 0.0, -1.25], [2.5, -0.5, 0.0], [1.25, -1.75, -0.5], [0.75, -0.5, 0.0], [0.0, 0.5, -0.75]]> : tensor<5x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_n5_11() {
  %0 = check.input dense<[[1.75, 1.0, -0.75], [1.5, -0.5, -1.75], [0.25, 1.25, 0.5], [-0.5, 1.5, -0.25], [-0.5, -1.5, -1.25]]> : tensor<5x3xf32> as tensor<?x3xf32, #tao.dims<"n">>
  %1 = check.input dense<[0.75, 1.0, -1.0]> : tensor<3xf32>
  %2:2 = tao.loop trips "n" slices(%0) carried(%1) reversed [true, true] : (tensor<?x3xf32, #tao.dims<"n">>, tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32, #tao.dims<"n">>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[3.25, 2.75, -4.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[3.25, 2.75, -4.5], [1.5, 1.75, -3.75], [0.0, 2.25, -2.0], [-0.25, 1.0, -2.5], [0.25, -0.5, -2.25]]> : tensor<5x3xf32> : tensor<?x3xf32, #tao.dims<"n">>
  return
}

func.func @running_sum_4_00() {
  %0 = check.input dense<[[0.5, 1.25, -1.5], [-1.0, 0.0, 0.0], [-0.5, -0.5, -1.5], [0.25, 1.5, -1.25]]> : tensor<4x3xf32>
  %1 = check.input dense<[1.0, -1.5, -2.0]> : tensor<3xf32>
  %2:2 = tao.loop trips "4" slices(%0) carried(%1) reversed [false, false] : (tensor<4x3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[0.25, 0.75, -6.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[1.5, -0.25, -3.5], [0.5, -0.25, -3.5], [0.0, -0.75, -5.0], [0.25, 0.75, -6.25]]> : tensor<4x3xf32> : tensor<4x3xf32>
  return
}

func.func @running_sum_4_10() {
  %0 = check.input dense<[[0.75, -1.5, 1.0], [-0.75, 0.25, 1.75], [1.5, -0.25, -1.25], [-1.0, 1.25, 0.25]]> : tensor<4x3xf32>
  %1 = check.input dense<[-1.5, 1.5, 1.75]> : tensor<3xf32>
  %2:2 = tao.loop trips "4" slices(%0) carried(%1) reversed [true, false] : (tensor<4x3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-1.0, 1.25, 3.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[-2.5, 2.75, 2.0], [-1.0, 2.5, 0.75], [-1.75, 2.75, 2.5], [-1.0, 1.25, 3.5]]> : tensor<4x3xf32> : tensor<4x3xf32>
  return
}

func.func @running_sum_4_01() {
  %0 = check.input dense<[[1.75, 0.25, 1.75], [0.25, 0.0, 1.75], [0.25, 1.0, -0.75], [1.0, 1.75, -2.0]]> : tensor<4x3xf32>
  %1 = check.input dense<[0.0, -0.75, -2.0]> : tensor<3xf32>
  %2:2 = tao.loop trips "4" slices(%0) carried(%1) reversed [false, true] : (tensor<4x3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[3.25, 2.25, -1.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[3.25, 2.25, -1.25], [2.25, 0.5, 0.75], [2.0, -0.5, 1.5], [1.75, -0.5, -0.25]]> : tensor<4x3xf32> : tensor<4x3xf32>
  return
}

func.func @running_sum_4_11() {
  %0 = check.input dense<[[-1.75, -1.0, -1.25], [0.75, -1.25, 0.5], [1.25, -0.25, -1.5], [-1.75, -1.0, -0.5]]> : tensor<4x3xf32>
  %1 = check.input dense<[-0.25, -1.0, 1.25]> : tensor<3xf32>
  %2:2 = tao.loop trips "4" slices(%0) carried(%1) reversed [true, true] : (tensor<4x3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>, %h: tensor<3xf32>):
    %s = tao.add %h, %x : tensor<3xf32>
    tao.yield %s, %s : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %2#0, dense<[-1.75, -4.5, -1.5]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#1, dense<[[-1.75, -4.5, -1.5], [0.0, -3.5, -0.25], [-0.75, -2.25, -0.75], [-2.0, -2.0, 0.75]]> : tensor<4x3xf32> : tensor<4x3xf32>
  return
}

func.func @change_places() {
  %0 = check.input dense<[0.25, 1.75, 1.5, 0.75]> : tensor<4xf32>
  %1 = check.input dense<[-2.0, -1.25, 0.75, 0.0]> : tensor<4xf32>
  %2:2 = tao.loop trips "3" slices() carried(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    tao.yield %b, %a : tensor<4xf32>, tensor<4xf32>
  }
  check.expect_eq %2#0, dense<[-2.0, -1.25, 0.75, 0.0]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %2#1, dense<[0.25, 1.75, 1.5, 0.75]> : tensor<4xf32> : tensor<4xf32>
  return
}

func.func @fibonacci() {
  %0 = tao.constant dense<[0.0, 0.0, 0.0, 0.0]> : tensor<4xf32>
  %1 = tao.constant dense<[1.0, 1.0, 1.0, 1.0]> : tensor<4xf32>
  %2:2 = tao.loop trips "9" slices() carried(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %c = tao.add %a, %b : tensor<4xf32>
    tao.yield %b, %c : tensor<4xf32>, tensor<4xf32>
  }
  check.expect_eq %2#0, dense<[34.0, 34.0, 34.0, 34.0]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %2#1, dense<[55.0, 55.0, 55.0, 55.0]> : tensor<4xf32> : tensor<4xf32>
  return
}

func.func @stays_and_capture() {
  %0 = check.input dense<[1.75, 0.75, 1.25, -2.0]> : tensor<4xf32>
  %1 = check.input dense<[-1.0, 0.5, 0.5, -0.75]> : tensor<4xf32>
  %2 = check.input dense<[-1.5, 0.25, -1.75, 0.5]> : tensor<4xf32>
  %3:2 = tao.loop trips "3" slices() carried(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %c = tao.neg %2 : tensor<4xf32>
    %d = tao.add %b, %c : tensor<4xf32>
    %e = tao.add %d, %a : tensor<4xf32>
    tao.yield %a, %e : tensor<4xf32>, tensor<4xf32>
  }
  check.expect_eq %3#0, dense<[1.75, 0.75, 1.25, -2.0]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %3#1, dense<[8.75, 2.0, 9.5, -8.25]> : tensor<4xf32> : tensor<4xf32>
  return
}

func.func @one_value_four_times() {
  %0 = check.input dense<[1.0, 0.5, -1.75, 0.0]> : tensor<4xf32>
  %1 = check.input dense<[-1.0, 0.0, 0.5, -1.25]> : tensor<4xf32>
  %2:4 = tao.loop trips "3" slices() carried(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<3x4xf32>, tensor<3x4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %c = tao.add %a, %b : tensor<4xf32>
    tao.yield %c, %c, %c, %c : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  check.expect_eq %2#0, dense<[0.0, 2.0, -5.0, -5.0]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %2#1, dense<[0.0, 2.0, -5.0, -5.0]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %2#2, dense<[[0.0, 0.5, -1.25, -1.25], [0.0, 1.0, -2.5, -2.5], [0.0, 2.0, -5.0, -5.0]]> : tensor<3x4xf32> : tensor<3x4xf32>
  check.expect_eq %2#3, dense<[[0.0, 0.5, -1.25, -1.25], [0.0, 1.0, -2.5, -2.5], [0.0, 2.0, -5.0, -5.0]]> : tensor<3x4xf32> : tensor<3x4xf32>
  return
}

func.func @state_and_output() {
  %0 = check.input dense<[[-2.0, -0.25, 0.25, -1.5], [1.5, -0.25, 1.75, 0.0], [0.75, 1.0, -0.25, -0.5], [0.5, -2.0, 0.25, 0.0], [-1.5, -1.25, -2.0, 0.75], [0.5, -0.5, 1.75, -0.5]]> : tensor<6x4xf32>
  %1 = tao.constant dense<[0.0, 0.0, 0.0, 0.0]> : tensor<4xf32>
  %2 = check.input dense<[-1.0, 1.5, -1.75, -0.5]> : tensor<4xf32>
  %3:3 = tao.loop trips "6" slices(%0) carried(%1, %2) : (tensor<6x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<6x4xf32>) {
  ^bb0(%x: tensor<4xf32>, %h: tensor<4xf32>, %c: tensor<4xf32>):
    %s = tao.add %c, %x : tensor<4xf32>
    %g = tao.max %s, %h : tensor<4xf32>
    %o = tao.sub %g, %c : tensor<4xf32>
    tao.yield %o, %s, %o : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  check.expect_eq %3#0, dense<[8.25, 0.25, 4.5, 11.25]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %3#1, dense<[-1.25, -1.75, 0.0, -2.25]> : tensor<4xf32> : tensor<4xf32>
  check.expect_eq %3#2, dense<[[1.0, -0.25, 1.75, 0.5], [4.0, -0.25, 3.25, 2.5], [5.5, 1.0, 3.0, 4.5], [6.25, -1.0, 3.0, 7.0], [6.5, -1.0, 2.75, 9.5], [8.25, 0.25, 4.5, 11.25]]> : tensor<6x4xf32> : tensor<6x4xf32>
  %4 = tao.neg %3#0 : tensor<4xf32>
  check.expect_eq %4, dense<[-8.25, -0.25, -4.5, -11.25]> : tensor<4xf32> : tensor<4xf32>
  return
}

func.func @initial_value_is_read_again() {
  %0 = check.input dense<[-2.0, -0.75, 0.75, -0.75]> : tensor<4xf32>
  %1 = tao.neg %0 : tensor<4xf32>
  %2:1 = tao.loop trips "2" slices() carried(%1) : (tensor<4xf32>) -> (tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %b = tao.add %a, %a : tensor<4xf32>
    tao.yield %b : tensor<4xf32>
  }
  check.expect_eq %2#0, dense<[8.0, 3.0, -3.0, 3.0]> : tensor<4xf32> : tensor<4xf32>
  %3 = tao.add %2#0, %1 : tensor<4xf32>
  check.expect_eq %3, dense<[10.0, 3.75, -3.75, 3.75]> : tensor<4xf32> : tensor<4xf32>
  return
}

func.func @rows_of_constants_and_slices() {
  %0 = check.input dense<[[-0.25, -0.25, -2.0, -1.75], [-1.0, 0.0, -1.75, 1.5], [1.25, 0.25, 0.75, 0.75]]> : tensor<3x4xf32>
  %1:2 = tao.loop trips "3" slices(%0) carried() reversed [false, false, true] : (tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  ^bb0(%x: tensor<4xf32>):
    %w = tao.constant dense<[-2.0, 1.75, -2.0, 1.25]> : tensor<4xf32>
    tao.yield %w, %x : tensor<4xf32>, tensor<4xf32>
  }
  check.expect_eq %1#0, dense<[[-2.0, 1.75, -2.0, 1.25], [-2.0, 1.75, -2.0, 1.25], [-2.0, 1.75, -2.0, 1.25]]> : tensor<3x4xf32> : tensor<3x4xf32>
  check.expect_eq %1#1, dense<[[1.25, 0.25, 0.75, 0.75], [-1.0, 0.0, -1.75, 1.5], [-0.25, -0.25, -2.0, -1.75]]> : tensor<3x4xf32> : tensor<3x4xf32>
  return
}

func.func @recurrent_product_1() {
  %0 = tao.constant dense<"0x000080BE000080BE000000BE0000000000000000000000BE0000003E00000000000080BE000000BE000080BE000080BE0000003E0000003E000000BE000080BE0000003E000080BE000080BE000000BE000000BE000000BE000000BE000080BE0000000000000000000000000000003E0000003E000080BE0000003E000000BE0000003E00000000000080BE0000003E0000003E0000003E000080BE000080BE0000000000000000000080BE0000003E000080BE000080BE0000003E00000000000080BE000080BE0000003E0000003E0000003E0000003E000000BE00000000000000BE000080BE000080BE000080BE000080BE000000BE0000003E0000003E"> : tensor<8x8xf32>
  %1 = tao.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<1x8xf32>
  %2 = check.input dense<"0x0000A03F0000403F0000C0BF0000A03F0000E03F0000A03F0000403F000080BF00000000000080BE0000A03F000040BF000000BF000080BF000080BE0000803E000080BE000040BF000000000000803E0000C0BF0000803E0000403F0000E0BF0000803E000080BE0000C03F000000BF000040BF0000403F0000A03F0000E0BF"> : tensor<4x1x8xf32>
  %3:2 = tao.loop trips "4" slices(%2) carried(%1) : (tensor<4x1x8xf32>, tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<4x1x8xf32>) {
  ^bb0(%x: tensor<1x8xf32>, %h: tensor<1x8xf32>):
    %p = tao.contract %h, %0 maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<1x8xf32>, tensor<8x8xf32> -> tensor<1x8xf32>
    %s = tao.add %p, %x : tensor<1x8xf32>
    %o = tao.max %s, %x : tensor<1x8xf32>
    tao.yield %o, %o : tensor<1x8xf32>, tensor<1x8xf32>
  }
  check.expect_close %3#0, dense<[[0.2788086, 0.08984375, 2.5263672, 0.095214844, -0.52978516, 0.75, 1.4677734, -1.4404297]]> : tensor<1x8xf32> {atol = 1.0e-06, rtol = 1.0e-06} : tensor<1x8xf32>
  check.expect_close %3#1, dense<"0x0000A03F0000403F0000C0BF0000A03F0000E03F0000A03F0000403F000080BF00000000000060BE0000A03F0000003E0000403E000080BF000080BE0000803E0000803C000040BF000000000000803E0080BEBF0000803E0000403F0000E0BF00C08E3E0000B83D00B021400000C33D00A007BF0000403F00E0BB3F0060B8BF"> : tensor<4x1x8xf32> {atol = 1.0e-06, rtol = 1.0e-06} : tensor<4x1x8xf32>
  return
}

func.func @recurrent_product_3() {
  %0 = tao.constant dense<"0x00000000000000BE000080BE0000003E000000BE000080BE0000003E00000000000000BE000080BE000080BE00000000000000000000003E0000003E0000003E000080BE000080BE0000000000000000000080BE0000003E0000003E000080BE00000000000000BE00000000000000000000000000000000000000BE000000BE000080BE00000000000000BE000000000000003E000000BE0000003E000000000000000000000000000000BE00000000000000BE0000000000000000000000BE000000BE000000BE000000BE0000003E0000003E000080BE000000BE000080BE000080BE000080BE000000BE0000003E000080BE0000003E0000003E000080BE"> : tensor<8x8xf32>
  %1 = tao.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<3x8xf32>
  %2 = check.input dense<"0x0000003F0000A0BF0000C0BF0000003F0000403F000000BF0000C0BF000080BF0000E03F0000403F0000803E000080BF0000A03F000040BF000080BE0000803F000000BF000080BE000000C00000803F000080BF00000000000000000000C0BF0000A0BF000080BE0000E0BF0000A03F000040BF0000803E0000C0BF0000E03F000080BE000000C0000040BF000040BF0000A0BF0000803F0000E03F0000003F0000C0BF00000000000080BE0000003F0000A03F0000C03F0000803F0000003F000080BE000000000000C0BF00000000000000000000003F000080BE000040BF000000000000003F0000A0BF0000803E000040BF0000803F0000803E000080BE000000C0000000C00000A0BF00000000000080BE0000A03F0000C0BF0000003F000000BF0000003F0000E0BF000000BF0000C0BF000040BF0000A0BF0000403F0000003F0000E0BF000080BF0000A03F0000C03F0000C03F0000E0BF0000E03F000000BF0000C0BF0000403F0000E0BF000000C00000C03F0000E0BF000000BF0000C03F000080BF000080BF000000BF0000803F0000003F000080BF0000C0BF000000BF000080BE000000BF0000003F0000E0BF0000403F00000000000000C00000003F0000803F000040BF000000BF0000803E000000BF0000000000000000"> : tensor<5x3x8xf32>
  %3:2 = tao.loop trips "5" slices(%2) carried(%1) : (tensor<5x3x8xf32>, tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<5x3x8xf32>) {
  ^bb0(%x: tensor<3x8xf32>, %h: tensor<3x8xf32>):
    %p = tao.contract %h, %0 maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] : tensor<3x8xf32>, tensor<8x8xf32> -> tensor<3x8xf32>
    %s = tao.add %p, %x : tensor<3x8xf32>
    %o = tao.max %s, %x : tensor<3x8xf32>
    tao.yield %o, %o : tensor<3x8xf32>, tensor<3x8xf32>
  }
  check.expect_close %3#0, dense<[[1.9361572, -0.9140625, -1.0, -0.5, 1.0, 0.9915161, -0.84454346, -0.7468262], [-0.5, -0.08874512, -0.5, 0.6264038, -1.75, 0.75, 0.26098633, -2.0], [0.93444824, 1.2159424, -0.41101074, -0.5, 0.25, 0.23937988, 0.3203125, 0.03869629]]> : tensor<3x8xf32> {atol = 1.0e-06, rtol = 1.0e-06} : tensor<3x8xf32>
  check.expect_close %3#1, dense<"0x0000003F0000A0BF0000C0BF0000003F0000403F000000BF0000C0BF000080BF0000E03F0000403F0000803E000080BF0000A03F000040BF000080BE0000803F000000BF000080BE000000C00000803F000080BF00000000000000000000C0BF0000F0BE0000403F0000A4BF0000A03F000060BE0000803E0000C0BF00002640000080BE000000C0000040BF0000E0BE0000A0BF0000803F000022400000103F0000B0BE0000603F0000803E0000003F000004400000C03F0000803F00009C3F000080BE000000000000C0BF0000A03D000000000080A33F000040BD000040BF0000963E0000513F008085BF00001B3F000023BF0000803F0000803E000080BE000000C0000000C00000A0BF0000703E000080BE0000A03F000097BF0000003F00008C3D00808B3F00B0DFBF000000BF003089BF000040BF0000A0BF00D0933F0060593F0000E0BF000080BF00B0A43F0080CE3F0000C03F0000E0BF00C0F43F0000173E0080E3BE00E0DA3F0000E0BF00E0F2BF00C0FD3F0000E0BF0000E8BE00D4F73F00006ABF000080BF000000BF0000803F00D47D3F003458BF00303FBF000000BF00C0B5BD000000BF005C203F0000E0BF0000403F00A0853E000000C000386F3F00A49B3F0070D2BE000000BF0000803E0020753E0000A43E00801E3D"> : tensor<5x3x8xf32> {atol = 1.0e-06, rtol = 1.0e-06} : tensor<5x3x8xf32>
  return
}

func.func @nested_3_4() {
  %0 = check.input dense<[[[-2.0, -1.0], [-0.5, -1.25], [0.5, 0.25], [0.75, -0.25]], [[0.0, 1.25], [0.25, -1.25], [1.25, 1.5], [0.0, -0.25]], [[0.5, 1.0], [1.0, 1.0], [-1.0, 1.5], [-2.0, -0.25]]]> : tensor<3x4x2xf32> as tensor<?x?x2xf32, #tao.dims<"n", "m">>
  %1 = check.input dense<[-0.5, 0.25]> : tensor<2xf32>
  %2:3 = tao.loop trips "n" slices(%0) carried(%1) : (tensor<?x?x2xf32, #tao.dims<"n", "m">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x?x2xf32, #tao.dims<"n", "m">>, tensor<?x2xf32, #tao.dims<"n">>) {
  ^bb0(%xs: tensor<?x2xf32, #tao.dims<"m">>, %h: tensor<2xf32>):
    %i:2 = tao.loop trips "m" slices(%xs) carried(%h) : (tensor<?x2xf32, #tao.dims<"m">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32, #tao.dims<"m">>) {
    ^bb0(%x: tensor<2xf32>, %a: tensor<2xf32>):
      %s = tao.add %a, %x : tensor<2xf32>
      tao.yield %s, %s : tensor<2xf32>, tensor<2xf32>
    }
    %t = tao.add %i#0, %h : tensor<2xf32>
    tao.yield %i#0, %i#1, %t : tensor<2xf32>, tensor<?x2xf32, #tao.dims<"m">>, tensor<2xf32>
  }
  check.expect_eq %2#0, dense<[-1.75, 2.5]> : tensor<2xf32> : tensor<2xf32>
  check.expect_eq %2#1, dense<[[[-2.5, -0.75], [-3.0, -2.0], [-2.5, -1.75], [-1.75, -2.0]], [[-1.75, -0.75], [-1.5, -2.0], [-0.25, -0.5], [-0.25, -0.75]], [[0.25, 0.25], [1.25, 1.25], [0.25, 2.75], [-1.75, 2.5]]]> : tensor<3x4x2xf32> : tensor<?x?x2xf32, #tao.dims<"n", "m">>
  check.expect_eq %2#2, dense<[[-2.25, -1.75], [-2.0, -2.75], [-2.0, 1.75]]> : tensor<3x2xf32> : tensor<?x2xf32, #tao.dims<"n">>
  return
}

func.func @nested_2_0() {
  %0 = check.input dense<> : tensor<2x0x2xf32> as tensor<?x?x2xf32, #tao.dims<"n", "m">>
  %1 = check.input dense<[0.5, 0.0]> : tensor<2xf32>
  %2:3 = tao.loop trips "n" slices(%0) carried(%1) : (tensor<?x?x2xf32, #tao.dims<"n", "m">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x?x2xf32, #tao.dims<"n", "m">>, tensor<?x2xf32, #tao.dims<"n">>) {
  ^bb0(%xs: tensor<?x2xf32, #tao.dims<"m">>, %h: tensor<2xf32>):
    %i:2 = tao.loop trips "m" slices(%xs) carried(%h) : (tensor<?x2xf32, #tao.dims<"m">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32, #tao.dims<"m">>) {
    ^bb0(%x: tensor<2xf32>, %a: tensor<2xf32>):
      %s = tao.add %a, %x : tensor<2xf32>
      tao.yield %s, %s : tensor<2xf32>, tensor<2xf32>
    }
    %t = tao.add %i#0, %h : tensor<2xf32>
    tao.yield %i#0, %i#1, %t : tensor<2xf32>, tensor<?x2xf32, #tao.dims<"m">>, tensor<2xf32>
  }
  check.expect_eq %2#0, dense<[0.5, 0.0]> : tensor<2xf32> : tensor<2xf32>
  check.expect_eq %2#1, dense<> : tensor<2x0x2xf32> : tensor<?x?x2xf32, #tao.dims<"n", "m">>
  check.expect_eq %2#2, dense<[[1.0, 0.0], [1.0, 0.0]]> : tensor<2x2xf32> : tensor<?x2xf32, #tao.dims<"n">>
  return
}

func.func @nested_0_2() {
  %0 = check.input dense<> : tensor<0x2x2xf32> as tensor<?x?x2xf32, #tao.dims<"n", "m">>
  %1 = check.input dense<[-2.0, -1.25]> : tensor<2xf32>
  %2:3 = tao.loop trips "n" slices(%0) carried(%1) : (tensor<?x?x2xf32, #tao.dims<"n", "m">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x?x2xf32, #tao.dims<"n", "m">>, tensor<?x2xf32, #tao.dims<"n">>) {
  ^bb0(%xs: tensor<?x2xf32, #tao.dims<"m">>, %h: tensor<2xf32>):
    %i:2 = tao.loop trips "m" slices(%xs) carried(%h) : (tensor<?x2xf32, #tao.dims<"m">>, tensor<2xf32>) -> (tensor<2xf32>, tensor<?x2xf32, #tao.dims<"m">>) {
    ^bb0(%x: tensor<2xf32>, %a: tensor<2xf32>):
      %s = tao.add %a, %x : tensor<2xf32>
      tao.yield %s, %s : tensor<2xf32>, tensor<2xf32>
    }
    %t = tao.add %i#0, %h : tensor<2xf32>
    tao.yield %i#0, %i#1, %t : tensor<2xf32>, tensor<?x2xf32, #tao.dims<"m">>, tensor<2xf32>
  }
  check.expect_eq %2#0, dense<[-2.0, -1.25]> : tensor<2xf32> : tensor<2xf32>
  check.expect_eq %2#1, dense<> : tensor<0x2x2xf32> : tensor<?x?x2xf32, #tao.dims<"n", "m">>
  check.expect_eq %2#2, dense<> : tensor<0x2xf32> : tensor<?x2xf32, #tao.dims<"n">>
  return
}

func.func @double_until_100_1() {
  %0 = check.input dense<true> : tensor<i1>
  %1 = check.input dense<[1.5, 0.5, -2.0]> : tensor<3xf32>
  %2:2 = tao.loop slices() carried(%0, %1) : (tensor<i1>, tensor<3xf32>) -> (tensor<i1>, tensor<3xf32>) {
  ^bb0(%go: tensor<i1>, %v: tensor<3xf32>):
    %d = tao.add %v, %v : tensor<3xf32>
    %m = tao.reduce max %d dims [0] : tensor<3xf32> -> tensor<f32>
    %l = tao.constant dense<100.0> : tensor<f32>
    %c = tao.cmp lt %m, %l : tensor<f32>, tensor<f32> -> tensor<i1>
    tao.yield %c, %d : tensor<i1>, tensor<3xf32>
  }
  check.expect_eq %2#1, dense<[192.0, 64.0, -256.0]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#0, dense<false> : tensor<i1> : tensor<i1>
  return
}

func.func @double_until_100_0() {
  %0 = check.input dense<false> : tensor<i1>
  %1 = check.input dense<[1.5, 0.5, -2.0]> : tensor<3xf32>
  %2:2 = tao.loop slices() carried(%0, %1) : (tensor<i1>, tensor<3xf32>) -> (tensor<i1>, tensor<3xf32>) {
  ^bb0(%go: tensor<i1>, %v: tensor<3xf32>):
    %d = tao.add %v, %v : tensor<3xf32>
    %m = tao.reduce max %d dims [0] : tensor<3xf32> -> tensor<f32>
    %l = tao.constant dense<100.0> : tensor<f32>
    %c = tao.cmp lt %m, %l : tensor<f32>, tensor<f32> -> tensor<i1>
    tao.yield %c, %d : tensor<i1>, tensor<3xf32>
  }
  check.expect_eq %2#1, dense<[1.5, 0.5, -2.0]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %2#0, dense<false> : tensor<i1> : tensor<i1>
  return
}

func.func @branch_1() {
  %0 = check.input dense<true> : tensor<i1>
  %1 = check.input dense<[0.0, 0.0, -1.25]> : tensor<3xf32>
  %2 = tao.neg %1 : tensor<3xf32>
  %3:2 = tao.if %0 : (tensor<i1>) -> (tensor<3xf32>, tensor<3xf32>) then {
    %a = tao.add %2, %1 : tensor<3xf32>
    tao.yield %a, %2 : tensor<3xf32>, tensor<3xf32>
  } else {
    %a = tao.mul %2, %2 : tensor<3xf32>
    %b = tao.neg %a : tensor<3xf32>
    tao.yield %a, %b : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %3#0, dense<[0.0, 0.0, 0.0]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %3#1, dense<[-0.0, -0.0, 1.25]> : tensor<3xf32> : tensor<3xf32>
  return
}

func.func @branch_0() {
  %0 = check.input dense<false> : tensor<i1>
  %1 = check.input dense<[1.5, -1.5, 1.5]> : tensor<3xf32>
  %2 = tao.neg %1 : tensor<3xf32>
  %3:2 = tao.if %0 : (tensor<i1>) -> (tensor<3xf32>, tensor<3xf32>) then {
    %a = tao.add %2, %1 : tensor<3xf32>
    tao.yield %a, %2 : tensor<3xf32>, tensor<3xf32>
  } else {
    %a = tao.mul %2, %2 : tensor<3xf32>
    %b = tao.neg %a : tensor<3xf32>
    tao.yield %a, %b : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %3#0, dense<[2.25, 2.25, 2.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %3#1, dense<[-2.25, -2.25, -2.25]> : tensor<3xf32> : tensor<3xf32>
  return
}

func.func @branch_in_loop() {
  %0 = check.input dense<[true, false, false, true, true]> : tensor<5xi1>
  %1 = check.input dense<[[0.5, -2.0, -0.5], [0.5, -1.5, -0.75], [1.25, -1.5, 1.75], [-1.5, -0.5, 1.0], [-2.0, 1.75, 0.25]]> : tensor<5x3xf32>
  %2 = tao.constant dense<[0.0, 0.0, 0.0]> : tensor<3xf32>
  %3:2 = tao.loop trips "5" slices(%0, %1) carried(%2) : (tensor<5xi1>, tensor<5x3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>) {
  ^bb0(%f: tensor<i1>, %x: tensor<3xf32>, %h: tensor<3xf32>):
    %r = tao.if %f : (tensor<i1>) -> (tensor<3xf32>) then {
      %a = tao.add %h, %x : tensor<3xf32>
      tao.yield %a : tensor<3xf32>
    } else {
      %b:2 = tao.loop trips "2" slices() carried(%h) : (tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3xf32>) {
      ^bb0(%v: tensor<3xf32>):
        %w = tao.sub %v, %x : tensor<3xf32>
        tao.yield %w, %w : tensor<3xf32>, tensor<3xf32>
      }
      tao.yield %b#0 : tensor<3xf32>
    }
    tao.yield %r, %r : tensor<3xf32>, tensor<3xf32>
  }
  check.expect_eq %3#0, dense<[-6.5, 5.25, -1.25]> : tensor<3xf32> : tensor<3xf32>
  check.expect_eq %3#1, dense<[[0.5, -2.0, -0.5], [-0.5, 1.0, 1.0], [-3.0, 4.0, -2.5], [-4.5, 3.5, -1.5], [-6.5, 5.25, -1.25]]> : tensor<5x3xf32> : tensor<5x3xf32>
  return
}

func.func @invariants() {
  %0 = check.input dense<[0.75, -1.25, 0.0, 0.75]> : tensor<4xf32>
  %1 = tao.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<2x4xf32>
  %2 = check.input dense<[[[0.0, 0.75, -0.5, 1.0], [0.0, -1.75, 1.25, 1.25]], [[0.75, 0.75, -1.75, -1.75], [-1.25, -0.75, 1.25, -1.75]], [[-0.25, 1.75, 0.5, 0.75], [1.0, -0.5, 0.5, -1.75]]]> : tensor<3x2x4xf32>
  %3:1 = tao.loop trips "3" slices(%2) carried(%1) : (tensor<3x2x4xf32>, tensor<2x4xf32>) -> (tensor<2x4xf32>) {
  ^bb0(%x: tensor<2x4xf32>, %h: tensor<2x4xf32>):
    %n = tao.neg %0 : tensor<4xf32>
    %b = tao.broadcast %n dims [1] : tensor<4xf32> -> tensor<2x4xf32>
    %s = tao.add %h, %b : tensor<2x4xf32>
    %o = tao.mul %s, %x : tensor<2x4xf32>
    tao.yield %o : tensor<2x4xf32>
  }
  check.expect_close %3#0, dense<[[0.328125, 5.0585938, 0.0, 1.40625], [0.1875, -0.9765625, 0.0, -3.8554688]]> : tensor<2x4xf32> {atol = 1.0e-06, rtol = 1.0e-06} : tensor<2x4xf32>
  return
}
