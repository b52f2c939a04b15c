// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes of the kernel phase: schedule IR to vector code and LLVM.
include "mlir/Pass/PassBase.td"

def LowerKernelsToVector : Pass<"lower-kernels-to-vector", "::mlir::ModuleOp"> {
  let summary = "Turn each stitch.kernel into a function of vector code";
  let description = [{
    Lanes become vectors; loads and stores become contiguous, masked or gathered accesses through LLVM pointers.

    ```mlir
    llvm.func internal @k(%buffers: !llvm.ptr, %dims: !llvm.ptr, %begin: i64, %end: i64, %status: !llvm.ptr)
    ```
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of the target's vector registers">];
  let statistics = [Statistic<"numKernels", "kernels", "Number of kernels lowered">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ExpandMath : Pass<"expand-math"> {
  let summary = "Replace f32 elementary functions by polynomials";
  let description = [{
    exp, expm1, log, log1p, tanh, erf, sin, cos and pow of f32 scalars and vectors become arithmetic. f64 and the rarer
    functions are left for the C library. Conversions between f32 and bf16 become integer arithmetic.

    ```mlir
    %y = math.exp %x : vector<16xf32>   // becomes some 15 multiply-adds
    ```
  }];
  let statistics = [Statistic<"numExpanded", "expanded", "Number of functions expanded">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerMathCalls : Pass<"lower-math-calls", "::mlir::ModuleOp"> {
  let summary = "Turn kernels' calls of the C library's math functions into LLVM calls";
  let description = [{
    ```mlir
    %y = func.call @erf(%x) : (f64) -> f64   // becomes llvm.call @erf(%x)
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}
