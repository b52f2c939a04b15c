// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The host program: its dialect, attributes and the buffer type.
#ifndef TAO_DIALECTS_RT_DIALECT
#define TAO_DIALECTS_RT_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Rt_Dialect : Dialect {
  let name = "rt";
  let cppNamespace = "::tao::rt";
  let summary = "What the host program asks of the runtime: storage, launches, library calls, copies, checks";
  let description = [{
    Sizes are the canonical text of a SymExpr over the program's symbols. The ops mirror part 2 of
    runtime/include/tao/model_abi.h, which they become.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

def Rt_BufferType : TypeDef<Rt_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "A run of memory";
}

def Rt_CheckKind : I32EnumAttr<"CheckKind", "relation of two sizes", [
    I32EnumAttrCase<"Eq", 0, "eq">, I32EnumAttrCase<"Ge", 1, "ge">]> {
  let cppNamespace = "::tao::rt";
}
def Rt_KernelKind : I32EnumAttr<"KernelKind", "what a step's time is spent on, for reports", [
    I32EnumAttrCase<"Memory", 0, "memory">, I32EnumAttrCase<"Math", 1, "math">,
    I32EnumAttrCase<"Library", 2, "library">]> {
  let cppNamespace = "::tao::rt";
}
/// Order and values as tao_post_op_kind in model_abi.h.
def Rt_PostOpKind : I32EnumAttr<"PostOpKind", "what is applied to a contraction's result before it is stored", [
    I32EnumAttrCase<"Relu", 0, "relu">, I32EnumAttrCase<"Clip", 1, "clip">, I32EnumAttrCase<"Tanh", 2, "tanh">,
    I32EnumAttrCase<"Logistic", 3, "logistic">, I32EnumAttrCase<"GeluErf", 4, "gelu_erf">,
    I32EnumAttrCase<"GeluTanh", 5, "gelu_tanh">, I32EnumAttrCase<"Swish", 6, "swish">,
    I32EnumAttrCase<"Linear", 7, "linear">, I32EnumAttrCase<"Add", 8, "add">, I32EnumAttrCase<"Mul", 9, "mul">,
    I32EnumAttrCase<"Exp", 10, "exp">, I32EnumAttrCase<"Abs", 11, "abs">, I32EnumAttrCase<"Sqrt", 12, "sqrt">]> {
  let cppNamespace = "::tao::rt";
}

def Rt_ValueAttr : AttrDef<Rt_Dialect, "Value"> {
  let mnemonic = "value";
  let summary = "An input or output of the program";
  let description = "`alias` is the input whose storage an output may update in place, or -1.";
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::RankedTensorType":$type,
                    DefaultValuedParameter<"int64_t", "-1">:$alias);
  let assemblyFormat = "`<` $name `,` $type (`alias` $alias^)? `>`";
}
def Rt_SymbolAttr : AttrDef<Rt_Dialect, "Symbol"> {
  let mnemonic = "symbol";
  let summary = "A dynamic size and the extent of an input that gives its value";
  let parameters = (ins "::mlir::StringAttr":$name, "int64_t":$input, "int64_t":$dim);
  let assemblyFormat = "`<` $name `=` `input` $input `dim` $dim `>`";
}
def Rt_CheckAttr : AttrDef<Rt_Dialect, "Check"> {
  let mnemonic = "check";
  let summary = "A relation that must hold between the sizes of a run";
  let parameters = (ins EnumParameter<Rt_CheckKind>:$kind, "::mlir::StringAttr":$lhs, "::mlir::StringAttr":$rhs,
                    "::mlir::StringAttr":$message);
  let assemblyFormat = "`<` $kind $lhs `,` $rhs `,` $message `>`";
  let genVerifyDecl = 1;
}
def Rt_OperandAttr : AttrDef<Rt_Dialect, "Operand"> {
  let mnemonic = "operand";
  let summary = "How a library call sees one of its tensors";
  let description = [{
    `strides` are element strides in the order of the call's dims; "0" broadcasts. They are absent where the call says that
    the tensor is dense. `constant` operands may be packed once per model.
  }];
  let parameters = (ins "::mlir::Type":$elementType, OptionalArrayRefParameter<"::mlir::StringAttr">:$strides,
                    DefaultValuedParameter<"bool", "false">:$constant);
  let assemblyFormat = "`<` $elementType (`strides` `[` $strides^ `]`)? (`constant` $constant^)? `>`";
  let genVerifyDecl = 1;
}
def Rt_PostOpAttr : AttrDef<Rt_Dialect, "PostOp"> {
  let mnemonic = "post";
  let summary = "One post-op; add and mul take the call's next post-op operand";
  let parameters = (ins EnumParameter<Rt_PostOpKind>:$kind, "::mlir::FloatAttr":$alpha, "::mlir::FloatAttr":$beta,
                    OptionalParameter<"::tao::rt::OperandAttr">:$operand);
  let assemblyFormat = "`<` $kind `,` $alpha `,` $beta (`,` $operand^)? `>`";
  let genVerifyDecl = 1;
}

def Rt_PartAttr : AttrDef<Rt_Dialect, "Part"> {
  let mnemonic = "part";
  let summary = "One kernel of a pack: how many of the pack's buffers are its own, and what rt.launch says of one";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$kernel, "int64_t":$reads, "int64_t":$writes,
                    "::mlir::ArrayAttr":$sizes, "::mlir::StringAttr":$tasks, "::mlir::StringAttr":$cost,
                    "::mlir::ArrayAttr":$failures, "int64_t":$scratch);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Rt_StepInterface : OpInterface<"StepOpInterface"> {
  let cppNamespace = "::tao::rt";
  let description = [{
    An op that runs: one step of the program. Steps are numbered in program order and every step is one kernel of the
    model's information table: `kernel_name`, `kind` and the source `nodes`.
  }];
  let methods = [
    InterfaceMethod<"Buffers that the step reads.", "::llvm::SmallVector<::mlir::Value>", "getReadBuffers">,
    InterfaceMethod<"Buffers that the step writes.", "::llvm::SmallVector<::mlir::Value>", "getWrittenBuffers">,
    InterfaceMethod<"Name in reports and traces.", "::mlir::StringRef", "getKernelName">,
    InterfaceMethod<"What its time is spent on.", "::tao::rt::KernelKind", "getKind">,
    InterfaceMethod<"Names of source nodes.", "::mlir::ArrayAttr", "getNodes">
  ];
}

#endif
