# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speech recurrent networks: LSTM and GRU nodes, cells unrolled in time, and a cell inside Scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx

from bench.models.builder import GraphBuilder
from bench.models.zoo import Spec


@dataclass(frozen=True)
class Config:
    """Sizes of the speech models and, at the end, of the scanned one."""

    steps: int
    features: int
    channels: int
    hidden: int
    layers: int
    classes: int
    scan_steps: int
    scan_features: int
    scan_hidden: int


FULL = Config(100, 80, 32, 320, 2, 500, 50, 80, 256)
REDUCED = Config(12, 16, 4, 24, 2, 20, 7, 10, 16)


def subsample(graph: GraphBuilder, config: Config, features: str, batch: int) -> tuple[str, int, int]:
    """A strided convolution as in speech front ends; returns [steps, batch, width], steps and width."""
    image = graph.op("Unsqueeze", features, graph.ints(1))
    weight, bias = graph.weight(config.channels, 1, 3, 3, std=0.3), graph.weight(config.channels)
    conv = graph.op("Conv", image, weight, bias, strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    steps, width = (config.steps + 1) // 2, config.channels * ((config.features + 1) // 2)
    by_time = graph.op("Transpose", graph.op("Relu", conv), perm=[2, 0, 1, 3])
    return graph.op("Reshape", by_time, graph.ints(steps, batch, width)), steps, width


def recurrent_nodes(graph: GraphBuilder, config: Config, value: str, width: int, op_type: str) -> tuple[str, int]:
    """Bidirectional layers of LSTM or GRU nodes."""
    gates = {"LSTM": 4, "GRU": 3}[op_type]
    extra = {"linear_before_reset": 1} if op_type == "GRU" else {}
    for _ in range(config.layers):
        weight = graph.weight(2, gates * config.hidden, width, std=0.03)
        recurrence = graph.weight(2, gates * config.hidden, config.hidden, std=0.05)
        bias = graph.weight(2, 2 * gates * config.hidden)
        attributes = {"hidden_size": config.hidden, "direction": "bidirectional", **extra}
        states, _last = graph.op(op_type, value, weight, recurrence, bias, results=2, **attributes)
        width = 2 * config.hidden
        value = graph.op("Reshape", graph.op("Transpose", states, perm=[0, 2, 1, 3]), graph.ints(0, 0, width))
    return value, width


def cell(graph: GraphBuilder, gates: str, state: str, forget_bias: float | None) -> tuple[str, str]:
    """The elementwise part of an LSTM cell, gates in the order input, cell, forget, output: (hidden, state)."""
    into, update, forget, out = graph.op("Split", gates, results=4, axis=1)
    if forget_bias is not None:
        forget = graph.op("Add", forget, graph.scalar(forget_bias))
    kept = graph.op("Mul", graph.op("Sigmoid", forget), state)
    added = graph.op("Mul", graph.op("Sigmoid", into), graph.op("Tanh", update))
    state = graph.op("Add", kept, added)
    return graph.op("Mul", graph.op("Tanh", state), graph.op("Sigmoid", out)), state


def unrolled_cells(graph: GraphBuilder, config: Config, value: str, steps: int, width: int, batch: int):
    """Forward layers of cells unrolled in time, as static unrolling of TensorFlow emits them."""
    inputs = [graph.op("Squeeze", step, graph.ints(0)) for step in graph.op("Split", value, results=steps, axis=0)]
    for _ in range(config.layers):
        weight = graph.weight(width + config.hidden, 4 * config.hidden, std=0.04)
        bias = graph.weight(4 * config.hidden)
        hidden = state = graph.constant(np.zeros((batch, config.hidden)))
        outputs = []
        for step in inputs:
            product = graph.op("MatMul", graph.op("Concat", step, hidden, axis=1), weight)
            hidden, state = cell(graph, graph.op("Add", product, bias), state, forget_bias=1.0)
            outputs.append(hidden)
        inputs, width = outputs, config.hidden
    stacked = graph.op("Concat", *(graph.op("Unsqueeze", step, graph.ints(0)) for step in inputs), axis=0)
    return stacked, width


def speech(name: str, config: Config, kind: str, batch: int) -> onnx.ModelProto:
    """Subsampling, recurrent layers, class log-probabilities per step."""
    graph = GraphBuilder(name, opset=14, seed=kind)
    features = graph.input("feat", [batch, config.steps, config.features])
    value, steps, width = subsample(graph, config, features, batch)
    if kind == "lstm_unrolled":
        value, width = unrolled_cells(graph, config, value, steps, width, batch)
    else:
        value, width = recurrent_nodes(graph, config, value, width, kind.removesuffix("_op").upper())
    logits = graph.linear(value, width, config.classes)
    graph.output(graph.op("LogSoftmax", logits, axis=-1), [steps, batch, config.classes])
    return graph.model()


def scan(name: str, config: Config, batch: int) -> onnx.ModelProto:
    """One LSTM layer whose cell is the body of a Scan."""
    hidden, features = config.scan_hidden, config.scan_features
    body = GraphBuilder("cell", opset=14, seed="lstm_scan_body", prefix="cell/")
    old_hidden, old_state = body.input("h", [batch, hidden]), body.input("c", [batch, hidden])
    joined = body.op("Concat", body.input("xt", [batch, features]), old_hidden, axis=1)
    product = body.op("MatMul", joined, body.weight(features + hidden, 4 * hidden, std=0.05))
    gates = body.op("Add", product, body.weight(4 * hidden))
    new_hidden, new_state = cell(body, gates, old_state, forget_bias=None)
    for value, label in ((new_hidden, "ho"), (new_state, "co"), (new_hidden, "yo")):
        body.output(value, [batch, hidden], name=label)

    graph = GraphBuilder(name, opset=14, seed="lstm_scan")
    value = graph.input("x", [config.scan_steps, batch, features])
    zero = graph.constant(np.zeros((batch, hidden)))
    results = graph.op("Scan", zero, zero, value, results=3, body=body.graph(), num_scan_inputs=1)
    graph.output(results[2], [config.scan_steps, batch, hidden])
    return graph.model()


def specs(reduced: bool) -> list[Spec]:
    """Each kind at batch 1 and 8, the scanned cell at batch 4."""
    config = REDUCED if reduced else FULL
    speeches = [
        Spec(f"{kind}_b{batch}", "rnn", partial(speech, config=config, kind=kind, batch=batch))
        for kind in ("lstm_op", "gru_op", "lstm_unrolled")
        for batch in (1, 8)
    ]
    return [*speeches, Spec("lstm_scan_b4", "rnn", partial(scan, config=config, batch=4))]
