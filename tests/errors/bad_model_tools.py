# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the makers of bad models share: the register of cases, and shorthands for building models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FLOAT, INT64, INT4 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT4
OPSET = 21
CASES: dict[str, Callable[[Path], list[str] | None]] = {}


def case(function: Callable[[Path], list[str] | None]) -> Callable[[Path], list[str] | None]:
    """Registers a case under its function's name."""
    CASES[function.__name__] = function
    return function


def value(name: str, shape: list | None, dtype: int = FLOAT) -> onnx.ValueInfoProto:
    """A tensor input or output."""
    return helper.make_tensor_value_info(name, dtype, shape)


def model_of(nodes, inputs=None, outputs=None, initializers=(), opset=OPSET, functions=(), domains=()) -> onnx.ModelProto:
    """A model; by default x: float[2, 3] goes in and y, of any type, comes out."""
    inputs = [value("x", [2, 3])] if inputs is None else inputs
    outputs = [onnx.ValueInfoProto(name="y")] if outputs is None else outputs
    graph = helper.make_graph(nodes, "bad", inputs, outputs, list(initializers))
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=10)


def save(folder: Path, model: onnx.ModelProto) -> None:
    """Writes model.onnx."""
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))


def node(op: str, inputs: list[str], outputs: list[str] | None = None, name: str = "", **attributes) -> onnx.NodeProto:
    """A node that defines y unless told otherwise."""
    return helper.make_node(op, inputs, ["y"] if outputs is None else outputs, name=name or f"/enc/{op}", **attributes)


def external(name: str, location: str, shape: list[int], **entries: object) -> onnx.TensorProto:
    """A float tensor whose data is in another file."""
    tensor = TensorProto(name=name, data_type=FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    for key, text in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(text))
    return tensor


# Files that are no models.
