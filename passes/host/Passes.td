// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of phase host, in the order in which Pipeline.cpp runs them.
#ifndef TAO_PASSES_HOST_PASSES
#define TAO_PASSES_HOST_PASSES

include "mlir/Pass/PassBase.td"

def LowerToRt : Pass<"lower-to-rt", "::mlir::ModuleOp"> {
  let summary = "turns func.func @main of calls and library groups into an rt.program";
  let description = [{
    Every tensor gets a storage. Reshapes share their operand's; results of the function are written to its outputs where
    they can be; a result replaces a dead operand in place where its kernel allows it. Steps keep the order of the ops.
    Bodies of control flow become regions of rt.loop and rt.if.

    ```mlir
    func.func @main(%x: tensor<4xf32> {tao.name = "x"}) -> (tensor<4xf32> {tao.name = "y"}) {
      %0 = stitch.call @exp(%x) {...} : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    // becomes
    rt.program @main inputs [#rt.value<"x", tensor<4xf32>>] outputs [#rt.value<"y", tensor<4xf32>>] symbols [] checks [] {
      %0 = rt.input 0
      %1 = rt.output 0
      rt.launch @exp(%0) to (%1) {...}
    }
    ```
  }];
  let dependentDialects = ["::tao::rt::RtDialect", "::mlir::LLVM::LLVMDialect"];
  let statistics = [Statistic<"numInPlace", "in-place", "Results that replaced an operand in place">,
                    Statistic<"numCopies", "copies", "Copies made for outputs">];
}

def PlanMemory : Pass<"plan-memory", "::tao::rt::ProgramOp"> {
  let summary = "gives each arena buffer its live range and, when all are static, its offset";
  let description = [{
    Buffers are placed in order of falling size, each into the smallest gap between live neighbours that holds it. With
    dynamic sizes the runtime places them by the same live ranges, once per shape. What is alive in a loop and outside of it
    is alive for all of the loop, and so are storages whose memory the loop exchanges.

    ```mlir
    %0 = rt.arena "4096"            =>    %0 = rt.arena "4096" at 0 live 0 to 2
    ```
  }];
  let statistics = [Statistic<"arenaBytes", "arena-bytes", "Planned size of the arena, 0 when dynamic">,
                    Statistic<"totalBytes", "total-bytes", "Sum of all static arena buffers">];
}

def VerifyMemory : Pass<"verify-memory", "::tao::rt::ProgramOp"> {
  let summary = "checks a memory plan independently of how it was made";
  let description = [{
    Walks the steps with a map of who wrote each byte of the arena last. A step may read a buffer only when all of its bytes
    still hold what was written to that buffer; live ranges must cover every use. Loops run twice, and branches both ways.
  }];
}

def LayoutWeights : Pass<"layout-weights", "::mlir::ModuleOp"> {
  let summary = "gives each constant its offset in the weight blob; equal bytes are stored once";
  let description = [{
    The module attribute `tao.weights` lists what the blob holds: the values stay attributes, and go to the file without
    passing through LLVM IR.

    ```mlir
    %0 = rt.weight dense<1.0> : tensor<4xf32>     =>     %0 = rt.weight dense<1.0> : tensor<4xf32> at 0
    ```
  }];
  let statistics = [Statistic<"weightBytes", "weight-bytes", "Size of the blob">,
                    Statistic<"numShared", "shared", "Constants whose bytes were there already">];
}

def LowerRtToLlvm : Pass<"lower-rt-to-llvm", "::mlir::ModuleOp"> {
  let summary = "turns the rt.program into the image that the runtime reads, and the host function";
  let description = [{
    Emits the structs of runtime/include/tao/model_abi.h as constant globals with `tao_image_data` on top, the function that
    evaluates all sizes, and the host program: one runtime call per step, loop or branch, which returns at the first failure. Bodies are functions.

    ```mlir
    rt.program @main ... { rt.launch @exp(%0) to (%1) {...} }
    // becomes
    llvm.mlir.global internal constant @step.0() : !llvm.struct<"tao_launch", ...> { ... } // tao_gpu_launch, of a kernel for GPUs
    llvm.func internal @host.main(%context: !llvm.ptr) -> i32 { ... llvm.call @tao_rt_launch(%context, %step) ... }
    llvm.mlir.global external constant @tao_image_data() : !llvm.struct<"tao_image", ...> { ... }
    ```
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"\"", "CPU name recorded in the model">,
                 Option<"cpuFeatures", "cpu-features", "std::string", "\"\"", "Features the code needs, comma separated">,
                 Option<"gpus", "gpus", "std::string", "\"\"", "GPUs that get code, comma separated, of a model for GPUs">,
                 Option<"compiler", "compiler", "std::string", "\"tao\"", "Version of the compiler, recorded in the model">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif
