// RUN: tao-opt %s --pass-pipeline='builtin.module(func.func(canonical-order,group-math,recompute{arch=sm_90},canonical-order))' | FileCheck %s
// RUN: not tao-opt %s --recompute='arch=z80' 2>&1 | FileCheck %s --check-prefix=ARCH
// ARCH: unknown architecture 'z80'

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// What the later level reads anyway costs nothing to read again: the difference is computed in both, and not stored.
// CHECK-LABEL: func.func @inputs_read_anyway
// CHECK: %[[S:.*]] = tao.sub %arg0, %arg1
// CHECK: %[[E:.*]] = tao.exp %[[S]]
// CHECK: %[[C:.*]] = stitch.group(%{{.*}} = %[[E]],
// CHECK: %[[T:.*]] = tao.cos %[[C]]
// CHECK-DAG: %[[P:.*]] = tao.mul %[[T]], %arg0
// CHECK-DAG: %[[Q:.*]] = tao.mul %[[P]], %arg1
// CHECK-DAG: %[[S2:.*]] = tao.sub %arg0, %arg1
// CHECK: tao.max %[[Q]], %[[S2]]
func.func @inputs_read_anyway(%x: tensor<512x512xf32>, %m: tensor<512x512xf32>, %w: tensor<512x512xf32>)
    -> tensor<512x512xf32> {
  %s = tao.sub %x, %m : tensor<512x512xf32>
  %e = tao.exp %s : tensor<512x512xf32>
  %c = tao.contract %e, %w maps [#mk, #kn, #mn] : tensor<512x512xf32>, tensor<512x512xf32> -> tensor<512x512xf32>
  %t = tao.cos %c : tensor<512x512xf32>
  %p = tao.mul %t, %x : tensor<512x512xf32>
  %q = tao.mul %p, %m : tensor<512x512xf32>
  %y = tao.max %q, %s : tensor<512x512xf32>
  return %y : tensor<512x512xf32>
}

// Three tensors to read again, against writing and reading one: stored.
// CHECK-LABEL: func.func @too_much_to_read
// CHECK-COUNT-2: tao.add
// CHECK: stitch.group
// CHECK-NOT: tao.add
// CHECK: return
func.func @too_much_to_read(%a: tensor<512x512xf32>, %b: tensor<512x512xf32>, %c: tensor<512x512xf32>,
                            %w: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %ab = tao.add %a, %b : tensor<512x512xf32>
  %abc = tao.add %ab, %c : tensor<512x512xf32>
  %e = tao.exp %abc : tensor<512x512xf32>
  %g = tao.contract %e, %w maps [#mk, #kn, #mn] : tensor<512x512xf32>, tensor<512x512xf32> -> tensor<512x512xf32>
  %t = tao.cos %g : tensor<512x512xf32>
  %y = tao.mul %t, %abc : tensor<512x512xf32>
  return %y : tensor<512x512xf32>
}

// In memory anyway, since the product reads it: loaded.
// CHECK-LABEL: func.func @stored_anyway
// CHECK-COUNT-1: tao.exp
// CHECK-NOT: tao.exp
// CHECK: return
func.func @stored_anyway(%x: tensor<512x512xf32>, %w: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %e = tao.exp %x : tensor<512x512xf32>
  %g = tao.contract %e, %w maps [#mk, #kn, #mn] : tensor<512x512xf32>, tensor<512x512xf32> -> tensor<512x512xf32>
  %t = tao.cos %g : tensor<512x512xf32>
  %y = tao.mul %t, %e : tensor<512x512xf32>
  return %y : tensor<512x512xf32>
}

// Sums are not computed twice; what is cheap behind them is.
// CHECK-LABEL: func.func @behind_a_sum
// CHECK-COUNT-1: tao.reduce
// CHECK-NOT: tao.reduce
// CHECK-COUNT-2: tao.sub
// CHECK: return
func.func @behind_a_sum(%x: tensor<512x512xf32>, %w: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %s = tao.reduce sum %x dims [1] : tensor<512x512xf32> -> tensor<512xf32>
  %b = tao.broadcast %s dims [0] : tensor<512xf32> -> tensor<512x512xf32>
  %d = tao.sub %x, %b : tensor<512x512xf32>
  %e = tao.exp %d : tensor<512x512xf32>
  %g = tao.contract %e, %w maps [#mk, #kn, #mn] : tensor<512x512xf32>, tensor<512x512xf32> -> tensor<512x512xf32>
  %t = tao.cos %g : tensor<512x512xf32>
  %y = tao.mul %t, %d : tensor<512x512xf32>
  return %y : tensor<512x512xf32>
}
