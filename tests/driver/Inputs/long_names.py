# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""long_names.py MODEL.onnx: a model whose nodes have names that no table has room for, one with a control character."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

prefix = "/encoder/layer_0/attention/self_attention/output/"
weights = [numpy_helper.from_array(np.ones((4096, 512), np.float32), "w"),
           numpy_helper.from_array(np.ones(512, np.float32), "b")]
nodes = [helper.make_node("MatMul", ["x", "w"], ["m"], name=prefix + "dense/projection_of_all_heads/MatMul_1234"),
         helper.make_node("Add", ["m", "b"], ["a"], name=prefix + "dense/bias/Add"),
         helper.make_node("Relu", ["a"], ["t"], name=prefix + "activation/Relu"),
         helper.make_node("Softmax", ["t"], ["y"], name="soft\x1b[31mmax")]
graph = helper.make_graph(nodes, "explained", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4096])],
                          [onnx.ValueInfoProto(name="y")], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
