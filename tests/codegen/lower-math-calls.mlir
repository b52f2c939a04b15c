// RUN: tao-opt %s --lower-math-calls | FileCheck %s

// CHECK: llvm.func @erf(f64) -> f64
func.func private @erf(f64) -> f64

// The tensor program stays as it is.
// CHECK: func.func @main
func.func @main() {
  return
}

// CHECK-LABEL: llvm.func @k
// CHECK: llvm.call @erf(%{{.*}}) : (f64) -> f64
llvm.func @k(%x: f64) -> f64 {
  %0 = func.call @erf(%x) : (f64) -> f64
  llvm.return %0 : f64
}

// CHECK-LABEL: llvm.func @lossy
// CHECK-COUNT-2: llvm.call @expm1
// CHECK-NOT: math.expm1
llvm.func @lossy(%x: vector<2xf64>) -> vector<2xf64> {
  %0 = math.expm1 %x : vector<2xf64>
  llvm.return %0 : vector<2xf64>
}
