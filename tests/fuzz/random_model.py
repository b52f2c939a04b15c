# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One random ONNX model with its inputs and NumPy's outputs; the operators are in random_ops.py.

Floating point values are computed in f64. A value is exact while it holds nothing but what the inputs hold; operators that
jump (comparisons, rounding, casts to integers, indices of maxima) take exact operands only, since elsewhere a rounding
error could change their result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
EXTENTS = (0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 13, 16, 17, 33, 64)
MAX_ELEMENTS = 3000
MAX_MAGNITUDE = 1000.0
FLOATS = {"f32": TensorProto.FLOAT, "f64": TensorProto.DOUBLE, "f16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16}
INTEGERS = {"i64": TensorProto.INT64, "i32": TensorProto.INT32}
TYPES = {**FLOATS, **INTEGERS, "bool": TensorProto.BOOL}
HOST_TYPES = {"i64": np.int64, "i32": np.int32, "bool": np.bool_}
# How far a result may be off, relative to the largest element.
TOLERANCES = {"f32": 2e-4, "f64": 1e-10, "f16": 4e-2, "bf16": 2e-1}


@dataclass
class Value:
    """A tensor of the graph."""

    name: str
    kind: str
    array: np.ndarray  # f64 for every floating point kind
    exact: bool
    uses: int = 0
    coarsest: str = ""  # the least precise kind among what it was computed from

    def __post_init__(self) -> None:
        self.coarsest = self.coarsest or self.kind

    @property
    def shape(self) -> tuple[int, ...]:
        """Extents in this run."""
        return self.array.shape

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return self.array.ndim

    @property
    def is_float(self) -> bool:
        """True for floating point kinds."""
        return self.kind in FLOATS


class Misfit(Exception):
    """An operator that does not apply to the operands drawn."""


@dataclass
class Model:
    """A graph that grows by one operator at a time."""

    seed: int
    random: np.random.Generator = field(init=False)
    values: list[Value] = field(default_factory=list)
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    inputs: list[tuple[Value, list[int | str]]] = field(default_factory=list)
    names: int = 0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.dynamic = self.random.random() < 0.4

    # Drawing -------------------------------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return bool(self.random.random() < probability)

    def pick(self, choices: Sequence):
        """One of several things."""
        if not choices:
            raise Misfit
        return choices[int(self.random.integers(len(choices)))]

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high)."""
        if high <= low:
            raise Misfit
        return int(self.random.integers(low, high))

    def shape(self, least: int = 0, most: int = 4) -> tuple[int, ...]:
        """Extents of a small tensor."""
        while True:
            shape = tuple(self.pick(EXTENTS) for _ in range(self.integer(least, most + 1)))
            if np.prod(shape, dtype=np.int64) <= MAX_ELEMENTS and (0 not in shape or self.chance(0.3)):
                return shape

    def draw(self, kind: str, shape: Sequence[int]) -> np.ndarray:
        """Elements that every kind of its class holds exactly."""
        if kind == "bool":
            return self.random.random(shape) < 0.5
        numbers = self.random.integers(-8, 9, shape)
        return numbers / 4 if kind in FLOATS else numbers.astype(HOST_TYPES[kind])

    def operand(self, accept: Callable[[Value], bool] = lambda value: True) -> Value:
        """A value of the graph; the youngest are the likeliest."""
        fitting = [value for value in self.values if accept(value)]
        if not fitting:
            raise Misfit
        return fitting[-1 - min(int(self.random.exponential(2.5)), len(fitting) - 1)]

    def axis(self, value: Value) -> int:
        """An axis of a value."""
        return self.integer(0, value.rank)

    # Growing -------------------------------------------------------------------------------------------------------

    def fresh(self, stem: str) -> str:
        """A new name."""
        self.names += 1
        return f"{stem}_{self.names}"

    def add_input(self, kind: str | None = None, shape: Sequence[int] | None = None) -> Value:
        """A graph input, some of whose extents are symbols."""
        kind = kind or self.pick(["f32"] * 5 + list(TYPES))
        shape = self.shape() if shape is None else tuple(shape)
        value = Value(self.fresh("x"), kind, self.draw(kind, shape), True)
        # A symbol that is 1 in this run would not broadcast: tao takes symbolic extents for what they are elsewhere.
        dims = [f"n{extent}" if self.dynamic and extent != 1 and self.chance(0.5) else extent for extent in shape]
        self.inputs.append((value, dims))
        self.values.append(value)
        return value

    def constant(self, array: np.ndarray, kind: str) -> str:
        """An initializer that is no operand for later operators."""
        name = self.fresh("c")
        raw = array.astype(onnx.helper.tensor_dtype_to_np_dtype(TYPES[kind]))
        self.initializers.append(numpy_helper.from_array(np.array(raw, order="C"), name))
        return name

    def weight(self, kind: str, shape: Sequence[int]) -> Value:
        """An initializer as an operand."""
        array = self.draw(kind, shape)
        return Value(self.constant(array, kind), kind, array, True)

    def ints(self, *numbers: int) -> str:
        """A vector of int64."""
        return self.constant(np.array(numbers, np.int64), "i64")

    def add(
        self, op_type: str, inputs: Sequence[Value | str], results: Sequence[tuple[str, np.ndarray]],
        exact: bool | None = None, **attributes,
    ) -> list[Value]:  # fmt: skip
        """Appends a node whose results NumPy has given; `exact` is what all operands are unless said."""
        operands = [value for value in inputs if isinstance(value, Value)]
        if exact is None:
            exact = all(value.exact for value in operands)
        for kind, array in results:
            if array.size > MAX_ELEMENTS or array.ndim > 6:
                raise Misfit
            if kind in FLOATS and not (np.all(np.isfinite(array)) and np.all(np.abs(array) <= MAX_MAGNITUDE)):
                raise Misfit
            if kind in INTEGERS and array.size and np.abs(array.astype(np.float64)).max() > MAX_MAGNITUDE**2:
                raise Misfit
        outputs = [f"{self.fresh(op_type)}.{index}" for index in range(len(results))]
        names = [value.name if isinstance(value, Value) else value for value in inputs]
        self.nodes.append(helper.make_node(op_type, names, outputs, name=outputs[0], **attributes))
        coarsest = max(["f64", *(value.coarsest for value in operands)], key=lambda kind: TOLERANCES.get(kind, 0))
        made = []
        for name, (kind, array) in zip(outputs, results):
            host = np.float64 if kind in FLOATS else HOST_TYPES[kind]
            worst = max(kind, coarsest, key=lambda kind: TOLERANCES.get(kind, 0))
            made.append(Value(name, kind, np.asarray(array, host), exact, coarsest=worst))
        for value in operands:
            value.uses += 1
        self.values += made
        return made

    # Result --------------------------------------------------------------------------------------------------------

    def outputs(self) -> list[Value]:
        """What nobody reads, and some of what is read."""
        inputs = {value.name for value, _ in self.inputs}
        made = [value for value in self.values if value.name not in inputs]
        chosen = [value for value in made if value.uses == 0 or self.chance(0.1)]
        # Some results stay dead.
        return [value for value in chosen if value.uses or self.chance(0.9)] or made[-1:]

    def proto(self, outputs: Sequence[Value]) -> onnx.ModelProto:
        """The model; shapes of outputs are left to inference."""
        graph = helper.make_graph(
            self.nodes,
            f"random{self.seed}",
            [helper.make_tensor_value_info(value.name, TYPES[value.kind], dims) for value, dims in self.inputs],
            [helper.make_tensor_value_info(value.name, TYPES[value.kind], None) for value in outputs],
            self.initializers,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)

    def feeds(self) -> dict[str, np.ndarray]:
        """The inputs as .npz holds them, bfloat16 as its bits."""
        return {value.name: to_stored(value.kind, value.array) for value, _ in self.inputs}


def to_stored(kind: str, array: np.ndarray) -> np.ndarray:
    """An array in the type of its kind."""
    stored = array.astype(onnx.helper.tensor_dtype_to_np_dtype(TYPES[kind]))
    return stored.view(np.uint16) if kind == "bf16" else stored


def from_stored(kind: str, array: np.ndarray) -> np.ndarray:
    """The numbers of an output as tao-run writes it."""
    if kind == "bf16":
        array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return array


def difference(value: Value, stored: np.ndarray) -> str:
    """What is wrong with an output; empty when nothing is."""
    expected_type = np.dtype(np.uint16) if value.kind == "bf16" else to_stored(value.kind, np.zeros(0)).dtype
    if stored.shape != value.shape or stored.dtype.itemsize != expected_type.itemsize:
        return f"{stored.dtype}{stored.shape} instead of {value.kind}{value.shape}"
    actual = from_stored(value.kind, stored)
    if not value.is_float:
        wrong = np.count_nonzero(actual != value.array)
        return f"{wrong} of {value.array.size} elements differ" if wrong else ""
    if value.array.size == 0:
        return ""
    error = np.abs(actual.astype(np.float64) - value.array).max()
    limit = TOLERANCES[value.coarsest] * (1 + np.abs(value.array).max())
    return "" if error <= limit else f"off by {error:.3g}, {limit:.3g} allowed"
