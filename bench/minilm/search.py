#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Semantic search with a compiled model: the main job of tao from end to end.

usage: search.py [QUERY] [--threads N] [--work DIR] [--taoc PATH]

Builds minilm.onnx from the trained MiniLM weights, compiles it with taoc, embeds a dozen sentences with the model.so
through its C ABI, and prints those nearest to the query, with onnxruntime's scores and both times beside them.
Exit code 1 when the scores differ by more than 1e-5.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.compare.tao_loader import TaoModel
from bench.minilm.assets import asset
from bench.minilm.build_onnx import build
from bench.minilm.tokenizer import Tokenizer

SENTENCES = [
    "The cat is sleeping on the windowsill in the afternoon sun.",
    "A compiler translates a program into machine code.",
    "She baked a loaf of bread with walnuts and rye flour.",
    "Heavy rain flooded the streets of the old town.",
    "The orchestra rehearsed the symphony until midnight.",
    "Reading the same memory twice makes a program slow.",
    "Our train was delayed by two hours because of snow.",
    "Vitamin C is found in oranges, peppers and kiwis.",
    "The striker scored in the last minute of the match.",
    "Stock markets fell after the central bank raised interest rates.",
    "Whales sing to each other across hundreds of kilometres.",
    "Merging several loops into one avoids storing what is only needed once.",
]
QUERY = "How can I make my code run faster?"
TOLERANCE = 1e-5
SHOWN = 5
TIMING_ROUNDS = 15
RUNS_PER_ROUND = 3

Embed = Callable[[dict[str, np.ndarray]], np.ndarray]


def compile_model(taoc: Path, model: Path, artefact: Path) -> float:
    """Runs taoc and returns the seconds it took."""
    if not taoc.exists():
        raise SystemExit(f"{taoc} does not exist; third_party/setup.sh builds it")
    begin = time.perf_counter()
    done = subprocess.run([taoc, model, "-o", artefact], check=False)
    if done.returncode != 0:
        raise SystemExit(f"taoc ended with exit code {done.returncode}")
    return time.perf_counter() - begin


def tao_embedder(artefact: Path, threads: int) -> Embed:
    """The compiled model."""
    model = TaoModel(artefact, threads)
    return lambda inputs: model.run(inputs)["sentence_embedding"]


def onnxruntime_embedder(model: Path, threads: int) -> Embed:
    """The same model in onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(["sentence_embedding"], inputs)[0]


def median_times(embedders: list[Embed], inputs: dict[str, np.ndarray]) -> list[float]:
    """Median milliseconds of each, a few runs in turn; the pause lets idle threads of the other fall asleep."""
    times: list[list[float]] = [[] for _ in embedders]
    for _ in range(TIMING_ROUNDS):
        for embed, own in zip(embedders, times):
            time.sleep(0.01)
            embed(inputs)
            for _ in range(RUNS_PER_ROUND):
                begin = time.perf_counter()
                embed(inputs)
                own.append((time.perf_counter() - begin) * 1e3)
    return [statistics.median(own) for own in times]


def search(query: str, model: Path, artefact: Path, threads: int) -> int:
    """Embeds, ranks, prints; returns the exit code."""
    tokenizer = Tokenizer(asset("vocab.txt"))
    embedders = [tao_embedder(artefact, threads), onnxruntime_embedder(model, threads)]
    corpus, question = tokenizer.batch(SENTENCES), tokenizer.batch([query])
    scores = [embed(corpus) @ embed(question)[0] for embed in embedders]

    print(f"\nnearest to: {query}\n\n      tao  onnxruntime")
    for index in np.argsort(-scores[0])[:SHOWN]:
        print(f"  {scores[0][index]:7.5f}  {scores[1][index]:11.5f}  {SENTENCES[index]}")

    print(f"\nmedian milliseconds, {threads} thread(s)\n      tao  onnxruntime")
    for title, inputs in (("the query", question), (f"all {len(SENTENCES)} sentences", corpus)):
        own, other = median_times(embedders, inputs)
        print(f"  {own:7.2f}  {other:11.2f}  {title}, length {inputs['input_ids'].shape[1]}")

    difference = float(np.abs(scores[0] - scores[1]).max())
    print(f"\nlargest difference of two scores: {difference:.1e}")
    if not difference <= TOLERANCE:
        print(f"error: the scores differ by more than {TOLERANCE}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Semantic search with a compiled model.")
    parser.add_argument("query", nargs="?", default=QUERY)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=Path, default=ROOT / "build/minilm", help="folder for minilm.onnx and minilm.so")
    parser.add_argument("--taoc", type=Path, default=ROOT / "build/bin/taoc")
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error("--threads must be at least 1")
    model, artefact = arguments.work / "minilm.onnx", arguments.work / "minilm.so"
    if not model.exists():
        print(f"building {model} from the trained weights")
        build(model)
    seconds = compile_model(arguments.taoc, model, artefact)
    print(f"compiled {artefact} in {seconds:.1f} s, {artefact.stat().st_size / 1e6:.1f} MB")
    return search(arguments.query, model, artefact, arguments.threads)


if __name__ == "__main__":
    sys.exit(main())
