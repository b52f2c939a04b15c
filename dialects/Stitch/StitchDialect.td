// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fusion dialect: (a) groups with their plan, pure data; (b) the schedule IR that a plan becomes.
#ifndef TAO_DIALECTS_STITCH
#define TAO_DIALECTS_STITCH

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Stitch_Dialect : Dialect {
  let name = "stitch";
  let cppNamespace = "::tao::stitch";
  let summary = "Fusion groups, their plans, and the schedule IR";
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

def Stitch_PlanAttr : AttrDef<Stitch_Dialect, "Plan"> {
  let mnemonic = "plan";
  let summary = "A versioned fusion plan; dialects/Stitch/Plan.h gives its fields";
  let parameters = (ins "::mlir::DictionaryAttr":$data);
  let assemblyFormat = "`<` $data `>`";
  let genVerifyDecl = 1;
}

def Stitch_BufType : TypeDef<Stitch_Dialect, "Buf"> {
  let mnemonic = "buf";
  let summary = "Memory of a kernel argument: row-major elements of a tensor type, whose sizes it carries";
  let parameters = (ins "::mlir::RankedTensorType":$tensor);
  let assemblyFormat = "`<` $tensor `>`";
}

def Stitch_Level : I32EnumAttr<"Level", "where the iterations of a loop run", [
    I32EnumAttrCase<"Grid", 0, "grid">, I32EnumAttrCase<"Seq", 1, "seq">, I32EnumAttrCase<"Lane", 2, "lane">]> {
  let cppNamespace = "::tao::stitch";
}
def Stitch_StageScope : I32EnumAttr<"StageScope", "whose put a get sees", [
    I32EnumAttrCase<"Thread", 0, "thread">, I32EnumAttrCase<"Block", 1, "block">]> {
  let cppNamespace = "::tao::stitch";
}
def Stitch_ThreadLevel : I32EnumAttr<"ThreadLevel", "a part of a thread's number", [
    I32EnumAttrCase<"Warp", 0, "warp">, I32EnumAttrCase<"Lane", 1, "lane">]> {
  let cppNamespace = "::tao::stitch";
}
def Stitch_Monoid : I32EnumAttr<"Monoid", "combine function of a reduction", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Prod", 1, "prod">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"ArgMax", 4, "argmax">, I32EnumAttrCase<"ArgMin", 5, "argmin">,
    I32EnumAttrCase<"ArgMaxLast", 6, "argmax_last">, I32EnumAttrCase<"ArgMinLast", 7, "argmin_last">,
    // The larger number, which may lose a NaN: for a maximum that every element is then compared with.
    I32EnumAttrCase<"MaxNumber", 8, "max_number">]> {
  let cppNamespace = "::tao::stitch";
}

#endif
