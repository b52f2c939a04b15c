// RUN: tao-opt %s -split-input-file -materialize-online -cse | FileCheck %s
// RUN: tao-opt %s -split-input-file -materialize-online="vector-bytes=64" -cse | FileCheck %s --check-prefix=WIDE

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>

// Two blocks of columns: the maximum, the sum and the result are kept, and corrected by a factor. Tiles are 6 x 16, and
// 14 x 8 for 20 columns, so stages have 84 rows.
// CHECK-LABEL: func.func @blocks
// CHECK: stitch.call @{{.*}}tasks = "2"
// CHECK: stitch.kernel
// CHECK: stitch.foreach grid
// CHECK: %[[LEFT:.*]] = stitch.stage at "0" : <tensor<84x40xf32>>
// CHECK: %[[PANELS:.*]] = stitch.stage at "{{[0-9]+}}" : <tensor<4x40x16xf32>>
// CHECK: %[[LOGITS:.*]] = stitch.stage at "{{[0-9]+}}" : <tensor<84x64xf32>>
// CHECK: %[[VALUES:.*]] = stitch.stage at "{{[0-9]+}}" : <tensor<3x64x8xf32>>
// CHECK: %[[RESULT:.*]] = stitch.stage at "{{[0-9]+}}" : <tensor<84x24xf32>>
// CHECK: stitch.foreach seq %{{.*}} to %c2
// CHECK: stitch.panel %{{.*}}, %[[PANELS]]
// CHECK: stitch.dot %[[LOGITS]], %[[LEFT]], %[[PANELS]] rows %{{.*}} cols %{{.*}} depth %c40 tile 6 :
// CHECK: %[[HERE:.*]] = stitch.reduce lane {{.*}} monoids [8]
// CHECK: %[[NOW:.*]] = arith.maximumf %{{.*}}, %[[HERE]]
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[NOW]]
// CHECK: %[[BASE:.*]] = arith.select %[[NONE]]
// CHECK: stitch.reduce lane {{.*}} monoids [0]
// CHECK: arith.subf %{{.*}}, %[[BASE]]
// CHECK: math.exp %{{.*}} fastmath<afn>
// CHECK: stitch.dot %[[RESULT]], %[[LOGITS]], %[[VALUES]] rows %{{.*}} cols %c20 depth %{{.*}} tile 14 accumulate
// CHECK: arith.divf
// CHECK: stitch.store
// With 32 registers tiles are 6 x 64, and 14 x 32 for 20 columns.
// WIDE-LABEL: func.func @blocks
// WIDE: stitch.dot {{.*}} tile 6 :
// WIDE: stitch.dot {{.*}} tile 14 accumulate
func.func @blocks(%q: tensor<100x40xf32>, %k: tensor<128x40xf32>, %v: tensor<128x20xf32>) -> tensor<100x20xf32> {
  %r = stitch.group(%a = %q, %b = %k, %c = %v) plan <{cols = 64, kind = "online", planner = "stitch", regions = [], rows = 50, version = 1}> : (tensor<100x40xf32>, tensor<128x40xf32>, tensor<128x20xf32>) -> tensor<100x20xf32> {
    %s = tao.contract %a, %b maps [#left, #right, #out] : tensor<100x40xf32>, tensor<128x40xf32> -> tensor<100x128xf32>
    %max = tao.reduce max %s dims [1] : tensor<100x128xf32> -> tensor<100xf32>
    %maxes = tao.broadcast %max dims [0] : tensor<100xf32> -> tensor<100x128xf32>
    %d = tao.sub %s, %maxes : tensor<100x128xf32>
    %e = tao.exp %d : tensor<100x128xf32>
    %sum = tao.reduce sum %e dims [1] : tensor<100x128xf32> -> tensor<100xf32>
    %sums = tao.broadcast %sum dims [0] : tensor<100xf32> -> tensor<100x128xf32>
    %p = tao.div %e, %sums : tensor<100x128xf32>
    %y = tao.contract %p, %c maps [#left, #turned, #out] : tensor<100x128xf32>, tensor<128x20xf32> -> tensor<100x20xf32>
    stitch.yield %y : tensor<100x20xf32>
  }
  return %r : tensor<100x20xf32>
}

// -----

#left = affine_map<(b, i, j, k) -> (b, i, k)>
#right = affine_map<(b, i, j, k) -> (b, j, k)>
#turned = affine_map<(b, i, j, k) -> (b, k, j)>
#out = affine_map<(b, i, j, k) -> (b, i, j)>

// One block whatever the sizes: nothing is corrected. A batch that is merged for the products is one index.
// CHECK-LABEL: func.func @one_block
// CHECK: stitch.kernel
// CHECK-COUNT-1: stitch.dot
// CHECK: %[[X:.*]] = arith.mulf
// CHECK: stitch.put %[[X]]
// CHECK-NOT: arith.maximumf
// CHECK: stitch.dot {{.*}} tile 6 :
// CHECK-NOT: stitch.dot
func.func @one_block(%q: tensor<6x32x16xf32>, %k: tensor<6x48x16xf32>, %v: tensor<6x48x16xf32>, %m: tensor<2x3x32x48xf32>) -> tensor<6x32x16xf32> {
  %r = stitch.group(%a = %q, %b = %k, %c = %v, %f = %m) plan <{cols = 48, kind = "online", planner = "stitch", regions = [], rows = 32, version = 1}> : (tensor<6x32x16xf32>, tensor<6x48x16xf32>, tensor<6x48x16xf32>, tensor<2x3x32x48xf32>) -> tensor<6x32x16xf32> {
    %t = tao.contract %a, %b maps [#left, #right, #out] : tensor<6x32x16xf32>, tensor<6x48x16xf32> -> tensor<6x32x48xf32>
    %s = tao.reshape %t : tensor<6x32x48xf32> -> tensor<2x3x32x48xf32>
    %x = tao.mul %s, %f : tensor<2x3x32x48xf32>
    %max = tao.reduce max %x dims [3] : tensor<2x3x32x48xf32> -> tensor<2x3x32xf32>
    %maxes = tao.broadcast %max dims [0, 1, 2] : tensor<2x3x32xf32> -> tensor<2x3x32x48xf32>
    %d = tao.sub %x, %maxes : tensor<2x3x32x48xf32>
    %e = tao.exp %d : tensor<2x3x32x48xf32>
    %sum = tao.reduce sum %e dims [3] : tensor<2x3x32x48xf32> -> tensor<2x3x32xf32>
    %sums = tao.broadcast %sum dims [0, 1, 2] : tensor<2x3x32xf32> -> tensor<2x3x32x48xf32>
    %p = tao.div %e, %sums : tensor<2x3x32x48xf32>
    %w = tao.reshape %p : tensor<2x3x32x48xf32> -> tensor<6x32x48xf32>
    %y = tao.contract %w, %c maps [#left, #turned, #out] : tensor<6x32x48xf32>, tensor<6x48x16xf32> -> tensor<6x32x16xf32>
    stitch.yield %y : tensor<6x32x16xf32>
  }
  return %r : tensor<6x32x16xf32>
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (j, k)>
#turned = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>
!q = tensor<?x16xf32, #tao.dims<"n">>
!s = tensor<?x48xf32, #tao.dims<"n">>
!r = tensor<?xf32, #tao.dims<"n">>

// Of how many rows is open: few are multiplied directly, both times.
// CHECK-LABEL: func.func @open_rows
// CHECK: stitch.kernel
// CHECK: %[[FEW:.*]] = arith.cmpi slt, %{{.*}}, %c6
// CHECK: scf.if %[[FEW]] {
// CHECK: stitch.reduce lane
// CHECK: } else {
// CHECK: stitch.dot
// CHECK: scf.if %{{.*}} {
// CHECK: stitch.reduce seq
// CHECK: } else {
// CHECK: stitch.dot
func.func @open_rows(%q: !q, %k: tensor<48x16xf32>, %v: tensor<48x16xf32>) -> !q {
  %r = stitch.group(%a = %q, %b = %k, %c = %v) plan <{cols = 48, kind = "online", planner = "stitch", regions = [], rows = 192, version = 1}> : (!q, tensor<48x16xf32>, tensor<48x16xf32>) -> !q {
    %s = tao.contract %a, %b maps [#left, #right, #out] : !q, tensor<48x16xf32> -> !s
    %max = tao.reduce max %s dims [1] : !s -> !r
    %maxes = tao.broadcast %max dims [0] : !r -> !s
    %d = tao.sub %s, %maxes : !s
    %e = tao.exp %d : !s
    %sum = tao.reduce sum %e dims [1] : !s -> !r
    %sums = tao.broadcast %sum dims [0] : !r -> !s
    %p = tao.div %e, %sums : !s
    %y = tao.contract %p, %c maps [#left, #turned, #out] : !s, tensor<48x16xf32> -> !q
    stitch.yield %y : !q
  }
  return %r : !q
}
