# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays on cache line boundaries, which NumPy does not promise and which timings depend on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ALIGNMENT = 64


def aligned_empty(shape: Sequence[int], dtype: np.dtype) -> np.ndarray:
    """An uninitialised array that starts on a cache line."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)
