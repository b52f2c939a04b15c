#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/cli.md lists the options of each tool as its --help does: none is missing, none is left over.

usage: check_cli.py BIN [--update]

--update writes the tables anew; the text around them is written by hand.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def help_of(tool: Path) -> str:
    done = subprocess.run([tool, "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "1000"})
    return done.stdout


def taoc_options(text: str) -> list[tuple[str, str]]:
    """From the options table in compiler/driver/Options.def."""
    rows = re.findall(r"^  (--\S+|@FILE)\s+(.*)$", text[:text.index("\nPhases")], re.M)
    return [(option, meaning) for option, meaning in rows]


def tao_run_options(text: str) -> list[tuple[str, str]]:
    rows = re.findall(r"^  ((?:-\w,)?--\w[\w-]*(?: [A-Z]\S*)?)(?: \.\.\.)?\s+(.*)$", text, re.M)
    return [(re.sub(r"^-\w,", "", option).replace(" ", "="), meaning) for option, meaning in rows]


def tao_reduce_options(text: str) -> list[tuple[str, str]]:
    rows = re.findall(r"^  (--\S+)\s+- (.*)$", text[text.index("\nOptions:"):], re.M)
    return [(re.sub(r"[<>]", "", option), meaning) for option, meaning in rows]


def tao_opt_passes(text: str) -> list[tuple[str, str]]:
    """The passes and pipelines, without their options and those of LLVM."""
    start = text.index("\n    Passes:")
    part = text[start:re.search(r"^  --", text[start:], re.M).start() + start]
    return re.findall(r"^      (--\S+)\s+-   (.*)$", part, re.M)


TOOLS = {"taoc": taoc_options, "tao-run": tao_run_options, "tao-reduce": tao_reduce_options, "tao-opt": tao_opt_passes}


def table(rows: list[tuple[str, str]]) -> str:
    def cell(text: str) -> str:
        return text.replace("|", "\\|")
    return "| option | meaning |\n|---|---|\n" + "".join(f"| `{cell(o)}` | {cell(m)} |\n" for o, m in rows)


def main() -> int:
    folder, update = Path(sys.argv[1]), "--update" in sys.argv[2:]
    text, bad = DOCUMENT.read_text(), 0
    for tool, parse in TOOLS.items():
        rows = parse(help_of(folder / tool))
        assert len(rows) > 5, f"{tool} --help is not understood"
        begin, end = f"<!-- options of {tool} -->\n", f"<!-- end of options of {tool} -->"
        before, rest = text.split(begin)
        old, after = rest.split(end)
        if old != table(rows):
            bad += 1
            known = set(re.findall(r"^\| `(.*?)` \|", old, re.M))
            print(f"docs/cli.md: the options of {tool} differ from its --help: "
                  f"{sorted(known ^ {o.replace('|', chr(92) + '|') for o, _ in rows}) or 'another meaning'}; "
                  "tests/docs/check_cli.py BIN --update writes them anew")
        text = before + begin + table(rows) + end + after
    if update:
        DOCUMENT.write_text(text)
        return 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
