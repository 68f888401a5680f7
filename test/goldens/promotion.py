"""promotion.json: torch.result_type for every pair of dtypes, for tensors, 0-d tensors and numbers."""

import torch

from golden import DTYPES, NAMES, write

NUMBERS = {"integer": 2, "fraction": 0.5}


def operand(kind, dtype):
    return torch.ones([2] if kind == "tensor" else [], dtype=DTYPES[dtype])


cases = []
for first in DTYPES:
    for first_kind in ("tensor", "0-d"):
        a = operand(first_kind, first)
        others = {f"{kind} {dtype}": operand(kind, dtype) for kind in ("tensor", "0-d") for dtype in DTYPES}
        for other, b in {**others, **NUMBERS}.items():
            cases.append([f"{first_kind} {first}", other, NAMES[torch.result_type(a, b)]])
write("promotion", cases)
