// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops of the tensor dialect. Elementwise ops have one row each here and one in Elementwise.def, which gives their scalar
// bodies; both rows carry the same name.
include "dialects/Tao/TaoDialect.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

// Every dynamic extent has its value in the encoding: what makes getDims total on verified IR.
def Tao_Tensor : ConfinedType<RankedTensorOf<[AnyFloat, AnyInteger]>,
    [CPred<"::tao::hasDims(::llvm::cast<::mlir::RankedTensorType>($_self))">],
    "ranked tensor of numbers with a #tao.dims entry for each dynamic extent", "::mlir::RankedTensorType">;

class Tao_Op<string mnemonic, list<Trait> traits = []> : Op<Tao_Dialect, mnemonic, traits>;

//===-- Elementwise: operands and results of one shape ---------------------------------------------------------------===//

class Tao_Elementwise<string mnemonic, list<Trait> traits = []>
    : Tao_Op<mnemonic, traits # [Pure, Tao_IndexMapInterface]> {
  let results = (outs Tao_Tensor:$result);
  let hasFolder = 1;
  let hasVerifier = 1;
}
class Tao_Unary<string mnemonic, string what> : Tao_Elementwise<mnemonic, [SameOperandsAndResultType]> {
  let summary = what;
  let arguments = (ins Tao_Tensor:$input);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}
class Tao_Binary<string mnemonic, string what, list<Trait> traits = []>
    : Tao_Elementwise<mnemonic, traits # [SameOperandsAndResultType]> {
  let summary = what;
  let arguments = (ins Tao_Tensor:$lhs, Tao_Tensor:$rhs);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

def Tao_AbsOp : Tao_Unary<"abs", "absolute value">;
def Tao_NegOp : Tao_Unary<"neg", "-x">;
def Tao_SignOp : Tao_Unary<"sign", "-1, 0 or 1; NaN stays NaN">;
def Tao_ExpOp : Tao_Unary<"exp", "e^x">;
def Tao_Expm1Op : Tao_Unary<"expm1", "e^x - 1, accurate near 0">;
def Tao_LogOp : Tao_Unary<"log", "natural logarithm">;
def Tao_Log1pOp : Tao_Unary<"log1p", "log(1 + x), accurate near 0">;
def Tao_SqrtOp : Tao_Unary<"sqrt", "square root">;
def Tao_RsqrtOp : Tao_Unary<"rsqrt", "1 / sqrt(x), correctly rounded parts">;
def Tao_ReciprocalOp : Tao_Unary<"reciprocal", "1 / x">;
def Tao_TanhOp : Tao_Unary<"tanh", "hyperbolic tangent">;
def Tao_LogisticOp : Tao_Unary<"logistic", "1 / (1 + e^-x)">;
def Tao_ErfOp : Tao_Unary<"erf", "error function">;
def Tao_SinOp : Tao_Unary<"sin", "sine, radians">;
def Tao_CosOp : Tao_Unary<"cos", "cosine, radians">;
def Tao_FloorOp : Tao_Unary<"floor", "largest integral value not above">;
def Tao_CeilOp : Tao_Unary<"ceil", "smallest integral value not below">;
def Tao_RoundOp : Tao_Unary<"round", "nearest integral value, halves to even">;
def Tao_NotOp : Tao_Unary<"not", "bitwise complement; logical for i1">;

def Tao_AddOp : Tao_Binary<"add", "a + b", [Commutative]>;
def Tao_SubOp : Tao_Binary<"sub", "a - b">;
def Tao_MulOp : Tao_Binary<"mul", "a * b", [Commutative]>;
def Tao_DivOp : Tao_Binary<"div", "a / b; integers truncate, x / 0 is 0 for integers">;
def Tao_RemOp : Tao_Binary<"rem", "remainder with the dividend's sign (C fmod and %); x % 0 is 0 for integers">;
def Tao_PowOp : Tao_Binary<"pow", "a to the power of b">;
def Tao_Atan2Op : Tao_Binary<"atan2", "angle of the point (b, a)">;
def Tao_MaxOp : Tao_Binary<"max", "larger value; NaN if either is", [Commutative]>;
def Tao_MinOp : Tao_Binary<"min", "smaller value; NaN if either is", [Commutative]>;
def Tao_AndOp : Tao_Binary<"and", "bitwise and; logical for i1", [Commutative]>;
def Tao_OrOp : Tao_Binary<"or", "bitwise or; logical for i1", [Commutative]>;
def Tao_XorOp : Tao_Binary<"xor", "bitwise exclusive or; logical for i1", [Commutative]>;
def Tao_ShlOp : Tao_Binary<"shl", "a << b; 0 when b is not below the width">;
def Tao_ShrOp : Tao_Binary<"shr", "a >> b, logical; 0 when b is not below the width">;

def Tao_CmpOp : Tao_Elementwise<"cmp"> {
  let summary = "comparison; result i1";
  let arguments = (ins Tao_CmpPredicate:$predicate, Tao_Tensor:$lhs, Tao_Tensor:$rhs);
  let assemblyFormat = "$predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}
def Tao_SelectOp : Tao_Elementwise<"select", [AllTypesMatch<["onTrue", "onFalse", "result"]>]> {
  let summary = "onTrue where condition holds, else onFalse";
  let arguments = (ins Tao_Tensor:$condition, Tao_Tensor:$onTrue, Tao_Tensor:$onFalse);
  let assemblyFormat = "$condition `,` $onTrue `,` $onFalse attr-dict `:` type($condition) `,` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$condition, "::mlir::Value":$onTrue, "::mlir::Value":$onFalse), [{
    build($_builder, $_state, onTrue.getType(), condition, onTrue, onFalse); }]>];
}
def Tao_CastOp : Tao_Elementwise<"cast"> {
  let summary = "conversion of the element type";
  let description = [{
    Float to integer truncates towards zero and saturates; NaN becomes 0. Anything to i1 is `x != 0`. Integers wrap.
  }];
  let arguments = (ins Tao_Tensor:$input);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}
def Tao_IsNanOp : Tao_Elementwise<"is_nan"> {
  let summary = "true where x is NaN; result i1";
  let arguments = (ins Tao_Tensor:$input);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

//===-- Constants and sizes -------------------------------------------------------------------------------------------===//

def Tao_ConstantOp : Tao_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant tensor";
  let description = "Small values are dense; weights are dense_resource and may be mapped straight from the model's file.";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Tao_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, value.getShapedType(), value); }]>];
}
def Tao_SizeOp : Tao_Op<"size", [Pure, Tao_IndexMapInterface]> {
  let summary = "the value of a symbolic size, as a scalar tensor";
  let arguments = (ins StrAttr:$expr);
  let results = (outs 0DTensorOf<[I64]>:$result);
  let assemblyFormat = "$expr attr-dict `:` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = "::tao::OpClass getOpClass() { return ::tao::OpClass::Light; }";
}
def Tao_AssumeOp : Tao_Op<"assume"> {
  let summary = "checked before each run: two sizes are equal, or the first is at least the second";
  let arguments = (ins StrAttr:$lhs, StrAttr:$rhs, UnitAttr:$at_least, StrAttr:$message);
  let assemblyFormat = "$lhs (`at_least` $at_least^)? `,` $rhs `,` $message attr-dict";
  let hasVerifier = 1;
}
def Tao_IotaOp : Tao_Op<"iota", [Pure, Tao_IndexMapInterface]> {
  let summary = "each element is its index along `dim`";
  let arguments = (ins I64Attr:$dim);
  let results = (outs Tao_Tensor:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = "::tao::OpClass getOpClass() { return ::tao::OpClass::Light; }";
}

//===-- Movement ------------------------------------------------------------------------------------------------------===//

class Tao_Movement<string mnemonic> : Tao_Op<mnemonic,
    [Pure, DeclareOpInterfaceMethods<Tao_IndexMapInterface, ["getIndexMaps", "getOpClass"]>]> {
  let results = (outs Tao_Tensor:$result);
  let hasVerifier = 1;
}
def Tao_BroadcastOp : Tao_Movement<"broadcast"> {
  let summary = "operand dim i becomes result dim dims[i]; other result dims repeat";
  let description = "Operand extents equal the result's, or are the static 1, which repeats. `dims` increases.";
  let arguments = (ins Tao_Tensor:$input, DenseI64ArrayAttr:$dims);
  let assemblyFormat = "$input `dims` $dims attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}
def Tao_ReshapeOp : Tao_Movement<"reshape"> {
  let summary = "same elements in row-major order under another shape";
  let arguments = (ins Tao_Tensor:$input);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}
def Tao_TransposeOp : Tao_Movement<"transpose"> {
  let summary = "result dim i is operand dim perm[i]";
  let arguments = (ins Tao_Tensor:$input, DenseI64ArrayAttr:$perm);
  let assemblyFormat = "$input `perm` $perm attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}
def Tao_SliceOp : Tao_Movement<"slice"> {
  let summary = "operand index is starts[d] + i * steps[d]";
  let description = "Starts are size expressions, steps nonzero numbers; the extent is the result's.";
  let arguments = (ins Tao_Tensor:$input, StrArrayAttr:$starts, DenseI64ArrayAttr:$steps);
  let assemblyFormat = "$input `from` $starts `by` $steps attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}
def Tao_PadOp : Tao_Movement<"pad"> {
  let summary = "low[d] elements of `value` before, as many as the result needs after";
  let arguments = (ins Tao_Tensor:$input, Tao_Tensor:$value, DenseI64ArrayAttr:$low);
  let assemblyFormat = "$input `,` $value `low` $low attr-dict `:` type($input) `,` type($value) `->` type($result)";
}
def Tao_ConcatOp : Tao_Movement<"concat"> {
  let summary = "operands one after the other along `axis`";
  let arguments = (ins Variadic<Tao_Tensor>:$inputs, I64Attr:$axis);
  let assemblyFormat = "$inputs `axis` $axis attr-dict `:` type($inputs) `->` type($result)";
  let hasFolder = 1;
}
def Tao_GatherOp : Tao_Movement<"gather"> {
  let summary = "result[i.., j.., k..] = data[i.., indices[j..], k..], the indices taking the place of `axis`";
  let description = "Indices are in [0, extent) and checked at run time; negative ones are normalised at import.";
  let arguments = (ins Tao_Tensor:$data, Tao_Tensor:$indices, I64Attr:$axis);
  let assemblyFormat = "$data `,` $indices `axis` $axis attr-dict `:` type($data) `,` type($indices) `->` type($result)";
}
def Tao_GatherElementsOp : Tao_Movement<"gather_elements"> {
  let summary = "result[i..] = data[i.. with indices[i..] at `axis`]";
  let arguments = (ins Tao_Tensor:$data, Tao_Tensor:$indices, I64Attr:$axis);
  let assemblyFormat = "$data `,` $indices `axis` $axis attr-dict `:` type($data) `,` type($indices) `->` type($result)";
}
def Tao_GatherNdOp : Tao_Movement<"gather_nd"> {
  let summary = "result[b.., j.., k..] = data[b.., indices[b.., j.., :], k..]";
  let description = "The first `batch_dims` dims are shared; the last dim of indices is static and addresses data's dims.";
  let arguments = (ins Tao_Tensor:$data, Tao_Tensor:$indices, I64Attr:$batch_dims);
  let assemblyFormat = [{$data `,` $indices `batch` $batch_dims attr-dict `:` type($data) `,` type($indices)
                         `->` type($result)}];
}

//===-- Reductions ----------------------------------------------------------------------------------------------------===//

def Tao_ReduceOp : Tao_Movement<"reduce"> {
  let summary = "reduction over `dims`, which disappear; an empty range gives the monoid's identity";
  let arguments = (ins Tao_ReduceKind:$kind, Tao_Tensor:$input, DenseI64ArrayAttr:$dims);
  let assemblyFormat = "$kind $input `dims` $dims attr-dict `:` type($input) `->` type($result)";
}
def Tao_ArgReduceOp : Tao_Movement<"arg_reduce"> {
  let summary = "index along `dim` of the max or min; the first one, or the last with `select_last`";
  let arguments = (ins Tao_ReduceKind:$kind, Tao_Tensor:$input, I64Attr:$dim, UnitAttr:$select_last);
  let assemblyFormat = [{$kind $input `dim` $dim (`last` $select_last^)? attr-dict `:` type($input) `->` type($result)}];
}
def Tao_ReduceWindowOp : Tao_Movement<"reduce_window"> {
  let summary = "sliding reduction over all dims (pooling)";
  let description = [{
    result[i..] reduces input[i*stride - pad_low + w*dilation] over window positions w; what falls outside the input does
    not take part. All arrays have one entry per dim; the extent is the result's.
  }];
  let arguments = (ins Tao_ReduceKind:$kind, Tao_Tensor:$input, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                   DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low);
  let assemblyFormat = [{$kind $input `window` $window `strides` $strides `dilations` $dilations `low` $pad_low attr-dict
                         `:` type($input) `->` type($result)}];
}

//===-- Contractions --------------------------------------------------------------------------------------------------===//

def Tao_ContractOp : Tao_Op<"contract",
    [Pure, DeclareOpInterfaceMethods<Tao_IndexMapInterface, ["getIndexMaps", "getOpClass"]>]> {
  let summary = "sum over products, any index order (matmul, batched matmul, einsum of two operands)";
  let description = [{
    `maps` are projected permutations of the loop dims for lhs, rhs and the result. A dim in lhs and rhs but not in the
    result is summed; one in all three is a batch dim. Transposes next to a contraction fold into its maps.
  }];
  let arguments = (ins Tao_Tensor:$lhs, Tao_Tensor:$rhs, AffineMapArrayAttr:$maps);
  let results = (outs Tao_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs `maps` $maps attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let hasVerifier = 1;
}
def Tao_ConvOp : Tao_Op<"conv",
    [Pure, DeclareOpInterfaceMethods<Tao_IndexMapInterface, ["getIndexMaps", "getOpClass"]>]> {
  let summary = "convolution";
  let description = [{
    input [n, c, spatial..] or, with `channels_last`, [n, spatial.., c]; the result likewise. weights
    [oc, ic / groups, window..] always. High padding follows from the result's extents. dilation 1 is dense.
  }];
  let arguments = (ins Tao_Tensor:$input, Tao_Tensor:$weights, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                   DenseI64ArrayAttr:$pad_low, I64Attr:$groups, UnitAttr:$channels_last);
  let results = (outs Tao_Tensor:$result);
  let assemblyFormat = [{$input `,` $weights `strides` $strides `dilations` $dilations `low` $pad_low `groups` $groups
                         (`channels_last` $channels_last^)? attr-dict `:` type($input) `,` type($weights) `->` type($result)}];
  let hasVerifier = 1;
}

//===-- Routines ------------------------------------------------------------------------------------------------------===//

def Tao_RoutineOp : Tao_Op<"routine", [Pure]> {
  let summary = "what is no map, movement or reduction: a loop of the runtime's own";
  let description = [{
    `scatter` (data [r, w], rows [n], updates [n, w]): data with row rows[i] replaced by, or combined with, row i of the
    updates, in their order. Data of rank 0 stands for that number everywhere. Rows are checked when the model runs.
    params [combine]: 0 replaces, 1 adds, 2 multiplies, 3 takes the larger, 4 the smaller.

    `top_k` (x [r, n]): indices [r, k] of the k first elements of each row in falling order or, with params [0], rising
    order; of equal ones the first comes first.

    `cum_sum` (x [r, n]): sums of each row up to each element. params [exclusive, reverse].
  }];
  let arguments = (ins Tao_RoutineKind:$kind, Variadic<Tao_Tensor>:$inputs, DenseI64ArrayAttr:$params);
  let results = (outs Tao_Tensor:$result);
  let assemblyFormat = "$kind `(` $inputs `)` `params` $params attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
}

//===-- Control flow --------------------------------------------------------------------------------------------------===//
// Before phase simplify outlines them, bodies are regions that see the values around them; afterwards they are functions.

def Tao_YieldOp : Tao_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["LoopOp", "IfOp"]>]> {
  let summary = "ends a body with its results";
  let arguments = (ins Variadic<Tao_Tensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}
def Tao_LoopOp : Tao_Op<"loop", [Pure, AttrSizedOperandSegments, SingleBlock]> {
  let summary = "runs its body again and again";
  let description = [{
    The body takes one row (index along dim 0) of each slice, then the carried values. It yields the next carried values,
    then one row of each stacked result. Results: the last carried values, then the stacked ones.

    With `trips` the body runs that many times. Without, there are neither slices nor stacked results, and the body runs
    while the first carried value, a truth value, is true. `reversed` has one flag per slice, then one per stacked result:
    true where rows are taken from the last one backwards; empty where none is.

    ```mlir
    %last, %all = tao.loop trips "t" slices(%x) carried(%zero) : (...) -> (...) {
    ^bb0(%row: tensor<4xf32>, %sum: tensor<4xf32>):
      %next = tao.add %sum, %row : tensor<4xf32>
      tao.yield %next, %next : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins OptionalAttr<StrAttr>:$trips, Variadic<Tao_Tensor>:$slices, Variadic<Tao_Tensor>:$carried,
                   DefaultValuedAttr<DenseBoolArrayAttr, "{}">:$reversed);
  let results = (outs Variadic<Tao_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{(`trips` $trips^)? `slices` `(` $slices `)` `carried` `(` $carried `)` (`reversed` $reversed^)?
                         attr-dict-with-keyword `:` functional-type(operands, results) $body}];
  let hasVerifier = 1;
}
def Tao_IfOp : Tao_Op<"if", [Pure, SingleBlock]> {
  let summary = "runs one of two bodies without arguments";
  let arguments = (ins Tao_Tensor:$condition);
  let results = (outs Variadic<Tao_Tensor>:$results);
  let regions = (region SizedRegion<1>:$then_body, SizedRegion<1>:$else_body);
  let assemblyFormat = [{$condition attr-dict-with-keyword `:` functional-type(operands, results)
                         `then` $then_body `else` $else_body}];
  let hasVerifier = 1;
}
def Tao_RunLoopOp : Tao_Op<"run_loop",
    [Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "tao.loop whose body is a function";
  let description = "The function takes rows, carried values and `captures`, the values from around the loop that it reads.";
  let arguments = (ins FlatSymbolRefAttr:$body, OptionalAttr<StrAttr>:$trips, Variadic<Tao_Tensor>:$slices,
                   Variadic<Tao_Tensor>:$carried, Variadic<Tao_Tensor>:$captures,
                   DefaultValuedAttr<DenseBoolArrayAttr, "{}">:$reversed);
  let results = (outs Variadic<Tao_Tensor>:$results);
  let assemblyFormat = [{$body (`trips` $trips^)? `slices` `(` $slices `)` `carried` `(` $carried `)`
                         `captures` `(` $captures `)` (`reversed` $reversed^)? attr-dict
                         `:` functional-type(operands, results)}];
  let hasVerifier = 1;
}
def Tao_RunIfOp : Tao_Op<"run_if", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "tao.if whose bodies are functions, both of all `captures`";
  let arguments = (ins Tao_Tensor:$condition, FlatSymbolRefAttr:$then_body, FlatSymbolRefAttr:$else_body,
                   Variadic<Tao_Tensor>:$captures);
  let results = (outs Variadic<Tao_Tensor>:$results);
  let assemblyFormat = [{$condition `then` $then_body `else` $else_body `captures` `(` $captures `)` attr-dict
                         `:` functional-type(operands, results)}];
  let hasVerifier = 1;
}
