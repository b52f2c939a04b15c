# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of operators for translate.py: what each computes, in the functions of frameworks.py."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import helper

from bench.compare.frameworks import Untranslatable


@dataclass(frozen=True)
class Node:
    """An ONNX node with its attributes read."""

    op: str
    opset: int
    attributes: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)


@dataclass(frozen=True)
class Rule:
    """`function(framework, node, *operands)` returns the result, or a tuple of them. Operands at the positions `known` are
    NumPy arrays; with `literals` other operands may be Python numbers where a broadcast would make them tensors."""

    function: Callable[..., Any]
    known: tuple[int, ...] = ()
    literals: bool = False


def unary(name: str) -> Rule:
    """A function that every framework has under this name."""
    return Rule(lambda fw, node, x: getattr(fw.array, name)(x))


def method(name: str) -> Rule:
    """An elementwise function of the framework's class."""
    return Rule(lambda fw, node, *operands: getattr(fw, name)(*operands), literals=True)


def arithmetic(function: Callable[[Any, Any], Any]) -> Rule:
    """A Python operator, folded over two operands or more."""

    def fold(fw: Any, node: Node, first: Any, *rest: Any) -> Any:
        for other in rest:
            first = function(first, other)
        return first

    return Rule(fold, literals=True)


def ints(operand: np.ndarray | list | None) -> list[int]:
    """A known operand or an attribute as Python integers."""
    return [] if operand is None else [int(value) for value in np.asarray(operand).reshape(-1)]


def axes_of(node: Node, operand: Any) -> list[int] | None:
    """Axes as operand, as newer opsets have them, or as attribute; None when they are left out."""
    found = operand if operand is not None else node.get("axes")
    return None if found is None else ints(found)


def divide(fw: Any, node: Node, x: Any, y: Any) -> Any:
    """Division of integers truncates in ONNX and nowhere else."""
    if any(not isinstance(operand, (int, float)) and fw.is_integer(operand) for operand in (x, y)):
        raise Untranslatable("Div of integers")
    return x / y


def clip(fw: Any, node: Node, x: Any, low: Any = None, high: Any = None) -> Any:
    low, high = (node.get(name) if bound is None else bound for name, bound in (("min", low), ("max", high)))
    x = x if low is None else fw.maximum(x, low)
    return x if high is None else fw.minimum(x, high)


def reduce(kind: str) -> Rule:
    """A reduction by one of the frameworks' functions."""

    def function(fw: Any, node: Node, x: Any, axes: Any = None) -> Any:
        found = axes_of(node, axes)
        if not found and node.get("noop_with_empty_axes", 0):
            return x
        found = found or list(range(len(x.shape)))
        return fw.reduce(kind, x, tuple(axis % len(x.shape) for axis in found), bool(node.get("keepdims", 1)))

    return Rule(function, known=(1,))


def argmax(fw: Any, node: Node, x: Any) -> Any:
    if node.get("select_last_index", 0):
        raise Untranslatable("ArgMax of the last index")
    found = fw.argmax(x, node.get("axis", 0), bool(node.get("keepdims", 1)))
    return fw.cast(found, np.dtype(np.int64))


def over_axis(name: str) -> Rule:
    """Softmax and its logarithm."""

    def function(fw: Any, node: Node, x: Any) -> Any:
        axis = node.get("axis", -1 if node.opset >= 13 else 1) % len(x.shape)
        if node.opset < 13 and axis != len(x.shape) - 1:
            raise Untranslatable(f"{node.op} over several axes")
        return getattr(fw, name)(x, axis)

    return Rule(function)


def layer_norm(fw: Any, node: Node, x: Any, scale: Any, bias: Any = None) -> Any:
    axes = tuple(range(node.get("axis", -1) % len(x.shape), len(x.shape)))
    mean = fw.reduce("mean", x, axes, True)
    centred = x - mean
    inverse = 1 / fw.array.sqrt(fw.reduce("mean", centred * centred, axes, True) + node.get("epsilon", 1e-5))
    result = centred * inverse * scale
    return (result if bias is None else result + bias, mean, inverse)[: len(node.outputs)]


def batch_norm(fw: Any, node: Node, x: Any, scale: Any, bias: Any, mean: Any, variance: Any) -> Any:
    if node.get("training_mode", 0):
        raise Untranslatable("BatchNormalization in training")
    shape = (1, -1, *[1] * (len(x.shape) - 2))
    factor = scale / fw.array.sqrt(variance + node.get("epsilon", 1e-5))
    return x * factor.reshape(shape) + (bias - mean * factor).reshape(shape)


def gemm(fw: Any, node: Node, a: Any, b: Any, c: Any = None) -> Any:
    a = fw.transpose(a, (1, 0)) if node.get("transA", 0) else a
    b = fw.transpose(b, (1, 0)) if node.get("transB", 0) else b
    product, alpha, beta = a @ b, node.get("alpha", 1.0), node.get("beta", 1.0)
    product = product if alpha == 1 else product * alpha
    return product if c is None else product + (c if beta == 1 else c * beta)


def reshape(fw: Any, node: Node, x: Any, shape: np.ndarray) -> Any:
    extents = ints(shape)
    if not node.get("allowzero", 0):
        extents = [extent or int(x.shape[axis]) for axis, extent in enumerate(extents)]
    return x.reshape(tuple(extents))


def flatten(fw: Any, node: Node, x: Any) -> Any:
    axis = node.get("axis", 1)
    return x.reshape((int(np.prod(x.shape[:axis], dtype=np.int64)), -1))


def squeeze(fw: Any, node: Node, x: Any, axes: Any = None) -> Any:
    rank, found = len(x.shape), axes_of(node, axes)
    gone = {axis % rank for axis in found} if found is not None else {axis for axis in range(rank) if x.shape[axis] == 1}
    return x.reshape(tuple(extent for axis, extent in enumerate(x.shape) if axis not in gone))


def unsqueeze(fw: Any, node: Node, x: Any, axes: Any = None) -> Any:
    found = axes_of(node, axes) or []
    rank, shape = len(x.shape) + len(found), iter(x.shape)
    new = {axis % rank for axis in found}
    return x.reshape(tuple(1 if axis in new else next(shape) for axis in range(rank)))


def transpose(fw: Any, node: Node, x: Any) -> Any:
    return fw.transpose(x, tuple(node.get("perm") or reversed(range(len(x.shape)))))


def expand(fw: Any, node: Node, x: Any, shape: np.ndarray) -> Any:
    return fw.broadcast(x, np.broadcast_shapes(tuple(x.shape), tuple(ints(shape))))


def concat(fw: Any, node: Node, *parts: Any) -> Any:
    return fw.concatenate(parts, node.get("axis"))


def along(x: Any, axis: int, part: Any) -> Any:
    """x indexed by `part` on one axis."""
    return x[(slice(None),) * (axis % len(x.shape)) + (part,)]


def split(fw: Any, node: Node, x: Any, sizes: Any = None) -> Any:
    axis = node.get("axis", 0) % len(x.shape)
    extents = ints(sizes if sizes is not None else node.get("split"))
    if not extents:
        step = -(-int(x.shape[axis]) // len(node.outputs))
        extents = [step] * (len(node.outputs) - 1) + [int(x.shape[axis]) - step * (len(node.outputs) - 1)]
    ends = np.cumsum(extents).tolist()
    return tuple(along(x, axis, slice(end - extent, end)) for end, extent in zip(ends, extents))


def slice_rule(fw: Any, node: Node, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    first, last = (ints(operand if operand is not None else node.get(name)) for name, operand in (("starts", starts), ("ends", ends)))
    for index, axis in enumerate(axes_of(node, axes) or range(len(first))):
        step = ints(steps)[index] if steps is not None else 1
        if step < 1:
            raise Untranslatable("Slice backwards")
        x = along(x, axis, slice(first[index], last[index], step))
    return x


def gather(fw: Any, node: Node, x: Any, indices: Any) -> Any:
    return along(x, node.get("axis", 0), indices)


def gather_elements(fw: Any, node: Node, x: Any, indices: Any) -> Any:
    axis = node.get("axis", 0) % len(x.shape)
    return fw.gather_elements(x, fw.where(indices < 0, indices + x.shape[axis], indices), axis)


def scatter_nd(fw: Any, node: Node, x: Any, indices: Any, updates: Any) -> Any:
    reduction = node.get("reduction", "none")
    if reduction not in ("none", "add"):
        raise Untranslatable(f"ScatterND with {reduction}")
    places = tuple(indices[..., column] for column in range(indices.shape[-1]))
    return fw.scatter(x, places, updates, reduction == "add")


def pad(fw: Any, node: Node, x: Any, pads: Any, value: Any = None, axes: Any = None) -> Any:
    if node.get("mode", "constant") != "constant" or axes is not None:
        raise Untranslatable("Pad of this form")
    amounts, rank = ints(pads), len(x.shape)
    fill = value.item() if value is not None else 0
    return fw.pad(x, [(amounts[axis], amounts[axis + rank]) for axis in range(rank)], fill)


def trilu(fw: Any, node: Node, x: Any, diagonal: Any = None) -> Any:
    return fw.triangle(x, bool(node.get("upper", 1)), ints(diagonal)[0] if diagonal is not None else 0)


def cast(fw: Any, node: Node, x: Any) -> Any:
    return fw.cast(x, helper.tensor_dtype_to_np_dtype(node.get("to")))


def window(node: Node, rank: int) -> tuple[list, list, list]:
    """Strides, pads and dilations of a convolution or a pooling."""
    if node.get("auto_pad", "NOTSET") != "NOTSET" or node.get("ceil_mode", 0):
        raise Untranslatable(f"{node.op} with automatic padding")
    pads = node.get("pads", [0] * 2 * rank)
    return node.get("strides", [1] * rank), list(zip(pads[:rank], pads[rank:])), node.get("dilations", [1] * rank)


def with_bias(result: Any, bias: Any) -> Any:
    return result if bias is None else result + bias.reshape((1, -1, *[1] * (len(result.shape) - 2)))


def conv(fw: Any, node: Node, x: Any, weight: Any, bias: Any = None) -> Any:
    rank = len(x.shape) - 2
    return with_bias(fw.convolve(x, weight, *window(node, rank), node.get("group", 1), [1] * rank), bias)


def conv_transpose(fw: Any, node: Node, x: Any, weight: Any, bias: Any = None) -> Any:
    """The input with holes, convolved with the window turned around and its channels swapped."""
    rank = len(x.shape) - 2
    strides, pads, dilations = window(node, rank)
    if node.get("group", 1) != 1 or "output_shape" in node.attributes:
        raise Untranslatable("ConvTranspose of this form")
    extra = node.get("output_padding", [0] * rank)
    reach = [dilation * (extent - 1) for dilation, extent in zip(dilations, weight.shape[2:])]
    inner = [(size - low, size - high + more) for size, (low, high), more in zip(reach, pads, extra)]
    order = (1, 0, *range(2, rank + 2))
    turned = fw.array.flip(fw.transpose(weight, order), tuple(range(2, rank + 2)))
    return with_bias(fw.convolve(x, turned, [1] * rank, inner, dilations, 1, strides), bias)


def max_pool(fw: Any, node: Node, x: Any) -> Any:
    strides, pads, dilations = window(node, len(x.shape) - 2)
    if len(node.outputs) > 1 or any(step != 1 for step in dilations):
        raise Untranslatable("MaxPool of this form")
    return fw.pool(x, node.get("kernel_shape"), strides, pads, greatest=True)


def average_pool(fw: Any, node: Node, x: Any) -> Any:
    strides, pads, dilations = window(node, len(x.shape) - 2)
    padded = any(map(any, pads))
    if any(step != 1 for step in dilations) or (padded and not node.get("count_include_pad", 0)):
        raise Untranslatable("AveragePool of this form")
    extents = node.get("kernel_shape")
    return fw.pool(x, extents, strides, pads, greatest=False) / math.prod(extents)


def constant(fw: Any, node: Node) -> np.ndarray:
    for name, dtype in (("value", None), ("value_float", np.float32), ("value_floats", np.float32), ("value_int", np.int64)):
        if name in node.attributes:
            return np.asarray(node.get(name), dtype)
    return np.asarray(node.get("value_ints"), np.int64)


def constant_of_shape(fw: Any, node: Node, shape: np.ndarray) -> np.ndarray:
    return np.full(ints(shape), node.get("value", np.zeros(1, np.float32))[0])


RULES: dict[str, Rule] = {
    **{op: unary(op.lower()) for op in ("Abs", "Ceil", "Cos", "Exp", "Floor", "Log", "Sign", "Sin", "Sqrt", "Tanh")},
    **{op: method(op.lower()) for op in ("Erf", "Relu", "Sigmoid", "Where")},
    **{f"Reduce{kind}": reduce(kind.lower()) for kind in ("Max", "Mean", "Min", "Prod", "Sum")},
    "Add": arithmetic(operator.add),
    "And": arithmetic(operator.and_),
    "ArgMax": Rule(argmax),
    "AveragePool": Rule(average_pool),
    "BatchNormalization": Rule(batch_norm),
    "Cast": Rule(cast),
    "Clip": Rule(clip, literals=True),
    "Concat": Rule(concat),
    "Constant": Rule(constant),
    "ConstantOfShape": Rule(constant_of_shape, known=(0,)),
    "Conv": Rule(conv),
    "ConvTranspose": Rule(conv_transpose),
    "Div": Rule(divide, literals=True),
    "Dropout": Rule(lambda fw, node, x, ratio=None, training=None: x, known=(1, 2)),
    "Equal": arithmetic(operator.eq),
    "Expand": Rule(expand, known=(1,)),
    "Flatten": Rule(flatten),
    "Gather": Rule(gather, literals=True),
    "GatherElements": Rule(gather_elements),
    "Gemm": Rule(gemm),
    "GlobalAveragePool": Rule(lambda fw, node, x: fw.reduce("mean", x, tuple(range(2, len(x.shape))), True)),
    "Greater": arithmetic(operator.gt),
    "GreaterOrEqual": arithmetic(operator.ge),
    "Identity": Rule(lambda fw, node, x: x),
    "LayerNormalization": Rule(layer_norm),
    "Less": arithmetic(operator.lt),
    "LessOrEqual": arithmetic(operator.le),
    "LogSoftmax": over_axis("log_softmax"),
    "MatMul": Rule(lambda fw, node, a, b: a @ b),
    "Max": Rule(lambda fw, node, x, y: fw.maximum(x, y), literals=True),
    "MaxPool": Rule(max_pool),
    "Min": Rule(lambda fw, node, x, y: fw.minimum(x, y), literals=True),
    "Mul": arithmetic(operator.mul),
    "Neg": Rule(lambda fw, node, x: -x),
    "Not": unary("logical_not"),
    "Or": arithmetic(operator.or_),
    "Pad": Rule(pad, known=(1, 2, 3)),
    "Pow": arithmetic(operator.pow),
    "Range": Rule(lambda fw, node, start, limit, step: np.arange(start, limit, step, start.dtype), known=(0, 1, 2)),
    "Reciprocal": Rule(lambda fw, node, x: 1 / x),
    "ReduceL2": Rule(lambda fw, node, x, axes=None: fw.array.sqrt(RULES["ReduceSum"].function(fw, node, x * x, axes)), known=(1,)),
    "Reshape": Rule(reshape, known=(1,)),
    "ScatterND": Rule(scatter_nd),
    "Shape": Rule(lambda fw, node, x: np.array(x.shape[slice(node.get("start", 0), node.get("end"))], np.int64)),
    "Slice": Rule(slice_rule, known=(1, 2, 3, 4)),
    "Softmax": over_axis("softmax"),
    "Split": Rule(split, known=(1,)),
    "Squeeze": Rule(squeeze, known=(1,)),
    "Sub": arithmetic(operator.sub),
    "Sum": arithmetic(operator.add),
    "Transpose": Rule(transpose),
    "Trilu": Rule(trilu, known=(1,)),
    "Unsqueeze": Rule(unsqueeze, known=(1,)),
}
