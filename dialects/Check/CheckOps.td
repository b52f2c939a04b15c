// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numeric tests as MLIR text: inputs that may not be folded, and expectations on results.
#ifndef TAO_DIALECTS_CHECK_OPS
#define TAO_DIALECTS_CHECK_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::tao::check";
  let summary = "Numeric tests written as functions";
  let description = [{
    A test is a function without arguments and results. Before it runs, its `check.input` ops become arguments and the values
    of its expectations become results (passes/interp/TestFunction.h), so the interpreter and compiled code see the same pure
    function. With the function attribute `check.fails = "part of the message"` the run itself must fail.
  }];
}

def Check_Tensor : RankedTensorOf<[AnyFloat, AnyInteger]>;
class Check_Op<string mnemonic, list<Trait> traits = []> : Op<Check_Dialect, mnemonic, traits>;

def Check_InputOp : Check_Op<"input"> {
  let summary = "a value known only when the test runs";
  let description = [{
    Unread inputs stay: their extents may bind a size symbol. `as` gives the value a type with symbolic sizes, which its extents then bind:
    `check.input dense<[1.0, 2.0]> : tensor<2xf32> as tensor<?xf32, #tao.dims<"n">>`.
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Check_Tensor:$result);
  let assemblyFormat = "$value custom<AsType>(ref($value), type($result)) attr-dict";
  let hasVerifier = 1;
}

class Check_Expectation<string mnemonic> : Check_Op<mnemonic> {
  let arguments = (ins Check_Tensor:$actual, ElementsAttr:$expected);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
  let hasVerifier = 1;
}
def Check_ExpectCloseOp : Check_Expectation<"expect_close"> {
  let summary = "|actual - expected| <= atol + rtol * |expected| for every element; NaN equals NaN, infinities by sign";
  let arguments = (ins Check_Tensor:$actual, ElementsAttr:$expected, DefaultValuedAttr<F64Attr, "0.0">:$atol,
                   DefaultValuedAttr<F64Attr, "1.0e-6">:$rtol);
}
def Check_ExpectEqOp : Check_Expectation<"expect_eq"> {
  let summary = "every element equals the expected one; NaN equals NaN, and -0 equals 0";
}

#endif
