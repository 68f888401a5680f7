"""Shared by the golden scripts: writing files, numbers and dtypes."""

import json
import math
import pathlib

import torch

# The gradient of clamp at its bound: 1 up to PyTorch 2.14, 0 from 2.15 on. reidgrad keeps the older rule (see
# README.md), which every ReID code base was written against. False gives PyTorch 2.15's.
CLAMP_IS_ACTIVE_AT_ITS_BOUND = True

DATA = pathlib.Path(__file__).parent / "data"
DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "int32": torch.int32,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "bool": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def clamp(x, min=None, max=None):
    """torch.clamp with the gradient rule above."""
    if not CLAMP_IS_ACTIVE_AT_ITS_BOUND:
        return torch.clamp(x, min, max)
    active = x == x
    if min is not None:
        active = active & (x >= min)
    if max is not None:
        active = active & (x <= max)
    return torch.where(active, x, torch.clamp(x.detach(), min, max))


class MarginRankingLoss(torch.nn.Module):
    """nn.MarginRankingLoss, which clamps inside, with the gradient rule above."""

    def __init__(self, margin=0.0, reduction="mean"):
        super().__init__()
        self.margin = margin
        self.reduction = reduction

    def forward(self, x1, x2, y):
        loss = clamp(-y * (x1 - x2) + self.margin, min=0)
        return {"mean": loss.mean, "sum": loss.sum, "none": loss.clone}[self.reduction]()


def number(value):
    """A JSON value that keeps the float exactly: shortest round-trip digits, words for NaN and the infinities."""
    if isinstance(value, (bool, int)):
        return int(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 2**53 and math.copysign(1, value) > 0 else value


def tensor(value):
    """{shape, data} of a tensor, array or number: what load.ts reads."""
    value = torch.as_tensor(value).detach()
    return {"shape": list(value.shape), "data": [number(x) for x in value.reshape(-1).tolist()]}


def write(name, cases):
    """Writes data/<name>.json, one case a line so that diffs stay readable."""
    DATA.mkdir(exist_ok=True)
    path = DATA / f"{name}.json"
    lines = [json.dumps(case, separators=(",", ":"), allow_nan=False, ensure_ascii=False) for case in cases]
    head = json.dumps({"torch": torch.__version__.split("+")[0]})[:-1]
    path.write_text(head + ',"cases":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")
