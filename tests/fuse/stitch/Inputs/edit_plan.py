# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""edit_plan.py STATEMENT: takes the plan file out of a report, or a plan file as it is, runs the statement on it as `p`, whose
groups are `groups` and whose first group is `g`, and writes it."""

import json
import sys



def group(ops, stores):
    """A group with a plan that says nothing, for what is checked before the plan is."""
    numbers = list(range(len(ops)))
    region = {"part": 0, "dominants": stores, "ops": numbers, "placement": []}
    variant = {"guard": [], "parts": [{"blocks": 1, "outer": []}], "regions": [region], "edges": [], "buffers": [],
               "barriers": [], "threads": 1, "registers": 8, "shared": 0, "workspace": 0}
    plan = {"arch": "sm_90", "classes": [], "spaces": [[] for _ in ops], "variants": [variant]}
    return {"ops": ops, "stores": stores, "key": "", "plan": plan}


p = json.load(sys.stdin)
p = p.get("fusion_plan", p)
groups = p["functions"][0]["groups"]
g = groups[0]
exec(sys.argv[1])
json.dump(p, sys.stdout, indent=1, sort_keys=True)
