#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the ONNX file of the MiniLM sentence encoder (all-MiniLM-L6-v2) from its trained weights.

usage: build_onnx.py OUT.onnx

The graph is what an exporter writes: opset 17, dynamic "batch" and "seq", inputs input_ids, attention_mask and
token_type_ids [batch, seq], mean pooling over the mask and L2 normalisation inside, output sentence_embedding [batch, 384].
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto
from safetensors.numpy import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.minilm.assets import asset
from bench.models.builder import GraphBuilder
from bench.models.zoo import atomic_save, record_meta

# What to run the model at in the benchmarks.
SIZES = [(1, 16), (8, 16), (1, 128), (8, 128)]


class EncoderBuilder:
    """Writes a BERT encoder whose weights carry the names of the checkpoint."""

    def __init__(self, config: dict, weights: dict[str, np.ndarray]) -> None:
        self.config = config
        self.weights = weights
        self.graph = GraphBuilder("minilm", opset=17, seed="minilm")

    def weight(self, name: str, transposed: bool = False) -> str:
        """An initializer from the checkpoint."""
        array = self.weights[name]
        return self.graph.constant(array.T if transposed else array, name)

    def linear(self, name: str, value: str) -> str:
        """A dense layer; checkpoints store [out, in], graphs [in, out]."""
        with self.graph.scope(name.rpartition(".")[2]):
            product = self.graph.op("MatMul", value, self.weight(f"{name}.weight", transposed=True))
            return self.graph.op("Add", product, self.weight(f"{name}.bias"))

    def layer_norm(self, name: str, value: str) -> str:
        """Layer normalisation over the last axis."""
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        epsilon = self.config["layer_norm_eps"]
        return self.graph.op("LayerNormalization", value, scale, bias, axis=-1, epsilon=epsilon)

    def embeddings(self, tokens: str, types: str) -> str:
        """Word, type and position embeddings; as many positions as the input is long."""
        graph = self.graph
        length = graph.op("Unsqueeze", graph.op("Gather", graph.op("Shape", tokens), graph.index(1)), graph.ints(0))
        all_positions = np.arange(self.config["max_position_embeddings"])[None]
        positions = graph.op(
            "Slice", graph.constant(all_positions, "embeddings.position_ids"), graph.ints(0), length, graph.ints(1)
        )
        words = graph.op("Gather", self.weight("embeddings.word_embeddings.weight"), tokens)
        typed = graph.op("Gather", self.weight("embeddings.token_type_embeddings.weight"), types)
        placed = graph.op("Gather", self.weight("embeddings.position_embeddings.weight"), positions)
        total = graph.op("Add", graph.op("Add", words, typed), placed)
        return self.layer_norm("embeddings.LayerNorm", total)

    def attention_penalty(self, mask: str) -> str:
        """[batch, 1, 1, seq]: 0 where a token counts, the lowest f32 where it is padding."""
        graph = self.graph
        kept = graph.op("Cast", graph.op("Unsqueeze", mask, graph.ints(1, 2)), to=TensorProto.FLOAT)
        lowest = graph.scalar(np.finfo(np.float32).min)
        return graph.op("Mul", graph.op("Sub", graph.scalar(1), kept), lowest)

    def attention(self, name: str, value: str, penalty: str) -> str:
        """Self-attention of one layer without its output projection."""
        graph, width, heads = self.graph, self.config["hidden_size"], self.config["num_attention_heads"]
        head_width = width // heads
        query = graph.split_heads(self.linear(f"{name}.query", value), heads, head_width)
        key = graph.split_heads(self.linear(f"{name}.key", value), heads, head_width, perm=(0, 2, 3, 1))
        content = graph.split_heads(self.linear(f"{name}.value", value), heads, head_width)
        scores = graph.op("Div", graph.op("MatMul", query, key), graph.scalar(math.sqrt(head_width)))
        weights = graph.op("Softmax", graph.op("Add", scores, penalty), axis=-1)
        return graph.merge_heads(graph.op("MatMul", weights, content), width)

    def layer(self, name: str, value: str, penalty: str) -> str:
        """One post-norm transformer layer."""
        graph = self.graph
        with graph.scope("attention"):
            attended = self.attention(f"{name}.attention.self", value, penalty)
            projected = self.linear(f"{name}.attention.output.dense", attended)
            residual = graph.op("Add", projected, value)
            value = self.layer_norm(f"{name}.attention.output.LayerNorm", residual)
        with graph.scope("intermediate"):
            inner = graph.gelu_erf(self.linear(f"{name}.intermediate.dense", value))
        with graph.scope("output"):
            outer = self.linear(f"{name}.output.dense", inner)
            return self.layer_norm(f"{name}.output.LayerNorm", graph.op("Add", outer, value))

    def pooled(self, value: str, mask: str) -> str:
        """Mean of the unpadded tokens, scaled to length one."""
        graph = self.graph
        kept = graph.op("Cast", graph.op("Unsqueeze", mask, graph.ints(-1)), to=TensorProto.FLOAT)
        total = graph.op("ReduceSum", graph.op("Mul", value, kept), graph.ints(1), keepdims=0)
        count = graph.op("ReduceSum", kept, graph.ints(1), keepdims=0)
        mean = graph.op("Div", total, graph.op("Clip", count, graph.scalar(1e-9)))
        norm = graph.op("ReduceL2", mean, axes=[1], keepdims=1)
        return graph.op("Div", mean, graph.op("Clip", norm, graph.scalar(1e-12)))

    def model(self) -> onnx.ModelProto:
        """The whole encoder."""
        graph = self.graph
        names = ("input_ids", "attention_mask", "token_type_ids")
        tokens, mask, types = (graph.input(name, ["batch", "seq"], TensorProto.INT64) for name in names)
        with graph.scope("embeddings"):
            value = self.embeddings(tokens, types)
            penalty = self.attention_penalty(mask)
        for index in range(self.config["num_hidden_layers"]):
            with graph.scope(f"encoder/layer.{index}"):
                value = self.layer(f"encoder.layer.{index}", value, penalty)
        with graph.scope("pooling"):
            embedding = self.pooled(value, mask)
        graph.output(embedding, ["batch", self.config["hidden_size"]], name="sentence_embedding")
        return graph.model()


def build(path: Path) -> None:
    """Writes the model, and the sizes to run it at into meta.json beside it."""
    config = json.loads(asset("config.json").read_text())
    model = EncoderBuilder(config, load_file(asset("model.safetensors"))).model()
    onnx.checker.check_model(model)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, check_type=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_save(model, path)
    meta = {
        "family": "encoder",
        "dims": [{"batch": batch, "seq": length} for batch, length in SIZES],
        "ranges": {
            "input_ids": [0, config["vocab_size"]],
            "attention_mask": [0, 2],
            "token_type_ids": [0, config["type_vocab_size"]],
        },
    }
    record_meta(path.parent, {path.stem: meta})


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Build the ONNX file of the MiniLM sentence encoder.")
    parser.add_argument("out", type=Path, metavar="OUT.onnx")
    build(parser.parse_args().out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
