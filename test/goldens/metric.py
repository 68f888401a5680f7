"""metric.json: pytorch-metric-learning 2.8.1 on fixed batches, in float64: losses with gradients, miners, distances.

Loss cases: `args` holds the options of the loss and, under `distance`, `miner` and `reducer`, {name, options} of the
other parts. `grads` are those of the loss, by input; W and proxies are inputs too. Miner cases give sorted index tuples.
Distances are differentiated through sum(output * cotangent), the cotangent of the key `metric/<name>/cotangent`.

The heads of fast-reid and the smooth average precision, which 2.8.1 does not have, are written out below by their
formulas.
"""

import math

import torch
from pytorch_metric_learning import distances, losses, miners, reducers
from pytorch_metric_learning.utils import loss_and_miner_utils

from golden import number, tensor, write
from inputs import make

F64 = torch.float64


def literal(shape, values):
    return {"shape": shape, "values": [number(v) for v in values]}


def drawn(rows, features=4, step=None):
    spec = {"shape": [rows, features], "low": -2, "high": 2}
    return spec if step is None else {**spec, "step": step}


# name -> (embeddings, labels). Points of "tied" and "duplicates" are whole numbers: their Euclidean distances are exact,
# so that no rounding decides a selection; they are mined with such distances only.
BATCHES = {
    "random": (drawn(9), [2, 0, 2, 1, 2, 0, 2, 3, 0]),
    "equal counts": (drawn(8), [0, 0, 1, 1, 2, 2, 3, 3]),
    "no positive": (drawn(5), [4, 2, 0, 1, 3]),
    "no negative": (drawn(5), [1] * 5),
    "tied": (drawn(8, 2, 1), [0, 1, 0, 1, 2, 0, 2, 1]),
    "duplicates": (literal([6, 2], [1, 2, 1, 2, -1, 1, 3, 1, 1, 2, 3, 1]), [0, 0, 0, 1, 1, 1]),
    "one pair": (drawn(3), [0, 0, 1]),
    # With a margin of 0.25 only the first row has a triplet; of one positive and one negative pair PML has no loss.
    "one triplet": (literal([3, 2], [0, 0, 1, 0, -1.125, 0]), [0, 0, 1]),
}
EXACT = {"tied", "duplicates", "one triplet"}
RAW = {"name": "LpDistance", "options": {"normalize_embeddings": False}}
SQUARED = {"name": "LpDistance", "options": {"normalize_embeddings": False, "power": 2}}
UNIT = {"name": "LpDistance", "options": {}}
COSINE = {"name": "CosineSimilarity", "options": {}}
DOT = {"name": "DotProductSimilarity", "options": {"normalize_embeddings": False}}
SNR = {"name": "SNRDistance", "options": {}}
CLASSES = 5

cases = []


def part(module, spec):
    if spec is None:
        return None
    options = dict(spec["options"])
    if spec["name"] == "ClassWeightedReducer":
        options["weights"] = torch.tensor(options["weights"], dtype=F64)
    if "reducer" in options:
        options["reducer"] = part(reducers, options["reducer"])
    return getattr(module, spec["name"])(**options)


def miner_of(spec, distance):
    if spec is None:
        return None
    own = spec.get("distance", distance)
    given = {} if own is None or spec["name"] in ("AngularMiner",) else {"distance": part(distances, own)}
    return getattr(miners, spec["name"])(**spec["options"], **given)


def inputs_of(name, extra=()):
    embeddings, labels = BATCHES[name]
    specs = {"embeddings": embeddings, **dict(extra)}
    keyed = {key: {**spec, "key": f"metric/{name}/{key}"} for key, spec in specs.items()}
    keyed["labels"] = {"dtype": "int64", **literal([len(labels)], labels), "key": f"metric/{name}/labels"}
    tensors = {key: make(spec, spec["key"], F64) for key, spec in keyed.items()}
    for value in tensors.values():
        if value.is_floating_point():
            value.requires_grad_()
    return keyed, tensors


def record(fn, name, args, keyed, tensors, outputs, total=None):
    case = {"fn": fn, "name": name, "dtype": "float64", "args": args, "inputs": keyed}
    case["outputs"] = {key: tensor(value) for key, value in outputs.items()}
    if total is not None:
        leaves = {key: t for key, t in tensors.items() if t.requires_grad}
        grads = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        case["grads"] = {key: tensor(torch.zeros_like(leaves[key]) if g is None else g) for key, g in zip(leaves, grads)}
    cases.append(case)


def loss_case(fn, name, options=None, distance=None, miner=None, reducer=None, weight=None):
    """weight: (attribute, shape) of the learned class vectors."""
    options = options or {}
    keyed, tensors = inputs_of(name, [] if weight is None else [("weight", {"shape": weight[1]})])
    given = dict(options)
    if distance is not None:
        given["distance"] = part(distances, distance)
    if reducer is not None:
        given["reducer"] = part(reducers, reducer)
    if weight is not None:
        given["num_classes"], given["embedding_size"] = CLASSES, tensors["embeddings"].shape[1]
    loss = getattr(losses, fn)(**given).double()
    if weight is not None:
        # The gradient of the parameter is that of the input it is made of.
        delattr(loss, weight[0])
        object.__setattr__(loss, "cast_types", lambda *_: None)
        setattr(loss, weight[0], tensors["weight"])
    labels = tensors["labels"]
    mined = None if miner is None else miner_of(miner, distance)(tensors["embeddings"], labels)
    value = loss(tensors["embeddings"], labels, mined)
    args = {"options": options}
    args.update({k: v for k, v in (("distance", distance), ("miner", miner), ("reducer", reducer)) if v is not None})
    record(fn, name, args, keyed, tensors, {"loss": value.reshape([])}, value.sum())


HARD = {"name": "BatchHardMiner", "options": {}}
TRIPLETS = {"name": "TripletMarginMiner", "options": {"margin": 0.5}}
MULTI = {"name": "MultiSimilarityMiner", "options": {}}
PAIRS = {"name": "PairMarginMiner", "options": {"pos_margin": 0.5, "neg_margin": 1.5}}
EASY = {"name": "BatchEasyHardMiner", "options": {}}
REDUCERS = [
    {"name": "MeanReducer", "options": {}},
    {"name": "SumReducer", "options": {}},
    {"name": "ThresholdReducer", "options": {"low": 0.1, "high": 1.5}},
    {"name": "ClassWeightedReducer", "options": {"weights": [0.5, 1, 2, 0.25, 3]}},
]
PER_ANCHOR = {"name": "PerAnchorReducer", "options": {}}
PER_ANCHOR_NON_ZERO = {"name": "PerAnchorReducer", "options": {"reducer": {"name": "AvgNonZeroReducer", "options": {}}}}

for batch in BATCHES:
    exact = batch in EXACT
    base = RAW if exact else None
    for fn in (
        "ContrastiveLoss",
        "TripletMarginLoss",
        "LiftedStructureLoss",
        "GeneralizedLiftedStructureLoss",
        "MarginLoss",
    ):
        loss_case(fn, batch, distance=base)
        if batch in ("random", "tied", "duplicates"):
            loss_case(fn, batch, distance=base, miner=HARD)
            loss_case(fn, batch, distance=base, miner=TRIPLETS)
            loss_case(fn, batch, distance=base, miner=PAIRS)
        if batch == "random":
            for distance in (RAW, SQUARED, DOT, SNR):
                loss_case(fn, batch, distance=distance)
    for fn in ("MultiSimilarityLoss", "NTXentLoss", "SupConLoss", "CircleLoss", "IntraPairVarianceLoss", "NPairsLoss"):
        loss_case(fn, batch)
        if batch in ("random", "tied"):
            # The first positive of N-pairs depends on the order of the list, which MULTI sorts by similarity.
            mined = {**HARD, "distance": RAW} if exact or fn == "NPairsLoss" else MULTI
            loss_case(fn, batch, miner=mined)
            loss_case(fn, batch, miner={**TRIPLETS, "distance": RAW})
        if batch == "random" and fn not in ("CircleLoss", "NPairsLoss"):
            loss_case(fn, batch, distance=RAW)
    for fn in ("CosFaceLoss", "ArcFaceLoss", "NormalizedSoftmaxLoss", "ProxyAnchorLoss", "ProxyNCALoss"):
        features = BATCHES[batch][0]["shape"][1]
        proxies = fn.startswith("Proxy")
        weight = ("proxies", [CLASSES, features]) if proxies else ("W", [features, CLASSES])
        if batch in ("random", "no negative", "tied"):
            loss_case(fn, batch, weight=weight)
        if batch == "random":
            loss_case(fn, batch, weight=weight, miner={**TRIPLETS, "distance": RAW})
            loss_case(fn, batch, weight=weight, miner={**PAIRS, "distance": RAW})
    loss_case("NCALoss", batch) if batch != "no positive" else None
    loss_case("RankedListLoss", batch, {"margin": 0.4, "Tn": 2, "Tp": 1})
    loss_case("FastAPLoss", batch)

for fn in ("ContrastiveLoss", "TripletMarginLoss", "MultiSimilarityLoss", "NTXentLoss", "LiftedStructureLoss"):
    one = {"name": "TripletMarginMiner", "options": {"margin": 0.25}}
    loss_case(fn, "one triplet", distance=RAW, miner=one)

for margin in (-0.5, 0.3):
    for swap in (False, True):
        for smooth in (False, True):
            options = {"margin": margin, "swap": swap, "smooth_loss": smooth}
            loss_case("TripletMarginLoss", "random", options)
            loss_case("TripletMarginLoss", "random", options, distance=COSINE, miner=EASY)
            loss_case("TripletMarginLoss", "tied", options, distance=RAW, miner=HARD)
loss_case("TripletMarginLoss", "random", {"margin": 0.3}, distance=RAW, miner=HARD, reducer=REDUCERS[0])
for reducer in REDUCERS:
    for fn in ("ContrastiveLoss", "TripletMarginLoss", "NTXentLoss", "SupConLoss"):
        loss_case(fn, "random", reducer=reducer)
    loss_case("ContrastiveLoss", "no positive", reducer=reducer)
    loss_case("TripletMarginLoss", "no negative", reducer=reducer)
for reducer in (PER_ANCHOR, PER_ANCHOR_NON_ZERO):
    for fn in ("ContrastiveLoss", "NTXentLoss", "MultiSimilarityLoss"):
        loss_case(fn, "random", reducer=reducer)
    loss_case("ContrastiveLoss", "random", reducer=reducer, miner=PAIRS)
loss_case("ContrastiveLoss", "random", {"pos_margin": 1, "neg_margin": 0}, distance=COSINE)
loss_case("CircleLoss", "random", {"m": 0.25, "gamma": 128})
loss_case("MultiSimilarityLoss", "random", {"alpha": 3, "beta": 20, "base": 0.2})
loss_case("ArcFaceLoss", "random", {"margin": 120, "scale": 8}, weight=("W", [4, CLASSES]))
for options in ({"learn_beta": True, "nu": 0.1}, {"learn_beta": True, "nu": 0.1, "num_classes": CLASSES}):
    loss_case("MarginLoss", "random", options)
    loss_case("MarginLoss", "random", options, miner=HARD)


def pairs_of(*indices):
    return torch.tensor(sorted(zip(*(i.tolist() for i in indices))), dtype=torch.int64).reshape(-1, len(indices))


def miner_case(name, spec, distance=None):
    keyed, tensors = inputs_of(name)
    found = miner_of(spec, distance)(tensors["embeddings"].detach(), tensors["labels"])
    if len(found) == 3:
        outputs = {"triplets": pairs_of(*found)}
    else:
        outputs = {"positives": pairs_of(*found[:2]), "negatives": pairs_of(*found[2:])}
    args = {"options": spec["options"], **({} if distance is None else {"distance": distance})}
    record(spec["name"], name, args, keyed, tensors, outputs)


KINDS = ("all", "hard", "semihard", "easy")
STRATEGIES = [
    {"pos_strategy": p, "neg_strategy": n}
    for p in KINDS
    for n in KINDS
    if not (p == n == "semihard") and not {p, n} == {"all", "semihard"}
]
RANGED = {"pos_strategy": "hard", "neg_strategy": "easy", "allowed_pos_range": [0.2, 3], "allowed_neg_range": [1, 3]}
for batch in BATCHES:
    sets = [RAW] if batch in EXACT else [None, COSINE]
    for distance in sets:
        miner_case(batch, HARD, distance)
        miner_case(batch, MULTI, distance)
        miner_case(batch, PAIRS, distance)
        for kind in KINDS:
            miner_case(batch, {"name": "TripletMarginMiner", "options": {"type_of_triplets": kind}}, distance)
        for options in [*STRATEGIES, RANGED] if batch in ("random", "tied") else [STRATEGIES[-1], {}]:
            miner_case(batch, {"name": "BatchEasyHardMiner", "options": options}, distance)
    if batch not in EXACT:
        miner_case(batch, {"name": "AngularMiner", "options": {}})
        miner_case(batch, {"name": "AngularMiner", "options": {"angle": 40}})

# The weights that the miner draws with, taken from the call that does so.
for batch in ("random", "equal counts", "no positive", "no negative"):
    keyed, tensors = inputs_of(batch)
    seen = []
    own = loss_and_miner_utils.get_random_triplet_indices
    loss_and_miner_utils.get_random_triplet_indices = lambda *a, weights=None, **k: (
        seen.append(weights) or (torch.empty(0, dtype=torch.int64),) * 3
    )
    try:
        miners.DistanceWeightedMiner()(tensors["embeddings"].detach(), tensors["labels"])
    except RuntimeError:
        # The maximum of nothing: no row has a weight.
        seen.append(torch.zeros(len(tensors["labels"]), len(tensors["labels"]), dtype=F64))
    loss_and_miner_utils.get_random_triplet_indices = own
    # Rows without a negative are 0 / 0 there; they are then left out.
    record("DistanceWeightedMiner", batch, {"options": {}}, keyed, tensors, {"probabilities": seen[0].nan_to_num(0)})

for spec in (
    {"name": "LpDistance", "options": {}},
    {"name": "LpDistance", "options": {"power": 2}},
    {"name": "LpDistance", "options": {"p": 1}},
    {"name": "LpDistance", "options": {"p": 3, "normalize_embeddings": False}},
    {"name": "LpDistance", "options": {"p": math.inf, "normalize_embeddings": False}},
    {"name": "CosineSimilarity", "options": {}},
    {"name": "CosineSimilarity", "options": {"power": 2}},
    {"name": "DotProductSimilarity", "options": {}},
    {"name": "DotProductSimilarity", "options": {"normalize_embeddings": False}},
    {"name": "SNRDistance", "options": {}},
    {"name": "SNRDistance", "options": {"normalize_embeddings": False, "power": 2}},
):
    for with_ref in (False, True):
        keyed, tensors = inputs_of("random", [("ref", drawn(5))] if with_ref else [])
        dist = part(distances, spec)(tensors["embeddings"], tensors.get("ref"))
        cotangent = make({"shape": list(dist.shape)}, "metric/random/cotangent", F64)
        options = {k: "inf" if v == math.inf else v for k, v in spec["options"].items()}
        record(spec["name"], "random", {"options": options}, keyed, tensors, {"dist": dist}, (dist * cotangent).sum())

# A queue of 10 rows and batches of 4: it fills, and wraps in the middle of a batch.
for fn, distance, miner in (
    ("ContrastiveLoss", None, None),
    ("TripletMarginLoss", None, None),
    ("MultiSimilarityLoss", None, MULTI),
    ("NTXentLoss", None, None),
    ("SupConLoss", None, None),
    ("CircleLoss", None, None),
    ("TripletMarginLoss", RAW, HARD),
    ("GeneralizedLiftedStructureLoss", None, None),
    ("MarginLoss", None, None),
    ("NCALoss", None, None),
):
    labels = [0, 1, 0, 2, 1, 1, 2, 0, 3, 2, 0, 1, 1, 0, 3, 3, 2, 2, 0, 1]
    BATCHES["memory"] = (drawn(20), labels)
    keyed, tensors = inputs_of("memory")
    given = {} if distance is None else {"distance": part(distances, distance)}
    memory = losses.CrossBatchMemory(
        getattr(losses, fn)(**given), 4, memory_size=10, miner=miner_of(miner, distance)
    ).double()
    steps = []
    for x, y in zip(tensors["embeddings"].split(4), tensors["labels"].split(4)):
        steps.append(memory(x, y).reshape([]))
        # At once: the next batch overwrites the memory, which PyTorch does not allow before.
        steps[-1].backward()
    args = {"loss": fn, **{k: v for k, v in (("distance", distance), ("miner", miner)) if v is not None}}
    record("CrossBatchMemory", "memory", args, keyed, tensors, {"losses": torch.stack(steps)})
    cases[-1]["grads"] = {"embeddings": tensor(tensors["embeddings"].grad)}
del BATCHES["memory"]


# How class vectors start, after manual_seed(7).
for fn, attribute in (
    ("CosFaceLoss", "W"),
    ("ArcFaceLoss", "W"),
    ("NormalizedSoftmaxLoss", "W"),
    ("ProxyAnchorLoss", "proxies"),
    ("ProxyNCALoss", "proxies"),
):
    torch.manual_seed(7)
    loss = getattr(losses, fn)(num_classes=CLASSES, embedding_size=3)
    record("weight_init_func", fn, {"loss": fn}, {}, {}, {attribute: getattr(loss, attribute)})


def smooth_ap(embeddings, labels, temperature):
    """Brown et al., equation 7, with the rows of a label found by comparison."""
    unit = torch.nn.functional.normalize(embeddings)
    s = unit @ unit.t()
    rows = range(len(labels))
    losses_of_rows = []
    for i in rows:
        same = [j for j in rows if labels[j] == labels[i]]
        terms = []
        for j in same:
            ahead = lambda others: sum(torch.sigmoid((s[i, k] - s[i, j]) / temperature) for k in others if k != j)
            terms.append((1 + ahead(same)) / (1 + ahead(rows)))
        losses_of_rows.append(1 - sum(terms) / len(same))
    return torch.stack(losses_of_rows).mean()


for batch in ("random", "equal counts", "no positive", "no negative", "tied"):
    for temperature in (0.01, 0.2):
        keyed, tensors = inputs_of(batch)
        value = smooth_ap(tensors["embeddings"], tensors["labels"].tolist(), temperature)
        record("SmoothAPLoss", batch, {"options": {"temperature": temperature}}, keyed, tensors, {"loss": value}, value)


def head(kind, cosines, targets, scale, margin):
    """fast-reid's heads, row by row; -1 is no class."""
    rows = []
    for row, target in zip(cosines, targets.tolist()):
        columns = []
        for column, c in enumerate(row):
            own = column == target
            if kind == "CosSoftmax":
                value = c - margin if own else c
            elif kind == "ArcSoftmax":
                value = torch.cos(torch.acos(c) + margin) if own else c
            elif own:
                value = torch.relu(1 + margin - c.detach()) * (c - 1 + margin)
            else:
                value = torch.relu(c.detach() + margin) * (c - margin)
            columns.append(value * scale)
        rows.append(torch.stack(columns))
    return torch.stack(rows)


for kind, scale, margin in (("CosSoftmax", 64, 0.35), ("ArcSoftmax", 64, 0.5), ("CircleSoftmax", 128, 0.25)):
    specs = {
        "logits": {"shape": [6, 4], "low": -0.95, "high": 0.95, "key": "metric/head/logits"},
        "targets": {"dtype": "int64", **literal([6], [0, 3, -1, 2, -1, 1]), "key": "metric/head/targets"},
    }
    tensors = {key: make(spec, spec["key"], F64) for key, spec in specs.items()}
    tensors["logits"].requires_grad_()
    out = head(kind, tensors["logits"], tensors["targets"], scale, margin)
    cotangent = make({"shape": [6, 4]}, "metric/head/cotangent", F64)
    record(kind, "head", {"scale": scale, "margin": margin}, specs, tensors, {"logits": out}, (out * cotangent).sum())

if __name__ == "__main__":
    write("metric", cases)
