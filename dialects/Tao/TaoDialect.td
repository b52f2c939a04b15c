// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tensor dialect: its attributes, enums and the index-map interface.
#ifndef TAO_DIALECTS_TAO_DIALECT
#define TAO_DIALECTS_TAO_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tao_Dialect : Dialect {
  let name = "tao";
  let cppNamespace = "::tao";
  let summary = "Framework-neutral tensor ops with value semantics and symbolic sizes";
  let description = [{
    Broadcasts, casts and shapes are explicit. Dynamic extents carry their symbolic value in the type's encoding:
    `tensor<?x?x768xf32, #tao.dims<"batch", "seq">>`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

def Tao_DimsAttr : AttrDef<Tao_Dialect, "Dims",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "dims";
  let summary = "Symbolic values of a tensor's dynamic extents, in order";
  let description = "Each is the canonical text of a SymExpr; one per `?` of the tensor type.";
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$exprs);
  let assemblyFormat = "`<` $exprs `>`";
  let genVerifyDecl = 1;
}

def Tao_ReduceKind : I32EnumAttr<"ReduceKind", "monoid of a reduction", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Prod", 1, "prod">,
    I32EnumAttrCase<"Max", 2, "max">, I32EnumAttrCase<"Min", 3, "min">]> {
  let cppNamespace = "::tao";
}
def Tao_CmpPredicate : I32EnumAttr<"CmpPredicate", "comparison", [
    I32EnumAttrCase<"Eq", 0, "eq">, I32EnumAttrCase<"Ne", 1, "ne">, I32EnumAttrCase<"Lt", 2, "lt">,
    I32EnumAttrCase<"Le", 3, "le">, I32EnumAttrCase<"Gt", 4, "gt">, I32EnumAttrCase<"Ge", 5, "ge">]> {
  let cppNamespace = "::tao";
}

def Tao_RoutineKind : I32EnumAttr<"RoutineKind", "what a routine of the runtime computes", [
    I32EnumAttrCase<"Scatter", 0, "scatter">, I32EnumAttrCase<"TopK", 1, "top_k">,
    I32EnumAttrCase<"CumSum", 2, "cum_sum">]> {
  let cppNamespace = "::tao";
}

def Tao_IndexMapInterface : OpInterface<"IndexMapOpInterface"> {
  let cppNamespace = "::tao";
  let description = [{
    What fusion needs to know of an op: how result indices map to operand indices, and what class of work it is. Ops that
    can join a fusion group implement it. The defaults describe elementwise ops.
  }];
  let methods = [
    InterfaceMethod<[{
        One map per operand, from (result dims..., reduction dims...) to the operand's indices. A null map means that the
        index depends on data or is not affine.
      }], "::llvm::SmallVector<::mlir::AffineMap>", "getIndexMaps", (ins), "", [{
        auto type = ::llvm::cast<::mlir::RankedTensorType>($_op->getResult(0).getType());
        return ::llvm::SmallVector<::mlir::AffineMap>(
            $_op->getNumOperands(), ::mlir::AffineMap::getMultiDimIdentityMap(type.getRank(), type.getContext()));
      }]>,
    InterfaceMethod<"The class of work, from which planners derive what may be fused.",
        "::tao::OpClass", "getOpClass", (ins), "", [{ return ::tao::getElementwiseClass($_op); }]>
  ];
}

#endif
