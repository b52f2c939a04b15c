// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes of the schedule phase: fusion groups with a plan become kernels in schedule IR.
include "mlir/Pass/PassBase.td"

def SplitParts : Pass<"split-parts", "::mlir::ModuleOp"> {
  let summary = "Make a group of each part of a stitching plan";
  let description = [{
    On a CPU, parts that run side by side are kernels of their own in one launch: those that are alike are one function then.
    Attribute `pack` holds them together. A part that hands nothing over, since it is one region, loses its plan: the next
    passes place it like any other group.

    ```mlir
    %r:2 = stitch.group(%a = %x, %b = %y) #stitch.plan<{..., two parts}> : ... { exp of %a, exp of %b }
    // becomes
    %r = stitch.group(%a = %x) #stitch.plan<...> {pack = 0, pack_name = "exp__node"} : ... { exp }
    %s = stitch.group(%b = %y) #stitch.plan<...> {pack = 0, pack_name = "exp__node"} : ... { exp }
    ```
  }];
  let statistics = [Statistic<"numParts", "parts", "Number of groups that were parts of a larger one">,
                    Statistic<"numPlain", "plain", "Number of groups that hand nothing over">];
  let dependentDialects = ["::tao::TaoDialect", "::tao::stitch::StitchDialect"];
}

def MaterializeStitch : Pass<"materialize-stitch", "::mlir::ModuleOp"> {
  let summary = "Turn groups with a stitching plan into stitch.kernel functions and calls of them";
  let description = [{
    Blocks of the plan are tasks. Values that regions hand each other lie in scratch memory of the worker, or are simply
    there. Reductions over blocks leave partial results, which a second group adds up in the order of the blocks.

    ```mlir
    %s = stitch.stage at "0" : <tensor<1024xf32>>
    stitch.put %e, %s[%i] : f32, <tensor<1024xf32>>
    ```
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of the target's vector registers">];
  let statistics = [Statistic<"numKernels", "kernels", "Number of distinct kernels">,
                    Statistic<"numCalls", "calls", "Number of kernel calls">];
  let dependentDialects = ["::tao::stitch::StitchDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def MaterializeOnline : Pass<"materialize-online", "::mlir::ModuleOp"> {
  let summary = "Turn online groups into stitch.kernel functions and calls of them";
  let description = [{
    A task computes a block of rows, going through the columns block by block (docs/online-reduce.md).

    ```mlir
    stitch.dot %logits, %left, %panels rows %m cols %n depth %k tile 6 : ...
    %max = stitch.reduce lane %c0 to %n width 16 monoids [2] { ... }
    stitch.dot %result, %logits, %values rows %m cols %w depth %n tile 6 accumulate : ...
    ```
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of the target's vector registers">];
  let statistics = [Statistic<"numKernels", "kernels", "Number of distinct kernels">,
                    Statistic<"numCalls", "calls", "Number of kernel calls">];
  let dependentDialects = ["::tao::stitch::StitchDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def CollapseDims : Pass<"collapse-dims", "::mlir::func::FuncOp"> {
  let summary = "Merge adjacent dims of memory groups where every op of the group allows it";
  let description = [{
    Two neighbouring dims that stay neighbours in every value of a group are one dim to its kernel. Fewer, longer loops
    follow; an elementwise group becomes one flat loop. Operands and results are reshaped outside the group, which is free.

    ```mlir
    %r = stitch.group(%a = %x) #stitch.plan<...> : (tensor<4x8xf32>) -> tensor<4x8xf32> { exp ... }
    // becomes
    %f = tao.reshape %x : tensor<4x8xf32> -> tensor<32xf32>
    %s = stitch.group(%a = %f) #stitch.plan<...> : (tensor<32xf32>) -> tensor<32xf32> { exp ... }
    %r = tao.reshape %s : tensor<32xf32> -> tensor<4x8xf32>
    ```
  }];
  let statistics = [Statistic<"numCollapsed", "dims-collapsed", "Number of dims merged into a neighbour">];
  let dependentDialects = ["::tao::TaoDialect", "::tao::stitch::StitchDialect"];
}

def PlaceGroups : Pass<"place-groups", "::mlir::func::FuncOp"> {
  let summary = "Choose the placement of each memory group that has none";
  let description = [{
    Writes the plan's region: which dims become tasks, which loop inside a task, which one runs over lanes and how many lanes
    wide. The lane dim is the innermost one of the memory that is read or written, so that loads are contiguous.

    ```mlir
    // row reduction of tensor<?x768xf32>: rows are tasks, columns lanes
    #stitch.plan<{..., regions = [{dominant = 0, grid = array<i64: 0>, tile = 1, seq = array<i64>, lane = 1, width = 32} ]}>
    ```
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of the target's vector registers">];
  let dependentDialects = ["::tao::stitch::StitchDialect"];
}

def MaterializeGpu : Pass<"materialize-gpu", "::mlir::ModuleOp"> {
  let summary = "Turn memory groups into stitch.kernel functions for GPUs and calls of them";
  let description = [{
    Blocks of the plan are tasks, and the body is what one thread of a block does: it finds its indices by the numbers of its warp
    and its lane. Lanes exchange values by `stitch.across`, warps through stages.

    ```mlir
    %lane = stitch.thread lane
    %sum = stitch.across sum %partial lanes 32 stride 1 : f32
    ```
  }];
  let options = [Option<"arch", "arch", "std::string", "\"sm_80\"", "Architecture for groups that have no plan of their own">];
  let statistics = [Statistic<"numKernels", "kernels", "Number of distinct kernels">,
                    Statistic<"numCalls", "calls", "Number of kernel calls">,
                    Statistic<"numTakenApart", "taken-apart", "Groups that there was no code for as a whole">];
  let dependentDialects = ["::tao::stitch::StitchDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def MaterializeKernels : Pass<"materialize-kernels", "::mlir::ModuleOp"> {
  let summary = "Turn placed memory groups into stitch.kernel functions and calls of them";
  let description = [{
    Follows the plan to the letter. Groups that are the same up to names share a kernel.

    ```mlir
    %r = stitch.call @exp__node(%x) {sizes = ["batch"], tasks = "batch", cost = "batch*6144", failures = []}
        : (tensor<?x768xf32, #tao.dims<"batch">>) -> tensor<?x768xf32, #tao.dims<"batch">>
    ```
  }];
  let statistics = [Statistic<"numKernels", "kernels", "Number of distinct kernels">,
                    Statistic<"numCalls", "calls", "Number of kernel calls">];
  let dependentDialects = ["::tao::stitch::StitchDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def GatherPacks : Pass<"gather-packs", "::mlir::func::FuncOp"> {
  let summary = "Put the calls of each pack next to each other";
  let description = [{
    What stands between them and needs none of them goes before the first, all else behind the last. Fails when a call of a
    pack needs another one.

    ```mlir
    %a = stitch.call @exp(%x) {pack = 0, ...}
    %b = tao.reshape %a ...
    %c = stitch.call @exp(%y) {pack = 0, ...}   // moves before the reshape
    ```
  }];
  let dependentDialects = ["::tao::stitch::StitchDialect"];
}

def CheckBounds : Pass<"check-bounds", "::mlir::ModuleOp"> {
  let summary = "checks the indices of every access of a kernel when it runs";
  let description = [{
    For `--sanitize=undefined`. An access outside of its buffer or stage makes the run fail with a message that names both.

    ```mlir
    %x = stitch.load %a[%i] : <tensor<8xf32>> -> f32
    // becomes
    %inside = arith.cmpi ult, %i, %c8 : index
    stitch.check %inside, 0
    %j = arith.select %inside, %i, %c0 : index
    %x = stitch.load %a[%j] : <tensor<8xf32>> -> f32
    ```
  }];
  let statistics = [Statistic<"numChecks", "checks", "Number of checks">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}
