#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A session of an editor with tao-lsp-server: diagnostics stand where the error is, and hovering shows an op.

usage: test_lsp.py BIN
"""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from pathlib import Path

BIN = Path(sys.argv.pop()).resolve()
URI = "file:///model.mlir"
GOOD = """func.func @main(%x: tensor<?x4xf32, #tao.dims<"n">>) -> tensor<?x4xf32, #tao.dims<"n">> {
  %y = tao.exp %x : tensor<?x4xf32, #tao.dims<"n">>
  return %y : tensor<?x4xf32, #tao.dims<"n">>
}
"""


class Server:
    """Speaks JSON-RPC with the server."""

    def __init__(self):
        self.process = subprocess.Popen([BIN / "tao-lsp-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.count = 0

    def send(self, method, parameters, **fields):
        message = json.dumps({"jsonrpc": "2.0", "method": method, "params": parameters, **fields}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
        self.process.stdin.flush()

    def receive(self, wanted):
        """The next message for which `wanted` holds."""
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length == 0:
                raise EOFError("the server has ended")
            message = json.loads(self.process.stdout.read(length))
            if wanted(message):
                return message

    def ask(self, method, parameters):
        self.count += 1
        self.send(method, parameters, id=self.count)
        return self.receive(lambda message: message.get("id") == self.count)["result"]

    def diagnostics(self):
        return self.receive(lambda message: message.get("method") == "textDocument/publishDiagnostics")["params"]


class Lsp(unittest.TestCase):
    def test_session(self):
        server = Server()
        answer = server.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.assertTrue(answer["capabilities"]["hoverProvider"])
        server.send("initialized", {})

        def show(method, text, version):
            document = {"uri": URI, "languageId": "mlir", "version": version}
            if method == "textDocument/didOpen":
                server.send(method, {"textDocument": {**document, "text": text}})
            else:
                server.send(method, {"textDocument": document, "contentChanges": [{"text": text}]})
            return server.diagnostics()["diagnostics"]

        # An op that the dialect does not have, on the second line.
        [problem] = show("textDocument/didOpen", GOOD.replace("tao.exp", "tao.expo"), 1)
        self.assertIn("tao.expo", problem["message"])
        self.assertEqual(problem["range"]["start"], {"line": 1, "character": 7})
        self.assertEqual(problem["severity"], 1)
        # One that the dialect's verifier refuses.
        [problem] = show("textDocument/didChange", GOOD.replace("tao.exp %x", "tao.and %x, %x"), 2)
        self.assertIn("is not defined on elements of type 'f32'", problem["message"])
        self.assertEqual(problem["range"]["start"]["line"], 1)
        # Mended.
        self.assertEqual(show("textDocument/didChange", GOOD, 3), [])

        place = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 9}}
        hover = server.ask("textDocument/hover", place)
        self.assertIn("tao.exp", hover["contents"]["value"])
        place["position"] = {"line": 2, "character": 10}
        [definition] = server.ask("textDocument/definition", place)
        self.assertEqual(definition["range"]["start"]["line"], 1)

        self.assertIsNone(server.ask("shutdown", None))
        server.send("exit", None)
        self.assertEqual(server.process.wait(timeout=20), 0)
        server.process.stdin.close()
        server.process.stdout.close()


if __name__ == "__main__":
    unittest.main()
