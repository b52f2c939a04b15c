# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transformers: BERT encoder, GPT-2 with dynamic sizes, a decoder step with a growing cache, and a Llama prefill."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from bench.models.builder import GraphBuilder
from bench.models.zoo import Spec


@dataclass(frozen=True)
class Config:
    """Sizes of a transformer."""

    layers: int
    width: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    kv_heads: int = 0  # grouped-query attention only

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


BERT = (Config(12, 768, 12, 3072, 30522, 128), Config(2, 48, 4, 96, 200, 16))
GPT2 = (Config(12, 768, 12, 3072, 50257, 1024), Config(2, 48, 4, 192, 300, 128))
DECODER = (Config(6, 512, 8, 2048, 32000, 512), Config(2, 32, 4, 64, 250, 512))
LLAMA = (Config(8, 1024, 16, 2816, 32000, 64, kv_heads=4), Config(2, 64, 8, 176, 200, 16, kv_heads=2))
ENCODER_STEPS = (64, 10)


def bert(name: str, config: Config, batch: int) -> onnx.ModelProto:
    """Encoder and pooler at a fixed length."""
    graph = GraphBuilder(name, opset=13, seed="bert")
    length, width = config.positions, config.width
    tokens = graph.input("input_ids", [batch, length], TensorProto.INT64)
    mask = graph.input("attention_mask", [batch, length], TensorProto.INT64)
    kept = graph.op("Cast", graph.op("Unsqueeze", mask, graph.ints(1, 2)), to=TensorProto.FLOAT)
    penalty = graph.op("Mul", graph.op("Sub", graph.scalar(1), kept), graph.scalar(-10000))

    words = graph.op("Gather", graph.weight(config.vocabulary, width), tokens)
    placed = graph.op("Add", words, graph.weight(length, width))
    value = graph.layer_norm(graph.op("Add", placed, graph.weight(width)), width, 1e-12)
    for _ in range(config.layers):
        value = bert_layer(graph, config, value, penalty)

    graph.output(value, [batch, length, width])
    first = graph.op("Gather", value, graph.index(0), axis=1)
    graph.output(graph.op("Tanh", graph.linear(first, width, width)), [batch, width])
    return graph.model()


def bert_layer(graph: GraphBuilder, config: Config, value: str, penalty: str) -> str:
    """Post-norm attention and feed-forward."""
    width, heads, head_width = config.width, config.heads, config.head_width
    query = graph.split_heads(graph.linear(value, width, width), heads, head_width)
    key = graph.split_heads(graph.linear(value, width, width), heads, head_width, perm=(0, 2, 3, 1))
    content = graph.split_heads(graph.linear(value, width, width), heads, head_width)
    scores = graph.op("Div", graph.op("MatMul", query, key), graph.scalar(math.sqrt(head_width)))
    weights = graph.op("Softmax", graph.op("Add", scores, penalty), axis=-1)
    attended = graph.merge_heads(graph.op("MatMul", weights, content), width)
    value = graph.layer_norm(graph.op("Add", graph.linear(attended, width, width), value), width, 1e-12)
    inner = graph.gelu_erf(graph.linear(value, width, config.feed_forward))
    outer = graph.linear(inner, config.feed_forward, width)
    return graph.layer_norm(graph.op("Add", outer, value), width, 1e-12)


def gpt2(name: str, config: Config) -> onnx.ModelProto:
    """Decoder-only model over a dynamic batch and length; positions and causal mask follow from the shape."""
    graph = GraphBuilder(name, opset=14, seed="gpt2")
    width = config.width
    tokens = graph.input("input_ids", ["batch", "seq"], TensorProto.INT64)
    table, position_table = graph.weight(config.vocabulary, width), graph.weight(config.positions, width)
    length = graph.op("Gather", graph.op("Shape", tokens), graph.index(1))
    positions = graph.op("Range", graph.index(0), length, graph.index(1))
    value = graph.op(
        "Add", graph.op("Gather", table, tokens), graph.op("Gather", position_table, positions)
    )
    masked = causal_mask(graph, length)
    for _ in range(config.layers):
        value = gpt2_layer(graph, config, value, masked)
    value = graph.layer_norm(value, width)
    logits = graph.op("MatMul", value, graph.op("Transpose", table, perm=[1, 0]))
    graph.output(logits, ["batch", "seq", config.vocabulary], name="logits")
    return graph.model()


def causal_mask(graph: GraphBuilder, length: str) -> str:
    """[length, length] booleans, true where a position may not look."""
    extent = graph.op("Unsqueeze", length, graph.ints(0))
    one = numpy_helper.from_array(np.ones(1, np.float32))
    ones = graph.op("ConstantOfShape", graph.op("Concat", extent, extent, axis=0), value=one)
    return graph.op("Equal", graph.op("Trilu", ones, upper=0), graph.scalar(0))


def gpt2_layer(graph: GraphBuilder, config: Config, value: str, masked: str) -> str:
    """Pre-norm attention with one fused projection, and feed-forward."""
    width, heads, head_width = config.width, config.heads, config.head_width
    projected = graph.linear(graph.layer_norm(value, width), width, 3 * width)
    query, key, content = graph.op("Split", projected, graph.ints(width, width, width), results=3, axis=-1)
    query = graph.split_heads(query, heads, head_width)
    key = graph.split_heads(key, heads, head_width, perm=(0, 2, 3, 1))
    scores = graph.op("Div", graph.op("MatMul", query, key), graph.scalar(math.sqrt(head_width)))
    weights = graph.op("Softmax", graph.op("Where", masked, graph.scalar(-1e9), scores), axis=-1)
    attended = graph.op("MatMul", weights, graph.split_heads(content, heads, head_width))
    value = graph.op("Add", value, graph.linear(graph.merge_heads(attended, width), width, width))
    inner = graph.gelu_tanh(graph.linear(graph.layer_norm(value, width), width, config.feed_forward))
    return graph.op("Add", value, graph.linear(inner, config.feed_forward, width))


def decoder_step(name: str, config: Config, batch: int, encoder_steps: int) -> onnx.ModelProto:
    """One token through a decoder: self-attention over a cache of dynamic length, attention over the encoder's output."""
    graph = GraphBuilder(name, opset=13, seed="decoder")
    width, heads, head_width = config.width, config.heads, config.head_width
    token = graph.input("token", [batch, 1], TensorProto.INT64)
    position = graph.input("pos", [1], TensorProto.INT64)
    table = graph.weight(config.vocabulary, width)
    scaled = graph.op("Mul", graph.op("Gather", table, token), graph.scalar(math.sqrt(width)))
    value = graph.op("Add", scaled, graph.op("Gather", graph.weight(config.positions, width), position))

    def project(normal: str) -> str:
        return graph.split_heads(graph.linear(normal, width, width), heads, head_width)

    def attend(query: str, key: str, content: str) -> str:
        product = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 1, 3, 2]))
        scores = graph.op("Mul", product, graph.scalar(1 / math.sqrt(head_width)))
        attended = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), content)
        return graph.linear(graph.merge_heads(attended, width), width, width)

    caches = []
    for layer in range(config.layers):
        cached = [graph.input(f"p{part}{layer}", [batch, heads, "past", head_width]) for part in "kv"]
        encoded = [graph.input(f"e{part}{layer}", [batch, heads, encoder_steps, head_width]) for part in "kv"]
        normal = graph.layer_norm(value, width)
        key, content = (graph.op("Concat", old, project(normal), axis=2) for old in cached)
        caches += [key, content]
        value = graph.op("Add", value, attend(project(normal), key, content))
        value = graph.op("Add", value, attend(project(graph.layer_norm(value, width)), *encoded))
        inner = graph.op("Relu", graph.linear(graph.layer_norm(value, width), width, config.feed_forward))
        value = graph.op("Add", value, graph.linear(inner, config.feed_forward, width))

    logits = graph.op("MatMul", graph.layer_norm(value, width), graph.op("Transpose", table, perm=[1, 0]))
    graph.output(logits, [batch, 1, config.vocabulary], name="logits")
    graph.output(graph.op("ArgMax", logits, axis=-1, keepdims=0), [batch, 1], TensorProto.INT64, name="next")
    for index, cache in enumerate(caches):
        graph.output(cache, [batch, heads, "past1", head_width], name=f"kv{index}")
    return graph.model()


def llama(name: str, config: Config, batch: int) -> onnx.ModelProto:
    """Prefill with RMSNorm, rotary positions, grouped-query attention and SwiGLU."""
    graph = GraphBuilder(name, opset=17, seed="llama")
    length, width = config.positions, config.width
    tokens = graph.input("input_ids", [batch, length], TensorProto.INT64)
    value = graph.op("Gather", graph.weight(config.vocabulary, width), tokens)
    halves = np.arange(0, config.head_width, 2) / config.head_width
    angles = np.arange(length)[:, None] / 10000**halves
    angles = np.concatenate([angles, angles], axis=1)
    cosine, sine = graph.constant(np.cos(angles)), graph.constant(np.sin(angles))
    penalty = graph.constant(np.triu(np.full((length, length), -1e9), 1))

    def rotate(part: str) -> str:
        low, high = graph.op("Split", part, results=2, axis=-1)
        swapped = graph.op("Concat", graph.op("Neg", high), low, axis=-1)
        return graph.op("Add", graph.op("Mul", part, cosine), graph.op("Mul", swapped, sine))

    for _ in range(config.layers):
        normal = graph.rms_norm(value, width)
        attended = llama_attention(graph, config, batch, normal, rotate, penalty)
        value = graph.op("Add", value, graph.linear(attended, width, width, bias=False))
        normal = graph.rms_norm(value, width)
        gate = graph.silu(graph.linear(normal, width, config.feed_forward, bias=False))
        inner = graph.op("Mul", gate, graph.linear(normal, width, config.feed_forward, bias=False))
        value = graph.op("Add", value, graph.linear(inner, config.feed_forward, width, bias=False))
    logits = graph.linear(graph.rms_norm(value, width), width, config.vocabulary, bias=False)
    graph.output(logits, [batch, length, config.vocabulary])
    return graph.model()


def llama_attention(graph: GraphBuilder, config: Config, batch: int, normal: str, rotate, penalty: str) -> str:
    """Attention whose keys and values are shared by groups of query heads."""
    length, width, heads, head_width = config.positions, config.width, config.heads, config.head_width
    kv_width, group = config.kv_heads * head_width, config.heads // config.kv_heads

    def shared(part: str) -> str:
        shape = graph.ints(batch, config.kv_heads, group, length, head_width)
        repeated = graph.op("Expand", graph.op("Unsqueeze", part, graph.ints(2)), shape)
        return graph.op("Reshape", repeated, graph.ints(batch, heads, length, head_width))

    def project(size: int, count: int) -> str:
        return graph.split_heads(graph.linear(normal, width, size, bias=False), count, head_width)

    query, key = rotate(project(width, heads)), rotate(project(kv_width, config.kv_heads))
    content = project(kv_width, config.kv_heads)
    product = graph.op("MatMul", query, graph.op("Transpose", shared(key), perm=[0, 1, 3, 2]))
    scores = graph.op("Mul", product, graph.scalar(head_width**-0.5))
    weights = graph.op("Softmax", graph.op("Add", scores, penalty), axis=-1)
    return graph.merge_heads(graph.op("MatMul", weights, shared(content)), width)


def specs(reduced: bool) -> list[Spec]:
    """All transformers; the dynamic ones with the sizes to run them at."""
    encoder, decoder, generator, prefill = BERT[reduced], DECODER[reduced], GPT2[reduced], LLAMA[reduced]
    tokens = {"input_ids": [0, encoder.vocabulary], "attention_mask": [0, 2]}
    gpt2_sizes = [(1, 64), (4, 100), (1, 1), (3, 17)]
    return [
        *(
            Spec(f"bert_base_s128_b{batch}", "bert", partial(bert, config=encoder, batch=batch), ranges=tokens)
            for batch in (1, 8)
        ),
        Spec(
            "gpt2_dyn",
            "gpt",
            partial(gpt2, config=generator),
            dims=[{"batch": batch, "seq": length} for batch, length in gpt2_sizes],
            ranges={"input_ids": [0, generator.vocabulary]},
        ),
        *(
            Spec(
                f"transformer_decstep_b{batch}",
                "gen",
                partial(decoder_step, config=decoder, batch=batch, encoder_steps=ENCODER_STEPS[reduced]),
                dims=[{"past": past} for past in (32, 1, 77)],
                ranges={"token": [0, decoder.vocabulary], "pos": [32, 33]},
            )
            for batch in (1, 8)
        ),
        Spec(
            "llama_mini_s64_b1",
            "gen",
            partial(llama, config=prefill, batch=1),
            ranges={"input_ids": [0, prefill.vocabulary]},
        ),
    ]
