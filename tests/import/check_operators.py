#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares passes/import/OnnxOperators.def with the operators of the onnx package.

usage: check_operators.py

Every operator, version and signature of the package must be in the table, and the reverse. Exit code 1 names differences.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from onnx import defs

TABLE = Path(__file__).resolve().parents[2] / "passes" / "import" / "OnnxOperators.def"
LETTERS = {"Single": "r", "Optional": "o", "Variadic": "v"}
# Deprecated at once by a version with another meaning of its inputs; models still carry it, and it can be imported.
STILL_SUPPORTED = {("GroupNormalization", 18): "rrr:r"}


def signature(parameters) -> str:
    """One letter per parameter."""
    return "".join(LETTERS[parameter.option.name] for parameter in parameters) or "-"


def from_package() -> dict[tuple[str, int], str]:
    """Signature, or "removed", by operator and version."""
    result = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            key = (schema.name, schema.since_version)
            text = f"{signature(schema.inputs)}:{signature(schema.outputs)}"
            result[key] = STILL_SUPPORTED.get(key, "removed") if schema.deprecated else text
    return result


def from_table() -> dict[tuple[str, int], str]:
    """The same from the table."""
    text = TABLE.read_text()
    result = {}
    for name, strings in re.findall(r"^ONNX_OPERATOR\((\w+), ((?:\"[^\"]*\"\s*)+)\)$", text, re.MULTILINE):
        for entry in "".join(re.findall(r'"([^"]*)"', strings)).split(", "):
            version, what = entry.split(" ")
            result[name, int(version)] = what
    return result


def main() -> int:
    """Command line."""
    package, table = from_package(), from_table()
    differing = sorted(key for key in package.keys() | table.keys() if package.get(key) != table.get(key))
    for name, version in differing:
        key = (name, version)
        print(f"{name} {version}: the package has {package.get(key)}, the table {table.get(key)}")
    print(f"{len(package)} versions of operators, {len(differing)} differ")
    return 1 if differing or not package else 0


if __name__ == "__main__":
    sys.exit(main())
