// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TAO_PASSES_IMPORT_PASSES
#define TAO_PASSES_IMPORT_PASSES

include "mlir/Pass/PassBase.td"

def ImportPass : Pass<"import", "::mlir::ModuleOp"> {
  let summary = "Turns frontend nodes into tao ops";
  let description = [{
    Every node of @main becomes primitive tao ops with explicit broadcasts and known or symbolic shapes; composites such as
    Softmax are decomposed. Integer tensors that only compute shapes leave no ops behind. All nodes that are not supported are
    reported at once.

    ```mlir
    func.func @main(%x: tensor<?x4xf32, #tao.dims<"n">> {tao.name = "x"}) -> (!frontend.value {tao.name = "y"}) {
      %0 = frontend.node "onnx.Relu"(%x) opset 14 : (tensor<?x4xf32, #tao.dims<"n">>) -> !frontend.value
      return %0 : !frontend.value
    }
    // becomes
    func.func @main(%x: tensor<?x4xf32, #tao.dims<"n">> {tao.name = "x"}) -> (tensor<?x4xf32, #tao.dims<"n">> {tao.name = "y"}) {
      %0 = tao.constant dense<0.0> : tensor<f32>
      %1 = tao.broadcast %0 dims [] : tensor<f32> -> tensor<?x4xf32, #tao.dims<"n">>
      %2 = tao.max %x, %1 : tensor<?x4xf32, #tao.dims<"n">>
      return %2 : tensor<?x4xf32, #tao.dims<"n">>
    }
    ```
  }];
  let options = [
    ListOption<"shapes", "shape", "std::string", "Shape of an input, as name:extents">,
    ListOption<"aliases", "alias", "std::string", "An output that may overwrite an input, as output:input">
  ];
  let statistics = [
    Statistic<"numNodes", "nodes", "Nodes imported">,
    Statistic<"numAssumptions", "assumptions", "Relations of sizes left to be checked at run time">
  ];
  let dependentDialects = ["::tao::TaoDialect", "::tao::frontend::FrontendDialect", "::mlir::func::FuncDialect"];
}

#endif
