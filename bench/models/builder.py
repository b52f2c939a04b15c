# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small builder of ONNX graphs: values are names, every call appends one node.

Weights come from a generator seeded by the model's family name, so a model has the same weights at every batch size and
on every run.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Dims = Sequence[int | str]

# Constants up to this many elements are shared when equal.
SHARED_CONSTANT_ELEMENTS = 64


class GraphBuilder:
    """Collects nodes, initializers, inputs and outputs of one graph."""

    def __init__(self, name: str, opset: int, seed: str, prefix: str = "") -> None:
        """`prefix` keeps the values of a body apart from those of the graph around it."""
        self.name = name
        self._prefix = prefix
        self.opset = opset
        self.random = np.random.default_rng(zlib.crc32(seed.encode()))
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self._shared: dict[tuple, str] = {}
        self._counts: dict[str, int] = {}

    # Values ------------------------------------------------------------------------------------------------------

    def input(self, name: str, dims: Dims, dtype: int = TensorProto.FLOAT) -> str:
        """Declares a graph input; a dimension given as text is dynamic."""
        self.inputs.append(helper.make_tensor_value_info(name, dtype, dims))
        return name

    def output(self, value: str, dims: Dims, dtype: int = TensorProto.FLOAT, name: str | None = None) -> str:
        """Declares a graph output, named by an Identity node as exporters do."""
        name = name or f"out{len(self.outputs)}"
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"/{name}/Identity"))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, dims))
        return name

    def constant(self, array: np.ndarray, name: str | None = None) -> str:
        """An initializer; floating point arrays are stored as f32, small equal ones without a name only once."""
        array = np.array(array, order="C")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        shared = name is None and array.size <= SHARED_CONSTANT_ELEMENTS
        key = (array.dtype.str, array.shape, array.tobytes()) if shared else None
        if key in self._shared:
            return self._shared[key]
        name = name or self._fresh("const")
        self.initializers.append(numpy_helper.from_array(array, name))
        if key is not None:
            self._shared[key] = name
        return name

    def scalar(self, value: float) -> str:
        """A rank-0 f32 constant."""
        return self.constant(np.array(value, np.float32))

    def index(self, value: int) -> str:
        """A rank-0 i64 constant."""
        return self.constant(np.array(value, np.int64))

    def ints(self, *values: int) -> str:
        """A rank-1 i64 constant: axes, shapes, sizes."""
        return self.constant(np.array(values, np.int64))

    def weight(self, *shape: int, std: float = 0.02) -> str:
        """Normally distributed f32 weights."""
        return self.constant(self.random.standard_normal(shape, dtype=np.float32) * np.float32(std))

    def gain(self, size: int) -> str:
        """A scale vector near one, as norms learn it."""
        return self.constant(1 + 0.1 * self.random.standard_normal(size))

    def positive(self, size: int) -> str:
        """A vector in [0.5, 1.5): scales and variances of batch norms."""
        return self.constant(0.5 + self.random.random(size))

    # Nodes -------------------------------------------------------------------------------------------------------

    def op(self, op_type: str, *inputs: str | None, results: int = 1, **attributes):
        """Appends a node; returns its result, or the list of them when `results` is not 1."""
        name = self._fresh(op_type)
        outputs = [name] if results == 1 else [f"{name}.{i}" for i in range(results)]
        self.nodes.append(
            helper.make_node(op_type, [value or "" for value in inputs], outputs, name=f"/{name}", **attributes)
        )
        return name if results == 1 else outputs

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Names made inside start with `name/`, as those of exporters start with the module they come from."""
        outer, self._prefix = self._prefix, f"{self._prefix}{name}/"
        try:
            yield
        finally:
            self._prefix = outer

    def reduce_mean(self, value: str) -> str:
        """Mean over the last axis; the axes became an input in opset 18."""
        if self.opset < 18:
            return self.op("ReduceMean", value, axes=[-1])
        return self.op("ReduceMean", value, self.ints(-1))

    # Layers, decomposed the way exporters write them --------------------------------------------------------------

    def linear(self, value: str, width_in: int, width_out: int, bias: bool = True, std: float = 0.02) -> str:
        """MatMul and an optional bias, weights stored [in, out]."""
        product = self.op("MatMul", value, self.weight(width_in, width_out, std=std))
        return self.op("Add", product, self.weight(width_out)) if bias else product

    def layer_norm(self, value: str, width: int, epsilon: float = 1e-5) -> str:
        """Layer normalisation over the last axis in nine primitive nodes."""
        normal = self.normalize_rows(value, epsilon)
        return self.op("Add", self.op("Mul", normal, self.gain(width)), self.weight(width))

    def normalize_rows(self, value: str, epsilon: float = 1e-5) -> str:
        """Rows with mean 0 and variance 1, in seven primitive nodes."""
        centred = self.op("Sub", value, self.reduce_mean(value))
        variance = self.reduce_mean(self.op("Pow", centred, self.scalar(2)))
        deviation = self.op("Sqrt", self.op("Add", variance, self.scalar(epsilon)))
        return self.op("Div", centred, deviation)

    def rms_norm(self, value: str, width: int, epsilon: float = 1e-6) -> str:
        """Root mean square normalisation over the last axis."""
        mean = self.reduce_mean(self.op("Mul", value, value))
        root = self.op("Sqrt", self.op("Add", mean, self.scalar(epsilon)))
        return self.op("Mul", self.op("Mul", value, self.op("Reciprocal", root)), self.gain(width))

    def gelu_erf(self, value: str) -> str:
        """x * (erf(x / sqrt 2) + 1) / 2."""
        erf = self.op("Erf", self.op("Div", value, self.scalar(math.sqrt(2))))
        return self.op("Mul", self.op("Mul", value, self.op("Add", erf, self.scalar(1))), self.scalar(0.5))

    def gelu_tanh(self, value: str) -> str:
        """The tanh approximation of GELU that GPT-2 uses."""
        cubic = self.op("Mul", self.op("Pow", value, self.scalar(3)), self.scalar(0.044715))
        inner = self.op("Mul", self.op("Add", value, cubic), self.scalar(math.sqrt(2 / math.pi)))
        half = self.op("Mul", value, self.scalar(0.5))
        return self.op("Mul", half, self.op("Add", self.op("Tanh", inner), self.scalar(1)))

    def silu(self, value: str) -> str:
        """x * sigmoid(x)."""
        return self.op("Mul", value, self.op("Sigmoid", value))

    def split_heads(self, value: str, heads: int, head_width: int, perm: Sequence[int] = (0, 2, 1, 3)) -> str:
        """[batch, seq, heads * head_width] to heads first, in the order `perm`."""
        split = self.op("Reshape", value, self.ints(0, 0, heads, head_width))
        return self.op("Transpose", split, perm=list(perm))

    def merge_heads(self, value: str, width: int) -> str:
        """[batch, heads, seq, head_width] back to [batch, seq, width]."""
        return self.op("Reshape", self.op("Transpose", value, perm=[0, 2, 1, 3]), self.ints(0, 0, width))

    # Result ------------------------------------------------------------------------------------------------------

    def graph(self) -> onnx.GraphProto:
        """The graph built so far, for use as a body."""
        return helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)

    def model(self) -> onnx.ModelProto:
        """The finished model."""
        opsets = [helper.make_opsetid("", self.opset)]
        return helper.make_model(self.graph(), opset_imports=opsets, ir_version=8, producer_name="tao-bench")

    def _fresh(self, stem: str) -> str:
        stem = self._prefix + stem
        count = self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}_{count}"
