# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory-bound subgraphs: what surrounds the contractions of real models, one graph each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import onnx

from bench.models.builder import GraphBuilder
from bench.models.zoo import Spec

Shape = tuple[int, ...]

# name: (full shape, reduced shape). The letters follow the shapes: a is a transformer activation, b a plain matrix,
# c attention scores.
ACTIVATION = ((64, 128, 768), (2, 16, 96))
MATRIX = ((4096, 1024), (64, 136))
SCORES = ((8, 12, 512, 512), (2, 3, 40, 40))


def layernorm(graph: GraphBuilder, shape: Shape) -> None:
    """Layer normalisation in primitives."""
    graph.output(graph.layer_norm(graph.input("x", shape), shape[-1]), shape)


def layernorm_op(graph: GraphBuilder, shape: Shape) -> None:
    """Layer normalisation as one LayerNormalization node."""
    scale, bias = graph.weight(shape[-1], std=1.0), graph.weight(shape[-1])
    graph.output(graph.op("LayerNormalization", graph.input("x", shape), scale, bias, axis=-1), shape)


def softmax(graph: GraphBuilder, shape: Shape) -> None:
    """Row softmax."""
    graph.output(graph.op("Softmax", graph.input("x", shape), axis=-1), shape)


def gelu_erf(graph: GraphBuilder, shape: Shape) -> None:
    """GELU with erf."""
    graph.output(graph.gelu_erf(graph.input("x", shape)), shape)


def gelu_tanh(graph: GraphBuilder, shape: Shape) -> None:
    """GELU with tanh."""
    graph.output(graph.gelu_tanh(graph.input("x", shape)), shape)


def bias_gelu_residual_layernorm(graph: GraphBuilder, shape: Shape) -> None:
    """What follows a feed-forward product: layernorm(gelu(x + bias) + residual)."""
    value, residual = graph.input("x", shape), graph.input("res", shape)
    active = graph.gelu_erf(graph.op("Add", value, graph.weight(shape[-1])))
    graph.output(graph.layer_norm(graph.op("Add", active, residual), shape[-1]), shape)


def attention_softmax(graph: GraphBuilder, shape: Shape) -> None:
    """Scaled and masked attention scores to probabilities."""
    scores, mask = graph.input("x", shape), graph.input("mask", [shape[0], 1, 1, shape[-1]])
    scaled = graph.op("Div", scores, graph.scalar(8))
    penalty = graph.op("Mul", graph.op("Sub", graph.scalar(1), mask), graph.scalar(-10000))
    graph.output(graph.op("Softmax", graph.op("Add", scaled, penalty), axis=-1), shape)


def batchnorm_relu(graph: GraphBuilder, shape: Shape) -> None:
    """Inference batch normalisation and ReLU."""
    parameters = [graph.positive(shape[1]) for _ in range(4)]
    normal = graph.op("BatchNormalization", graph.input("x", shape), *parameters)
    graph.output(graph.op("Relu", normal), shape)


def rmsnorm(graph: GraphBuilder, shape: Shape) -> None:
    """Root mean square normalisation."""
    graph.output(graph.rms_norm(graph.input("x", shape), shape[-1]), shape)


def adam(graph: GraphBuilder, shape: Shape) -> None:
    """One Adam step: parameters and both moments in, all three out."""
    parameter, gradient, momentum, raw_variance = (graph.input(name, shape) for name in "pgmv")
    variance = graph.op("Abs", raw_variance)  # random inputs may be negative
    new_momentum = graph.op(
        "Add", graph.op("Mul", momentum, graph.scalar(0.9)), graph.op("Mul", gradient, graph.scalar(0.1))
    )
    squared = graph.op("Mul", graph.op("Mul", gradient, gradient), graph.scalar(0.001))
    new_variance = graph.op("Add", graph.op("Mul", variance, graph.scalar(0.999)), squared)
    divisor = graph.op("Add", graph.op("Sqrt", new_variance), graph.scalar(1e-8))
    step = graph.op("Div", graph.op("Mul", new_momentum, graph.scalar(1e-3)), divisor)
    for value in (graph.op("Sub", parameter, step), new_momentum, new_variance):
        graph.output(value, shape)


def swiglu(graph: GraphBuilder, shape: Shape) -> None:
    """silu(x) * y."""
    graph.output(graph.op("Mul", graph.silu(graph.input("x", shape)), graph.input("y", shape)), shape)


def elementwise_chain(graph: GraphBuilder, shape: Shape) -> None:
    """Twenty-four dependent elementwise ops on two inputs and a ReLU."""
    value, other = graph.input("x", shape), graph.input("y", shape)
    for link in range(12):
        if link % 3:
            value = graph.op("Add", graph.op("Mul", value, graph.scalar(0.9 + 0.01 * link)), other)
        else:
            value = graph.op("Sub", value, graph.op("Mul", other, graph.scalar(0.1 * (link + 1))))
    graph.output(graph.op("Relu", value), shape)


def bias_transpose(graph: GraphBuilder, shape: Shape) -> None:
    """Bias, swap of the two middle axes, scale."""
    biased = graph.op("Add", graph.input("x", shape), graph.weight(shape[-1]))
    swapped = graph.op("Transpose", biased, perm=[0, 2, 1, 3])
    graph.output(graph.op("Mul", swapped, graph.scalar(2)), [shape[0], shape[2], shape[1], shape[3]])


def column_reduce(graph: GraphBuilder, shape: Shape) -> None:
    """sum over rows of x * tanh(x)."""
    value = graph.input("x", shape)
    product = graph.op("Mul", value, graph.op("Tanh", value))
    graph.output(graph.op("ReduceSum", product, graph.ints(0), keepdims=0), shape[1:])


GRAPHS: list[tuple[str, Callable[[GraphBuilder, Shape], None], tuple[Shape, Shape]]] = [
    ("layernorm_a", layernorm, ACTIVATION),
    ("biasgeluresln_a", bias_gelu_residual_layernorm, ACTIVATION),
    ("layernorm_b", layernorm, MATRIX),
    ("biasgeluresln_b", bias_gelu_residual_layernorm, MATRIX),
    ("layernormop_a", layernorm_op, ACTIVATION),
    ("softmax_b", softmax, MATRIX),
    ("softmax_c", softmax, SCORES),
    ("gelu_erf_a", gelu_erf, ACTIVATION),
    ("gelu_erf_b", gelu_erf, MATRIX),
    ("gelu_tanh_a", gelu_tanh, ACTIVATION),
    ("attnsoftmax_c", attention_softmax, SCORES),
    ("bnrelu", batchnorm_relu, ((8, 256, 56, 56), (2, 12, 7, 9))),
    ("rmsnorm_b", rmsnorm, MATRIX),
    ("adam_b", adam, MATRIX),
    ("swiglu", swiglu, ((2048, 4096), (33, 130))),
    ("ewchain_b", elementwise_chain, MATRIX),
    ("ewchain_small", elementwise_chain, ((8, 128, 64), (2, 8, 17))),
    ("biastransp", bias_transpose, ((8, 512, 16, 64), (2, 10, 3, 16))),
    ("colreduce_b", column_reduce, MATRIX),
    ("layernorm_small", layernorm, ((1, 128, 768), (1, 5, 768))),
    ("biasgeluresln_small", bias_gelu_residual_layernorm, ((1, 128, 768), (1, 5, 768))),
]


def build(name: str, body: Callable[[GraphBuilder, Shape], None], shape: Shape) -> onnx.ModelProto:
    """One micro graph at one shape."""
    graph = GraphBuilder(name, opset=17, seed=body.__name__)
    body(graph, shape)
    return graph.model()


def specs(reduced: bool) -> list[Spec]:
    """All micro graphs."""
    return [
        Spec(
            f"mb_{name}",
            "mem",
            partial(build, body=body, shape=shapes[reduced]),
            ranges={"mask": [0, 2]} if body is attention_softmax else {},
        )
        for name, body, shapes in GRAPHS
    ]
