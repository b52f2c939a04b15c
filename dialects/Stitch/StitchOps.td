// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "dialects/Stitch/StitchDialect.td"

def Stitch_Tensor : RankedTensorOf<[AnyFloat, AnyInteger]>;
def Stitch_Scalar : AnyTypeOf<[AnyFloat, AnySignlessInteger, Index]>;
class Stitch_Op<string mnemonic, list<Trait> traits = []> : Op<Stitch_Dialect, mnemonic, traits>;

//===-- Groups, on tensors --------------------------------------------------------------------------------------------===//

def Stitch_GroupOp : Stitch_Op<"group",
    [IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">, Pure]> {
  let summary = "tensor ops that become one kernel or one library call";
  let description = [{
    The region takes the operands as block arguments, holds `tao` ops, and yields the results. `plan` says by which planner
    and how it is to run.
  }];
  let arguments = (ins Variadic<Stitch_Tensor>:$inputs, Stitch_PlanAttr:$plan);
  let results = (outs Variadic<Stitch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Stitch_CallOp : Stitch_Op<"call", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a stitch.kernel on tensors: its first buffers are the operands, its last the results";
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Stitch_Tensor>:$inputs,
                   DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$in_place);
  let results = (outs Variadic<Stitch_Tensor>:$results);
  let description = [{
    `sizes` of the kernel are bound here by the attribute of the same name: one size expression per size parameter.
    `tasks` and `cost` are size expressions: the number of grid iterations, and the work of the launch in bytes moved or
    equivalent. `scratch`, when given, is the kernel's: bytes that each worker lends it. `in_place[r]`, when given, is an operand that result r may overwrite, or -1.
  }];
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
}

//===-- Schedule IR ---------------------------------------------------------------------------------------------------===//

def Stitch_KernelOp : Stitch_Op<"kernel", [IsolatedFromAbove, Symbol, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "one kernel: loops over scalar code; every lane of a loop nest is independent unless a reduce says otherwise";
  let description = [{
    Arguments: buffers (`!stitch.buf`), first the read ones, then the written ones, then `index` sizes named by `sizes`.
    Buffers carry their extents as expressions over these sizes. `failures` are the messages of `stitch.check`.
    The outermost loop has level grid; its iterations are the tasks. `scratch` is what its stages take at most, in bytes.
    With `threads` it is a kernel for GPUs: what one of so many threads of a block does, in warps of 32 lanes.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Stitch_PlanAttr:$plan, StrArrayAttr:$sizes, I64Attr:$num_reads,
                   DefaultValuedAttr<StrArrayAttr, "{}">:$failures, DefaultValuedAttr<I64Attr, "0">:$scratch,
                   OptionalAttr<I64Attr>:$threads);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Stitch_ForeachOp : Stitch_Op<"foreach", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects]> {
  let summary = "independent iterations lower <= i < upper";
  let description = "At level lane, `width` consecutive iterations run as the lanes of vectors.";
  let arguments = (ins Stitch_Level:$level, Index:$lower, Index:$upper, OptionalAttr<I64Attr>:$width);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$level $lower `to` $upper (`width` $width^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::tao::stitch::Level":$level, "::mlir::Value":$lower, "::mlir::Value":$upper,
      CArg<"int64_t", "0">:$width)>];
  let extraClassDeclaration = [{
    ::mlir::Value getInductionVar() { return getBody().getArgument(0); }
    /// Builds in front of the body's yield, which the op is created with.
    ::mlir::OpBuilder getBodyBuilder() { return ::mlir::OpBuilder(getBody().front().getTerminator()); }
  }];
}

def Stitch_ReduceOp : Stitch_Op<"reduce", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects]> {
  let summary = "folds what the body yields over lower <= i < upper, from each monoid's identity";
  let description = [{
    The body may store, for it runs once for each point. Level seq accumulates in order; level lane also reduces across lanes. One result per monoid, except that arg monoids
    yield (value, index) pairs and give both. The order of the combination is fixed by the level and width alone.
  }];
  let arguments = (ins Stitch_Level:$level, Index:$lower, Index:$upper, OptionalAttr<I64Attr>:$width,
                   DenseI32ArrayAttr:$monoids);
  let results = (outs Variadic<Stitch_Scalar>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{$level $lower `to` $upper (`width` $width^)? `monoids` $monoids attr-dict-with-keyword $body
                         `->` type($results)}];
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::tao::stitch::Level":$level, "::mlir::Value":$lower, "::mlir::Value":$upper,
      "::mlir::TypeRange":$types, "::llvm::ArrayRef<::tao::stitch::Monoid>":$monoids, CArg<"int64_t", "0">:$width)>];
  let extraClassDeclaration = "::mlir::Value getInductionVar() { return getBody().getArgument(0); }";
}

def Stitch_LoadOp : Stitch_Op<"load"> {
  let summary = "reads one element; i1 is stored as a byte, unsigned integers read as signless";
  let arguments = (ins Stitch_BufType:$buffer, Variadic<Index>:$indices);
  let results = (outs Stitch_Scalar:$result);
  let assemblyFormat = "$buffer `[` $indices `]` attr-dict `:` type($buffer) `->` type($result)";
  let hasVerifier = 1;
}
def Stitch_StoreOp : Stitch_Op<"store"> {
  let summary = "writes one element";
  let arguments = (ins Stitch_Scalar:$value, Stitch_BufType:$buffer, Variadic<Index>:$indices);
  let assemblyFormat = "$value `,` $buffer `[` $indices `]` attr-dict `:` type($value) `,` type($buffer)";
  let hasVerifier = 1;
}
def Stitch_StageOp : Stitch_Op<"stage"> {
  let summary = "memory in which values wait for a later phase of the same task";
  let description = [{
    `offset` is a size expression: bytes from the start of the task's scratch memory, of which each worker has its own.
    Stages that are not in use at the same time may share bytes. Of a private one each thread has its own, in registers;
    its offset is 0.
  }];
  let arguments = (ins StrAttr:$offset, UnitAttr:$is_private);
  let results = (outs Stitch_BufType:$result);
  let assemblyFormat = "(`private` $is_private^)? `at` $offset attr-dict `:` type($result)";
  let hasVerifier = 1;
}
def Stitch_PutOp : Stitch_Op<"put"> {
  let summary = "writes one element of a stage";
  let arguments = (ins Stitch_Scalar:$value, Stitch_BufType:$buffer, Variadic<Index>:$indices);
  let assemblyFormat = "$value `,` $buffer `[` $indices `]` attr-dict `:` type($value) `,` type($buffer)";
  let hasVerifier = 1;
}
def Stitch_GetOp : Stitch_Op<"get"> {
  let summary = "reads one element of a stage, which an earlier put wrote";
  let description = "At scope thread a lane gets what it put itself; at scope block what others put, behind a barrier.";
  let arguments = (ins Stitch_StageScope:$scope, Stitch_BufType:$buffer, Variadic<Index>:$indices);
  let results = (outs Stitch_Scalar:$result);
  let assemblyFormat = "$scope $buffer `[` $indices `]` attr-dict `:` type($buffer) `->` type($result)";
  let hasVerifier = 1;
}
def Stitch_BarrierOp : Stitch_Op<"barrier"> {
  let summary = "all lanes of the task have done what is before it; never inside of lanes";
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}
def Stitch_DotOp : Stitch_Op<"dot"> {
  let summary = "a small dense product of stages: c = a b, or c += a b";
  let description = [{
    c[i, j] (+)= sum over k < `depth` of a[i, k] * b[j / W, k, j % W], where b is [P, K, W]: P panels of W columns, each of
    them contiguous, so that a register tile of `tile` rows and W columns reads what lies side by side. For i < `rows` and
    j < `cols`, both rounded up to full tiles: what lies beyond is written, too, and nobody's. Sums are in order of k.
  }];
  let arguments = (ins Stitch_BufType:$c, Stitch_BufType:$a, Stitch_BufType:$b, Index:$rows, Index:$cols, Index:$depth,
                   I64Attr:$tile, UnitAttr:$accumulate);
  let assemblyFormat = [{$c `,` $a `,` $b `rows` $rows `cols` $cols `depth` $depth `tile` $tile
                         (`accumulate` $accumulate^)? attr-dict `:` type($c) `,` type($a) `,` type($b)}];
  let hasVerifier = 1;
}
def Stitch_PanelOp : Stitch_Op<"panel"> {
  let summary = "makes one panel of a dot's operand: target[panel, k, w] = source[w, k], all of it";
  let arguments = (ins Stitch_BufType:$source, Stitch_BufType:$target, Index:$panel);
  let assemblyFormat = "$source `,` $target `[` $panel `]` attr-dict `:` type($source) `,` type($target)";
  let hasVerifier = 1;
}
def Stitch_ThreadOp : Stitch_Op<"thread", [Pure]> {
  let summary = "the number of this thread's warp in its block, or of its lane in the warp";
  let arguments = (ins Stitch_ThreadLevel:$level);
  let results = (outs Index:$result);
  let assemblyFormat = "$level attr-dict";
  let hasVerifier = 1;
}
def Stitch_AcrossOp : Stitch_Op<"across", [AllTypesMatch<["values", "results"]>]> {
  let summary = "combines a value of each of `extent` lanes, `stride` apart; all of them get the result";
  let description = [{
    All lanes of the warp come by. An arg monoid combines a value and its index. The order of the combination is that of a
    butterfly, which gives each lane the same result.
  }];
  let arguments = (ins Variadic<Stitch_Scalar>:$values, I64Attr:$extent, I64Attr:$stride, Stitch_Monoid:$monoid);
  let results = (outs Variadic<Stitch_Scalar>:$results);
  let assemblyFormat = "$monoid $values `lanes` $extent `stride` $stride attr-dict `:` type($values)";
  let hasVerifier = 1;
}
def Stitch_CheckOp : Stitch_Op<"check"> {
  let summary = "makes the run fail with the kernel's message number `failure` where the condition is false";
  let arguments = (ins I1:$condition, I64Attr:$failure);
  let assemblyFormat = "$condition `,` $failure attr-dict";
}
def Stitch_YieldOp : Stitch_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "ends a region";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ }]>];
}
