# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutional networks: those of light.py and MobileNetV2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import onnx

from bench.models import light
from bench.models.builder import GraphBuilder
from bench.models.zoo import Spec

BATCHES = (1, 4)

# network: (channel divisor, image) of the reduced size. The divisor must leave whole groups of channels.
LIGHT_REDUCED = {
    "bvlc_alexnet": (8, 96),
    "inception_v1": (4, 96),
    "resnet50": (8, 64),
    "shufflenet": (2, 64),
    "squeezenet": (4, 64),
    "vgg19": (16, 64),
    "zfnet512": (16, 96),
}

# MobileNetV2's inverted residual stages: expansion, channels, blocks, stride of the first block.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


@dataclass(frozen=True)
class MobileNetConfig:
    """Sizes of MobileNetV2; `divisor` divides every channel count."""

    image: int
    classes: int
    divisor: int


MOBILENET = (MobileNetConfig(224, 1000, 1), MobileNetConfig(64, 100, 4))


def conv_norm_clip(
    graph: GraphBuilder, value: str, shape: tuple[int, int, int], stride: int = 1, groups: int = 1, clip: bool = True
) -> str:
    """Convolution, batch norm and ReLU6; `shape` is (channels in, channels out, window)."""
    channels_in, channels_out, window = shape
    per_group = channels_in // groups
    weight = graph.weight(channels_out, per_group, window, window, std=math.sqrt(2 / (per_group * window**2)))
    pads = [window // 2] * 4
    value = graph.op(
        "Conv", value, weight, kernel_shape=[window] * 2, strides=[stride] * 2, pads=pads, group=groups
    )
    scale, bias = graph.positive(channels_out), graph.weight(channels_out)
    mean, variance = graph.weight(channels_out), graph.positive(channels_out)
    value = graph.op("BatchNormalization", value, scale, bias, mean, variance)
    return graph.op("Clip", value, graph.scalar(0), graph.scalar(6)) if clip else value


def mobilenet(name: str, config: MobileNetConfig, batch: int) -> onnx.ModelProto:
    """MobileNetV2 with width 1.0 over the divisor."""
    graph = GraphBuilder(name, opset=13, seed="mobilenetv2")
    value = graph.input("x", [batch, 3, config.image, config.image])
    channels = 32 // config.divisor
    value = conv_norm_clip(graph, value, (3, channels, 3), stride=2)
    for expansion, stage_channels, blocks, first_stride in STAGES:
        for block in range(blocks):
            width, hidden = stage_channels // config.divisor, channels * expansion
            inner = conv_norm_clip(graph, value, (channels, hidden, 1)) if expansion > 1 else value
            stride = first_stride if block == 0 else 1
            inner = conv_norm_clip(graph, inner, (hidden, hidden, 3), stride, groups=hidden)
            inner = conv_norm_clip(graph, inner, (hidden, width, 1), clip=False)
            value = graph.op("Add", value, inner) if block and channels == width else inner
            channels = width
    head = 1280 // config.divisor
    value = conv_norm_clip(graph, value, (channels, head, 1))
    flat = graph.op("Flatten", graph.op("GlobalAveragePool", value))
    logits = graph.op("Gemm", flat, graph.weight(config.classes, head), graph.weight(config.classes), transB=1)
    graph.output(logits, [batch, config.classes])
    return graph.model()


def light_variant(network: str, reduced: bool, batch: int) -> light.Variant:
    """The size at which a light network is rebuilt."""
    if not reduced:
        return light.Variant(batch)
    divisor, image = LIGHT_REDUCED[network]
    return light.Variant(batch, image, divisor)


def specs(reduced: bool) -> list[Spec]:
    """All networks at batch 1 and 4."""
    networks = [
        Spec(
            f"{network}_b{batch}",
            "cnn",
            partial(light.build, network=network, variant=light_variant(network, reduced, batch)),
        )
        for network in LIGHT_REDUCED
        for batch in BATCHES
    ]
    mobilenets = [
        Spec(f"mobilenetv2_b{batch}", "cnn", partial(mobilenet, config=MOBILENET[reduced], batch=batch))
        for batch in BATCHES
    ]
    return networks + mobilenets
