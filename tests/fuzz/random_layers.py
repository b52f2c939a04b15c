# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""More operators of random models: reductions, normalisations, contractions and windows. Importing enters them."""

from __future__ import annotations

import numpy as np
from random_model import Misfit, Model, Value
from random_ops import is_float, is_number, operator

# Reductions ----------------------------------------------------------------------------------------------------------

REDUCTIONS = {
    "ReduceSum": np.sum, "ReduceMean": np.mean, "ReduceMax": np.max, "ReduceMin": np.min,
    "ReduceSumSquare": lambda x, axis, keepdims: np.sum(x * x, axis=axis, keepdims=keepdims),
    "ReduceL2": lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
    "ReduceL1": lambda x, axis, keepdims: np.sum(np.abs(x), axis=axis, keepdims=keepdims),
    "ReduceLogSumExp": lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims)),
}  # fmt: skip


@operator
def reduce(m: Model) -> None:
    """Some axes, all of them without a list."""
    name = m.pick(list(REDUCTIONS))
    x = m.operand(is_float if name not in ("ReduceSum", "ReduceMax", "ReduceMin") else is_number)
    axes = sorted(int(axis) for axis in m.random.permutation(x.rank)[: m.integer(0, x.rank + 1)])
    keep = int(m.chance(0.5))
    over = tuple(axes) if axes else tuple(range(x.rank))
    if name != "ReduceSum" and any(x.shape[axis] == 0 for axis in over):
        raise Misfit
    array = REDUCTIONS[name](x.array, axis=over, keepdims=bool(keep))
    exact = x.exact and (name in ("ReduceMax", "ReduceMin") or not x.is_float)
    m.add(name, [x, m.ints(*axes)] if axes else [x], [(x.kind, array)], exact, keepdims=keep)


@operator
def arg_reduce(m: Model) -> None:
    """The first of the largest or smallest."""
    x = m.operand(lambda value: value.exact and value.rank > 0 and value.kind in ("f32", "f64", "f16", "i32", "i64"))
    axis, keep = m.axis(x), int(m.chance(0.5))
    if x.shape[axis] == 0:
        raise Misfit
    name, function = m.pick([("ArgMax", np.argmax), ("ArgMin", np.argmin)])
    array = function(x.array, axis)
    m.add(name, [x], [("i64", np.expand_dims(array, axis) if keep else array)], axis=axis, keepdims=keep)


@operator
def cum_sum(m: Model) -> None:
    """Running sums in both directions."""
    x = m.operand(lambda value: value.rank > 0 and value.kind in ("f32", "f64", "i32", "i64"))
    axis, exclusive, reverse = m.axis(x), int(m.chance(0.5)), int(m.chance(0.5))
    array = np.flip(x.array, axis) if reverse else x.array
    array = np.cumsum(array, axis) - (array if exclusive else 0)
    array = np.flip(array, axis) if reverse else array
    index = m.constant(np.array(axis), "i64")
    m.add("CumSum", [x, index], [(x.kind, array)], x.exact and not x.is_float, exclusive=exclusive, reverse=reverse)


@operator
def top_k(m: Model) -> None:
    """The first k in order; equal ones by their index."""
    x = m.operand(lambda value: value.exact and value.rank > 0 and value.kind in ("f32", "f64", "f16", "i32", "i64"))
    axis, largest = m.axis(x), int(m.chance(0.5))
    count = m.integer(0, x.shape[axis] + 1)
    order = np.argsort(-x.array if largest else x.array, axis, kind="stable").take(range(count), axis)
    values = np.take_along_axis(x.array, order, axis)
    m.add("TopK", [x, m.ints(count)], [(x.kind, values), ("i64", order)], axis=axis, largest=largest)


@operator
def softmax(m: Model) -> None:
    """Along any axis."""
    x = m.operand(lambda value: value.is_float and value.rank > 0)
    axis = m.axis(x)
    if x.shape[axis] == 0:
        raise Misfit
    e = np.exp(x.array - x.array.max(axis, keepdims=True))
    y = e / e.sum(axis, keepdims=True)
    name = m.pick(["Softmax", "LogSoftmax"])
    m.add(name, [x], [(x.kind, np.log(y) if name == "LogSoftmax" else y)], False, axis=axis)


@operator
def layer_norm(m: Model) -> None:
    """Over the last dims."""
    x = m.operand(lambda value: value.is_float and value.rank > 0 and value.array.size > 0)
    axis = m.axis(x)
    over = tuple(range(axis, x.rank))
    scale, bias = m.weight(x.kind, x.shape[axis:]), m.weight(x.kind, x.shape[axis:])
    centred = x.array - x.array.mean(over, keepdims=True)
    normal = centred / np.sqrt((centred**2).mean(over, keepdims=True) + 0.125)
    m.add("LayerNormalization", [x, scale, bias], [(x.kind, normal * scale.array + bias.array)], False, axis=axis, epsilon=0.125)


# Contractions --------------------------------------------------------------------------------------------------------


@operator
def matmul(m: Model) -> None:
    """Vectors, matrices and batches that broadcast."""
    x = m.operand(lambda value: value.rank > 0 and value.kind in ("f32", "f64", "f16", "bf16", "i32"))
    inner = x.shape[-1]
    if m.chance(0.3):
        y = m.operand(lambda value: value.kind == x.kind and value.rank > 0 and value.shape[-min(2, value.rank)] == inner)
    else:
        shape = (inner, m.pick((1, 2, 5, 17))) if m.chance(0.8) else (inner,)
        if len(shape) == 2 and x.rank > 2 and m.chance(0.4):
            shape = (*(extent if m.chance(0.7) else 1 for extent in x.shape[:-2]), *shape)
        y = m.weight(x.kind, shape) if m.chance(0.6) else m.add_input(x.kind, shape)
    try:
        array = np.matmul(x.array, y.array)
    except ValueError:
        raise Misfit from None
    m.add("MatMul", [x, y], [(x.kind, array)], x.exact and y.exact and not x.is_float)


@operator
def gemm(m: Model) -> None:
    """Transposes, factors, a bias."""
    x = m.operand(lambda value: value.rank == 2 and value.kind in ("f32", "f64"))
    trans_a, trans_b = int(m.chance(0.3)), int(m.chance(0.5))
    a = x.array.T if trans_a else x.array
    columns = m.pick((1, 3, 8))
    y = m.weight(x.kind, (columns, a.shape[1]) if trans_b else (a.shape[1], columns))
    product = 0.5 * a @ (y.array.T if trans_b else y.array)
    inputs = [x, y]
    if m.chance(0.6):
        bias = m.weight(x.kind, m.pick([(columns,), (1, columns), (a.shape[0], 1), ()]))
        product = product + 2 * bias.array
        inputs.append(bias)
    m.add("Gemm", inputs, [(x.kind, product)], False, transA=trans_a, transB=trans_b, alpha=0.5, beta=2.0)


def _windows(array: np.ndarray, window: list[int], strides: list[int], dilations: list[int]) -> np.ndarray:
    """[n, c, out.., window..]."""
    spans = [(size - 1) * dilation + 1 for size, dilation in zip(window, dilations)]
    if any(extent < span for extent, span in zip(array.shape[2:], spans)):
        raise Misfit
    axes = tuple(range(2, array.ndim))
    view = np.lib.stride_tricks.sliding_window_view(array, spans, axes)
    steps = tuple(slice(None, None, stride) for stride in strides)
    inside = tuple(slice(None, None, dilation) for dilation in dilations)
    return view[(slice(None), slice(None), *steps, *inside)]


def _image(m: Model) -> Value:
    """A value with one or two spatial dims."""
    if m.chance(0.5):
        return m.operand(lambda value: value.kind in ("f32", "f64") and value.rank in (3, 4) and value.array.size > 0)
    channels = m.pick((1, 2, 4, 8))
    return m.add_input("f32", (m.pick((1, 2)), channels, *(m.pick((5, 7, 8)) for _ in range(m.pick((1, 2, 2))))))


@operator
def conv(m: Model) -> None:
    """Groups, strides, dilations, padding, bias."""
    x = _image(m)
    rank, channels = x.rank - 2, x.shape[1]
    group = m.pick([number for number in (1, 1, 2, channels) if channels % number == 0])
    outputs = group * m.pick((1, 2, 3))
    window, strides, dilations = ([m.pick(choices) for _ in range(rank)] for choices in ((1, 2, 3), (1, 1, 2), (1, 1, 2)))
    pads = [m.integer(0, 2) for _ in range(2 * rank)]
    weight = m.weight(x.kind, (outputs, channels // group, *window))
    padded = np.pad(x.array, [(0, 0), (0, 0), *zip(pads[:rank], pads[rank:])])
    view = _windows(padded, window, strides, dilations)
    parts = []
    for part in range(group):
        own = view[:, part * (channels // group) : (part + 1) * (channels // group)]
        kernel = weight.array[part * (outputs // group) : (part + 1) * (outputs // group)]
        axes = [1, *range(2 + rank, 2 + 2 * rank)]
        parts.append(np.moveaxis(np.tensordot(own, kernel, (axes, list(range(1, 2 + rank)))), -1, 1))
    result, inputs = np.concatenate(parts, 1), [x, weight]
    if m.chance(0.5):
        bias = m.weight(x.kind, (outputs,))
        result = result + bias.array.reshape(-1, *[1] * rank)
        inputs.append(bias)
    m.add(
        "Conv", inputs, [(x.kind, result)], False,
        kernel_shape=window, strides=strides, dilations=dilations, pads=pads, group=group,
    )  # fmt: skip


@operator
def pool(m: Model) -> None:
    """Maxima and means of windows."""
    x = _image(m)
    rank = x.rank - 2
    window, strides = ([m.pick(choices) for _ in range(rank)] for choices in ((1, 2, 3), (1, 2)))
    pads = [m.integer(0, size) if size > 1 else 0 for size in window] * 2
    borders = [(0, 0), (0, 0), *zip(pads[:rank], pads[rank:])]
    axes = tuple(range(x.rank, x.rank + rank))
    attributes = {"kernel_shape": window, "strides": strides, "pads": pads}
    ones = [1] * rank
    if m.chance(0.5):
        padded = np.pad(x.array, borders, constant_values=-np.inf)
        m.add("MaxPool", [x], [(x.kind, _windows(padded, window, strides, ones).max(axes))], **attributes)
        return
    sums = _windows(np.pad(x.array, borders), window, strides, ones).sum(axes)
    counts = _windows(np.pad(np.ones_like(x.array), borders), window, strides, ones).sum(axes)
    m.add("AveragePool", [x], [(x.kind, sums / counts)], False, **attributes)


@operator
def batch_norm(m: Model) -> None:
    """With constant statistics."""
    x = m.operand(lambda value: value.kind in ("f32", "f64") and value.rank >= 2)
    channels = x.shape[1]
    scale, bias, mean = (m.weight(x.kind, (channels,)) for _ in range(3))
    variance = Value(m.constant(np.full(channels, 1.5), x.kind), x.kind, np.full(channels, 1.5), True)
    shape = (-1, *[1] * (x.rank - 2))
    normal = (x.array - mean.array.reshape(shape)) / np.sqrt(1.5 + 0.0625)
    result = normal * scale.array.reshape(shape) + bias.array.reshape(shape)
    m.add("BatchNormalization", [x, scale, bias, mean, variance], [(x.kind, result)], False, epsilon=0.0625)
