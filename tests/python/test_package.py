# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The package itself: what importing it does, and what it tells type checkers."""

import ast
import inspect
import subprocess
import sys
import unittest
from pathlib import Path

import tao


class Package(unittest.TestCase):
    def test_importing_is_quiet_and_light(self):
        program = ("import sys; before = set(sys.modules); import tao; "
                   "heavy = {'numpy', 'onnx', 'torch', 'google', 'subprocess', 'tempfile', 'json', 'ml_dtypes'}; "
                   "sys.exit(str(heavy & (set(sys.modules) - before)) if heavy & set(sys.modules) - before else 0)")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_nothing_of_the_compiler_is_linked(self):
        maps = subprocess.run([sys.executable, "-c", "import tao; print(open('/proc/self/maps').read())"],
                              capture_output=True, text=True, check=True).stdout
        for library in ("libLLVM", "libMLIR", "libprotobuf", "libtao-compiler", "libdnnl"):
            self.assertNotIn(library, maps)

    def test_version(self):
        root = Path(__file__).resolve().parents[2]
        self.assertIn(f"project(tao VERSION {tao.__version__} ", (root / "CMakeLists.txt").read_text())

    def test_public_names_are_documented(self):
        for name in tao.__all__:
            thing = getattr(tao, name)
            if not isinstance(thing, str):
                self.assertTrue(inspect.getdoc(thing), name)

    def test_type_information(self):
        folder = Path(tao.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        tree = ast.parse((folder / "_core.pyi").read_text())
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.assertLessEqual({"load", "start_trace", "stop_trace"}, functions)
        for name in ("Model", "Tensor", "Value"):
            described = {node.name: node for node in classes[name].body if isinstance(node, ast.FunctionDef)}
            real = {member for member in vars(getattr(tao, name)) if not member.startswith("__")}
            self.assertLessEqual(real, set(described))
            for function in described.values():
                self.assertIsNotNone(function.returns, f"{name}.{function.name}")


if __name__ == "__main__":
    unittest.main()
