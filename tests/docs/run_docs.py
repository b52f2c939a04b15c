#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs what documents tell their readers to type: the ```sh blocks of a page, in order, in a scratch folder that looks like the
top of the repository with a build in it. ```console blocks are for reading only. ```c blocks are compiled into `program` and run
on the model given by --model.

usage: run_docs.py BUILD PAGE [--model MODEL.mlir] [--cc CC]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make_scratch(folder: Path, build: Path) -> None:
    """Links to the sources, and a build folder into which commands may write without leaving a trace."""
    for path in ROOT.iterdir():
        if path.resolve() != build and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    if not (folder / "build").exists():
        (folder / "build").mkdir()
    for name in ("bin", "lib", "venv"):
        (folder / "build" / name).symlink_to(build / name)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.M | re.S)


def run(script: str, folder: Path) -> None:
    done = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"these commands end in exit code {done.returncode}:\n{script}\n{done.stdout}{done.stderr}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the commands of a page.")
    parser.add_argument("build", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--model", type=Path, help="for programs in C")
    parser.add_argument("--cc", default="cc")
    options = parser.parse_args()
    os.environ["PATH"] = os.pathsep.join([str(options.build.resolve() / "bin"), os.environ["PATH"]])
    commands, programs = blocks(options.page, "sh"), blocks(options.page, "c") if options.model else []
    if not commands and not programs:
        sys.exit(f"{options.page} has nothing to run")
    with tempfile.TemporaryDirectory(prefix="tao-docs-") as name:
        folder = Path(name)
        make_scratch(folder, options.build.resolve())
        for block in commands:
            run(block, folder)
        for program in programs:
            (folder / "program.c").write_text(program)
            run(f"{options.cc} -std=c11 -Wall -Werror -Iruntime/include program.c -ldl -o program\n"
                f"taoc {options.model.resolve()} -o model.so\n./program ./model.so", folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
