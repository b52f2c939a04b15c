// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops of the front end's dialect.
include "dialects/Frontend/FrontendDialect.td"

class Frontend_Op<string mnemonic, list<Trait> traits = []> : Op<Frontend_Dialect, mnemonic, traits>;

def Frontend_NodeOp : Frontend_Op<"node"> {
  let summary = "one node of the graph";
  let description = [{
    `name` is the domain and the operator: "onnx.Conv", "com.microsoft.FusedGelu". `opset` is the version of the domain's
    operator set that the model asks for. Omitted optional inputs are `frontend.none`. Integers among the attributes are i64,
    floats f32; lists are arrays; tensors are elements. Attributes that are graphs are regions, named in order.

    ```mlir
    %1 = frontend.node "onnx.Relu"(%0) opset 14 : (!frontend.value) -> !frontend.value
    %2 = frontend.node "onnx.If"(%1) opset 14 : (!frontend.value) -> !frontend.value
        graphs ["else_branch", "then_branch"] { frontend.yield %0 : !frontend.value }, { frontend.yield %1 : !frontend.value }
    ```
  }];
  let arguments = (ins StrAttr:$name, Variadic<AnyType>:$inputs, OptionalAttr<DictionaryAttr>:$node_attrs,
                   I64Attr:$opset, OptionalAttr<StrArrayAttr>:$graph_names);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region VariadicRegion<AnyRegion>:$graphs);
  let assemblyFormat = [{
    $name `(` $inputs `)` ($node_attrs^)? `opset` $opset `:` functional-type($inputs, $outputs)
    (`graphs` $graph_names^ $graphs)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// "" for ONNX itself, else "com.microsoft".
    ::llvm::StringRef getDomain();
    /// "Conv".
    ::llvm::StringRef getOperator();
    /// As messages name it: "Conv", "com.microsoft.FusedGelu".
    ::llvm::StringRef getDisplayName();
    /// The node's name, which is its location; its operator when it has none.
    std::string getNodeName();
  }];
}

def Frontend_NoneOp : Frontend_Op<"none", [Pure]> {
  let summary = "an optional input that is not given";
  let results = (outs NoneType:$result);
  let assemblyFormat = "attr-dict";
}

def Frontend_ConstantOp : Frontend_Op<"constant", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "an initializer";
  let description = "Its bytes may lie in the mapped model file.";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, value.getShapedType(), value); }]>];
}

def Frontend_YieldOp : Frontend_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "the outputs of a subgraph";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}
