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

def LowerKernelsToGpu : Pass<"lower-kernels-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Turn each stitch.kernel with threads into a gpu.module with a gpu.func";
  let description = [{
    Buffers are pointers to global memory, sizes numbers; the last argument is the status that checks write to. Stages lie in
    one arena in shared memory, private ones in registers.

    ```mlir
    gpu.func @k(%x: !llvm.ptr<1>, %y: !llvm.ptr<1>, %status: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 256, 1, 1>}
    ```
  }];
  let statistics = [Statistic<"numKernels", "kernels", "Number of kernels lowered">];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
}

def LowerGpuToEmulator : Pass<"lower-gpu-to-emulator", "::mlir::ModuleOp"> {
  let summary = "Make a function for the emulator of each GPU kernel";
  let description = [{
    The kernel itself stays. Its copy asks the emulator for numbers, barriers, shuffles and checked addresses, by the table of
    functions of its thread; attribute `sites` has the locations that reports name.

    ```mlir
    llvm.func @emulated.k(%thread: !llvm.ptr, %args: !llvm.ptr)
    ```
  }];
  let statistics = [Statistic<"numKernels", "kernels", "Number of kernels lowered">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect"];
}

def LowerGpuMath : Pass<"lower-gpu-math", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Turn math that PTX has instructions for into LLVM intrinsics";
  let description = [{
    ```mlir
    %y = llvm.call @__nv_fmaf(%a, %b, %c) : (f32, f32, f32) -> f32   // becomes llvm.intr.fma
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
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
