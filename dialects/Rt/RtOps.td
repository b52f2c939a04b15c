// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "dialects/Rt/RtDialect.td"

class Rt_Op<string mnemonic, list<Trait> traits = []> : Op<Rt_Dialect, mnemonic, traits>;
def Rt_SizeArray : TypedArrayAttrBase<StrAttr, "array of size expressions">;

def Rt_ProgramOp : Rt_Op<"program", [IsolatedFromAbove, Symbol, SingleBlock, NoTerminator]> {
  let summary = "the host program of a model: storage first, then its steps and loops in order";
  let description = [{
    `checks` hold before the first step or the run is refused. `arena_bytes` appears with the memory plan: the size of the
    arena when all its buffers are static, else -1.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypedArrayAttrBase<Rt_ValueAttr, "inputs">:$inputs,
                   TypedArrayAttrBase<Rt_ValueAttr, "outputs">:$outputs,
                   TypedArrayAttrBase<Rt_SymbolAttr, "symbols">:$symbols,
                   TypedArrayAttrBase<Rt_CheckAttr, "checks">:$checks, OptionalAttr<I64Attr>:$arena_bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{$sym_name `inputs` $inputs `outputs` $outputs `symbols` $symbols `checks` $checks
                         (`arena` $arena_bytes^)? attr-dict-with-keyword $body}];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

//===-- Storage -------------------------------------------------------------------------------------------------------===//

class Rt_StorageOp<string mnemonic> : Rt_Op<mnemonic, [HasParent<"ProgramOp">]> {
  let results = (outs Rt_BufferType:$result);
}
def Rt_InputOp : Rt_StorageOp<"input"> {
  let summary = "the memory of input `index`";
  let arguments = (ins I64Attr:$index);
  let assemblyFormat = "$index attr-dict";
}
def Rt_OutputOp : Rt_StorageOp<"output"> {
  let summary = "the memory of output `index`";
  let arguments = (ins I64Attr:$index);
  let assemblyFormat = "$index attr-dict";
}
def Rt_WeightOp : Rt_StorageOp<"weight"> {
  let summary = "a constant; `offset` is its place in the weight blob once that is laid out";
  let arguments = (ins ElementsAttr:$value, OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$value (`at` $offset^)? attr-dict";
}
def Rt_ArenaOp : Rt_StorageOp<"arena"> {
  let summary = "scratch memory of `bytes`, a size expression";
  let description = [{
    The memory plan adds the first and last moment at which the buffer is live, and its offset: known when all buffers of the
    program are static, -1 when the runtime places it.
  }];
  let arguments = (ins StrAttr:$bytes, OptionalAttr<I64Attr>:$offset, OptionalAttr<I64Attr>:$first,
                   OptionalAttr<I64Attr>:$last);
  let assemblyFormat = "$bytes (`at` $offset^ `live` $first `to` $last)? attr-dict";
  let hasVerifier = 1;
}

def Rt_ViewOp : Rt_StorageOp<"view"> {
  let summary = "one row, of `bytes`, of another storage; the loop that lists it says which";
  let arguments = (ins Rt_BufferType:$base, StrAttr:$bytes);
  let assemblyFormat = "$base `bytes` $bytes attr-dict";
  let hasVerifier = 1;
}

//===-- Control flow --------------------------------------------------------------------------------------------------===//

defvar Rt_InProgram = ParentOneOf<["ProgramOp", "LoopOp", "IfOp"]>;
def Rt_LoopOp : Rt_Op<"loop", [Rt_InProgram, AttrSizedOperandSegments, SingleBlock, NoTerminator]> {
  let summary = "runs the steps of its body `trips` times, or while the byte in `condition` is not 0";
  let description = [{
    Before each iteration every view takes the iteration's row of its base, counted from the last one where `reversed`.
    After it, the storages in `current` and `next` exchange their memory, pair by pair: what the body wrote to the one is
    what the next iteration reads from the other. So `current` first holds the initial value, and at last the result.

    Each of `followers`, itself a view, starts as its base, and after an iteration is where the view in `followed` was: a
    carried value that is also a row.
  }];
  let arguments = (ins OptionalAttr<StrAttr>:$trips, Optional<Rt_BufferType>:$condition, Variadic<Rt_BufferType>:$views,
                   DenseBoolArrayAttr:$reversed, Variadic<Rt_BufferType>:$current, Variadic<Rt_BufferType>:$next,
                   Variadic<Rt_BufferType>:$followers, Variadic<Rt_BufferType>:$followed);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{(`trips` $trips^)? (`while` $condition^)? `views` `(` $views `)` `reversed` $reversed
                         `swap` `(` $current `)` `with` `(` $next `)`
                         (`move` `(` $followers^ `)` `behind` `(` $followed `)`)? attr-dict-with-keyword $body}];
  let hasVerifier = 1;
}
def Rt_IfOp : Rt_Op<"if", [Rt_InProgram, SingleBlock, NoTerminator]> {
  let summary = "runs the steps of one body: the first when the byte in `condition` is not 0";
  let arguments = (ins Rt_BufferType:$condition);
  let regions = (region SizedRegion<1>:$then_body, SizedRegion<1>:$else_body);
  let assemblyFormat = "$condition attr-dict-with-keyword `then` $then_body `else` $else_body";
}

//===-- Steps ---------------------------------------------------------------------------------------------------------===//

class Rt_Step<string mnemonic, list<Trait> traits = []> : Rt_Op<mnemonic, traits #
    [Rt_InProgram,
     DeclareOpInterfaceMethods<Rt_StepInterface, ["getReadBuffers", "getWrittenBuffers"]>]> {
  dag labels = (ins StrAttr:$kernel_name, Rt_KernelKind:$kind, StrArrayAttr:$nodes);
}
def Rt_LaunchOp : Rt_Step<"launch", [AttrSizedOperandSegments]> {
  let summary = "runs all tasks of a generated kernel";
  let description = [{
    The kernel's buffers are `reads`, then `writes`; its dims are `sizes`. `tasks` may be 0. `cost` is the work of the launch
    in bytes moved or equivalent. Message k of `failures` belongs to status k + 1. `scratch` bytes of the worker's own
    memory follow the buffers.
  }];
  let arguments = !con((ins FlatSymbolRefAttr:$kernel, Variadic<Rt_BufferType>:$reads, Variadic<Rt_BufferType>:$writes,
                        Rt_SizeArray:$sizes, StrAttr:$tasks, StrAttr:$cost, StrArrayAttr:$failures,
                        DefaultValuedAttr<I64Attr, "0">:$scratch), labels);
  let assemblyFormat = "$kernel `(` $reads `)` `to` `(` $writes `)` attr-dict";
  let hasVerifier = 1;
}
def Rt_PackOp : Rt_Step<"pack", [AttrSizedOperandSegments]> {
  let summary = "runs all tasks of several generated kernels, in any order";
  let description = [{
    No kernel needs what another one writes. `reads` are those of the parts one after the other, and so are `writes`.
  }];
  let arguments = !con((ins Variadic<Rt_BufferType>:$reads, Variadic<Rt_BufferType>:$writes,
                        TypedArrayAttrBase<Rt_PartAttr, "parts">:$parts), labels);
  let assemblyFormat = "$parts `(` $reads `)` `to` `(` $writes `)` attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Buffers of each part: what it reads, then what it writes.
    ::llvm::SmallVector<::llvm::SmallVector<::mlir::Value>> getPartBuffers();
  }];
}
def Rt_MatmulOp : Rt_Step<"matmul"> {
  let summary = "dst[b.., m, n] = post(sum over k of lhs[b.., m, k] * rhs[b.., k, n])";
  let description = [{
    Strides: lhs batch.., m, k; rhs batch.., k, n; dst and post-ops batch.., m, n.
  }];
  let arguments = !con((ins Rt_BufferType:$lhs, Rt_BufferType:$rhs, Rt_BufferType:$dst, Variadic<Rt_BufferType>:$post_operands,
                        Rt_SizeArray:$batch, StrAttr:$m, StrAttr:$n, StrAttr:$k, Rt_OperandAttr:$lhs_layout,
                        Rt_OperandAttr:$rhs_layout, Rt_OperandAttr:$dst_layout,
                        TypedArrayAttrBase<Rt_PostOpAttr, "post-ops">:$post_ops), labels);
  let assemblyFormat = [{$lhs `,` $rhs `to` $dst (`post` `(` $post_operands^ `)`)? `batch` $batch `m` $m `n` $n `k` $k
                         `lhs` $lhs_layout `rhs` $rhs_layout `dst` $dst_layout `ops` $post_ops attr-dict}];
  let hasVerifier = 1;
}
def Rt_ConvOp : Rt_Step<"conv"> {
  let summary = "convolution of dense tensors; see tao_conv in model_abi.h";
  let description = [{
    src and dst are [n, spatial.., c] with `channels_last`, else [n, c, spatial..]; weights [oc, ic / groups, window..].
    `ic` and `oc` are totals. Post-op operands have strides over n, c, spatial.. .
  }];
  let arguments = !con((ins Rt_BufferType:$src, Rt_BufferType:$weights, Rt_BufferType:$dst,
                        Variadic<Rt_BufferType>:$post_operands, UnitAttr:$channels_last, StrAttr:$n, StrAttr:$ic, StrAttr:$oc,
                        StrAttr:$groups, Rt_SizeArray:$in, Rt_SizeArray:$out, DenseI64ArrayAttr:$window,
                        DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low,
                        DenseI64ArrayAttr:$pad_high, Rt_OperandAttr:$src_layout, Rt_OperandAttr:$weights_layout,
                        Rt_OperandAttr:$dst_layout, TypedArrayAttrBase<Rt_PostOpAttr, "post-ops">:$post_ops), labels);
  let assemblyFormat = [{$src `,` $weights `to` $dst (`post` `(` $post_operands^ `)`)? (`channels_last` $channels_last^)?
                         `n` $n `ic` $ic `oc` $oc `groups` $groups `in` $in `out` $out `window` $window
                         `strides` $strides `dilations` $dilations `low` $pad_low `high` $pad_high `src` $src_layout
                         `weights` $weights_layout `dst` $dst_layout `ops` $post_ops attr-dict}];
  let hasVerifier = 1;
}
def Rt_CopyOp : Rt_Step<"copy"> {
  let summary = "copies `bytes`; source and destination may be the same memory";
  let arguments = !con((ins Rt_BufferType:$src, Rt_BufferType:$dst, StrAttr:$bytes), labels);
  let assemblyFormat = "$src `to` $dst `bytes` $bytes attr-dict";
  let hasVerifier = 1;
}
