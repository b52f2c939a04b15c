// RUN: tao-opt %s --expand-math | FileCheck %s

// CHECK-LABEL: func.func @f32
// CHECK-NOT: math.exp
// CHECK-NOT: math.pow
// CHECK: math.fma
// CHECK: return
func.func @f32(%x: vector<8xf32>, %y: f32) -> (vector<8xf32>, f32) {
  %0 = math.exp %x : vector<8xf32>
  %1 = math.powf %y, %y : f32
  return %0, %1 : vector<8xf32>, f32
}

// Double precision is left to the C library.
// CHECK-LABEL: func.func @f64
// CHECK: math.exp %{{.*}} : f64
func.func @f64(%x: f64) -> f64 {
  %0 = math.exp %x : f64
  return %0 : f64
}
