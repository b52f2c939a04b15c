// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of phase simplify, in the order in which Pipeline.cpp first runs them.
#ifndef TAO_PASSES_SIMPLIFY_PASSES
#define TAO_PASSES_SIMPLIFY_PASSES

include "mlir/Pass/PassBase.td"

def SettleSizes : Pass<"settle-sizes", "::mlir::ModuleOp"> {
  let summary = "puts numbers in the place of symbols that the model assumes to be these numbers";
  let description = [{
    A model with an open extent often allows one value only, as it adds that input to a constant. Compiled for that value it
    runs as fast as with fixed extents.

    ```mlir
    tao.assume "n", "8", "..."
    %0 = tao.exp %x : tensor<?x4xf32, #tao.dims<"n">>      =>     %0 = tao.exp %x : tensor<8x4xf32>
    ```
  }];
  let statistics = [Statistic<"numSettled", "settled", "Symbols replaced">];
}

def Algebra : Pass<"algebra", "::mlir::func::FuncOp"> {
  let summary = "rewrites that make the graph smaller or cheaper and keep its values";
  let description = [{
    Scalar algebra, cancelling of movement, reductions of what repeats, and transposes and broadcasts folded into the maps of
    contractions, to a fixed point. Nothing here reassociates floating point arithmetic. The rules are listed at the top of
    the files named *Patterns.cpp.

    ```mlir
    %0 = tao.transpose %k perm [0, 2, 1] : ...            %0 = tao.contract %q, %k maps [(b, m, n, k) -> (b, m, k),
    %1 = tao.contract %q, %0 maps [...] : ...        =>          (b, m, n, k) -> (b, n, k), (b, m, n, k) -> (b, m, n)]
    %2 = tao.pow %1, %two : tensor<2x8x8xf32>             %2 = tao.mul %0, %0 : tensor<2x8x8xf32>
    ```
  }];
  let statistics = [Statistic<"numOps", "ops", "Ops that remain">];
}

def HoistInvariants : Pass<"hoist-invariants", "::mlir::func::FuncOp"> {
  let summary = "moves what every iteration of a loop computes alike in front of it";
  let description = [{
    Gathers stay, since they may fail and the loop may not run at all.

    ```mlir
    %0 = tao.loop trips "8" slices() carried(%s) : ... {       %1 = tao.exp %w : tensor<4xf32>
    ^bb0(%old: tensor<4xf32>):                                 %0 = tao.loop trips "8" slices() carried(%s) : ... {
      %1 = tao.exp %w : tensor<4xf32>                      =>  ^bb0(%old: tensor<4xf32>):
      %2 = tao.mul %old, %1 : tensor<4xf32>                      %2 = tao.mul %old, %1 : tensor<4xf32>
      tao.yield %2 : tensor<4xf32>                               tao.yield %2 : tensor<4xf32>
    }                                                          }
    ```
  }];
  let statistics = [Statistic<"numHoisted", "hoisted", "Ops moved out of loops">];
}

def OutlineBodies : Pass<"outline-bodies", "::mlir::ModuleOp"> {
  let summary = "makes the bodies of control flow functions, so that all further passes see functions of one block";
  let description = [{
    What a body reads of the values around it becomes its arguments, except for constants and cheap movement of others, which
    are repeated inside. Stacked results that nobody reads, and slices that the body does not read, are dropped.

    ```mlir
    %0 = tao.loop trips "8" slices() carried(%s) : ... {       %0 = tao.run_loop @main.loop trips "8" slices() carried(%s)
    ^bb0(%old: tensor<4xf32>):                                     captures(%w) : ...
      %1 = tao.mul %old, %w : tensor<4xf32>                =>  func.func private @main.loop(%old: ..., %w: ...) -> ... {
      tao.yield %1 : tensor<4xf32>                               %1 = tao.mul %old, %w : tensor<4xf32>
    }                                                            return %1 : tensor<4xf32>
                                                               }
    ```
  }];
  let statistics = [Statistic<"numBodies", "bodies", "Functions made">,
                    Statistic<"numDropped", "dropped", "Stacked results and slices that were not needed">];
}

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "evaluates ops that depend on constants only";
  let description = [{
    A chain of such ops is evaluated as a whole when its last result is not much larger than the constants it is made of;
    otherwise the chain is cut above that op. Broadcasts and counting never become constants by themselves.

    ```mlir
    %w = tao.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %s = tao.constant dense<[3.0, 4.0]> : tensor<2xf32>    =>    %0 = tao.constant dense<[3.0, 8.0]> : tensor<2xf32>
    %0 = tao.mul %w, %s : tensor<2xf32>
    ```
  }];
  let options = [Option<"limitBytes", "limit-bytes", "int64_t", "256 << 20", "Most bytes of new constants">];
  let statistics = [Statistic<"numFolded", "folded", "Constants made">,
                    Statistic<"numBytes", "bytes", "Bytes of constants made">,
                    Statistic<"numDeclined", "declined", "Chains left because of their size">];
}

def FoldScales : Pass<"fold-scales", "::mlir::func::FuncOp"> {
  let summary = "moves constant factors after a convolution or contraction into its constant weights";
  let description = [{
    A factor or addend that varies only along dims of the result that the weights have, such as the output channel, becomes
    part of the weights or of one bias. Batch normalisation after a convolution disappears this way.

    ```mlir
    %0 = tao.conv %x, %w ...                      %w1 = tao.mul %w, (broadcast of %scale)     (constants)
    %1 = tao.mul %0, (broadcast of %scale)   =>   %0 = tao.conv %x, %w1 ...
    %2 = tao.add %1, (broadcast of %shift)        %1 = tao.add %0, (broadcast of %shift)
    ```
  }];
  let statistics = [Statistic<"numScales", "scales", "Factors moved into weights">];
}

def ExpandContract : Pass<"expand-contract", "::mlir::func::FuncOp"> {
  let summary = "rewrites contractions and convolutions in types that no library computes";
  let description = [{
    f16 (and bf16 with `upcast-bf16`) contractions run in f32 between casts. Other types, such as f64 and integers, become
    broadcasts, products and sums, for generated code; a convolution one such sum per position of its window. Empty sums
    become zeros.

    ```mlir
    %0 = tao.contract %a, %b maps [(m, n, k) -> (m, k), ...] : tensor<4x8xf64>, tensor<8x6xf64> -> tensor<4x6xf64>
    =>
    %0 = tao.broadcast %a dims [0, 2] : tensor<4x8xf64> -> tensor<4x6x8xf64>
    %1 = ... %b ...
    %2 = tao.mul %0, %1 : tensor<4x6x8xf64>
    %3 = tao.reduce sum %2 dims [2] : tensor<4x6x8xf64> -> tensor<4x6xf64>
    ```
  }];
  let options = [Option<"upcastBf16", "upcast-bf16", "bool", "false", "Also contract bf16 in f32">,
                 Option<"maxWindow", "max-window", "int64_t", "1024", "Most window positions of an expanded convolution">];
  let statistics = [Statistic<"numExpanded", "expanded", "Ops expanded">, Statistic<"numUpcast", "upcast", "Ops run in f32">];
}

def ChannelsLast : Pass<"channels-last", "::mlir::func::FuncOp"> {
  let summary = "gives convolutions their channels last, which is the layout that libraries compute fastest";
  let description = [{
    Every convolution is put between transposes; these then sink through elementwise ops, concat, pad, slice, reductions and
    pooling until they cancel. A network of convolutions keeps one transpose where it is entered and at most one at its exit.

    ```mlir
    %0 = tao.conv %x, %w ... : tensor<1x3x8x8xf32>, ...   %t = tao.transpose %x perm [0, 2, 3, 1] : ...
    %1 = tao.tanh %0 : tensor<1x4x8x8xf32>                %0 = tao.conv %t, %w ... channels_last : ...
    %2 = tao.conv %1, %v ...                         =>   %1 = tao.tanh %0 : tensor<1x8x8x4xf32>
                                                          %2 = tao.conv %1, %v ... channels_last : ...
                                                          %3 = tao.transpose %2 perm [0, 3, 1, 2] : ...
    ```
  }];
  let statistics = [Statistic<"numConvs", "convs", "Convolutions with their channels moved">,
                    Statistic<"numTransposes", "transposes", "Transposes that remain">];
}

def CanonicalizeContract : Pass<"canonicalize-contract", "::mlir::func::FuncOp"> {
  let summary = "merges the loop dims of contractions, so that libraries see plain matrix products";
  let description = [{
    Loop dims that are neighbours in each tensor that has one of them become one, through reshapes, which are free. Dims of
    extent 1 are dropped. Afterwards the summed dims are one loop: where they were apart in an operand, it is transposed.

    ```mlir
    %0 = tao.contract %x, %w maps [(b, s, n, k) -> (b, s, k), (b, s, n, k) -> (k, n), (b, s, n, k) -> (b, s, n)] : ...
    =>
    %0 = tao.reshape %x : tensor<2x4x8xf32> -> tensor<8x8xf32>
    %1 = tao.contract %0, %w maps [(m, n, k) -> (m, k), (m, n, k) -> (k, n), (m, n, k) -> (m, n)] : ...
    %2 = tao.reshape %1 : tensor<8x6xf32> -> tensor<2x4x6xf32>
    ```
  }];
  let statistics = [Statistic<"numMerged", "merged", "Contractions with fewer loops">,
                    Statistic<"numTransposed", "transposed", "Operands transposed for it">];
}

#endif
