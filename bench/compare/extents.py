# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model with all its extents fixed, and with as many as possible open, to compare what tao makes of the two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import TensorProto

from bench.models.zoo import input_types

WHOLE_NUMBERS = (TensorProto.INT32, TensorProto.INT64)


def shape_flags(model: Path, sizes: Mapping[str, int]) -> list[str]:
    """taoc's flags that fix a dynamic model at these sizes."""
    flags = []
    for name, (_, dims) in input_types(onnx.load(model, load_external_data=False)).items() if sizes else ():
        flags.append(f"--shape={name}:" + "x".join(str(sizes[dim] if isinstance(dim, str) else dim) for dim in dims))
    return flags


def open_extents(model: onnx.ModelProto) -> dict[int, str]:
    """Extent -> symbol for what a caller might choose: rows, not features. A feature is an extent of a weight, of a vector of
    floating point numbers, or of a last axis, unless another axis of the same input has it too, as in attention scores."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    fixed = {extent for tensor in weights.values() for extent in tensor.dims} | {0, 1}
    chosen: set[int] = set()
    for value in model.graph.input:
        tensor = value.type.tensor_type
        extents = [dim.dim_value for dim in tensor.shape.dim]
        if value.name in weights or not extents:
            continue
        if tensor.elem_type in WHOLE_NUMBERS:
            chosen.update(extents)
        elif len(extents) == 1:
            fixed.update(extents)
        else:
            chosen.update(extents[:-1])
    return {extent: f"d{extent}" for extent in sorted(chosen - fixed)}


def write_symbolic(model: Path, path: Path) -> None:
    """Writes the model with symbols for its open extents; equal extents get one symbol. Raises ValueError if it has none."""
    graph_model = onnx.load(model)
    symbols = open_extents(graph_model)
    if not symbols and not any(dim.dim_param for value in graph_model.graph.input for dim in value.type.tensor_type.shape.dim):
        raise ValueError("no extent of an input is free: each is one of a weight")
    weights = {tensor.name for tensor in graph_model.graph.initializer}
    del graph_model.graph.value_info[:]
    for value in graph_model.graph.input:
        for dim in value.type.tensor_type.shape.dim if value.name not in weights else ():
            if dim.dim_value in symbols:
                dim.dim_param = symbols[dim.dim_value]
    for value in graph_model.graph.output:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_value in symbols:
                dim.Clear()
    onnx.save(graph_model, path)
