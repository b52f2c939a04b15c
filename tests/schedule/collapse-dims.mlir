// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(collapse-dims))' | FileCheck %s

// Elementwise: all dims become one, and the reshapes outside are views.
// CHECK-LABEL: func.func @flat
// CHECK: %[[IN:.*]] = tao.reshape %arg0 : tensor<?x4x8xf32, #tao.dims<"b">> -> tensor<?xf32, #tao.dims<"32*b">>
// CHECK: %[[R:.*]] = stitch.group(%{{.*}} = %[[IN]]) {{.*}} : (tensor<?xf32, #tao.dims<"32*b">>) -> tensor<?xf32, #tao.dims<"32*b">>
// CHECK: tao.reshape %[[R]] : tensor<?xf32, #tao.dims<"32*b">> -> tensor<?x4x8xf32, #tao.dims<"b">>
func.func @flat(%x: tensor<?x4x8xf32, #tao.dims<"b">>) -> tensor<?x4x8xf32, #tao.dims<"b">> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<?x4x8xf32, #tao.dims<"b">>) -> tensor<?x4x8xf32, #tao.dims<"b">> {
    %0 = tao.exp %a : tensor<?x4x8xf32, #tao.dims<"b">>
    stitch.yield %0 : tensor<?x4x8xf32, #tao.dims<"b">>
  }
  return %r : tensor<?x4x8xf32, #tao.dims<"b">>
}

// A broadcast along the last dim keeps it apart; the outer dims merge.
// CHECK-LABEL: func.func @bias
// CHECK: tao.broadcast %{{.*}} dims [1] : tensor<8xf32> -> tensor<12x8xf32>
// CHECK: tao.add %{{.*}}, %{{.*}} : tensor<12x8xf32>
func.func @bias(%x: tensor<3x4x8xf32>, %w: tensor<8xf32>) -> tensor<3x4x8xf32> {
  %r = stitch.group(%a = %x, %c = %w) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<3x4x8xf32>, tensor<8xf32>) -> tensor<3x4x8xf32> {
    %0 = tao.broadcast %c dims [2] : tensor<8xf32> -> tensor<3x4x8xf32>
    %1 = tao.add %a, %0 : tensor<3x4x8xf32>
    stitch.yield %1 : tensor<3x4x8xf32>
  }
  return %r : tensor<3x4x8xf32>
}

// Reduced dims merge with each other, kept ones with each other, never across.
// CHECK-LABEL: func.func @reduce
// CHECK: tao.reduce max %{{.*}} dims [1] : tensor<6x20xf32> -> tensor<6xf32>
func.func @reduce(%x: tensor<2x3x4x5xf32>) -> tensor<2x3xf32> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<2x3x4x5xf32>) -> tensor<2x3xf32> {
    %0 = tao.reduce max %a dims [2, 3] : tensor<2x3x4x5xf32> -> tensor<2x3xf32>
    stitch.yield %0 : tensor<2x3xf32>
  }
  return %r : tensor<2x3xf32>
}

// A transpose keeps only dims that stay neighbours.
// CHECK-LABEL: func.func @transpose
// CHECK: tao.transpose %{{.*}} perm [1, 0] : tensor<2x12xf32> -> tensor<12x2xf32>
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %r = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
    %0 = tao.transpose %a perm [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
    stitch.yield %0 : tensor<3x4x2xf32>
  }
  return %r : tensor<3x4x2xf32>
}

// The gathered axis stays; index dims merge with each other, trailing data dims too.
// CHECK-LABEL: func.func @gather
// CHECK: tao.gather %{{.*}}, %{{.*}} axis 0 : tensor<10x32xf32>, tensor<6xi64> -> tensor<6x32xf32>
func.func @gather(%x: tensor<10x4x8xf32>, %i: tensor<2x3xi64>) -> tensor<2x3x4x8xf32> {
  %r = stitch.group(%a = %x, %n = %i) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<10x4x8xf32>, tensor<2x3xi64>) -> tensor<2x3x4x8xf32> {
    %0 = tao.gather %a, %n axis 0 : tensor<10x4x8xf32>, tensor<2x3xi64> -> tensor<2x3x4x8xf32>
    stitch.yield %0 : tensor<2x3x4x8xf32>
  }
  return %r : tensor<2x3x4x8xf32>
}

// Untouched dims of a concatenation merge; its axis does not.
// CHECK-LABEL: func.func @concat
// CHECK: tao.concat %{{.*}}, %{{.*}} axis 1 : tensor<2x3x20xf32>, tensor<2x1x20xf32> -> tensor<2x4x20xf32>
func.func @concat(%x: tensor<2x3x4x5xf32>, %y: tensor<2x1x4x5xf32>) -> tensor<2x4x4x5xf32> {
  %r = stitch.group(%a = %x, %c = %y) plan <{version = 1, planner = "none", kind = "memory", regions = []}> : (tensor<2x3x4x5xf32>, tensor<2x1x4x5xf32>) -> tensor<2x4x4x5xf32> {
    %0 = tao.concat %a, %c axis 1 : tensor<2x3x4x5xf32>, tensor<2x1x4x5xf32> -> tensor<2x4x4x5xf32>
    stitch.yield %0 : tensor<2x4x4x5xf32>
  }
  return %r : tensor<2x4x4x5xf32>
}
