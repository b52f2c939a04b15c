# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what taoc --diagnostics=json wrote, a line per error and its fields in alphabetic order."""
import json
import sys

for line in sys.stdin:
    fields = json.loads(line)
    fields["file"] = fields["file"].rpartition("/")[2]
    fields["message"] = fields["message"].replace("\n", "|")
    print(*(f"{name}={fields[name]}" for name in sorted(fields)))
