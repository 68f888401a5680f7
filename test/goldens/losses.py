"""losses.json: the losses of origin.py on fixed batches, values and gradients, in float64 and float32.

The gradient is that of the first output; where it is not a number, of sum(output * cotangent) with the cotangent drawn
from the key `<key of the batch>/cotangent`.
"""

import numpy
import torch

import origin
from golden import DTYPES, number, tensor, write
from inputs import make

MARGINS = [0, 0.2, 0.3, 1, 10]
SIX = [0, 0, 3, 4, 6, 8, 1, 0, 0, 2, 5, 5]


def literal(shape, values):
    return {"shape": shape, "values": [number(v) for v in values]}


def grid(rows, dims, scale):
    """Multiples of scale/32: all squared distances are exact in float32, so no rounding decides a selection."""
    return {"shape": [rows, dims], "low": -scale, "high": scale, "step": scale / 32}


# name -> (embeddings, labels, whether all margins are run)
BATCHES = {
    "six points": (literal([6, 2], SIX), [0, 0, 1, 1, 2, 2], True),
    "six points + 0.5": (literal([6, 2], [v + 0.5 for v in SIX]), [0, 0, 1, 1, 2, 2], False),
    "seed 0": (literal([3, 4], range(1, 13)), [1, 0, 1], True),
    "duplicates": (literal([6, 2], [0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 2]), [0, 0, 0, 1, 1, 1], True),
    "duplicates across classes": (literal([4, 2], [1, 2, 1, 2, 1, 2, 3, 0]), [0, 1, 0, 1], False),
    "square": (literal([4, 2], [0, 0, 1, 0, 1, 1, 0, 1]), [0, 0, 1, 1], True),
    "all tied": (literal([4, 3], [1, 2, 3] * 4), [0, 0, 1, 1], True),
    "one class": (grid(5, 3, 2), [7] * 5, False),
    "all distinct": (grid(6, 3, 2), [5, 3, 1, 4, 2, 0], False),
    "unequal 1 1 4": (literal([6, 2], SIX), [0, 1, 2, 2, 2, 2], False),
    "unequal mixed": (grid(9, 3, 2), [2, 0, 2, 1, 2, 0, 2, 9, 0], True),
    "two rows": (grid(2, 3, 2), [0, 1], False),
    "zero row": (literal([4, 2], [0, 0, 3, 4, 1, 1, 0, 2]), [0, 0, 1, 1], False),
    "hinge at zero": (literal([4, 1], [0, 1, 2, 4]), [0, 0, 1, 1], True),
}
for p, k in ((3, 2), (4, 3), (2, 5)):
    for d in (3, 8):
        for scale in (1, 10, 50):
            labels = [i // k for i in range(p * k)]
            BATCHES[f"{p}x{k} D{d} scale {scale}"] = (grid(p * k, d, scale), labels, scale == 1 and d == 3)

# Directions: rows that are zero or collinear have gradients (or selections) that rounding decides.
DIRECTED = {name for name, batch in BATCHES.items() if "step" in batch[0]} | {"six points + 0.5", "seed 0"}

cases = []


def record(fn, name, inputs, args, call, dtypes=("float64", "float32")):
    """Runs `call(tensors)` -> dict of outputs and appends the case. `inputs`: name -> spec."""
    keyed = {key: {**spec, "key": f"losses/{name}/{key}"} for key, spec in inputs.items()}
    for dtype in dtypes:
        tensors = {key: make(spec, spec["key"], DTYPES[dtype]) for key, spec in keyed.items()}
        differentiable = {key: t for key, t in tensors.items() if t.is_floating_point() and key != "mask"}
        for t in differentiable.values():
            t.requires_grad_()
        case = {"fn": fn, "name": name, "dtype": dtype, "args": args, "inputs": keyed}
        try:
            outputs = call(tensors)
        except (RuntimeError, IndexError) as error:
            cases.append({**case, "error": type(error).__name__})
            continue
        case["outputs"] = {key: tensor(value) for key, value in outputs.items()}
        first = next(iter(outputs.values()))
        if differentiable and isinstance(first, torch.Tensor) and first.requires_grad:
            total = first
            if first.dim() > 0:
                cotangent = make({"shape": list(first.shape)}, f"losses/{name}/cotangent", DTYPES[dtype])
                total = (first * cotangent).sum()
            grads = torch.autograd.grad(total, list(differentiable.values()), allow_unused=True)
            case["grads"] = {key: tensor(g) for key, g in zip(differentiable, grads) if g is not None}
        cases.append(case)


def pair(result, second="correct"):
    return {"loss": result[0], second: result[1]}


for name, (embeddings, labels, sweep) in BATCHES.items():
    margins = MARGINS if sweep else [0.3]
    batch = {"embeddings": embeddings, "labels": {"dtype": "int64", **literal([len(labels)], labels)}}
    only_embeddings = {"embeddings": embeddings}
    only_labels = {"labels": batch["labels"]}
    for margin in margins:
        record(
            "OriTripletLoss",
            name,
            batch,
            {"margin": margin},
            lambda t: pair(origin.OriTripletLoss(len(t["labels"]), margin)(t["embeddings"], t["labels"])),
        )
        for squared in (False, True):
            for clamp in (True, False) if name == "seed 0" else (True,):
                options = {"margin": margin, "squared": squared, "clamp": clamp}
                record(
                    "batch_all_triplet_loss",
                    name,
                    batch,
                    options,
                    lambda t: pair(origin.batch_all_triplet_loss(t["labels"], t["embeddings"], **options), "fraction"),
                )
                record(
                    "batch_hard_triplet_loss",
                    name,
                    batch,
                    options,
                    lambda t: {"loss": origin.batch_hard_triplet_loss(t["labels"], t["embeddings"], **options)},
                )
        for metric in ("L2", "squared-L2", "angular") if name in DIRECTED else ("L2", "squared-L2"):
            options = {"margin": margin, "distance_metric": metric}
            record(
                "TripletSemiHardLoss",
                name,
                batch,
                options,
                lambda t: {"loss": origin.triplet_semihard_loss(t["labels"], t["embeddings"], **options)},
            )
            for soft in (False, True) if margin == margins[0] else (False,):
                hard = {**options, "soft": soft}
                record(
                    "TripletHardLoss",
                    name,
                    batch,
                    hard,
                    lambda t: {"loss": origin.triplet_hard_loss(t["labels"], t["embeddings"], **hard)},
                )
    for flag in (False, True) if name in DIRECTED else (False,):
        record(
            "TripletLoss_WRT",
            name,
            batch,
            {"normalize_feature": flag},
            lambda t: pair(origin.TripletLoss_WRT()(t["embeddings"], t["labels"], flag)),
        )
    for squared in (False, True):
        for clamp in (True, False):
            options = {"squared": squared, "clamp": clamp}
            record(
                "pairwise_distances",
                name,
                only_embeddings,
                options,
                lambda t: {"distances": origin.pairwise_distances(t["embeddings"], **options)},
            )
    record("normalize", name, only_embeddings, {}, lambda t: {"x": origin.normalize(t["embeddings"])})
    for fn in ("get_triplet_mask", "get_anchor_positive_triplet_mask", "get_anchor_negative_triplet_mask"):
        record(fn, name, only_labels, {}, lambda t: {"mask": getattr(origin, fn)(t["labels"])}, dtypes=("float64",))

for m, n, d in ((3, 4, 3), (5, 2, 8), (1, 1, 1)):
    two = {"emb1": {"shape": [m, d]}, "emb2": {"shape": [n, d]}}
    for fn in ("pdist_torch", "pdist_np"):
        record(fn, f"{m}x{n} D{d}", two, {}, lambda t: {"dist": getattr(origin, fn)(t["emb1"], t["emb2"])})
for fn in ("pdist_torch", "pdist_np"):
    six = {"emb1": literal([6, 2], SIX), "emb2": literal([6, 2], SIX)}
    record(fn, "six points", six, {}, lambda t: {"dist": getattr(origin, fn)(t["emb1"], t["emb2"])})

# The mask zeroes entries of dist before the maximum is taken: both signs and an empty row belong here.
MASK = [1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1]
for label, low, high in (("positive", 0, 4), ("negative", -4, 0), ("large", -70, -20), ("mixed", -3, 3)):
    weights = {"dist": {"shape": [4, 3], "low": low, "high": high}, "mask": literal([4, 3], MASK)}
    record("softmax_weights", label, weights, {}, lambda t: {"weights": origin.softmax_weights(t["dist"], t["mask"])})

legacy = numpy.random.RandomState(666).uniform(size=[36, 16]).reshape(-1).tolist()
STACKS = {
    "seed 1": (literal([36, 16], legacy), [0.2]),
    "drawn": ({"shape": [12, 5], "low": -1, "high": 1}, MARGINS),
    "hinge at zero": (literal([6, 1], [0, 1, 1, 0, 1, 2]), [0, 1, 3]),
}
for name, (embeddings, margins) in STACKS.items():
    for alpha in margins:
        for reduction in ("mean", "sum"):
            options = {"alpha": alpha, "reduction": reduction}
            record(
                "triplet_loss",
                name,
                {"embeddings": embeddings},
                options,
                lambda t: {"loss": origin.triplet_loss(*origin.unstack_triplets(t["embeddings"]), **options)},
                dtypes=("float64",) if name == "seed 1" else ("float64", "float32"),
            )
record(
    "unstack_triplets",
    "drawn",
    {"embeddings": STACKS["drawn"][0]},
    {},
    lambda t: dict(zip(("anchor", "positive", "negative"), origin.unstack_triplets(t["embeddings"]))),
)
if __name__ == "__main__":
    write("losses", cases)
