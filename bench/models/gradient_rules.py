# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each op type does to gradients: RULES[op_type](forward, node, incoming) gives one gradient, or None, per input.

`incoming` holds the gradient of each output, None where nothing depends on it. Constant operands get None, and so does
everything that is not differentiable: indices, conditions, shapes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bench.models.forward import Forward, Shape

Gradients = list[str | None]
Rule = Callable[[Forward, onnx.NodeProto, list], Gradients]

RULES: dict[str, Rule] = {}


def rule(*op_types: str) -> Callable[[Rule], Rule]:
    """Enters a function into the table."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(op_types, function))
        return function

    return enter


def attributes(node: onnx.NodeProto) -> dict:
    """The node's attributes by name."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


# Elementwise ---------------------------------------------------------------------------------------------------------


def elementwise(*partials: Callable[[Forward, onnx.NodeProto, str], str]) -> Rule:
    """A rule from one function per operand: (forward, node, gradient of the result) -> gradient of the operand."""

    def apply(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
        shape = forward.shapes[node.output[0]]
        return [
            forward.unbroadcast(partial(forward, node, incoming[0]), shape, forward.shapes[name])
            if name in forward.varying
            else None
            for name, partial in zip(node.input, partials)
        ]

    return apply


def _scaled(forward: Forward, gradient: str, factor: str) -> str:
    return forward.graph.op("Mul", gradient, factor)


def _pow_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    exponent = float(forward.constant(node.input[1]))
    graph, base = forward.graph, node.input[0]
    power = base if exponent == 2 else graph.op("Pow", base, graph.scalar(exponent - 1))
    return graph.op("Mul", gradient, graph.op("Mul", power, graph.scalar(exponent)))


def _erf_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph, value = forward.graph, node.input[0]
    bell = graph.op("Exp", graph.op("Neg", graph.op("Mul", value, value)))
    return graph.op("Mul", gradient, graph.op("Mul", bell, graph.scalar(2 / math.sqrt(math.pi))))


def _sigmoid_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph, result = forward.graph, node.output[0]
    slope = graph.op("Mul", result, graph.op("Sub", graph.scalar(1), result))
    return graph.op("Mul", gradient, slope)


def _tanh_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph, result = forward.graph, node.output[0]
    return graph.op("Mul", gradient, graph.op("Sub", graph.scalar(1), graph.op("Mul", result, result)))


def _relu_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph = forward.graph
    return graph.op("Where", graph.op("Greater", node.input[0], graph.scalar(0)), gradient, graph.scalar(0))


def _divisor_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph = forward.graph
    return graph.op("Neg", graph.op("Mul", gradient, graph.op("Div", node.output[0], node.input[1])))


def _reciprocal_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph, result = forward.graph, node.output[0]
    return graph.op("Neg", graph.op("Mul", gradient, graph.op("Mul", result, result)))


def _sqrt_partial(forward: Forward, node: onnx.NodeProto, gradient: str) -> str:
    graph = forward.graph
    return graph.op("Div", graph.op("Mul", gradient, graph.scalar(0.5)), node.output[0])


RULES["Identity"] = elementwise(lambda f, n, dy: dy)
RULES["Neg"] = elementwise(lambda f, n, dy: f.graph.op("Neg", dy))
RULES["Exp"] = elementwise(lambda f, n, dy: _scaled(f, dy, n.output[0]))
RULES["Log"] = elementwise(lambda f, n, dy: f.graph.op("Div", dy, n.input[0]))
RULES["Abs"] = elementwise(lambda f, n, dy: _scaled(f, dy, f.graph.op("Sign", n.input[0])))
RULES["Sqrt"] = elementwise(_sqrt_partial)
RULES["Reciprocal"] = elementwise(_reciprocal_partial)
RULES["Tanh"] = elementwise(_tanh_partial)
RULES["Sigmoid"] = elementwise(_sigmoid_partial)
RULES["Erf"] = elementwise(_erf_partial)
RULES["Relu"] = elementwise(_relu_partial)
RULES["Add"] = elementwise(lambda f, n, dy: dy, lambda f, n, dy: dy)
RULES["Sub"] = elementwise(lambda f, n, dy: dy, lambda f, n, dy: f.graph.op("Neg", dy))
RULES["Mul"] = elementwise(lambda f, n, dy: _scaled(f, dy, n.input[1]), lambda f, n, dy: _scaled(f, dy, n.input[0]))
RULES["Div"] = elementwise(lambda f, n, dy: f.graph.op("Div", dy, n.input[1]), _divisor_partial)
RULES["Pow"] = elementwise(_pow_partial)


@rule("Where")
def _where(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    graph, (condition, *branches) = forward.graph, node.input
    shape, zero = forward.shapes[node.output[0]], graph.scalar(0)
    result: Gradients = [None]
    for index, branch in enumerate(branches):
        if branch not in forward.varying:
            result.append(None)
            continue
        masked = graph.op("Where", condition, *((incoming[0], zero) if index == 0 else (zero, incoming[0])))
        result.append(forward.unbroadcast(masked, shape, forward.shapes[branch]))
    return result


# Movement ------------------------------------------------------------------------------------------------------------


@rule("Reshape", "Squeeze", "Unsqueeze", "Flatten")
def _reshape(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    return [forward.reshape(incoming[0], forward.shapes[node.input[0]])]


@rule("Transpose")
def _transpose(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    inverse = [int(axis) for axis in np.argsort(attributes(node)["perm"])]
    return [forward.graph.op("Transpose", incoming[0], perm=inverse)]


@rule("Expand")
def _expand(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    return [forward.unbroadcast(incoming[0], forward.shapes[node.output[0]], forward.shapes[node.input[0]])]


@rule("Split")
def _split(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    parts = [
        gradient or zeros(forward, forward.shapes[output]) for output, gradient in zip(node.output, incoming)
    ]
    return [forward.graph.op("Concat", *parts, axis=attributes(node).get("axis", 0))]


@rule("Concat")
def _concat(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    axis = attributes(node)["axis"]
    sizes = forward.graph.ints(*(forward.shapes[name][axis] for name in node.input))
    return forward.graph.op("Split", incoming[0], sizes, results=len(node.input), axis=axis)


@rule("Gather")
def _gather(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    """One constant index: padding. Rows of a table: what falls on the same row adds up."""
    graph, (table, indices) = forward.graph, node.input
    axis, shape = attributes(node).get("axis", 0), forward.shapes[table]
    if indices in forward.constants and forward.rank(indices) == 0:
        at = int(forward.constant(indices))
        low, high = [0] * len(shape), [0] * len(shape)
        low[axis], high[axis] = at, shape[axis] - 1 - at
        widened = graph.op("Unsqueeze", incoming[0], graph.ints(axis))
        return [graph.op("Pad", widened, graph.ints(*low, *high))]
    if axis != 0:
        raise NotImplementedError("the gradient of Gather on an axis other than 0")
    places = graph.op("Unsqueeze", indices, graph.ints(-1))
    return [graph.op("ScatterND", zeros(forward, shape), places, incoming[0], reduction="add")]


@rule("GatherElements")
def _gather_elements(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    """One element per row, as cross entropy picks it: the gradient where the position equals the index, else 0."""
    graph, (data, indices) = forward.graph, node.input
    shape, axis = forward.shapes[data], attributes(node).get("axis", 0) % forward.rank(data)
    if forward.shapes[indices][axis] != 1:
        raise NotImplementedError("the gradient of GatherElements of several elements")
    positions = graph.constant(np.arange(shape[axis]).reshape([-1] + [1] * (len(shape) - 1 - axis)))
    return [graph.op("Where", graph.op("Equal", indices, positions), incoming[0], graph.scalar(0))]


def zeros(forward: Forward, shape: Shape) -> str:
    """A tensor of zeros."""
    zero = numpy_helper.from_array(np.zeros(1, np.float32))
    return forward.graph.op("ConstantOfShape", forward.graph.ints(*shape), value=zero)


# Reductions ----------------------------------------------------------------------------------------------------------


def _reduced_axes(forward: Forward, node: onnx.NodeProto) -> list[int]:
    rank = forward.rank(node.input[0])
    axes = forward.constant(node.input[1]).tolist() if len(node.input) > 1 else attributes(node).get("axes", range(rank))
    return [axis % rank for axis in axes]


def _with_reduced_axes(forward: Forward, node: onnx.NodeProto, value: str) -> str:
    """A value of the result's shape with the reduced axes put back as extents of 1."""
    if attributes(node).get("keepdims", 1):
        return value
    axes, shape = _reduced_axes(forward, node), forward.shapes[node.input[0]]
    return forward.reshape(value, [1 if axis in axes else extent for axis, extent in enumerate(shape)])


@rule("ReduceSum", "ReduceMean")
def _reduce_sum(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    shape = forward.shapes[node.input[0]]
    gradient = incoming[0]
    if node.op_type == "ReduceMean":
        count = math.prod(shape[axis] for axis in _reduced_axes(forward, node))
        gradient = forward.graph.op("Div", gradient, forward.graph.scalar(count))
    return [forward.expand(_with_reduced_axes(forward, node, gradient), shape)]


@rule("ReduceMax")
def _reduce_max(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    """To the largest element; equal ones share it."""
    graph, value = forward.graph, node.input[0]
    largest = _with_reduced_axes(forward, node, node.output[0])
    mask = graph.op("Cast", graph.op("Equal", value, largest), to=onnx.TensorProto.FLOAT)
    count = forward.sum_axes(mask, _reduced_axes(forward, node))
    share = graph.op("Div", _with_reduced_axes(forward, node, incoming[0]), count)
    return [graph.op("Mul", mask, share)]


@rule("Softmax")
def _softmax(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    graph, result, axis = forward.graph, node.output[0], attributes(node).get("axis", -1)
    weighted = graph.op("Mul", incoming[0], result)
    return [graph.op("Sub", weighted, graph.op("Mul", result, forward.sum_axes(weighted, [axis])))]


@rule("LogSoftmax")
def _log_softmax(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    graph, axis = forward.graph, attributes(node).get("axis", -1)
    share = graph.op("Mul", graph.op("Exp", node.output[0]), forward.sum_axes(incoming[0], [axis]))
    return [graph.op("Sub", incoming[0], share)]


@rule("LayerNormalization")
def _layer_normalization(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    """From the mean and the inverse deviation, outputs 1 and 2, which the forward node must give."""
    graph, (value, scale, *_) = forward.graph, node.input
    _, mean, inverse = node.output
    shape = forward.shapes[value]
    rows = list(range(len(shape) - 1))
    normal = graph.op("Mul", graph.op("Sub", value, mean), inverse)
    scaled = graph.op("Mul", incoming[0], scale)
    total = forward.sum_axes(scaled, [-1])
    moment = forward.sum_axes(graph.op("Mul", scaled, normal), [-1])
    width = graph.scalar(shape[-1])
    inner = graph.op("Sub", graph.op("Sub", graph.op("Mul", scaled, width), total), graph.op("Mul", normal, moment))
    to_value = graph.op("Mul", graph.op("Div", inverse, width), inner)
    to_scale = forward.sum_axes(graph.op("Mul", incoming[0], normal), rows, keep=False)
    return [to_value, to_scale, forward.sum_axes(incoming[0], rows, keep=False)]


# Contractions --------------------------------------------------------------------------------------------------------


def _swapped(forward: Forward, value: str) -> str:
    """The last two axes exchanged."""
    perm = list(range(forward.rank(value)))
    perm[-2:] = perm[:-3:-1]
    return forward.graph.op("Transpose", value, perm=perm)


@rule("MatMul")
def _matmul(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    graph, (left, right), gradient = forward.graph, node.input, incoming[0]
    shapes = forward.shapes
    to_left = to_right = None
    result = shapes[node.output[0]]
    if left in forward.varying:
        product = graph.op("MatMul", gradient, _swapped(forward, right))
        to_left = forward.unbroadcast(product, (*result[:-1], shapes[right][-2]), shapes[left])
    if right in forward.varying and forward.rank(right) == 2 and forward.rank(left) > 2:
        # A weight: all rows at once.
        rows = math.prod(result[:-1])
        flat = graph.op("Transpose", forward.reshape(left, [rows, shapes[left][-1]]), perm=[1, 0])
        to_right = graph.op("MatMul", flat, forward.reshape(gradient, [rows, result[-1]]))
    elif right in forward.varying:
        product = graph.op("MatMul", _swapped(forward, left), gradient)
        to_right = forward.unbroadcast(product, (*result[:-2], *shapes[right][-2:]), shapes[right])
    return [to_left, to_right]


def _spatial(node: onnx.NodeProto, rank: int) -> tuple[list[int], list[int], list[int]]:
    """Strides, dilations and pads of a window."""
    given = attributes(node)
    ones = [1] * rank
    return list(given.get("strides", ones)), list(given.get("dilations", ones)), list(given.get("pads", [0] * 2 * rank))


@rule("Conv")
def _conv(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    """To the input by a transposed convolution; to the weights by one whose window is the gradient."""
    graph, (value, weight, *_), gradient = forward.graph, node.input, incoming[0]
    if attributes(node).get("group", 1) != 1:
        raise NotImplementedError("the gradient of a convolution in groups")
    image, window = forward.shapes[value][2:], forward.shapes[weight][2:]
    outputs, rank = forward.shapes[node.output[0]][2:], len(window)
    strides, dilations, pads = _spatial(node, rank)
    # How far the last window ends before the padded input does.
    rest = [
        image[i] + pads[i] + pads[i + rank] - (outputs[i] - 1) * strides[i] - (window[i] - 1) * dilations[i] - 1
        for i in range(rank)
    ]
    to_value = to_weight = None
    if value in forward.varying:
        to_value = graph.op(
            "ConvTranspose", gradient, weight, kernel_shape=window, strides=strides, dilations=dilations, pads=pads,
            output_padding=rest,
        )  # fmt: skip
    if weight in forward.varying:
        swap = [1, 0, *range(2, rank + 2)]
        turned = graph.op(
            "Conv", graph.op("Transpose", value, perm=swap), graph.op("Transpose", gradient, perm=swap),
            kernel_shape=outputs, strides=dilations, dilations=strides, pads=pads,
        )  # fmt: skip
        if any(rest):
            axes = graph.ints(*range(2, rank + 2))
            turned = graph.op("Slice", turned, graph.ints(*[0] * rank), graph.ints(*window), axes)
        to_weight = graph.op("Transpose", turned, perm=swap)
    to_bias = [forward.sum_axes(gradient, [0, *range(2, rank + 2)], keep=False)] if len(node.input) > 2 else []
    return [to_value, to_weight, *to_bias]


def _spread(forward: Forward, value: str, shape: Shape, window: Sequence[int]) -> str:
    """Repeats each element over its window, where windows do not overlap."""
    lead, spatial = shape[:2], shape[2:]
    split = [part for extent in spatial for part in (extent, 1)]
    repeated = [part for extent, size in zip(spatial, window) for part in (extent, size)]
    merged = [extent * size for extent, size in zip(spatial, window)]
    return forward.reshape(forward.expand(forward.reshape(value, [*lead, *split]), [*lead, *repeated]), [*lead, *merged])


def _tiling_window(forward: Forward, node: onnx.NodeProto) -> list[int]:
    """The window of a pooling whose windows tile the image."""
    window = list(attributes(node)["kernel_shape"])
    strides, dilations, pads = _spatial(node, len(window))
    image, outputs = forward.shapes[node.input[0]][2:], forward.shapes[node.output[0]][2:]
    tiles = all(extent == count * size for extent, count, size in zip(image, outputs, window))
    if strides != window or any(pads) or set(dilations) != {1} or not tiles:
        raise NotImplementedError(f"the gradient of {node.op_type} whose windows do not tile the image")
    return window


@rule("AveragePool")
def _average_pool(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    window = _tiling_window(forward, node)
    share = forward.graph.op("Div", incoming[0], forward.graph.scalar(math.prod(window)))
    return [_spread(forward, share, forward.shapes[node.output[0]], window)]


@rule("GlobalAveragePool")
def _global_average_pool(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    shape = forward.shapes[node.input[0]]
    share = forward.graph.op("Div", incoming[0], forward.graph.scalar(math.prod(shape[2:])))
    return [forward.expand(share, shape)]


@rule("MaxPool")
def _max_pool(forward: Forward, node: onnx.NodeProto, incoming: list) -> Gradients:
    """To the elements that equal the maximum of their window."""
    graph, window = forward.graph, _tiling_window(forward, node)
    shape = forward.shapes[node.output[0]]
    mask = graph.op("Equal", node.input[0], _spread(forward, node.output[0], shape, window))
    return [graph.op("Where", mask, _spread(forward, incoming[0], shape, window), graph.scalar(0))]
