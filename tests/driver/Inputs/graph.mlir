// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A loop in which a branch is, and names of nodes that are markup elsewhere.
module attributes {tao.model_name = "a <b>\22&amp;\22\\</script>", tao.likely = {"rows" = 8 : i64}} {
  func.func @main(%x: tensor<?x4xf32, #tao.dims<"rows">>, %c: tensor<i1>) -> tensor<?x4xf32, #tao.dims<"rows">> {
    %s = tao.reduce sum %x dims [1] : tensor<?x4xf32, #tao.dims<"rows">> -> tensor<?xf32, #tao.dims<"rows">> loc("<script>alert('1')</script>")
    %b = tao.broadcast %s dims [0] : tensor<?xf32, #tao.dims<"rows">> -> tensor<?x4xf32, #tao.dims<"rows">> loc("\1B[31m\22&quot;\22\\")
    %m = tao.mul %x, %b : tensor<?x4xf32, #tao.dims<"rows">> loc("not \FF UTF-8")
    %l = tao.loop trips "3" slices() carried(%m) : (tensor<?x4xf32, #tao.dims<"rows">>) -> tensor<?x4xf32, #tao.dims<"rows">> {
    ^bb0(%old: tensor<?x4xf32, #tao.dims<"rows">>):
      %i = tao.if %c : (tensor<i1>) -> tensor<?x4xf32, #tao.dims<"rows">> then {
        %n = tao.neg %old : tensor<?x4xf32, #tao.dims<"rows">> loc("/Neg")
        tao.yield %n : tensor<?x4xf32, #tao.dims<"rows">>
      } else {
        %e = tao.exp %old : tensor<?x4xf32, #tao.dims<"rows">> loc("/Exp")
        tao.yield %e : tensor<?x4xf32, #tao.dims<"rows">>
      } loc("/If")
      %new = tao.add %i, %x : tensor<?x4xf32, #tao.dims<"rows">> loc("/Add")
      tao.yield %new : tensor<?x4xf32, #tao.dims<"rows">>
    } loc("/Loop<&>")
    return %l : tensor<?x4xf32, #tao.dims<"rows">>
  }
}
