// RUN: tao-opt %s --pass-pipeline='builtin.module(print-dim-classes)' -o /dev/null 2>&1 | FileCheck %s

// A reduction and its broadcast back share the row class; the reduced class is the row's own.
// CHECK-LABEL: @softmax
// CHECK-NEXT: [[[N:c[0-9]+]], [[D:c[0-9]+]]] read
// CHECK-NEXT: [[[N]]] tao.reduce reduces [[D]]
// CHECK-NEXT: [[[N]], [[D]]] tao.broadcast
// CHECK-NEXT: [[[N]], [[D]]] tao.sub
// CHECK-NEXT: [[N]] = n
// CHECK-NEXT: [[D]] = 1024
func.func @softmax(%x: tensor<?x1024xf32, #tao.dims<"n">>) -> tensor<?x1024xf32, #tao.dims<"n">> {
  %max = tao.reduce max %x dims [1] : tensor<?x1024xf32, #tao.dims<"n">> -> tensor<?xf32, #tao.dims<"n">>
  %maxes = tao.broadcast %max dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<?x1024xf32, #tao.dims<"n">>
  %shifted = tao.sub %x, %maxes : tensor<?x1024xf32, #tao.dims<"n">>
  return %shifted : tensor<?x1024xf32, #tao.dims<"n">>
}

// A reshape that cuts a dim splits its class into factors, which the transpose then moves.
// CHECK-LABEL: @heads
// CHECK-NEXT: [[[B:c[0-9]+]], [[S:c[0-9]+]], [[H:c[0-9]+]]*[[E:c[0-9]+]]] read
// CHECK-NEXT: [[[B]], [[S]], [[H]], [[E]]] tao.reshape
// CHECK-NEXT: [[[B]], [[H]], [[S]], [[E]]] tao.transpose
// CHECK-NEXT: [[[B]], [[H]], [[S]], [[E]]] read
// CHECK-NEXT: [[[B]], [[H]], [[S]], [[E]]] tao.add
// CHECK-DAG: [[H]] = 4
// CHECK-DAG: [[E]] = 16
func.func @heads(%x: tensor<2x8x64xf32>, %y: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = tao.reshape %x : tensor<2x8x64xf32> -> tensor<2x8x4x16xf32>
  %1 = tao.transpose %0 perm [0, 2, 1, 3] : tensor<2x8x4x16xf32> -> tensor<2x4x8x16xf32>
  %2 = tao.add %1, %y : tensor<2x4x8x16xf32>
  return %2 : tensor<2x4x8x16xf32>
}

// Halves of a dim are a factor and a picked index: everything still runs in step, only the picked factor is pinned.
// CHECK-LABEL: @rope
// CHECK-NEXT: [[[N:c[0-9]+]], [[P:c[0-9]+]]*[[D:c[0-9]+]]] read
// CHECK-NEXT: [[[N]], [[D]]] tao.slice pins [[P]]
// CHECK-NEXT: [[[N]], [[D]]] tao.slice pins [[P]]
// CHECK-NEXT: [[[N]], [[D]]] tao.neg
// CHECK-NEXT: [[[N]], [[P]]*[[D]]] tao.concat pins [[P]] pins [[P]]
// CHECK-NEXT: [[[N]], [[P]]*[[D]]] tao.mul
func.func @rope(%x: tensor<6x8xf32>) -> tensor<6x8xf32> {
  %a = tao.slice %x from ["0", "0"] by [1, 1] : tensor<6x8xf32> -> tensor<6x4xf32>
  %b = tao.slice %x from ["0", "4"] by [1, 1] : tensor<6x8xf32> -> tensor<6x4xf32>
  %n = tao.neg %b : tensor<6x4xf32>
  %c = tao.concat %n, %a axis 1 : tensor<6x4xf32>, tensor<6x4xf32> -> tensor<6x8xf32>
  %r = tao.mul %c, %x : tensor<6x8xf32>
  return %r : tensor<6x8xf32>
}

// Every other element is a picked index as well, the inner factor this time.
// CHECK-LABEL: @comb
// CHECK-NEXT: [[[D:c[0-9]+]]*[[P:c[0-9]+]]] read
// CHECK-NEXT: [[[D]]] tao.slice pins [[P]]
func.func @comb(%x: tensor<8xf32>) -> tensor<4xf32> {
  %a = tao.slice %x from ["1"] by [2] : tensor<8xf32> -> tensor<4xf32>
  return %a : tensor<4xf32>
}

// x + transpose(x) would give x one class twice: the transposed read stays out of step.
// CHECK-LABEL: @square
// CHECK: tao.add pins [[A:c[0-9]+]]*[[B:c[0-9]+]]
func.func @square(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %t = tao.transpose %x perm [1, 0] : tensor<8x8xf32> -> tensor<8x8xf32>
  %r = tao.add %t, %x : tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// Unequal pieces, gathered indices and windows are out of step along their dim only.
// CHECK-LABEL: @pieces
// CHECK-NEXT: [[[N:c[0-9]+]], [[A:c[0-9]+]]] read
// CHECK-NEXT: [[[N]], [[B:c[0-9]+]]] read
// CHECK-NEXT: [[[N]], [[C:c[0-9]+]]] tao.concat pins [[A]]*[[C]] pins [[B]]*[[C]]
// CHECK-NEXT: [[[I:c[0-9]+]]] read
// CHECK-NEXT: [[[I]], [[C]]] tao.gather pins [[N]]
// CHECK-NEXT: [[[I]], [[W:c[0-9]+]]] tao.reduce_window pins [[C]]
func.func @pieces(%x: tensor<6x3xf32>, %y: tensor<6x5xf32>, %i: tensor<9xi64>) -> tensor<9x7xf32> {
  %c = tao.concat %x, %y axis 1 : tensor<6x3xf32>, tensor<6x5xf32> -> tensor<6x8xf32>
  %g = tao.gather %c, %i axis 0 : tensor<6x8xf32>, tensor<9xi64> -> tensor<9x8xf32>
  %w = tao.reduce_window max %g window [1, 2] strides [1, 1] dilations [1, 1] low [0, 0] : tensor<9x8xf32> -> tensor<9x7xf32>
  return %w : tensor<9x7xf32>
}
