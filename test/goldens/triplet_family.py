"""triplet-family.json: every variant of the triplet family, and the other losses of ReID repositories, on fixed batches.

The functions below restate each repository's code on current PyTorch: values, selections and gradients are those of the
original lines (positional addmm_ is spelled the modern way; clamp and the ranking loss have the gradient at the bound
that golden.py chooses). Cases are written as those of losses.json.
"""

import torch
import torch.nn.functional as F
from torch import nn

import origin
from golden import DTYPES, MarginRankingLoss, clamp, number, tensor, write
from inputs import make
from origin import normalize, pdist_torch, softmax_weights


def same_and_other(labels):
    n = len(labels)
    same = labels.expand(n, n).eq(labels.expand(n, n).t())
    return same, ~same


def ones(x):
    return torch.ones_like(x)


# open-reid; torchreid is the same without the second result.


def open_reid(x, labels, margin):
    n = x.size(0)
    dist = pdist_torch(x, x)
    same, _ = same_and_other(labels)
    dist_ap = torch.stack([dist[i][same[i]].max() for i in range(n)])
    dist_an = torch.stack([dist[i][~same[i]].min() for i in range(n)])
    loss = MarginRankingLoss(margin)(dist_an, dist_ap, ones(dist_an))
    return loss, (dist_an.data > dist_ap.data).sum().to(x.dtype) / n


# reid-strong-baseline and ReID-Survey.


def bag_of_tricks(x, labels, margin, normalize_feature, per_row=False):
    if normalize_feature:
        x = normalize(x)
    dist = pdist_torch(x, x)
    n = x.size(0)
    same, other = same_and_other(labels)
    if per_row:
        dist_ap = torch.stack([dist[i][same[i]].max(0)[0] for i in range(n)])
        dist_an = torch.stack([dist[i][other[i]].min(0)[0] for i in range(n)])
    else:
        dist_ap = torch.max(dist[same].contiguous().view(n, -1), 1, keepdim=True)[0].squeeze(1)
        dist_an = torch.min(dist[other].contiguous().view(n, -1), 1, keepdim=True)[0].squeeze(1)
    if margin is None:
        loss = nn.SoftMarginLoss()(dist_an - dist_ap, ones(dist_an))
    else:
        loss = MarginRankingLoss(margin)(dist_an, dist_ap, ones(dist_an))
    return loss, dist_ap, dist_an


# fast-reid.


def fast_reid(x, labels, margin, norm_feat, hard_mining):
    if norm_feat:
        unit = F.normalize(x, dim=1)
        dist = 2 - 2 * torch.mm(unit, unit.t())
    else:
        dist = pdist_torch(x, x)
    same, other = same_and_other(labels)
    is_pos, is_neg = same.to(x.dtype), other.to(x.dtype)
    if hard_mining:
        dist_ap = torch.max(dist * is_pos, dim=1)[0]
        dist_an = torch.min(dist * is_neg + is_pos * 1e9, dim=1)[0]
    else:
        dist_ap, dist_an = weighted(dist, is_pos, is_neg)
    if margin > 0:
        return MarginRankingLoss(margin)(dist_an, dist_ap, ones(dist_an))
    loss = F.soft_margin_loss(dist_an - dist_ap, ones(dist_an))
    if loss == float("inf"):
        loss = MarginRankingLoss(0.3)(dist_an, dist_ap, ones(dist_an))
    return loss


# The weighted forms: ReID-Survey, its video code, CAJ.


def weighted(dist, is_pos, is_neg, alpha=1):
    dist_ap, dist_an = dist * is_pos, dist * is_neg
    weights_ap = softmax_weights(dist_ap * alpha, is_pos)
    weights_an = softmax_weights(-dist_an * alpha, is_neg)
    return (dist_ap * weights_ap).sum(1), (dist_an * weights_an).sum(1)


def adp(x, labels, alpha, gamma, square, normalize_feature=False):
    if normalize_feature:
        x = normalize(x)
    same, other = same_and_other(labels)
    fp, cn = weighted(pdist_torch(x, x), same.to(x.dtype), other.to(x.dtype), alpha)
    if square == 0:
        loss = nn.SoftMarginLoss()(gamma * (cn - fp), ones(fp))
    else:
        squared = clamp(torch.pow(fp - cn, 2) * gamma, max=88)
        y1 = (fp > cn).to(x.dtype)
        loss = nn.SoftMarginLoss()(squared, -(y1 + (y1 - 1)))
    return loss, torch.ge(cn, fp).sum(), fp, cn


# Other losses.


def label_smooth(logits, labels, classes, epsilon):
    targets = torch.zeros_like(logits).scatter_(1, labels.unsqueeze(1), 1)
    targets = (1 - epsilon) * targets + epsilon / classes
    return (-targets * F.log_softmax(logits, dim=1)).mean(0).sum()


def fastreid_cross_entropy(logits, labels, eps, alpha):
    if eps >= 0:
        smooth = eps
    else:
        smooth = alpha * F.softmax(logits, dim=1)[torch.arange(len(labels)), labels].unsqueeze(1)
    log_probs = F.log_softmax(logits, dim=1)
    with torch.no_grad():
        targets = torch.ones_like(log_probs) * (smooth / (logits.size(1) - 1))
        on = torch.full((len(labels), 1), 1 - smooth, dtype=logits.dtype) if eps >= 0 else 1 - smooth
        targets.scatter_(1, labels.unsqueeze(1), on)
    loss = (-targets * log_probs).sum(dim=1)
    return loss.sum() / max(loss.nonzero().size(0), 1)


def focal(logits, labels, alpha, gamma, reduction):
    p = F.softmax(logits, dim=1)
    rows = (F.one_hot(labels, logits.size(1)) * (-alpha * torch.pow(-p + 1.0, gamma) * torch.log(p))).sum(1)
    return {"none": rows, "mean": rows.mean(), "sum": rows.sum()}[reduction]


def pairwise(x, labels, margin, gamma, circle):
    x = F.normalize(x, dim=1)
    dist = x @ x.t()
    same, other = same_and_other(labels)
    is_pos, is_neg = same.to(x.dtype) - torch.eye(len(x), dtype=x.dtype), other.to(x.dtype)
    s_p, s_n = dist * is_pos, dist * is_neg
    if circle:
        alpha_p = torch.clamp_min(-s_p.detach() + 1 + margin, min=0.0)
        alpha_n = torch.clamp_min(s_n.detach() + margin, min=0.0)
        logit_p = -gamma * alpha_p * (s_p - (1 - margin))
        logit_n = gamma * alpha_n * (s_n - margin)
    else:
        logit_p, logit_n = -gamma * s_p, gamma * (s_n + margin)
    logit_p = logit_p + (-99999999.0) * (1 - is_pos)
    logit_n = logit_n + (-99999999.0) * (1 - is_neg)
    return F.softplus(torch.logsumexp(logit_p, dim=1) + torch.logsumexp(logit_n, dim=1)).mean()


def center(x, labels, centers):
    dist = x.pow(2).sum(1, keepdim=True) + centers.pow(2).sum(1, keepdim=True).t() - 2 * x @ centers.t()
    own = labels.unsqueeze(1).eq(torch.arange(len(centers)))
    return clamp(dist * own.to(x.dtype), min=1e-12, max=1e12).sum() / len(x)


def oim(x, labels, lut, scalar, momentum):
    """Loss and logits, and the table that the origin's backward leaves behind."""
    logits = x @ lut.t() * scalar
    after = lut.detach().clone()
    for row, y in zip(x.detach(), labels):
        after[y] = momentum * after[y] + (1.0 - momentum) * row
        after[y] /= after[y].norm()
    return {"loss": F.cross_entropy(logits, labels), "logits": logits, "lut": after}


SIX = [0, 0, 3, 4, 6, 8, 1, 0, 0, 2, 5, 5]


def literal(shape, values):
    return {"shape": shape, "values": [number(v) for v in values]}


def grid(rows, dims, scale):
    """As in losses.py: all squared distances are exact in float32."""
    return {"shape": [rows, dims], "low": -scale, "high": scale, "step": scale / 32}


def blocks(*counts):
    return [label for label, count in enumerate(counts) for _ in range(count)]


BATCHES = {
    "six points": (literal([6, 2], SIX), blocks(2, 2, 2)),
    "duplicates": (literal([6, 2], [0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 2]), blocks(3, 3)),
    "duplicates across classes": (literal([4, 2], [1, 2, 1, 2, 1, 2, 3, 0]), [0, 1, 0, 1]),
    "square": (literal([4, 2], [0, 0, 1, 0, 1, 1, 0, 1]), blocks(2, 2)),
    "all tied": (literal([4, 3], [1, 2, 3] * 4), blocks(2, 2)),
    "one class": (grid(5, 3, 2), [7] * 5),
    "all distinct": (grid(6, 3, 2), [5, 3, 1, 4, 2, 0]),
    "unequal 1 1 4": (literal([6, 2], SIX), blocks(1, 1, 4)),
    "unequal mixed": (grid(9, 3, 2), [2, 0, 2, 1, 2, 0, 2, 9, 0]),
    "interleaved": (grid(8, 3, 2), [1, 0, 0, 3, 1, 3, 0, 1]),
    "hinge at zero": (literal([4, 1], [0, 1, 2, 4]), blocks(2, 2)),
    "3x2 D3 scale 1": (grid(6, 3, 1), blocks(2, 2, 2)),
    "4x3 D8 scale 10": (grid(12, 8, 10), blocks(3, 3, 3, 3)),
    "4x2 D8 scale 50": (grid(8, 8, 50), blocks(2, 2, 2, 2)),
}
# Rows that are zero or collinear have directions that rounding decides.
DIRECTED = {name for name, batch in BATCHES.items() if "step" in batch[0] and name != "one class"}

cases = []


def record(fn, name, inputs, args, call):
    keyed = {key: {**spec, "key": f"family/{name}/{key}"} for key, spec in inputs.items()}
    for dtype in ("float64", "float32"):
        tensors = {key: make(spec, spec["key"], DTYPES[dtype]) for key, spec in keyed.items()}
        differentiable = {key: t for key, t in tensors.items() if t.is_floating_point() and key != "lut"}
        for t in differentiable.values():
            t.requires_grad_()
        case = {"fn": fn, "name": name, "dtype": dtype, "args": args, "inputs": keyed}
        try:
            outputs = call(**tensors)
        except (RuntimeError, IndexError) as error:
            cases.append({**case, "error": type(error).__name__})
            continue
        case["outputs"] = {key: tensor(value) for key, value in outputs.items()}
        total = next(iter(outputs.values())).sum()
        grads = torch.autograd.grad(total, list(differentiable.values()))
        case["grads"] = {key: tensor(g) for key, g in zip(differentiable, grads)}
        cases.append(case)


def named(values, *names):
    return dict(zip(names, values))


for name, (embeddings, labels) in BATCHES.items():
    batch = {"embeddings": embeddings, "labels": {"dtype": "int64", **literal([len(labels)], labels)}}

    def family(fn, args, call):
        record(fn, name, batch, args, lambda embeddings, labels: call(embeddings, labels))

    directions = (False, True) if name in DIRECTED else (False,)
    for margin in (0, 5):
        family("OriTripletLoss", {"margin": margin},
               lambda x, y: named(origin.OriTripletLoss(len(y), margin)(x, y), "loss", "correct"))
        family("OpenReidTripletLoss", {"margin": margin},
               lambda x, y: named(open_reid(x, y, margin), "loss", "prec"))
        family("TorchreidTripletLoss", {"margin": margin}, lambda x, y: {"loss": open_reid(x, y, margin)[0]})
        family("batch_all_triplet_loss", {"margin": margin},
               lambda x, y: named(origin.batch_all_triplet_loss(y, x, margin), "loss", "fraction"))
        family("batch_hard_triplet_loss", {"margin": margin},
               lambda x, y: {"loss": origin.batch_hard_triplet_loss(y, x, margin)})
        family("TripletHardLoss", {"margin": margin}, lambda x, y: {"loss": origin.triplet_hard_loss(y, x, margin)})
        family("TripletSemiHardLoss", {"margin": margin},
               lambda x, y: {"loss": origin.triplet_semihard_loss(y, x, margin)})
        for norm_feat in directions:
            for fn, hard in (("FastReidTripletLoss", True), ("FastReidWeightedTriplet", False)):
                family(fn, {"margin": margin, "norm_feat": norm_feat},
                       lambda x, y: {"loss": fast_reid(x, y, margin, norm_feat, hard)})
    for margin in (None, 5):
        for flag in directions:
            for fn in ("BagOfTricksTripletLoss", "AGWTripletLoss"):
                family(fn, {"margin": margin, "normalize_feature": flag},
                       lambda x, y: named(bag_of_tricks(x, y, margin, flag), "loss", "dist_ap", "dist_an"))
        family("BagOfTricksTripletLoss", {"margin": margin, "unequal_counts": "per-row"},
               lambda x, y: named(bag_of_tricks(x, y, margin, False, True), "loss", "dist_ap", "dist_an"))
    for flag in directions:
        args = {"normalize_feature": flag}
        family("TripletLoss_WRT", args, lambda x, y: named(adp(x, y, 1, 1, 0, flag), "loss", "correct"))
        family("WeightedRegularizedTriplet", args,
               lambda x, y: dict(zip(("loss", "furthest_positive", "closest_negative"),
                                     [adp(x, y, 1, 1, 0, flag)[i] for i in (0, 2, 3)])))
        family("VideoWeightedRegularizedTriplet", args, lambda x, y: {"loss": adp(x, y, 1, 1, 0, flag)[0]})
    for alpha, gamma, square in ((1, 1, 0), (1, 1, 1), (2, 0.5, 0), (2, 0.5, 1)):
        family("TripletLoss_ADP", {"alpha": alpha, "gamma": gamma, "square": square},
               lambda x, y: named(adp(x, y, alpha, gamma, square), "loss", "correct"))
    if name in DIRECTED:
        for margin, gamma in ((0.25, 128), (0.1, 8)):
            for fn, circle in (("pairwise_circleloss", True), ("pairwise_cosface", False)):
                family(fn, {"margin": margin, "gamma": gamma},
                       lambda x, y: {"loss": pairwise(x, y, margin, gamma, circle)})

LOGITS = {"drawn": {"shape": [7, 5]}, "wide": {"shape": [7, 5], "low": -9, "high": 9},
          "confident": literal([7, 5], [200 if c == r % 5 else 0 for r in range(7) for c in range(5)])}
for name, logits in LOGITS.items():
    rows = {"logits": logits, "labels": {"dtype": "int64", **literal([7], [0, 1, 2, 3, 4, 0, 1])}}
    for eps in (0, 0.1):
        for fn in ("CrossEntropyLabelSmooth", "TorchreidCrossEntropyLoss"):
            record(fn, name, rows, {"epsilon": eps}, lambda logits, labels: {"loss": label_smooth(logits, labels, 5, eps)})
    for eps, alpha in ((0, 0.2), (0.1, 0.2), (-1, 0.2), (-1, 0.5)):
        record("fastreid_cross_entropy_loss", name, rows, {"eps": eps, "alpha": alpha},
               lambda logits, labels: {"loss": fastreid_cross_entropy(logits, labels, eps, alpha)})
    if name != "confident":
        for reduction in ("none", "mean", "sum"):
            args = {"alpha": 0.25, "gamma": 2, "reduction": reduction}
            record("focal_loss", name, rows, args, lambda logits, labels: {"loss": focal(logits, labels, **args)})
        record("DeepSupervision", name, rows, {"epsilon": 0.1},
               lambda logits, labels: {"loss": (label_smooth(logits, labels, 5, 0.1)
                                                + label_smooth(logits * 0.5, labels, 5, 0.1)) / 2})
features = {"x": {"shape": [7, 3]}, "labels": {"dtype": "int64", **literal([7], [0, 3, 2, 3, 0, 0, 1])}}
record("CenterLoss", "drawn", {**features, "centers": {"shape": [5, 3]}}, {},
       lambda x, labels, centers: {"loss": center(x, labels, centers)})
for scalar, momentum in ((1, 0.5), (30, 0.2)):
    for table in ({"shape": [5, 3]}, literal([5, 3], [0] * 15)):
        name = "zero table" if "values" in table else "drawn"
        record("OIMLoss", name, {**features, "lut": table}, {"scalar": scalar, "momentum": momentum},
               lambda x, labels, lut: oim(x, labels, lut, scalar, momentum))
if __name__ == "__main__":
    write("triplet-family", cases)
