// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The front end's dialect and its type.
#ifndef TAO_DIALECTS_FRONTEND_DIALECT
#define TAO_DIALECTS_FRONTEND_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Frontend_Dialect : Dialect {
  let name = "frontend";
  let cppNamespace = "::tao::frontend";
  let summary = "A framework's graph, verbatim";
  let description = [{
    One generic op per node. Nothing is known about an operator but its name, the version of its operator set and its
    attributes, so unknown operators survive to the report of the importer.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

def Frontend_ValueType : TypeDef<Frontend_Dialect, "Value"> {
  let mnemonic = "value";
  let summary = "A value whose type the graph does not say";
}

def Frontend_UnsupportedAttr : AttrDef<Frontend_Dialect, "Unsupported"> {
  let mnemonic = "unsupported";
  let summary = "An attribute value that has no form here, such as a sparse tensor";
  let parameters = (ins StringRefParameter<"what it is, for messages">:$what);
  let assemblyFormat = "`<` $what `>`";
}

#endif
