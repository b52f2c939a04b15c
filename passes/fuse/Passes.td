// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of phase fuse, in the order in which Pipeline.cpp runs them.
#ifndef TAO_PASSES_FUSE_PASSES
#define TAO_PASSES_FUSE_PASSES

include "mlir/Pass/PassBase.td"

def CanonicalOrder : Pass<"canonical-order", "::mlir::func::FuncOp"> {
  let summary = "puts the ops in an order that only the graph decides, and drops dead ones";
  let description = [{
    Ops follow in the order in which a depth-first walk from the results first needs them. Plans are made in this order, so
    that shuffled but equal input gives equal plans.

    ```mlir
    %b = tao.exp %y : tensor<4xf32>          %a = tao.neg %x : tensor<4xf32>
    %a = tao.neg %x : tensor<4xf32>    =>    %b = tao.exp %y : tensor<4xf32>
    %c = tao.add %a, %b : tensor<4xf32>      %c = tao.add %a, %b : tensor<4xf32>
    ```
  }];
  let statistics = [Statistic<"numDropped", "dropped", "Dead ops dropped">];
}

def PlainContractions : Pass<"plain-contractions", "::mlir::func::FuncOp"> {
  let summary = "puts transposes back around contractions, so that these read and write plain matrices";
  let description = [{
    Plain are: batch dims first, in one order for all three tensors, then rows and columns or columns and rows.

    ```mlir
    %0 = tao.contract %q, %k maps [b s h d, ...]    =>    %t = tao.transpose %q perm [0, 2, 1, 3] : ...
                                                          %0 = tao.contract %t, ... maps [b h s d, ...]
    ```
  }];
  let statistics = [Statistic<"numTransposes", "transposes", "Transposes made">];
}

def GroupOnline : Pass<"group-online", "::mlir::func::FuncOp"> {
  let summary = "makes a group of two products with a softmax between, which is taken block by block";
  let description = [{
    The matrix between the products never is in memory: a task keeps a block of it, and corrects what it has so far by one
    factor per row when a later block has a larger maximum (docs/online-reduce.md). For planners that stitch, on CPUs.

    ```mlir
    %s = tao.contract %q, %k ...                          %y = stitch.group(%a = %q, %b = %k, %c = %v)
    %m = tao.reduce max %s dims [2]  ...                    plan <{kind = "online", rows = 96, cols = 256, ...}> {
    %p = tao.div %e, %t                            =>       %s = tao.contract %a, %b ...
    %y = tao.contract %p, %v ...                            ... }
    ```
  }];
  let options = [Option<"planner", "planner", "std::string", "\"none\"", "Planner named in the plans">,
                 Option<"arch", "arch", "std::string", "\"x86-avx2\"", "Architecture table that block sizes are made for">];
  let statistics = [Statistic<"numGroups", "groups", "Online groups">];
  let dependentDialects = ["::tao::stitch::StitchDialect"];
}

def GroupMath : Pass<"group-math", "::mlir::func::FuncOp"> {
  let summary = "makes a library group of each contraction and convolution, with its epilogue as post-ops";
  let description = [{
    The epilogue is recognised on dataflow alone: see PostOps.h for what counts. Reshapes between a contraction and its
    epilogue move below it, where they are views of the result.

    ```mlir
    %0 = tao.contract %x, %w maps [...] : ...         %0 = stitch.group(%a = %x, %b = %w, %c = %bias) #stitch.plan<...> {
    %1 = tao.broadcast %bias dims [1] : ...             %1 = tao.contract %a, %b ...
    %2 = tao.add %0, %1 : tensor<8x4xf32>       =>      %2 = tao.broadcast %c ...
    %3 = tao.tanh %2 : tensor<8x4xf32>                  %3 = tao.add %1, %2 ...   %4 = tao.tanh %3 ...
                                                        stitch.yield %4 : tensor<8x4xf32> }
    ```
  }];
  let options = [Option<"planner", "planner", "std::string", "\"none\"", "Planner named in the plans">,
                 Option<"epilogues", "epilogues", "bool", "true", "Let contractions absorb post-ops">,
                 Option<"libraryCurves", "library-curves", "bool", "true",
                        "Let the library compute tanh and both GELUs, which it does slowly without AVX-512">];
  let statistics = [Statistic<"numGroups", "groups", "Library groups">,
                    Statistic<"numPostOps", "post-ops", "Ops absorbed as post-ops">];
  let dependentDialects = ["::tao::stitch::StitchDialect"];
}

def MoveReshapes : Pass<"move-reshapes", "::mlir::func::FuncOp"> {
  let summary = "moves merging reshapes out of chains of fusible ops, to where they are views";
  let description = [{
    A reshape whose operand index is not linear in the result index would put divisions into a kernel's inner loop. It moves
    above its producers or below its readers; where neither is possible it stays, and the planner cuts there.

    ```mlir
    %0 = tao.exp %x : tensor<4x8xf32>                         %0 = tao.reshape %x : tensor<4x8xf32> -> tensor<32xf32>
    %1 = tao.reshape %0 : tensor<4x8xf32> -> tensor<32xf32> => %1 = tao.exp %0 : tensor<32xf32>
    %2 = tao.neg %1 : tensor<32xf32>                          %2 = tao.neg %1 : tensor<32xf32>
    ```
  }];
  let statistics = [Statistic<"numMoved", "moved", "Reshapes moved">];
}

def UnshareNumbers : Pass<"unshare-numbers", "::mlir::func::FuncOp"> {
  let summary = "gives each reader of a broadcast single number a broadcast of its own";
  let description = [{
    For planners that stitch: what only a broadcast number ties together is independent, and can be packed.

    ```mlir
    %b = tao.broadcast %rate dims [] : ...           %b = tao.broadcast %rate dims [] : ...
    %0 = tao.mul %x, %b : tensor<4xf32>              %c = tao.broadcast %rate dims [] : ...
    %1 = tao.mul %y, %b : tensor<4xf32>       =>     %0 = tao.mul %x, %b : ...   %1 = tao.mul %y, %c : ...
    ```
  }];
  let statistics = [Statistic<"numCopies", "copies", "Broadcasts made">];
}

def Recompute : Pass<"recompute", "::mlir::func::FuncOp"> {
  let summary = "computes values again where that moves less than to store and load them";
  let description = [{
    For planners that stitch. Decides for what passes from one level to a later one, such as activations from the forward
    to the backward part of a training step; see Recompute.cpp.

    ```mlir
    %e = tao.neg %x : tensor<4xf32>                       %e = tao.neg %x : tensor<4xf32>
    %g = stitch.group(... = %e) ...                 =>    %g = stitch.group(... = %e) ...
    ... tao.mul %g, %x ...  tao.mul %g, %e ...            %f = tao.neg %x ...  tao.mul %g, %x ...  tao.mul %g, %f ...
    ```
  }];
  let options = [Option<"arch", "arch", "std::string", "\"x86-avx2\"", "Architecture table that decides what is cheaper">];
  let statistics = [Statistic<"numCopies", "copies", "Ops that are computed once more">];
}

def GroupMemory : Pass<"group-memory", "::mlir::func::FuncOp"> {
  let summary = "forms the memory groups as a planner partitions them";
  let description = [{
    Every tao op except constants, reshapes that are views and assumptions ends up in a group. `planner` is a row of the
    table in Planner.cpp. Splat constants are copied into the groups that use them.

    ```mlir
    %0 = tao.exp %x : tensor<4xf32>        %0 = stitch.group(%a = %x) #stitch.plan<...> {
    %1 = tao.neg %0 : tensor<4xf32>   =>     %1 = tao.exp %a ...   %2 = tao.neg %1 ...
                                             stitch.yield %2 : tensor<4xf32> }
    ```
  }];
  let options = [Option<"planner", "planner", "std::string", "\"none\"", "Planner that partitions the ops">,
                 Option<"arch", "arch", "std::string", "\"x86-avx2\"", "Architecture table that plans are made for">,
                 Option<"strict", "strict", "bool", "true", "Leave plans to verify-plans; else one that the checker refuses gives way to kernels of xla-like">,
                 Option<"refuse", "refuse", "bool", "false", "Refuse every plan, to see what comes of it">];
  let statistics = [Statistic<"numGroups", "groups", "Memory groups">,
                    Statistic<"numRefused", "refused", "Groups whose plan the checker refused">,
                    Statistic<"numCopies", "copies", "Ops computed in more than one group, counted per extra group">];
  let dependentDialects = ["::tao::stitch::StitchDialect"];
}

def PrintDimClasses : Pass<"print-dim-classes", "::mlir::ModuleOp"> {
  let summary = "print the dimension classes of each function's memory ops to stderr";
  let description = [{
    For tests and for looking at a plan: one line per value with the classes of its dims, factors of a dim joined by `*`, then
    the extent of each class. See passes/fuse/stitch/DimClasses.h.
  }];
}

def VerifyGroups : Pass<"verify-groups", "::mlir::func::FuncOp"> {
  let summary = "checks what holds after phase fuse";
  let description = [{
    Every tao op is in a group, except constants, reshapes and assumptions; no group holds a dead op; a library group is one
    contraction and post-ops; the results of a memory group share one iteration space, and reductions are results that
    nothing in the group reads. Groups cannot form cycles: that is dominance, which the IR's own verifier checks.
  }];
}

def VerifyPlans : Pass<"verify-plans", "::mlir::func::FuncOp"> {
  let summary = "checks the stitch plans of groups";
  let description = [{
    What docs/plan.md says of a plan holds, or a message names the invariant that does not. The checker (passes/fuse/check)
    shares no code with the planners.
  }];
  let statistics = [Statistic<"numPlans", "plans", "Plans checked">];
}

#endif
