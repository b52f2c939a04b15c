# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NumPy implementations of operators for onnx's ReferenceEvaluator, in whatever precision the inputs have.

They replace those of the evaluator that are slow (convolutions, pooling, Erf), that look only at the newest opset (Softmax before
opset 13), or that are not what the standard says (LRN sums too few channels; BatchNormalization before opset 14 always
trains). Only batch-first, channel-second layouts of any spatial rank and
explicit or SAME padding are needed; anything else raises NotImplementedError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from onnx.reference.op_run import OpRun


def _window_geometry(
    spatial: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int] | None,
    dilations: Sequence[int] | None,
    pads: Sequence[int] | None,
    auto_pad: str | None,
) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """Strides, dilations and (before, after) padding per spatial axis."""
    rank = len(spatial)
    strides, dilations = list(strides or [1] * rank), list(dilations or [1] * rank)
    if auto_pad in (None, "", "NOTSET"):
        pads = list(pads or [0] * 2 * rank)
        return strides, dilations, list(zip(pads[:rank], pads[rank:]))
    if auto_pad == "VALID":
        return strides, dilations, [(0, 0)] * rank
    padding = []
    for axis in range(rank):
        covered = (window[axis] - 1) * dilations[axis] + 1
        steps = -(-spatial[axis] // strides[axis])
        total = max(0, (steps - 1) * strides[axis] + covered - spatial[axis])
        small, large = total // 2, total - total // 2
        padding.append((small, large) if auto_pad == "SAME_UPPER" else (large, small))
    return strides, dilations, padding


def _windows(
    padded: np.ndarray, window: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> np.ndarray:
    """A view [n, c, out.., window..] of all windows of [n, c, spatial..]."""
    rank = len(window)
    covered = [(size - 1) * dilation + 1 for size, dilation in zip(window, dilations)]
    view = np.lib.stride_tricks.sliding_window_view(padded, covered, axis=tuple(range(2, 2 + rank)))
    steps = tuple(slice(None, None, stride) for stride in strides)
    inside = tuple(slice(None, None, dilation) for dilation in dilations)
    return view[(slice(None), slice(None), *steps, *inside)]


class Conv(OpRun):
    """Convolution as one matrix product per image and group over gathered windows."""

    op_domain = ""

    def _run(  # noqa: PLR0913 (the attributes of the operator)
        self, x, w, b=None, auto_pad=None, dilations=None, group=None, kernel_shape=None, pads=None, strides=None
    ):
        group, window = group or 1, w.shape[2:]
        strides, dilations, padding = _window_geometry(x.shape[2:], window, strides, dilations, pads, auto_pad)
        padded = np.pad(x, [(0, 0), (0, 0), *padding])
        view = _windows(padded, window, strides, dilations)
        batch, channels = x.shape[:2]
        channels_out, per_group = w.shape[:2]
        rank, plane = len(window), view.shape[2 : 2 + len(window)]
        # [n, group, c / group, out.., window..] -> [n, group, c / group, window.., out..]
        grouped = view.reshape(batch, group, channels // group, *view.shape[2:])
        order = [0, 1, 2, *range(3 + rank, 3 + 2 * rank), *range(3, 3 + rank)]
        kernels = w.reshape(group, channels_out // group, per_group * math.prod(window))
        result = np.empty((batch, group, channels_out // group, math.prod(plane)), x.dtype)
        for image in range(batch):
            columns = grouped[image : image + 1].transpose(order).reshape(group, kernels.shape[2], -1)
            np.matmul(kernels, columns, out=result[image])
        result = result.reshape(batch, channels_out, *plane)
        if b is not None:
            result += b.reshape(-1, *[1] * rank)
        return (result,)


class ConvTranspose(OpRun):
    """Transposed convolution without groups: each window position adds its products to every strides-th element."""

    op_domain = ""

    def _run(  # noqa: PLR0913
        self,
        x,
        w,
        b=None,
        auto_pad=None,
        dilations=None,
        group=None,
        kernel_shape=None,
        output_padding=None,
        output_shape=None,
        pads=None,
        strides=None,
    ):
        if (group or 1) != 1 or output_shape or auto_pad not in (None, "", "NOTSET"):
            raise NotImplementedError("ConvTranspose with groups, output_shape or auto_pad")
        window, rank = w.shape[2:], w.ndim - 2
        strides, dilations = list(strides or [1] * rank), list(dilations or [1] * rank)
        pads, extra = list(pads or [0] * 2 * rank), list(output_padding or [0] * rank)
        reach = [(extent - 1) * stride + 1 for extent, stride in zip(x.shape[2:], strides)]
        full = [
            reach[axis] + (window[axis] - 1) * dilations[axis] + max(0, extra[axis] - pads[rank + axis])
            for axis in range(rank)
        ]
        result = np.zeros((x.shape[0], w.shape[1], *full), x.dtype)
        for position in np.ndindex(*window):
            start = [index * dilation for index, dilation in zip(position, dilations)]
            steps = tuple(slice(low, low + size, stride) for low, size, stride in zip(start, reach, strides))
            products = np.tensordot(x, w[(slice(None), slice(None), *position)], (1, 0))
            result[(slice(None), slice(None), *steps)] += np.moveaxis(products, -1, 1)
        ends = [
            reach[axis] + (window[axis] - 1) * dilations[axis] - pads[rank + axis] + extra[axis] for axis in range(rank)
        ]
        inside = tuple(slice(low, end) for low, end in zip(pads[:rank], ends))
        result = result[(slice(None), slice(None), *inside)]
        if b is not None:
            result = result + b.reshape(-1, *[1] * rank)
        return (result,)


def _pool_padding(spatial, window, strides, padding, dilations, ceil_mode):
    """Padding grown at the end where ceil_mode keeps a last partial window that starts inside."""
    if not ceil_mode:
        return padding
    grown = []
    for axis, (before, after) in enumerate(padding):
        covered = (window[axis] - 1) * dilations[axis] + 1
        room = spatial[axis] + before + after - covered
        steps = -(-room // strides[axis])
        if steps * strides[axis] >= spatial[axis] + before:
            steps -= 1
        grown.append((before, after + max(0, steps * strides[axis] - room)))
    return grown


class MaxPool(OpRun):
    """Maximum over windows; the optional index output is not computed."""

    op_domain = ""

    def _run(  # noqa: PLR0913
        self,
        x,
        auto_pad=None,
        ceil_mode=None,
        dilations=None,
        kernel_shape=None,
        pads=None,
        storage_order=None,
        strides=None,
    ):
        if len(self.onnx_node.output) > 1:
            raise NotImplementedError("MaxPool with an Indices output")
        spatial = x.shape[2:]
        strides, dilations, padding = _window_geometry(spatial, kernel_shape, strides, dilations, pads, auto_pad)
        padding = _pool_padding(spatial, kernel_shape, strides, padding, dilations, ceil_mode)
        padded = np.pad(x, [(0, 0), (0, 0), *padding], constant_values=-np.inf)
        view = _windows(padded, kernel_shape, strides, dilations)
        return (view.max(axis=tuple(range(x.ndim, view.ndim))),)


class AveragePool(OpRun):
    """Mean over windows, by default without the padding."""

    op_domain = ""

    def _run(  # noqa: PLR0913
        self,
        x,
        auto_pad=None,
        ceil_mode=None,
        count_include_pad=None,
        dilations=None,
        kernel_shape=None,
        pads=None,
        strides=None,
    ):
        spatial = x.shape[2:]
        strides, dilations, padding = _window_geometry(spatial, kernel_shape, strides, dilations, pads, auto_pad)
        full = _pool_padding(spatial, kernel_shape, strides, padding, dilations, ceil_mode)
        counted = np.ones((1, 1, *spatial), x.dtype)
        if count_include_pad:  # the declared padding counts, what ceil_mode adds does not
            counted = np.pad(counted, [(0, 0), (0, 0), *padding], constant_values=1)
            added = [(0, end - declared) for (_, end), (_, declared) in zip(full, padding)]
            counted = np.pad(counted, [(0, 0), (0, 0), *added])
        else:
            counted = np.pad(counted, [(0, 0), (0, 0), *full])
        window_axes = tuple(range(x.ndim, x.ndim + len(spatial)))
        sums = _windows(np.pad(x, [(0, 0), (0, 0), *full]), kernel_shape, strides, dilations).sum(axis=window_axes)
        counts = _windows(counted, kernel_shape, strides, dilations).sum(axis=window_axes)
        return (sums / counts,)


class BatchNormalization(OpRun):
    """Batch normalisation with the given statistics."""

    op_domain = ""

    def _run(  # noqa: PLR0913
        self, x, scale, bias, mean, variance, epsilon=None, momentum=None, training_mode=None, spatial=None
    ):
        if training_mode or len(self.onnx_node.output) > 1 or spatial == 0:
            raise NotImplementedError("BatchNormalization in training mode or per element")
        column = (-1, *[1] * (x.ndim - 2))
        factor = scale / np.sqrt(variance + epsilon)
        return (x * factor.reshape(column) + (bias - mean * factor).reshape(column),)


class LRN(OpRun):
    """Local response normalisation across channels."""

    op_domain = ""

    def _run(self, x, alpha=None, beta=None, bias=None, size=None):
        before, after = (size - 1) // 2, -(-(size - 1) // 2)
        padded = np.pad(x * x, [(0, 0), (before, after), *[(0, 0)] * (x.ndim - 2)])
        sums = sum(padded[:, shift : shift + x.shape[1]] for shift in range(size))
        return (x / (bias + alpha / size * sums) ** beta,)


class Erf(OpRun):
    """The error function of the C library, element by element: exact to the last place of f64."""

    op_domain = ""

    def _run(self, x):
        values = np.fromiter(map(math.erf, x.ravel().tolist()), np.float64, x.size)
        return (values.reshape(x.shape).astype(x.dtype),)


def _softmax_view(op: OpRun, x: np.ndarray, axis: int | None) -> tuple[np.ndarray, int]:
    """Before opset 13 the input is coerced to a matrix at `axis`, by default 1."""
    if op.run_params["opsets"][""] >= 13:
        return x, -1 if axis is None else axis
    declared = [attribute.i for attribute in op.onnx_node.attribute if attribute.name == "axis"]
    axis = (declared[0] if declared else 1) % x.ndim
    return x.reshape(math.prod(x.shape[:axis]), -1), 1


class Softmax(OpRun):
    """Softmax as of the model's opset."""

    op_domain = ""

    def _run(self, x, axis=None):
        view, axis = _softmax_view(self, x, axis)
        exponentials = np.exp(view - view.max(axis=axis, keepdims=True))
        return ((exponentials / exponentials.sum(axis=axis, keepdims=True)).reshape(x.shape),)


class LogSoftmax(OpRun):
    """Logarithm of softmax as of the model's opset, without passing through it."""

    op_domain = ""

    def _run(self, x, axis=None):
        view, axis = _softmax_view(self, x, axis)
        shifted = view - view.max(axis=axis, keepdims=True)
        return ((shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))).reshape(x.shape),)


FAST_OPS = [Conv, ConvTranspose, MaxPool, AveragePool, BatchNormalization, LRN, Erf, Softmax, LogSoftmax]
