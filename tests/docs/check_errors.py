#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/errors.md has a section for each code of the two tables, with its meaning, exit code, an example and a hint; and some test
expects each code. Examples of the compiler's messages are such as its tests see.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLES = [("passes/support/ErrorCodes.def", r'TAO_ERROR\(\w+, "TAO-(E\d+)", (\d), "([^"]+)"\)'),
          ("tools/tao-run/Errors.def", r'TAO_RUN_ERROR\(\w+, "(R\d+)", (\d),\s*"([^"]+)"\)')]


def main() -> int:
    page = (ROOT / "docs/errors.md").read_text()
    sections = dict(re.findall(r"^### TAO-(\w+)\n\n(.*?)(?=^##|\Z)", page, re.M | re.S))
    tests = {path: path.read_text(errors="replace") for path in sorted((ROOT / "tests").rglob("*"))
             if path.suffix in (".txt", ".test", ".py", ".mlir", ".cpp")}
    expected = "".join(text for path, text in tests.items() if path.parent.name == "expected")
    bad, codes = [], set()
    for file, pattern in TABLES:
        rows = re.findall(pattern, (ROOT / file).read_text())
        assert len(rows) > 10, file
        for code, exit_code, meaning in rows:
            codes.add(code)
            section = sections.get(code, "")
            form = re.fullmatch(r"Exit code (\d): (.*?)\.\n\n```text\n(.*?)\n```\n\n(\S.*)\n+", section, re.S)
            if not form:
                bad.append(f"docs/errors.md: TAO-{code} lacks a section with exit code, meaning, example and hint")
                continue
            if (form[1], form[2]) != (exit_code, meaning.rstrip(".")):
                bad.append(f"docs/errors.md: TAO-{code} is said to mean: {form[2]}; {file} has: {meaning}")
            example = form[3].splitlines()[0]
            if f"error[TAO-{code}]: " not in example:
                bad.append(f"docs/errors.md: the example of TAO-{code} shows another code")
            elif f"error[TAO-{code}]" in expected and example.split("]: ", 1)[1] not in expected:
                bad.append(f"docs/errors.md: no test sees the example of TAO-{code}")
            if not any(re.search(rf'TAO-{code}\b|"{code}"', text) for path, text in tests.items() if path != Path(__file__)):
                bad.append(f"no test expects TAO-{code}")
    bad += [f"docs/errors.md: TAO-{code} is in no table" for code in sorted(set(sections) - codes)]
    print("\n".join(bad + [f"errors: {len(codes)} codes, {len(bad)} complaints"]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
