# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Training steps: forward pass, backward pass and update of every parameter in one graph.

Parameters and the optimizer's state are inputs, their new values outputs, so that a step can run again on its results.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import onnx
from onnx import TensorProto

from bench.models.autodiff import gradients
from bench.models.builder import GraphBuilder
from bench.models.optimizers import ADAM, MOMENTUM, SGD, Optimizer, Parameter, normals
from bench.models.zoo import Spec

OPSET = 18


@dataclass(frozen=True)
class Encoder:
    """Sizes of a BERT encoder; a vocabulary of 0 leaves only its layers."""

    batch: int
    length: int
    width: int
    heads: int
    feed_forward: int
    layers: int = 1
    vocabulary: int = 0
    classes: int = 0


@dataclass(frozen=True)
class ResNet:
    """Sizes of a small residual network: the channels of its stages, each but the first halving the image."""

    batch: int
    image: int
    stages: tuple[int, ...]
    classes: int


LAYER = (Encoder(8, 128, 768, 12, 3072), Encoder(2, 8, 24, 3, 40))
BERT_MINI = (Encoder(8, 128, 256, 4, 1024, 4, 30522, 16), Encoder(2, 8, 24, 3, 40, 2, 50, 5))
RESNET = (ResNet(32, 32, (32, 64, 128), 10), ResNet(3, 8, (4, 6), 5))
# (width, number of tensors) of the step that only updates.
MANY = ((128, 300), (4, 300))


def layer_norm_node(graph: GraphBuilder, value: str, scale: str, bias: str) -> str:
    """LayerNormalization as one node that also gives what the backward pass needs."""
    return graph.op("LayerNormalization", value, scale, bias, axis=-1, results=3)[0]


def layer_norm_primitives(graph: GraphBuilder, value: str, scale: str, bias: str) -> str:
    """The same in nine nodes."""
    return graph.op("Add", graph.op("Mul", graph.normalize_rows(value), scale), bias)


def layer_parameters(config: Encoder, prefix: str = "") -> list[Parameter]:
    """The twelve tensors of one encoder layer."""
    width, inner = config.width, config.feed_forward
    shapes = {
        "wqkv": (width, 3 * width), "bqkv": (3 * width,), "wo": (width, width), "bo": (width,),
        "g1": (width,), "b1": (width,), "w1": (width, inner), "c1": (inner,),
        "w2": (inner, width), "c2": (width,), "g2": (width,), "b2": (width,),
    }  # fmt: skip
    return [Parameter(prefix + name, shape, mean=float(name in ("g1", "g2"))) for name, shape in shapes.items()]


def encoder_layer(graph: GraphBuilder, config: Encoder, value: str, mask: str, norm: Callable, prefix: str = "") -> str:
    """Attention and feed-forward, each with a residual and a norm after it."""
    width, heads = config.width, config.heads
    weights = [prefix + name for name in "wqkv bqkv wo bo g1 b1 w1 c1 w2 c2 g2 b2".split()]
    wqkv, bqkv, wo, bo, g1, b1, w1, c1, w2, c2, g2, b2 = weights

    def linear(operand: str, weight: str, bias: str) -> str:
        return graph.op("Add", graph.op("MatMul", operand, weight), bias)

    parts = graph.op("Split", linear(value, wqkv, bqkv), graph.ints(width, width, width), results=3, axis=-1)
    query, key, content = (graph.split_heads(part, heads, width // heads) for part in parts)
    product = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 1, 3, 2]))
    scores = graph.op("Add", graph.op("Div", product, graph.scalar(math.sqrt(width // heads))), mask)
    attended = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), content)
    value = norm(graph, graph.op("Add", value, linear(graph.merge_heads(attended, width), wo, bo)), g1, b1)
    inner = linear(graph.gelu_erf(linear(value, w1, c1)), w2, c2)
    return norm(graph, graph.op("Add", value, inner), g2, b2)


def cross_entropy(graph: GraphBuilder, logits: str, labels: str) -> str:
    """Mean over the rows of -log softmax at the label."""
    columns = graph.op("Unsqueeze", labels, graph.ints(1))
    chosen = graph.op("GatherElements", graph.op("LogSoftmax", logits, axis=-1), columns, axis=1)
    return graph.op("ReduceMean", graph.op("Neg", chosen), keepdims=0)


def finish(graph: GraphBuilder, loss: str, parameters: list[Parameter], optimizer: Optimizer) -> onnx.ModelProto:
    """Appends backward pass and updates."""
    found = gradients(graph, {loss: graph.scalar(1)}, [parameter.name for parameter in parameters])
    graph.output(loss, [], name="loss")
    for parameter, gradient in zip(parameters, found):
        optimizer.update(graph, parameter, gradient)
    return graph.model()


# Each model is a loss: it declares its inputs, parameters included, and returns the value to be minimised.


def layer_loss(graph: GraphBuilder, config: Encoder) -> str:
    """Mean squared error of one encoder layer."""
    shape = [config.batch, config.length, config.width]
    value, mask = graph.input("x", shape), graph.input("m", [config.batch, 1, 1, config.length])
    target = graph.input("t", shape)
    for parameter in layer_parameters(config):
        graph.input(parameter.name, parameter.shape)
    difference = graph.op("Sub", encoder_layer(graph, config, value, mask, layer_norm_node), target)
    return graph.op("ReduceMean", graph.op("Mul", difference, difference), keepdims=0)


def bert_parameters(config: Encoder) -> list[Parameter]:
    """Embeddings, layers and classifier."""
    width = config.width
    embeddings = [
        Parameter("tokens", (config.vocabulary, width)), Parameter("positions", (config.length, width)),
        Parameter("g0", (width,), mean=1), Parameter("b0", (width,)),
    ]  # fmt: skip
    layers = [part for layer in range(config.layers) for part in layer_parameters(config, f"l{layer}_")]
    return [*embeddings, *layers, Parameter("wc", (width, config.classes)), Parameter("bc", (config.classes,))]


def bert_loss(graph: GraphBuilder, config: Encoder) -> str:
    """Classification of sequences by their first token."""
    tokens = graph.input("input_ids", [config.batch, config.length], TensorProto.INT64)
    mask = graph.input("mask", [config.batch, 1, 1, config.length])
    labels = graph.input("labels", [config.batch], TensorProto.INT64)
    for parameter in bert_parameters(config):
        graph.input(parameter.name, parameter.shape)
    penalty = graph.op("Mul", graph.op("Sub", graph.scalar(1), mask), graph.scalar(-10000))
    value = graph.op("Add", graph.op("Gather", "tokens", tokens), "positions")
    value = layer_norm_primitives(graph, value, "g0", "b0")
    for layer in range(config.layers):
        value = encoder_layer(graph, config, value, penalty, layer_norm_primitives, f"l{layer}_")
    first = graph.op("Gather", value, graph.index(0), axis=1)
    return cross_entropy(graph, graph.op("Add", graph.op("MatMul", first, "wc"), "bc"), labels)


def resnet_parameters(config: ResNet) -> list[Parameter]:
    """Convolutions, scales and shifts in the order of use, and the classifier."""
    result = []

    def unit(name: str, channels_in: int, channels: int, window: int) -> None:
        deviation = math.sqrt(2 / (channels_in * window**2))
        result.append(Parameter(f"{name}_w", (channels, channels_in, window, window), deviation=deviation))
        result.append(Parameter(f"{name}_g", (channels,), mean=1, deviation=0.1))
        result.append(Parameter(f"{name}_b", (channels,)))

    unit("stem", 3, config.stages[0], 3)
    before = config.stages[0]
    for stage, channels in enumerate(config.stages):
        unit(f"s{stage}_first", before, channels, 3)
        unit(f"s{stage}_second", channels, channels, 3)
        if channels != before:
            unit(f"s{stage}_short", before, channels, 1)
        before = channels
    return [*result, Parameter("wc", (config.classes, before), deviation=0.1), Parameter("bc", (config.classes,))]


def batch_norm(graph: GraphBuilder, value: str, name: str) -> str:
    """Normalisation by the batch's own mean and variance."""
    axes = graph.ints(0, 2, 3)
    centred = graph.op("Sub", value, graph.op("ReduceMean", value, axes))
    variance = graph.op("ReduceMean", graph.op("Mul", centred, centred), axes)
    inverse = graph.op("Reciprocal", graph.op("Sqrt", graph.op("Add", variance, graph.scalar(1e-5))))
    scale, shift = (graph.op("Unsqueeze", f"{name}_{part}", graph.ints(1, 2)) for part in "gb")
    return graph.op("Add", graph.op("Mul", graph.op("Mul", centred, inverse), scale), shift)


def resnet_loss(graph: GraphBuilder, config: ResNet) -> str:
    """Classification of images.

    Activation and pooling are smooth: at a jump of their derivatives a rounding error would move a gradient by far more
    than itself, and no result could be checked.
    """
    value = graph.input("x", [config.batch, 3, config.image, config.image])
    labels = graph.input("labels", [config.batch], TensorProto.INT64)
    shapes = {parameter.name: parameter.shape for parameter in resnet_parameters(config)}
    for name, shape in shapes.items():
        graph.input(name, shape)

    def unit(operand: str, name: str, stride: int = 1) -> str:
        window = shapes[f"{name}_w"][2]
        pads = [window // 2] * 4
        product = graph.op(
            "Conv", operand, f"{name}_w", kernel_shape=[window] * 2, strides=[stride] * 2, pads=pads
        )
        return batch_norm(graph, product, name)

    value = graph.silu(unit(value, "stem"))
    value = graph.op("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2])
    for stage in range(len(config.stages)):
        stride = 2 if f"s{stage}_short_w" in shapes else 1
        inner = graph.silu(unit(value, f"s{stage}_first", stride))
        shortcut = unit(value, f"s{stage}_short", stride) if stride == 2 else value
        value = graph.silu(graph.op("Add", unit(inner, f"s{stage}_second"), shortcut))
    pooled = graph.op("Flatten", graph.op("GlobalAveragePool", value))
    logits = graph.op("Add", graph.op("MatMul", pooled, graph.op("Transpose", "wc", perm=[1, 0])), "bc")
    return cross_entropy(graph, logits, labels)


def step(name: str, loss: Callable, config, parameters: list[Parameter], optimizer: Optimizer) -> onnx.ModelProto:
    """One training step."""
    graph = GraphBuilder(name, OPSET, seed=name)
    return finish(graph, loss(graph, config), parameters, optimizer)


def many_parameters(width: int, count: int) -> list[Parameter]:
    """Tensors of the shapes of an encoder's, over and over."""
    layers = (part for layer in range(count) for part in layer_parameters(Encoder(1, 1, width, 1, 4 * width), f"l{layer}_"))
    return [part for part, _ in zip(layers, range(count))]


def many_updates(name: str, parameters: list[Parameter]) -> onnx.ModelProto:
    """Adam on given gradients of many parameters."""
    graph = GraphBuilder(name, OPSET, seed=name)
    for parameter in parameters:
        graph.input(parameter.name, parameter.shape)
        ADAM.update(graph, parameter, graph.input(f"{parameter.name}_g", parameter.shape))
    return graph.model()


def specs(reduced: bool) -> list[Spec]:
    """All training steps."""
    layer, bert, resnet = LAYER[reduced], BERT_MINI[reduced], RESNET[reduced]
    bert_ranges = {"input_ids": [0, bert.vocabulary], "labels": [0, bert.classes], "mask": [0, 2]}

    def spec(name: str, loss: Callable, config, parameters: list[Parameter], optimizer: Optimizer, ranges=None) -> Spec:
        build = partial(step, loss=loss, config=config, parameters=parameters, optimizer=optimizer)
        return Spec(f"train_{name}", "train", build, ranges=ranges or {}, normals=normals(parameters, optimizer))

    many = many_parameters(*MANY[reduced])
    many_normals = normals(many, ADAM) | {f"{parameter.name}_g": [0.0, 0.01] for parameter in many}
    return [
        spec("bertlayer_sgd", layer_loss, layer, layer_parameters(layer), SGD),
        *(
            spec(f"bertmini_{suffix}", bert_loss, bert, bert_parameters(bert), optimizer, bert_ranges)
            for suffix, optimizer in (("adam", ADAM), ("momentum", MOMENTUM))
        ),
        *(
            spec(f"cnn_{suffix}", resnet_loss, resnet, resnet_parameters(resnet), optimizer, {"labels": [0, resnet.classes]})
            for suffix, optimizer in (("adam", ADAM), ("momentum", MOMENTUM))
        ),
        Spec("optimizer_300", "train", partial(many_updates, parameters=many), normals=many_normals),
    ]
