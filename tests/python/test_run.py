# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls of a model: arguments of every kind, results, errors, threads."""

import array
import gc
import json
import os
import signal
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import ml_dtypes
import numpy as np
from models import Exporter, affine, capsule_fields, identity_sum, pair, parse

import tao

X = np.arange(12, dtype=np.float32).reshape(3, 4)
Y = 2 * X + 1


class Arguments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = tao.compile(affine(), threads=1)
        cls.pair = tao.compile(pair(), threads=1)

    def check(self, result):
        np.testing.assert_array_equal(np.asarray(result), Y)

    def refused(self, exception, message, *inputs, **named):
        with self.assertRaises(exception) as caught:
            self.model(*inputs, **named)
        self.assertEqual(str(caught.exception), message)

    def test_arrays_of_all_kinds(self):
        readonly = X.copy()
        readonly.flags.writeable = False
        flat = array.array("f", X.ravel())
        for x in (X, readonly, memoryview(X), memoryview(flat).cast("B").cast("f", (3, 4)), self.model(X / 2 - 0.5),
                  Exporter(X), Exporter(X, old=True), np.asfortranarray(X[:1])):
            rows = np.asarray(x if not isinstance(x, Exporter) else x.array)
            np.testing.assert_array_equal(np.asarray(self.model(x)), 2 * rows + 1)

    def test_names_and_order(self):
        a, b = np.float32([1, 2]), np.float32([10, 30])
        for results in (self.pair(a, b), self.pair(a, b=b), self.pair(b=b, a=a), self.pair.run([a, b]),
                        self.pair.run({"b": b, "a": a}), self.pair.run((a, b), out=None)):
            self.assertIsInstance(results, tuple)
            self.assertEqual([np.asarray(r).tolist() for r in results], [[11, 32], [-9, -28]])

    def test_any_number_of_rows(self):
        for rows in (1, 0, 1000, 3):
            x = np.random.default_rng(rows).random((rows, 4), np.float32)
            y = self.model(x)
            self.assertEqual(y.shape, (rows, 4))
            np.testing.assert_array_equal(np.asarray(y), 2 * x + 1)

    def test_wrong_count_and_names(self):
        self.refused(TypeError, "model 'affine' takes 'x', but these were not given: 'x'")
        self.refused(TypeError, "model 'affine' takes 'x', but 2 inputs were given", X, X)
        self.refused(TypeError, "model 'affine' has no input 'z', it takes 'x'", z=X)
        self.refused(TypeError, "input 'x' was given twice", X, x=X)
        with self.assertRaisesRegex(TypeError, "'a', 'b', but these were not given: 'a'"):
            self.pair(b=X)
        with self.assertRaisesRegex(TypeError, "run: inputs must be a dict by name, a tuple or a list"):
            self.model.run(X)

    def test_wrong_kind_of_object(self):
        self.refused(TypeError, "input 'x': an object of type 'list' speaks neither DLPack nor the buffer protocol", [1, 2])
        self.refused(TypeError, "input 'x': an object of type 'NoneType' speaks neither DLPack nor the buffer protocol", None)
        self.refused(TypeError, "input 'x': an object of type 'type' speaks neither DLPack nor the buffer protocol", np.ndarray)
        self.refused(TypeError, "input 'x' has elements of buffer format 'Zf', which no model takes", X.astype("c8"))
        self.refused(TypeError, "input 'x' has elements of buffer format '>f', which no model takes", X.astype(">f4"))

        class Liar:
            def __dlpack__(self, **options):
                return 3

        self.refused(TypeError, "input 'x': __dlpack__ returned no capsule of DLPack", Liar())

        class Broken:
            def __dlpack__(self, **options):
                raise BufferError("not now")

        self.refused(BufferError, "not now", Broken())

    def test_wrong_type_shape_and_layout(self):
        self.refused(TypeError, "input 'x' has dtype float64, expected float32", X.astype(float))
        self.refused(TypeError, "input 'x' has dtype int64, expected float32", Exporter(X.astype(int)))
        self.refused(ValueError, "input 'x' has rank 1, expected 2", X[0])
        self.refused(ValueError, "input 'x': dimension 1 is 3, expected 4", X[:, :3].copy())
        strided = "input 'x' is strided, expected row-major and compact"
        self.refused(ValueError, strided, np.asfortranarray(X))
        self.refused(ValueError, strided, np.zeros((3, 8), np.float32)[:, ::2])
        self.refused(ValueError, strided, X[::-1])
        self.refused(ValueError, strided, Exporter(np.asfortranarray(X)))
        packed = np.zeros((3, 4), np.dtype([("tag", "u1"), ("value", "f4")]))["value"]
        self.refused(ValueError, strided, packed)  # of which the stride is no number of elements
        with self.assertRaisesRegex(ValueError, "inputs 'a' dim 0 and 'b' dim 0 must both be n: 2 and 3"):
            self.pair(np.zeros(2, np.float32), np.zeros(3, np.float32))
        self.check(self.model(X))  # and it still works

    def test_references_are_given_back(self):
        before = sys.getrefcount(X)
        for _ in range(3):
            self.model(X)
            self.model(Exporter(X))
            with self.assertRaises(ValueError):
                self.pair(X[0], X[0, :2].copy(), out=(X, X))
        gc.collect()
        self.assertEqual(sys.getrefcount(X), before)


class Outputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = tao.compile(affine(), threads=1)

    def test_others_see_the_same_memory(self):
        y = self.model(X)
        address = y.__array_interface__["data"][0]
        self.assertEqual(address % 64, 0)
        for seen in (np.asarray(y), np.from_dlpack(y), np.array(y, copy=False), np.asarray(memoryview(y)), y.numpy(),
                     np.frombuffer(y, np.float32).reshape(3, 4), y.__array__()):
            np.testing.assert_array_equal(seen, Y)
            self.assertEqual(seen.__array_interface__["data"][0], address)
            self.assertTrue(seen.flags.writeable)
        copied = np.from_dlpack(y, copy=True)
        self.assertNotEqual(copied.__array_interface__["data"][0], address)
        np.testing.assert_array_equal(copied, Y)
        np.testing.assert_array_equal(y.__array__(dtype=np.float64, copy=True), Y)
        self.assertEqual(capsule_fields(y.__dlpack__()), (address, 1, (2, 32), (3, 4)))
        self.assertEqual(y.__dlpack_device__(), (1, 0))

    def test_what_it_says_of_itself(self):
        y = self.model(X)
        self.assertEqual((y.shape, y.dtype, y.ndim, y.nbytes), ((3, 4), "float32", 2, 48))
        self.assertEqual(repr(y), "tao.Tensor(shape=(3, 4), dtype=float32)")

    def test_results_outlive_everything(self):
        model = tao.compile(affine(), threads=1)
        y = model(X)
        seen, imported = np.asarray(y), np.from_dlpack(y)
        capsule = y.__dlpack__()
        del model, y
        gc.collect()
        np.testing.assert_array_equal(seen, Y)
        del seen
        gc.collect()
        np.testing.assert_array_equal(imported, Y)
        self.assertEqual(capsule_fields(capsule)[3], (3, 4))

    def test_exports_that_cannot_be(self):
        y = self.model(X)
        with self.assertRaisesRegex(BufferError, "cannot be exported to another device"):
            y.__dlpack__(dl_device=(2, 0))
        with self.assertRaisesRegex(ValueError, "stream must be None"):
            y.__dlpack__(stream=1)
        with self.assertRaises(TypeError):
            tao.Tensor()

    def test_given_outputs(self):
        y = np.zeros((3, 4), np.float32)
        self.assertIs(self.model(X, out=y), y)
        np.testing.assert_array_equal(y, Y)
        other = self.model(X)
        self.assertIs(self.model(X - 1, out=[other]), other)
        np.testing.assert_array_equal(np.asarray(other), Y - 2)
        model, one = tao.compile(pair(), threads=1), np.zeros(2, np.float32)
        mine, made = model(np.float32([1, 2]), np.float32([3, 5]), out=(one, None))
        self.assertIs(mine, one)
        self.assertEqual((one.tolist(), np.asarray(made).tolist()), ([4, 7], [-2, -3]))

    def test_given_outputs_that_do_not_fit(self):
        readonly = np.zeros((3, 4), np.float32)
        readonly.flags.writeable = False
        for exception, message, out in (
            (ValueError, "output 'y' has shape (3, 3), expected (3, 4)", np.zeros((3, 3), np.float32)),
            (ValueError, "output 'y' has shape (4, 3, 1), expected (3, 4)", np.zeros((4, 3, 1), np.float32)),
            (TypeError, "output 'y' has dtype float64, expected float32", np.zeros((3, 4))),
            (ValueError, "output 'y' is strided, expected row-major and compact", np.zeros((4, 3), np.float32).T),
            (ValueError, "output 'y' overlaps input 'x'", X),
            (ValueError, "output 'y' is read-only", readonly),
            (ValueError, "output 'y' is read-only", bytes(48)),
            (TypeError, "output 'y': an object of type 'int' speaks neither DLPack nor the buffer protocol", 3),
            (TypeError, "model 'affine' needs out to hold 1, one for each output, not 2", (None, None)),
        ):
            with self.assertRaises(exception) as caught:
                self.model(X, out=out)
            self.assertEqual(str(caught.exception), message)

    def test_inputs_with_awkward_names(self):
        model = tao.compile(parse('awkward (float[2] out) => (float[2] y) { y = Neg(out) }'), threads=1)
        x, y = np.float32([1, 2]), np.zeros(2, np.float32)
        self.assertEqual(np.asarray(model(out=x)).tolist(), [-1, -2])
        self.assertIs(model.run({"out": x}, out=y), y)
        self.assertEqual(y.tolist(), [-1, -2])


class Types(unittest.TestCase):
    def test_every_type(self):
        for onnx_name, name in (("float", "float32"), ("double", "float64"), ("float16", "float16"), ("int32", "int32"),
                                ("int64", "int64"), ("uint8", "uint8"), ("int8", "int8")):
            model = tao.compile(identity_sum(onnx_name), threads=1)
            x = np.array([1, 2, 3], name)
            y = model(x)
            self.assertEqual((model.inputs[0].dtype, y.dtype), (name, name))
            for seen in (np.asarray(y), np.from_dlpack(y)):
                self.assertEqual((seen.dtype, seen.tolist()), (x.dtype, [2, 4, 6]))
            np.testing.assert_array_equal(np.asarray(model(Exporter(x))), seen)

    def test_bool(self):
        model = tao.compile(parse("flip (bool[n] x) => (bool[n] y) { y = Not(x) }"), threads=1)
        self.assertEqual(np.asarray(model(np.array([True, False]))).tolist(), [False, True])
        self.assertEqual(model(np.array([True])).__array_interface__["typestr"], "|b1")

    def test_bfloat16(self):
        model = tao.compile(identity_sum("bfloat16"), threads=1)
        x = np.array([1.5, -2, 3], ml_dtypes.bfloat16)
        y = model(x)
        self.assertEqual(y.dtype, "bfloat16")
        address, device, dtype, shape = capsule_fields(y.__dlpack__())
        self.assertEqual((device, dtype, shape), (1, (4, 16), (3,)))
        for seen in (y.numpy(), np.asarray(y)):
            self.assertEqual((seen.dtype, seen.tolist()), (x.dtype, [3, -4, 6]))
            self.assertEqual(seen.__array_interface__["data"][0], address)
        with self.assertRaisesRegex(BufferError, "bfloat16 has no buffer format"):
            memoryview(y)
        for again in (y, Exporter(y), Exporter(y, old=True)):  # by DLPack
            self.assertEqual(model(again).numpy().tolist(), [6, -8, 12])
        target = np.zeros(3, ml_dtypes.bfloat16)
        self.assertIs(model(x, out=target), target)
        self.assertEqual(target.tolist(), [3, -4, 6])
        with self.assertRaisesRegex(TypeError, "input 'x' has dtype uint16, expected bfloat16"):
            model(x.view(np.uint16))


class Descriptions(unittest.TestCase):
    def test_values(self):
        model = tao.compile(affine(), threads=2)
        (x,), (y,) = model.inputs, model.outputs
        self.assertEqual((x.name, x.dtype, x.shape, x.alias), ("x", "float32", ("rows", 4), None))
        self.assertEqual((y.name, y.dtype, y.shape, y.alias), ("y", "float32", ("rows", 4), None))
        self.assertEqual(repr(x), "tao.Value(name='x', dtype=float32, shape=('rows', 4))")
        self.assertEqual((model.name, model.target, model.threads), ("affine", "cpu", 2))
        self.assertIn("tao.Model('affine', inputs=(tao.Value(name='x'", repr(model))
        with self.assertRaises(AttributeError):
            model.name = "other"

    def test_alias(self):
        model = tao.compile(affine(), options=["--alias=y:x"], threads=1)
        self.assertEqual(model.outputs[0].alias, "x")
        x = X.copy()
        self.assertIs(model(x, out=x), x)
        np.testing.assert_array_equal(x, Y)


class Threads(unittest.TestCase):
    def test_one_model_many_threads(self):
        model, failures = tao.compile(affine(), threads=1), []

        def work(seed):
            for rows in np.random.default_rng(seed).integers(0, 300, 100):
                x = np.full((rows, 4), seed, np.float32)
                if not np.array_equal(np.asarray(model(x)), 2 * x + 1):
                    failures.append((seed, rows))

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_the_lock_is_released(self):
        # Each thread's run begins while the other's is going on: from the trace, whatever the machine's speed.
        model = tao.compile(parse("long (float[n] x) => (float[n] y) { a = Exp(x) b = Sin(a) c = Tanh(b) y = Erf(c) }"), threads=1)
        x = np.zeros(1 << 21, np.float32)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace.json")
            with tao.trace(path):
                threads = [threading.Thread(target=lambda: [model(x) for _ in range(5)]) for _ in range(2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            runs = [e for e in json.loads(Path(path).read_text())["traceEvents"] if e["cat"] == "run"]
        self.assertEqual((len(runs), len({run["tid"] for run in runs})), (10, 2))
        overlaps = [(a, b) for a in runs for b in runs if a["tid"] < b["tid"]
                    and a["ts"] < b["ts"] + b["dur"] and b["ts"] < a["ts"] + a["dur"]]
        self.assertTrue(overlaps)

    def test_number_of_threads(self):
        model = tao.compile(affine(), threads=1)
        x = np.ones((50000, 4), np.float32)
        two = model.with_threads(2)
        self.assertEqual((two.threads, two.explain()), (2, model.explain()))
        np.testing.assert_array_equal(np.asarray(two(x)), np.asarray(model(x)))
        del model
        gc.collect()
        np.testing.assert_array_equal(np.asarray(two(X)), Y)
        with self.assertRaisesRegex(ValueError, "create: num_threads is -1"):
            two.with_threads(-1)

    def test_after_a_fork(self):
        product = parse("product (float[n, 256] x, float[256, 256] w) => (float[n, 256] y) { y = MatMul(x, w) }")
        ones, w = np.ones((512, 256), np.float32), np.eye(256, dtype=np.float32)
        for model, inputs in ((tao.compile(affine(), threads=2), [np.ones((50000, 4), np.float32)]),
                              (tao.compile(product, threads=2), [ones, w])):
            expected = np.asarray(model(*inputs))
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                same = all(np.array_equal(np.asarray(model(*inputs)), expected) for _ in range(3))
                del model
                os._exit(0 if same else 1)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
            np.testing.assert_array_equal(np.asarray(model(*inputs)), expected)


class Trace(unittest.TestCase):
    def test_events(self):
        model = tao.compile(affine(), threads=1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace.json")
            with self.assertRaises(ZeroDivisionError), tao.trace(path):
                model(X)
                with self.assertRaisesRegex(RuntimeError, "a trace is being recorded already"), tao.trace(path + "2"):
                    pass
                model(X)
                raise ZeroDivisionError
            model(X)  # not in it
            events = json.loads(Path(path).read_text())["traceEvents"]
            self.assertEqual([e["cat"] for e in events], ["run", "memory"] * 2)
            run, kernel = events[:2]
            self.assertEqual((run["name"], run["ph"], run["tid"]), ("affine", "X", threading.get_native_id()))
            self.assertEqual(sorted(kernel["args"]["nodes"]), ["scale", "shift"])
            self.assertLessEqual(run["ts"], kernel["ts"])
            self.assertLessEqual(kernel["ts"] + kernel["dur"], run["ts"] + run["dur"])
            with self.assertRaises(FileNotFoundError), tao.trace(os.path.join(folder, "no", "trace.json")):
                pass
            with tao.trace(path):
                pass
            self.assertEqual(json.loads(Path(path).read_text())["traceEvents"], [])


if __name__ == "__main__":
    unittest.main()
