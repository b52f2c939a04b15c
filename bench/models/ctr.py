# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Click-through-rate models: DLRM (pairwise feature interaction) and DSSM (two towers)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx
from onnx import TensorProto

from bench.models.builder import GraphBuilder
from bench.models.zoo import Spec


@dataclass(frozen=True)
class Config:
    """Sizes of a model; the towers list the widths of their hidden layers."""

    vocabulary: int
    embedding: int
    sparse: int
    dense: int
    bottom: tuple[int, ...]
    top: tuple[int, ...]
    tower: tuple[int, ...]


FULL = Config(20000, 32, 26, 13, (512, 256), (1024, 1024, 512, 256), (512, 256, 128))
REDUCED = Config(500, 8, 26, 13, (32, 16), (48, 48, 32, 16), (32, 24, 16))


def mlp(graph: GraphBuilder, value: str, widths: list[int], final_relu: bool = True) -> str:
    """Fully connected layers with ReLU between them."""
    for layer, (width_in, width_out) in enumerate(zip(widths, widths[1:])):
        weight = graph.weight(width_out, width_in, std=math.sqrt(2 / width_in))
        value = graph.op("Gemm", value, weight, graph.weight(width_out), transB=1)
        if final_relu or layer < len(widths) - 2:
            value = graph.op("Relu", value)
    return value


def embeddings(graph: GraphBuilder, config: Config, sparse: str) -> list[str]:
    """One table and one lookup per sparse feature: [batch, embedding] each."""
    columns = graph.op("Split", sparse, results=config.sparse, axis=1)
    tables = [graph.weight(config.vocabulary, config.embedding, std=0.1) for _ in columns]
    return [
        graph.op("Gather", table, graph.op("Squeeze", column, graph.ints(1))) for table, column in zip(tables, columns)
    ]


def pairwise_interaction(graph: GraphBuilder, features: list[str]) -> str:
    """Dot products of all pairs of features, the strict lower triangle as [batch, pairs]."""
    count = len(features)
    stacked = graph.op("Concat", *(graph.op("Unsqueeze", value, graph.ints(1)) for value in features), axis=1)
    products = graph.op("MatMul", stacked, graph.op("Transpose", stacked, perm=[0, 2, 1]))
    flat = graph.op("Reshape", products, graph.ints(0, count * count))
    lower = [row * count + column for row in range(count) for column in range(row)]
    return graph.op("Gather", flat, graph.constant(np.array(lower, np.int64)), axis=1)


def dlrm(graph: GraphBuilder, config: Config, dense: str, looked_up: list[str]) -> str:
    """Bottom MLP, interaction, top MLP: the logit."""
    bottom = mlp(graph, dense, [config.dense, *config.bottom, config.embedding])
    features = [bottom, *looked_up]
    pairs = pairwise_interaction(graph, features)
    width = config.embedding + len(features) * (len(features) - 1) // 2
    return mlp(graph, graph.op("Concat", bottom, pairs, axis=1), [width, *config.top, 1], final_relu=False)


def dssm(graph: GraphBuilder, config: Config, dense: str, looked_up: list[str]) -> str:
    """User and item towers and ten times their cosine similarity: the logit."""
    half = config.sparse // 2
    width = half * config.embedding
    user = mlp(graph, graph.op("Concat", *looked_up[:half], dense, axis=1), [width + config.dense, *config.tower])
    item = mlp(graph, graph.op("Concat", *looked_up[half:], axis=1), [width, *config.tower])
    product = graph.op("ReduceSum", graph.op("Mul", user, item), graph.ints(1))
    norms = graph.op("Mul", graph.op("ReduceL2", user, axes=[1]), graph.op("ReduceL2", item, axes=[1]))
    cosine = graph.op("Div", product, graph.op("Add", norms, graph.scalar(1e-6)))
    return graph.op("Mul", cosine, graph.scalar(10))


def build(name: str, body, config: Config, batch: int) -> onnx.ModelProto:
    """Inputs and lookups shared by both models, then the model's own part."""
    graph = GraphBuilder(name, opset=13, seed=body.__name__)
    dense = graph.input("dense", [batch, config.dense])
    sparse = graph.input("sparse", [batch, config.sparse], TensorProto.INT64)
    logit = body(graph, config, dense, embeddings(graph, config, sparse))
    graph.output(graph.op("Sigmoid", logit), [batch, 1])
    return graph.model()


def specs(reduced: bool) -> list[Spec]:
    """Both models at batch 1 and a large batch."""
    config = REDUCED if reduced else FULL
    return [
        Spec(
            f"{body.__name__}_b{batch}",
            "ctr",
            partial(build, body=body, config=config, batch=batch),
            ranges={"sparse": [0, config.vocabulary]},
        )
        for body in (dlrm, dssm)
        for batch in (1, 512)
    ]
