#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of bench/models/autodiff.py against central differences in f64, along one random direction per source.

Every rule of gradient_rules.py has a case here, and so has every training step.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from onnx import TensorProto

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.compare.reference import evaluate, widened
from bench.models import train
from bench.models.autodiff import gradients
from bench.models.builder import GraphBuilder
from bench.models.forward import infer_shapes
from bench.models.gradient_rules import RULES

STEP = 1e-5
TOLERANCE = 1e-6

Body = Callable[[GraphBuilder], str]

# name: (shapes of the inputs a, b, ..; function of the graph that gives the result). Inputs are all sources.
CASES: dict[str, tuple[list[tuple[int, ...]], Body]] = {}


def case(op_types: str, *shapes: tuple[int, ...]) -> Callable[[Body], Body]:
    """Enters a function as the case of some op types."""

    def enter(body: Body) -> Body:
        CASES[op_types] = (list(shapes), body)
        return body

    return enter


def positive(graph: GraphBuilder, value: str) -> str:
    """Away from 0, for roots, logarithms and divisors."""
    return graph.op("Add", graph.op("Mul", value, value), graph.scalar(0.5))


case("Neg Exp Identity", (3, 4))(lambda g: g.op("Identity", g.op("Exp", g.op("Neg", "a"))))
case("Log Sqrt Reciprocal", (3, 4))(lambda g: g.op("Log", g.op("Sqrt", g.op("Reciprocal", positive(g, "a")))))
case("Tanh Sigmoid Erf", (3, 4))(lambda g: g.op("Tanh", g.op("Sigmoid", g.op("Erf", "a"))))
case("Abs Relu", (3, 4))(lambda g: g.op("Relu", g.op("Sub", g.op("Abs", "a"), g.scalar(0.3))))
case("Add Sub", (2, 3, 4), (4,), (3, 1))(lambda g: g.op("Sub", g.op("Add", "a", "b"), "c"))
case("Mul", (2, 3, 4), (2, 1, 4))(lambda g: g.op("Mul", g.op("Mul", "a", "b"), "b"))
case("Div", (3, 4), (1, 4))(lambda g: g.op("Div", "a", positive(g, "b")))
case("Pow", (3, 4))(lambda g: g.op("Add", g.op("Pow", "a", g.scalar(2)), g.op("Pow", "a", g.scalar(3))))
case("Where", (3, 4), (4,))(lambda g: g.op("Where", g.op("Greater", "a", g.scalar(0)), g.op("Mul", "a", "a"), "b"))
case("Reshape Transpose", (2, 3, 4))(
    lambda g: g.op("Mul", g.op("Transpose", g.op("Reshape", "a", g.ints(6, 4)), perm=[1, 0]), g.weight(4, 6, std=1))
)
case("Squeeze Unsqueeze Flatten", (2, 1, 4))(
    lambda g: g.op("Flatten", g.op("Unsqueeze", g.op("Squeeze", "a", g.ints(1)), g.ints(0)), axis=2)
)
case("Expand", (3, 1))(lambda g: g.op("Mul", g.op("Expand", "a", g.ints(2, 3, 4)), g.weight(2, 3, 4, std=1)))
case("Concat", (2, 3), (2, 2))(lambda g: g.op("Concat", "a", "b", "a", axis=1))
case("Gather", (5, 3))(lambda g: g.op("Gather", "a", g.constant(np.array([[0, 2], [2, 4]]))))
case("GatherElements", (3, 5))(lambda g: g.op("GatherElements", "a", g.constant(np.array([[1], [4], [0]])), axis=1))
case("ReduceSum ReduceMean", (2, 3, 4))(
    lambda g: g.op("Mul", g.op("ReduceSum", "a", g.ints(1), keepdims=0), g.op("ReduceMean", "a", g.ints(0, 1)))
)
case("ReduceMax", (3, 4))(lambda g: g.op("ReduceMax", "a", g.ints(1), keepdims=0))
case("Softmax", (3, 5))(lambda g: g.op("Softmax", "a", axis=-1))
case("LogSoftmax", (3, 5))(lambda g: g.op("LogSoftmax", "a", axis=1))
case("LayerNormalization", (3, 2, 5), (5,), (5,))(lambda g: train.layer_norm_node(g, "a", "b", "c"))
case("AveragePool MaxPool", (2, 3, 4, 4))(
    lambda g: g.op(
        "AveragePool", g.op("MaxPool", "a", kernel_shape=[2, 2], strides=[2, 2]), kernel_shape=[2, 1], strides=[2, 1]
    )
)
case("GlobalAveragePool", (2, 3, 4, 5))(lambda g: g.op("GlobalAveragePool", "a"))


@case("Split", (2, 6))
def _split(graph: GraphBuilder) -> str:
    first, _, last = graph.op("Split", "a", graph.ints(2, 2, 2), results=3, axis=1)
    return graph.op("Mul", first, last)


@case("MatMul", (2, 3, 4), (4, 5), (2, 5, 3), (1, 3, 3))
def _matmul(graph: GraphBuilder) -> str:
    return graph.op("MatMul", graph.op("MatMul", graph.op("MatMul", "a", "b"), "c"), "d")


@case("Conv", (2, 3, 7, 6), (4, 3, 3, 2), (4,), (2, 4, 2, 2))
def _conv(graph: GraphBuilder) -> str:
    """Strides that leave a rest, padding, dilation, bias."""
    first = graph.op("Conv", "a", "b", "c", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1])
    return graph.op("Conv", first, "d", kernel_shape=[2, 2], dilations=[2, 3])


def check(name: str, graph: GraphBuilder, result: str, sources: list[str], inputs: dict[str, np.ndarray]) -> None:
    """One directional derivative per source."""
    random = np.random.default_rng(3)
    shapes = infer_shapes(graph)
    seed = random.standard_normal(shapes[result])
    found = gradients(graph, {result: graph.input("seed", shapes[result])}, sources)
    graph.output(result, shapes[result], name="result")
    for source, gradient in zip(sources, found):
        graph.output(gradient, shapes[source], name=f"gradient of {source}")
    model = widened(graph.model())
    inputs = {**inputs, "seed": seed}
    outputs = evaluate(model, inputs)
    for source in sources:
        direction = random.standard_normal(shapes[source])
        ahead, behind = (
            evaluate(model, {**inputs, source: inputs[source] + sign * STEP * direction})["result"] for sign in (1, -1)
        )
        expected = float(((ahead - behind) * seed).sum() / (2 * STEP))
        gradient = outputs[f"gradient of {source}"]
        if gradient.shape != shapes[source]:
            raise SystemExit(f"{name}: gradient of {source} has shape {gradient.shape}, not {shapes[source]}")
        actual = float((gradient * direction).sum())
        scale = max(abs(expected), float(np.abs(gradient * direction).sum()), 1e-3)
        if not abs(actual - expected) <= TOLERANCE * scale:
            raise SystemExit(f"{name}: derivative along {source} is {actual}, differences give {expected}")


def check_case(name: str) -> None:
    """One entry of CASES."""
    shapes, body = CASES[name]
    random = np.random.default_rng(1)
    graph = GraphBuilder("case", train.OPSET, seed="case")
    sources = [graph.input(letter, shape) for letter, shape in zip("abcdefgh", shapes)]
    result = body(graph)
    for op_type in name.split():
        if op_type not in {node.op_type for node in graph.nodes}:
            raise SystemExit(f"case '{name}' has no {op_type}")
    check(name, graph, result, sources, {source: random.standard_normal(shape) for source, shape in zip(sources, shapes)})


def check_step(name: str, loss: Callable, config, parameters: list) -> None:
    """All parameters of one training step."""
    random = np.random.default_rng(2)
    graph = GraphBuilder(name, train.OPSET, seed=name)
    result = loss(graph, config)
    inputs = {}
    for value in graph.inputs:
        shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        integral = value.type.tensor_type.elem_type == TensorProto.INT64
        inputs[value.name] = random.integers(0, 5, shape) if integral else random.standard_normal(shape)
    for parameter in parameters:
        inputs[parameter.name] = parameter.mean + 0.3 * random.standard_normal(parameter.shape)
    if "mask" in inputs:
        inputs["mask"] = np.ones_like(inputs["mask"])
    check(name, graph, result, [parameter.name for parameter in parameters], inputs)


def main() -> None:
    """All cases."""
    untested = set(RULES) - {op_type for name in CASES for op_type in name.split()}
    if untested:
        raise SystemExit(f"no case for {', '.join(sorted(untested))}")
    for name in CASES:
        check_case(name)
    check_step("encoder layer", train.layer_loss, train.LAYER[1], train.layer_parameters(train.LAYER[1]))
    check_step("BERT", train.bert_loss, train.BERT_MINI[1], train.bert_parameters(train.BERT_MINI[1]))
    check_step("residual network", train.resnet_loss, train.RESNET[1], train.resnet_parameters(train.RESNET[1]))
    print(f"{len(CASES)} cases and 3 training steps")


if __name__ == "__main__":
    main()
