// RUN: not tao-opt %s --pass-pipeline='builtin.module(func.func(place-groups))' 2>&1 | FileCheck %s

// CHECK: 'stitch.group' op cannot become one kernel: its results differ in shape
func.func @two_spaces(%x: tensor<4xf32>, %y: tensor<5xf32>) -> (tensor<4xf32>, tensor<5xf32>) {
  %r:2 = stitch.group(%a = %x, %c = %y) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<4xf32>, tensor<5xf32>) -> (tensor<4xf32>, tensor<5xf32>) {
    %0 = tao.neg %a : tensor<4xf32>
    %1 = tao.neg %c : tensor<5xf32>
    stitch.yield %0, %1 : tensor<4xf32>, tensor<5xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<5xf32>
}
