# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that a model.so needs libc and libm alone and exports one symbol. Usage: check_symbols.py READELF model.so"""
import re
import subprocess
import sys

readelf, model = sys.argv[1:]
dynamic = subprocess.run([readelf, "--dynamic-table", model], capture_output=True, text=True, check=True).stdout
needed = set(re.findall(r"Shared library: \[(.*?)\]", dynamic))
assert needed <= {"libc.so.6", "libm.so.6"}, f"needs {needed}"
symbols = subprocess.run([readelf, "--dyn-syms", "--wide", model], capture_output=True, text=True, check=True).stdout
exported = [line.split()[7] for line in symbols.splitlines()
            if len(line.split()) >= 8 and line.split()[4] in ("GLOBAL", "WEAK") and line.split()[6] != "UND"]
assert exported == ["tao_model_query"], f"exports {exported}"
assert "INIT_ARRAY" not in dynamic and "FINI_ARRAY" not in dynamic, "has static constructors or destructors"
