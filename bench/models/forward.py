# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the gradient rules know of a recorded forward pass, and the pieces that many of them are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bench.models.builder import GraphBuilder

Shape = tuple[int, ...]


class Forward:
    """The recorded nodes with their shapes and constants, and the values that depend on a source."""

    def __init__(self, graph: GraphBuilder) -> None:
        self.graph = graph
        self.nodes = list(graph.nodes)
        self.constants = {tensor.name: tensor for tensor in graph.initializers}
        self.shapes = infer_shapes(graph)
        self.varying: set[str] = set()

    def constant(self, value: str) -> np.ndarray:
        """The elements of an initializer."""
        return numpy_helper.to_array(self.constants[value])

    def rank(self, value: str) -> int:
        """Number of dimensions."""
        return len(self.shapes[value])

    def mark_varying(self, sources: Sequence[str]) -> None:
        """Finds the values that depend on a source."""
        self.varying = set(sources)
        for node in self.nodes:
            if self.varying.intersection(node.input):
                self.varying.update(node.output)

    # Pieces that many rules are made of ---------------------------------------------------------------------------

    def sum_axes(self, value: str, axes: Sequence[int], keep: bool = True) -> str:
        """Sum over some axes."""
        return self.graph.op("ReduceSum", value, self.graph.ints(*axes), keepdims=int(keep))

    def reshape(self, value: str, shape: Sequence[int]) -> str:
        """The same elements under another shape."""
        return self.graph.op("Reshape", value, self.graph.ints(*shape))

    def expand(self, value: str, shape: Sequence[int]) -> str:
        """Repeats along extents of 1."""
        return self.graph.op("Expand", value, self.graph.ints(*shape))

    def unbroadcast(self, gradient: str, shape: Shape, target: Shape) -> str:
        """Sums a gradient of `shape` over what broadcasting `target` to it has repeated."""
        lead = len(shape) - len(target)
        axes = [axis for axis in range(len(shape)) if axis < lead or (target[axis - lead] == 1 != shape[axis])]
        if not axes:
            return gradient
        only_leading = axes == list(range(lead))
        summed = self.sum_axes(gradient, axes, keep=not only_leading)
        return summed if only_leading or not lead else self.reshape(summed, target)


def infer_shapes(graph: GraphBuilder) -> dict[str, Shape]:
    """The shape of every value of a graph under construction."""
    ends = [helper.make_tensor_value_info(node.output[0], onnx.TensorProto.UNDEFINED, None) for node in graph.nodes[-1:]]
    inner = helper.make_graph(graph.nodes, "forward", graph.inputs, ends, graph.initializers)
    model = helper.make_model(inner, opset_imports=[helper.make_opsetid("", graph.opset)], ir_version=8)
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in inferred.initializer}
    for value in [*inferred.input, *inferred.value_info, *inferred.output]:
        shapes[value.name] = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
    return shapes
