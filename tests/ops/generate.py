# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the numeric tests of this folder: `python tests/ops/generate.py`. The same run gives the same files."""
import numpy as np

import control
import elementwise
import graphs
import structure

if __name__ == "__main__":
    for seed, module in enumerate((elementwise, structure, graphs, control)):
        module.generate(np.random.default_rng(seed))
