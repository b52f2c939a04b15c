# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutional networks from the `onnx` package's light test models.

Those are the real graphs with every weight replaced by a ConstantOfShape. Rebuilding one walks its nodes in order, follows
the shapes of the activations, and draws each parameter anew from the shape it must have. With `divisor` > 1 every channel
count is divided, and with a smaller image the poolings that cover a whole plane shrink with it: the same graph in a small
size for tests.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

FULL_IMAGE = 224
SAME_SHAPE = {"Relu", "LRN", "Dropout", "Sum", "Softmax", "BatchNormalization"}

# Factor on the last layer's parameters that gives the logits a standard deviation near 2, full and reduced. Random residual
# networks otherwise saturate their softmax to one-hot, and then no comparison of outputs means anything. Printed by
# calibrate.py.
LOGIT_SCALES: dict[str, tuple[float, float]] = {
    "bvlc_alexnet": (0.37, 0.394),
    "inception_v1": (0.376, 0.96),
    "resnet50": (9.16e-05, 0.00184),
    "shufflenet": (8.65e-06, 3.93e-05),
    "squeezenet": (0.487, 7.07),
    "vgg19": (0.566, 1.47),
    "zfnet512": (1.13, 1.91),
}


@dataclass(frozen=True)
class Variant:
    """Size of a rebuilt network."""

    batch: int
    image: int = FULL_IMAGE
    divisor: int = 1


class LightRebuilder:
    """Rebuilds one light model; `shapes` holds the new shape of every activation seen so far."""

    def __init__(self, network: str, variant: Variant) -> None:
        folder = Path(onnx.__file__).parent / "backend/test/data/light"
        self.source = onnx.load(folder / f"light_{network}.onnx")
        self.network = network
        self.variant = variant
        self.random = np.random.default_rng(zlib.crc32(network.encode()))
        self.shapes: dict[str, list[int]] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.parameters: dict[str, np.ndarray] = {}
        self._read_parameters()

    def _read_parameters(self) -> None:
        """Original shapes of the parameters, stored or made by ConstantOfShape, and values of the integer ones."""
        self.integers: dict[str, list[int]] = {}
        self.original: dict[str, list[int]] = {}
        for tensor in self.source.graph.initializer:
            self.original[tensor.name] = list(tensor.dims)
            if tensor.data_type == onnx.TensorProto.INT64:
                self.integers[tensor.name] = numpy_helper.to_array(tensor).tolist()
        for node in self.source.graph.node:
            if node.op_type == "ConstantOfShape":
                self.original[node.output[0]] = self.integers[node.input[0]]

    def rebuild(self) -> onnx.ModelProto:
        """The network at the wanted size with random weights."""
        graph = self.source.graph
        inputs = [value for value in graph.input if value.name not in self.original]
        for value in inputs:
            self.shapes[value.name] = [self.variant.batch, 3, self.variant.image, self.variant.image]
        for node in graph.node:
            if node.op_type != "ConstantOfShape":
                self._visit(node)
        outputs = list(graph.output)
        for value in [*inputs, *outputs]:
            for dim, extent in zip(value.type.tensor_type.shape.dim, self.shapes[value.name]):
                dim.dim_value = extent
        tensors = [numpy_helper.from_array(array, name) for name, array in self.parameters.items()]
        rebuilt = helper.make_graph(self.nodes, self.network, inputs, outputs, tensors)
        opsets = [helper.make_opsetid("", 9)]
        return helper.make_model(rebuilt, opset_imports=opsets, ir_version=4, producer_name="tao-bench")

    def _visit(self, node: onnx.NodeProto) -> None:
        """Copies one node, gives it its parameters and records the shape of its result."""
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        self.nodes.append(copy)
        shape = self.shapes.get(node.input[0])
        if node.op_type == "Conv":
            result = self._convolution(copy, shape)
        elif node.op_type in ("MaxPool", "AveragePool"):
            result = self._pooling(copy, shape)
        elif node.op_type == "GlobalAveragePool":
            result = [*shape[:2], 1, 1]
        elif node.op_type == "Concat":
            result = [shape[0], sum(self.shapes[name][1] for name in node.input), *shape[2:]]
        elif node.op_type == "Transpose":
            result = [shape[axis] for axis in self._ints(node, "perm")]
        elif node.op_type == "Reshape":
            result = self._reshape(node, shape)
        elif node.op_type == "Gemm":
            result = self._fully_connected(node, shape)
        elif node.op_type in SAME_SHAPE:
            if node.op_type == "BatchNormalization":
                for name, positive in zip(node.input[1:], (True, False, False, True)):
                    self._draw_vector(name, shape[1], positive)
            result = shape
        else:
            raise ValueError(f"light_{self.network}: no rule for {node.op_type}")
        for output in node.output:
            self.shapes[output] = result

    def _convolution(self, node: onnx.NodeProto, shape: list[int]) -> list[int]:
        channels_out, per_group, *window = self.original[node.input[1]]
        groups = self._int(node, "group", 1)
        if per_group == 1 and groups == channels_out:  # depthwise
            groups = shape[1]
            for attribute in node.attribute:
                if attribute.name == "group":
                    attribute.i = groups
        channels_out //= self.variant.divisor
        self._draw_weight(node.input[1], [channels_out, shape[1] // groups, *window])
        if len(node.input) > 2:
            self._draw_vector(node.input[2], channels_out, positive=False)
        return [shape[0], channels_out, *self._window_extents(node, shape)]

    def _pooling(self, node: onnx.NodeProto, shape: list[int]) -> list[int]:
        """A pooling that covers the whole plane (only averages at stride 1 do here) keeps doing so."""
        pads = self._ints(node, "pads", [0, 0, 0, 0])
        if node.op_type == "AveragePool" and self._ints(node, "strides", [1, 1]) == [1, 1]:
            for attribute in node.attribute:
                if attribute.name == "kernel_shape":
                    attribute.ints[:] = [shape[2] + pads[0] + pads[2], shape[3] + pads[1] + pads[3]]
        return [*shape[:2], *self._window_extents(node, shape)]

    def _window_extents(self, node: onnx.NodeProto, shape: list[int]) -> list[int]:
        window = self._ints(node, "kernel_shape")
        strides = self._ints(node, "strides", [1, 1])
        pads = self._ints(node, "pads", [0, 0, 0, 0])
        extents = [
            (extent + pads[axis] + pads[axis + 2] - window[axis]) // strides[axis] + 1
            for axis, extent in enumerate(shape[2:])
        ]
        if min(extents) < 1:
            raise ValueError(f"light_{self.network}: image {self.variant.image} is too small for {node.output[0]}")
        return extents

    def _reshape(self, node: onnx.NodeProto, shape: list[int] | None) -> list[int] | None:
        """Flattening, the two halves of a channel shuffle, or a weight; batch is copied, whatever its size."""
        target = self.integers[node.input[1]]
        if shape is None:  # a weight on its way to Gemm, stored with leading ones
            target = [extent // self.variant.divisor for extent in target]
            self._draw_weight(node.input[0], target)
            ones = [1] * (len(self.original[node.input[0]]) - len(target))
            self.parameters[node.input[0]] = self.parameters[node.input[0]].reshape(*ones, *target)
            result = None
        else:
            batch, channels, *plane = shape
            if len(target) == 2:
                target = [0, math.prod(shape[1:])]
            elif len(target) == 5:
                target = [0, target[1], channels // target[1], *plane]
            else:
                target = [0, channels * plane[0], *plane[1:]]
            result = [batch, *target[1:]]
        self.parameters[node.input[1]] = np.array(target, np.int64)
        return result

    def _fully_connected(self, node: onnx.NodeProto, shape: list[int]) -> list[int]:
        """Gemm with transB: weights are [out, in]."""
        bias = node.input[2]
        width = self.original[bias][0] // self.variant.divisor
        if node.input[1] in self.original:
            self._draw_weight(node.input[1], [width, shape[1]])
        self._draw_vector(bias, width, positive=False)
        return [shape[0], width]

    def _draw_weight(self, name: str, shape: list[int]) -> None:
        scale = math.sqrt(2 / math.prod(shape[1:]))
        self.parameters[name] = self.random.standard_normal(shape, dtype=np.float32) * np.float32(scale)

    def _draw_vector(self, name: str, size: int, positive: bool) -> None:
        values = 0.5 + self.random.random(size) if positive else 0.05 * self.random.standard_normal(size)
        self.parameters[name] = values.astype(np.float32)

    @staticmethod
    def _int(node: onnx.NodeProto, name: str, default: int) -> int:
        return next((attribute.i for attribute in node.attribute if attribute.name == name), default)

    @staticmethod
    def _ints(node: onnx.NodeProto, name: str, default: list[int] | None = None) -> list[int]:
        return next((list(attribute.ints) for attribute in node.attribute if attribute.name == name), default)


def last_layer(model: onnx.ModelProto) -> onnx.NodeProto:
    """The node whose parameters scale the logits."""
    return next(node for node in reversed(model.graph.node) if node.op_type in ("Gemm", "Conv"))


def scale_logits(model: onnx.ModelProto, factor: float) -> None:
    """Multiplies the parameters of the last layer."""
    producers = {node.output[0]: node for node in model.graph.node}
    names = list(last_layer(model).input[1:])
    names += [producers[name].input[0] for name in names if name in producers]  # behind a Reshape
    for tensor in model.graph.initializer:
        if tensor.name in names:
            scaled = numpy_helper.to_array(tensor) * np.float32(factor)
            tensor.CopyFrom(numpy_helper.from_array(scaled, tensor.name))


def build(name: str, network: str, variant: Variant) -> onnx.ModelProto:
    """One network at one size, logits scaled."""
    model = LightRebuilder(network, variant).rebuild()
    scale_logits(model, LOGIT_SCALES[network][variant.divisor > 1])
    return model
