# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention and the backward passes of single layers: the memory-bound parts of training, one graph each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import onnx
from onnx import TensorProto

from bench.models.autodiff import gradients
from bench.models.builder import GraphBuilder
from bench.models.train import batch_norm, cross_entropy, layer_norm_node, layer_norm_primitives
from bench.models.zoo import Spec

Shape = tuple[int, ...]

GROUPS = 4


def finish(graph: GraphBuilder, result: str, sources: Sequence[str], shape: Shape) -> None:
    """Outputs the gradient of each source, given that of the result as input dy."""
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in graph.inputs}
    found = gradients(graph, {result: graph.input("dy", shape)}, sources)
    for source, gradient in zip(sources, found):
        graph.output(gradient, shapes[source], name=f"d{source}")


def attention(graph: GraphBuilder, shape: Shape) -> str:
    """Scaled, masked attention of [batch, heads, length, head width]."""
    query, key, content = (graph.input(name, shape) for name in "qkv")
    mask = graph.input("mask", [shape[0], 1, shape[2], shape[2]])
    product = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 1, 3, 2]))
    scores = graph.op("Add", graph.op("Mul", product, graph.scalar(1 / math.sqrt(shape[3]))), mask)
    return graph.op("MatMul", graph.op("Softmax", scores, axis=-1), content)


def attention_core(graph: GraphBuilder, shape: Shape) -> None:
    """Attention without projections."""
    graph.output(attention(graph, shape), shape)


def attention_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Gradients of attention to query, key and value."""
    finish(graph, attention(graph, shape), "qkv", shape)


def softmax_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Softmax recomputed, and its gradient."""
    finish(graph, graph.op("Softmax", graph.input("x", shape), axis=-1), "x", shape)


def gelu_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Gradient of GELU with erf."""
    finish(graph, graph.gelu_erf(graph.input("x", shape)), "x", shape)


def layernorm_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Layer normalisation in primitives, differentiated node by node."""
    value, scale, bias = graph.input("x", shape), graph.input("g", shape[-1:]), graph.input("b", shape[-1:])
    finish(graph, layer_norm_primitives(graph, value, scale, bias), "xgb", shape)


def gelu_layernorm_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """layernorm(gelu(x)) with the closed form of the norm's gradient."""
    value, scale, bias = graph.input("x", shape), graph.input("g", shape[-1:]), graph.input("b", shape[-1:])
    finish(graph, layer_norm_node(graph, graph.gelu_erf(value), scale, bias), "xgb", shape)


def batchnorm_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Batch normalisation by the batch's statistics."""
    value = graph.input("x", shape)
    sources = [value, graph.input("n_g", [shape[1]]), graph.input("n_b", [shape[1]])]
    finish(graph, batch_norm(graph, value, "n"), sources, shape)


def groupnorm_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Group normalisation: rows of a reshape."""
    value = graph.input("x", shape)
    sources = [value, graph.input("g", [shape[1]]), graph.input("b", [shape[1]])]
    split = [shape[0], GROUPS, math.prod(shape[1:]) // GROUPS]
    normal = graph.normalize_rows(graph.op("Reshape", value, graph.ints(*split)))
    normal = graph.op("Reshape", normal, graph.ints(*shape))
    scale, shift = (graph.op("Unsqueeze", name, graph.ints(1, 2)) for name in sources[1:])
    finish(graph, graph.op("Add", graph.op("Mul", normal, scale), shift), sources, shape)


def crossentropy_bwd(graph: GraphBuilder, shape: Shape) -> None:
    """Loss and its gradient to the logits."""
    logits, labels = graph.input("x", shape), graph.input("labels", shape[:1], TensorProto.INT64)
    loss = cross_entropy(graph, logits, labels)
    (gradient,) = gradients(graph, {loss: graph.scalar(1)}, [logits])
    graph.output(loss, [], name="loss")
    graph.output(gradient, shape, name="dx")


ROWS = ((4096, 1024), (24, 40))
IMAGES = ((8, 256, 56, 56), (2, 8, 5, 7))
GRAPHS: list[tuple[str, str, Callable[[GraphBuilder, Shape], None], tuple[Shape, Shape]]] = [
    ("attention_core_512", "mem", attention_core, ((1, 12, 512, 64), (1, 2, 24, 8))),
    ("attention_core_1024", "mem", attention_core, ((1, 12, 1024, 64), (1, 2, 33, 8))),
    ("attention_core_2048", "mem", attention_core, ((1, 12, 2048, 64), (1, 2, 70, 8))),
    ("attention_bwd", "train", attention_bwd, ((8, 12, 128, 64), (2, 3, 20, 8))),
    ("softmax_bwd", "train", softmax_bwd, ROWS),
    ("gelu_bwd", "train", gelu_bwd, ROWS),
    ("layernorm_bwd", "train", layernorm_bwd, ((64, 128, 768), (2, 12, 40))),
    ("train_gelu_ln_bwd", "train", gelu_layernorm_bwd, ROWS),
    ("batchnorm_bwd", "train", batchnorm_bwd, IMAGES),
    ("groupnorm_bwd", "train", groupnorm_bwd, IMAGES),
    ("crossentropy_bwd", "train", crossentropy_bwd, ((1024, 8192), (20, 50))),
]


def build(name: str, body: Callable[[GraphBuilder, Shape], None], shape: Shape) -> onnx.ModelProto:
    """One graph at one shape."""
    graph = GraphBuilder(name, opset=18, seed=body.__name__)
    body(graph, shape)
    return graph.model()


def specs(reduced: bool) -> list[Spec]:
    """All graphs of this file."""
    result = []
    for name, family, body, shapes in GRAPHS:
        shape = shapes[reduced]
        ranges = {"labels": [0, shape[-1]]} if body is crossentropy_bwd else {}
        result.append(Spec(name, family, partial(build, body=body, shape=shape), ranges=ranges))
    return result
