# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""onnxtext.py MODEL.onnx < TEXT: writes a model given in ONNX's textual syntax."""
import sys

import onnx
import onnx.parser

model = onnx.parser.parse_model(sys.stdin.read())
with open(sys.argv[1], "wb") as out:
    out.write(model.SerializeToString(deterministic=True))
