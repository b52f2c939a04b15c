# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reverse-mode differentiation over the nodes that a GraphBuilder has recorded.

The backward pass is appended to the same graph as ordinary nodes, the way training exporters write it. Shapes must be
static. What a node contributes is said by one function per op type, in gradient_rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.models.builder import GraphBuilder
from bench.models.forward import Forward
from bench.models.gradient_rules import RULES


def gradients(graph: GraphBuilder, seeds: Mapping[str, str], sources: Sequence[str]) -> list[str]:
    """Appends the backward pass; returns the gradient of each source.

    `seeds` maps results to the gradients they start with: a scalar one for a loss, an input for a backward graph.
    """
    forward = Forward(graph)
    forward.mark_varying(sources)
    found: dict[str, str] = dict(seeds)
    for node in reversed(forward.nodes):
        incoming = [found.get(name) for name in node.output]
        if not any(incoming) or not forward.varying.intersection(node.input):
            continue
        for name, gradient in zip(node.input, RULES[node.op_type](forward, node, incoming)):
            if gradient is None or name not in forward.varying:
                continue
            found[name] = graph.op("Add", found[name], gradient) if name in found else gradient
    missing = [name for name in sources if name not in found]
    if missing:
        raise ValueError(f"nothing of the result depends on {', '.join(missing)}")
    return [found[name] for name in sources]
