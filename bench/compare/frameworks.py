# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the rules of translate_ops.py are written in: the few functions that NumPy, jax.numpy and torch call differently.

Where they agree (arithmetic operators, indexing, `shape`) the rules use the arrays themselves. `array` holds functions of one
argument that have the same name everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


class Untranslatable(Exception):
    """The model needs something that the translator does not know."""


class NumpyFramework:
    """NumPy, for what is known before a run; JAX inherits what it has in common with it."""

    def __init__(self, array: Any = np) -> None:
        self.array = array

    def is_integer(self, x: Any) -> bool:
        return np.issubdtype(x.dtype, np.integer)

    def cast(self, x: Any, dtype: np.dtype) -> Any:
        return x.astype(dtype)

    def transpose(self, x: Any, order: Sequence[int]) -> Any:
        return self.array.transpose(x, order)

    def broadcast(self, x: Any, shape: Sequence[int]) -> Any:
        return self.array.broadcast_to(x, tuple(shape))

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return self.array.where(condition, x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.array.maximum(x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        return self.array.minimum(x, y)

    def concatenate(self, parts: Sequence[Any], axis: int) -> Any:
        return self.array.concatenate(parts, axis)

    def reduce(self, kind: str, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        return np.asarray(x) if not axes else getattr(self.array, kind)(x, axis=axes, keepdims=keepdims, dtype=x.dtype) \
            if kind in ("sum", "mean", "prod") else getattr(self.array, kind)(x, axis=axes, keepdims=keepdims)

    def argmax(self, x: Any, axis: int, keepdims: bool) -> Any:
        return self.array.argmax(x, axis=axis, keepdims=keepdims)

    def erf(self, x: Any) -> Any:
        return np.vectorize(math.erf, otypes=[x.dtype])(x)

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    def relu(self, x: Any) -> Any:
        return self.array.maximum(x, 0)

    def softmax(self, x: Any, axis: int) -> Any:
        powers = np.exp(x - x.max(axis, keepdims=True))
        return powers / powers.sum(axis, keepdims=True)

    def log_softmax(self, x: Any, axis: int) -> Any:
        shifted = x - x.max(axis, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))

    def gather_elements(self, x: Any, indices: Any, axis: int) -> Any:
        return self.array.take_along_axis(x, indices, axis)

    def scatter(self, x: Any, indices: tuple, updates: Any, accumulate: bool) -> Any:
        result = x.copy()
        if accumulate:
            np.add.at(result, indices, updates)
        else:
            result[indices] = updates
        return result

    def pad(self, x: Any, pads: Sequence[tuple[int, int]], value: Any) -> Any:
        return self.array.pad(x, pads, constant_values=value)

    def triangle(self, x: Any, upper: bool, diagonal: int) -> Any:
        return (self.array.triu if upper else self.array.tril)(x, diagonal)

    def convolve(self, x: Any, weight: Any, strides: list, pads: list, dilations: list, groups: int, holes: list) -> Any:
        raise Untranslatable("convolutions have no NumPy form")

    def pool(self, x: Any, window: list, strides: list, pads: list, greatest: bool) -> Any:
        raise Untranslatable("pooling has no NumPy form")


class JaxFramework(NumpyFramework):
    """jax.numpy, where that is not NumPy's namesake."""

    def __init__(self) -> None:
        import jax

        super().__init__(jax.numpy)
        self.jax = jax

    def cast(self, x: Any, dtype: np.dtype) -> Any:
        return x.astype(self.jax.dtypes.canonicalize_dtype(dtype))

    def reduce(self, kind: str, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        return getattr(self.array, kind)(x, axis=axes, keepdims=keepdims) if axes else x

    def erf(self, x: Any) -> Any:
        return self.jax.lax.erf(x)

    def sigmoid(self, x: Any) -> Any:
        return self.jax.nn.sigmoid(x)

    def softmax(self, x: Any, axis: int) -> Any:
        return self.jax.nn.softmax(x, axis)

    def log_softmax(self, x: Any, axis: int) -> Any:
        return self.jax.nn.log_softmax(x, axis)

    def scatter(self, x: Any, indices: tuple, updates: Any, accumulate: bool) -> Any:
        place = x.at[indices]
        return place.add(updates) if accumulate else place.set(updates)

    def convolve(self, x: Any, weight: Any, strides: list, pads: list, dilations: list, groups: int, holes: list) -> Any:
        return self.jax.lax.conv_general_dilated(
            x, weight, strides, pads, lhs_dilation=holes, rhs_dilation=dilations, feature_group_count=groups
        )

    def pool(self, x: Any, window: list, strides: list, pads: list, greatest: bool) -> Any:
        lax = self.jax.lax
        start, function = (-np.inf, lax.max) if greatest else (0, lax.add)
        shape, steps, borders = ((1, 1, *window), (1, 1, *strides), ((0, 0), (0, 0), *pads))
        return lax.reduce_window(x, np.array(start, x.dtype), function, shape, steps, borders)


class TorchFramework:
    """torch."""

    def __init__(self) -> None:
        import torch

        self.array = self.torch = torch

    def is_integer(self, x: Any) -> bool:
        return not (x.dtype.is_floating_point or x.dtype == self.torch.bool)

    def cast(self, x: Any, dtype: np.dtype) -> Any:
        return x.to(getattr(self.torch, np.dtype(dtype).name))

    def transpose(self, x: Any, order: Sequence[int]) -> Any:
        return x.permute(*order)

    def broadcast(self, x: Any, shape: Sequence[int]) -> Any:
        return x.expand(*shape)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return self.torch.where(condition, x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return self._bounded(x, y, "min") if not self._tensors(x, y) else self.torch.maximum(x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        return self._bounded(x, y, "max") if not self._tensors(x, y) else self.torch.minimum(x, y)

    def concatenate(self, parts: Sequence[Any], axis: int) -> Any:
        return self.torch.cat(list(parts), axis)

    def reduce(self, kind: str, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        if not axes:
            return x
        if kind == "prod":
            raise Untranslatable("torch multiplies over one axis at a time")
        return getattr(self.torch, {"max": "amax", "min": "amin"}.get(kind, kind))(x, dim=axes, keepdim=keepdims)

    def argmax(self, x: Any, axis: int, keepdims: bool) -> Any:
        return self.torch.argmax(x, dim=axis, keepdim=keepdims)

    def erf(self, x: Any) -> Any:
        return self.torch.erf(x)

    def sigmoid(self, x: Any) -> Any:
        return self.torch.sigmoid(x)

    def relu(self, x: Any) -> Any:
        return self.torch.relu(x)

    def softmax(self, x: Any, axis: int) -> Any:
        return self.torch.softmax(x, axis)

    def log_softmax(self, x: Any, axis: int) -> Any:
        return self.torch.log_softmax(x, axis)

    def gather_elements(self, x: Any, indices: Any, axis: int) -> Any:
        return self.torch.gather(x, axis, indices)

    def scatter(self, x: Any, indices: tuple, updates: Any, accumulate: bool) -> Any:
        return self.torch.index_put(x, indices, updates, accumulate)

    def pad(self, x: Any, pads: Sequence[tuple[int, int]], value: Any) -> Any:
        flat = [amount for before_after in reversed(pads) for amount in before_after]
        return self.torch.nn.functional.pad(x, flat, value=value)

    def triangle(self, x: Any, upper: bool, diagonal: int) -> Any:
        return (self.torch.triu if upper else self.torch.tril)(x, diagonal)

    def convolve(self, x: Any, weight: Any, strides: list, pads: list, dilations: list, groups: int, holes: list) -> Any:
        functional = self.torch.nn.functional
        if any(step != 1 for step in holes):
            # Holes in the input are what a transposed convolution makes: swap channels and turn the window around.
            spatial = tuple(range(2, weight.ndim))
            swapped = weight.transpose(0, 1).flip(spatial)
            sizes = [dilation * (extent - 1) for dilation, extent in zip(dilations, weight.shape[2:])]
            before = [size - low for size, (low, _) in zip(sizes, pads)]
            extra = [high - low for low, high in pads]
            if groups != 1 or any(step != 1 for step in strides) or min(*before, *extra) < 0:
                raise Untranslatable("torch has no form of this transposed convolution")
            transposed = getattr(functional, f"conv_transpose{len(spatial)}d")
            return transposed(x, swapped, None, holes, before, extra, 1, dilations)
        if any(low != high for low, high in pads):
            x, pads = self.pad(x, [(0, 0), (0, 0), *pads], 0.0), [(0, 0)] * len(pads)
        convolution = getattr(functional, f"conv{len(pads)}d")
        return convolution(x, weight, None, strides, [low for low, _ in pads], dilations, groups)

    def pool(self, x: Any, window: list, strides: list, pads: list, greatest: bool) -> Any:
        functional = self.torch.nn.functional
        x = self.pad(x, [(0, 0), (0, 0), *pads], -math.inf if greatest else 0.0)
        if greatest:
            return getattr(functional, f"max_pool{len(window)}d")(x, window, strides)
        return getattr(functional, f"avg_pool{len(window)}d")(x, window, strides) * math.prod(window)

    def _tensors(self, x: Any, y: Any) -> bool:
        return isinstance(x, self.torch.Tensor) and isinstance(y, self.torch.Tensor)

    def _bounded(self, x: Any, y: Any, bound: str) -> Any:
        """A tensor against a number."""
        tensor, number = (x, y) if isinstance(x, self.torch.Tensor) else (y, x)
        return self.torch.clamp(tensor, **{bound: number})
