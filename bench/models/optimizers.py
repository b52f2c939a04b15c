# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Update rules of training steps. Each takes a parameter and its gradient, declares what state it keeps as further
inputs, and outputs the new values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.models.builder import GraphBuilder


@dataclass(frozen=True)
class Parameter:
    """A tensor to train; its input holds normally distributed values."""

    name: str
    shape: tuple[int, ...]
    mean: float = 0.0
    deviation: float = 0.02


@dataclass(frozen=True)
class Optimizer:
    """`update(graph, parameter, gradient)` appends the new values; `normals` are the distributions of the state."""

    update: Callable[[GraphBuilder, Parameter, str], None]
    normals: dict[str, list[float]]


def normals(parameters: Sequence[Parameter], optimizer: Optimizer) -> dict[str, list[float]]:
    """What the inputs of a step hold, as meta.json has it."""
    result = {"step": [10.0, 0.0]} if optimizer is ADAM else {}
    for parameter in parameters:
        result[parameter.name] = [parameter.mean, parameter.deviation]
        result |= {f"{parameter.name}_{part}": values for part, values in optimizer.normals.items()}
    return result


def _result(graph: GraphBuilder, parameter: Parameter, value: str, part: str = "") -> None:
    graph.output(value, parameter.shape, name=f"new_{parameter.name}{part}")


def sgd(graph: GraphBuilder, parameter: Parameter, gradient: str) -> None:
    """p - 0.001 g."""
    _result(graph, parameter, graph.op("Sub", parameter.name, graph.op("Mul", gradient, graph.scalar(1e-3))))


def momentum(graph: GraphBuilder, parameter: Parameter, gradient: str) -> None:
    """u' = 0.9 u + g, p - 0.01 u'."""
    velocity = graph.input(f"{parameter.name}_u", parameter.shape)
    velocity = graph.op("Add", graph.op("Mul", velocity, graph.scalar(0.9)), gradient)
    _result(graph, parameter, graph.op("Sub", parameter.name, graph.op("Mul", velocity, graph.scalar(0.01))))
    _result(graph, parameter, velocity, "_u")


def adam(graph: GraphBuilder, parameter: Parameter, gradient: str) -> None:
    """Both moments with bias correction; the number of the step is the scalar input `step`."""
    if not any(value.name == "step" for value in graph.inputs):
        graph.input("step", [])
    first, second = (graph.input(f"{parameter.name}_{part}", parameter.shape) for part in "mv")
    squared = graph.op("Mul", gradient, gradient)
    first = graph.op("Add", graph.op("Mul", first, graph.scalar(0.9)), graph.op("Mul", gradient, graph.scalar(0.1)))
    second = graph.op(
        "Add", graph.op("Mul", second, graph.scalar(0.999)), graph.op("Mul", squared, graph.scalar(0.001))
    )

    def unbiased(moment: str, decay: float) -> str:
        power = graph.op("Pow", graph.scalar(decay), "step")
        return graph.op("Div", moment, graph.op("Sub", graph.scalar(1), power))

    deviation = graph.op("Add", graph.op("Sqrt", unbiased(second, 0.999)), graph.scalar(1e-8))
    step = graph.op("Div", graph.op("Mul", unbiased(first, 0.9), graph.scalar(1e-3)), deviation)
    _result(graph, parameter, graph.op("Sub", parameter.name, step))
    _result(graph, parameter, first, "_m")
    _result(graph, parameter, second, "_v")


SGD = Optimizer(sgd, {})
MOMENTUM = Optimizer(momentum, {"u": [0.0, 0.01]})
ADAM = Optimizer(adam, {"m": [0.0, 0.01], "v": [1e-3, 1e-4]})
