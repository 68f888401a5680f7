"""layers.json: the layers, activations and losses beyond those of nn.json. Same format, keys `nn/<fn>/<name>/<input>`."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, WeightedRandomSampler, random_split

from golden import DTYPES, tensor, write
from inputs import make

cases = []


def record(fn, name, inputs, args, call):
    keyed = {key: {**spec, "key": f"nn/{fn}/{name}/{key}"} for key, spec in inputs.items()}
    for dtype in ("float64", "float32"):
        tensors = {key: make(spec, spec["key"], DTYPES[dtype]) for key, spec in keyed.items()}
        wanted = {k: t for k, t in tensors.items() if t.is_floating_point() and not k.startswith(("running", "target"))}
        for t in wanted.values():
            t.requires_grad_()
        outputs = call(tensors, **args)
        outputs = outputs if isinstance(outputs, dict) else {"out": outputs}
        first = next(iter(outputs.values()))
        cotangent = make({"shape": list(first.shape)}, f"nn/{fn}/{name}/cotangent", DTYPES[dtype])
        grads = torch.autograd.grad((first * cotangent).sum(), list(wanted.values()))
        case = {"fn": fn, "name": name, "dtype": dtype, "args": args, "inputs": keyed}
        case["outputs"] = {key: tensor(value) for key, value in outputs.items()}
        cases.append({**case, "grads": {key: tensor(g) for key, g in zip(wanted, grads)}})


def literal(values, shape=None, dtype="float32"):
    return {"shape": shape or [len(values)], "values": values, "dtype": dtype}


def image(*shape):
    return {"shape": list(shape)}


# Activations: at drawn places, and at their kinks.
KINKS = {"x": literal([-4, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 7, -30, 30])}
ACTIVATIONS = {
    "relu6": [{}],
    "hardtanh": [{}, {"min_val": -0.5, "max_val": 3}],
    "hardsigmoid": [{}],
    "hardswish": [{}],
    "elu": [{}, {"alpha": 0.3}],
    "selu": [{}],
    "silu": [{}],
    "mish": [{}],
    "logsigmoid": [{}],
    "gelu": [{"approximate": "none"}, {"approximate": "tanh"}],
    "threshold": [{"threshold": 0.5, "value": -2.5}],
    "softplus": [{"beta": 2, "threshold": 3}],
}
for fn, variants in ACTIVATIONS.items():
    for args in variants:
        for name, ins in (("drawn", {"x": {"shape": [2, 3, 4], "low": -5, "high": 5}}), ("kinks", KINKS)):
            name = f"{name} {args}" if args else name
            record(fn, name, ins, args, lambda t, **a: getattr(F, fn)(t["x"], **a))
for name, x, weight in (("one", [2, 3, 4], [1]), ("channels", [2, 3, 4], [3]), ("1-d", [5], [1])):
    record("prelu", name, {"x": image(*x), "weight": image(*weight)}, {}, lambda t: F.prelu(t["x"], t["weight"]))

# Convolutions.
for name, x, w, args in (
    ("plain", [2, 3, 8], [4, 3, 3], {}),
    ("stride dilation groups", [2, 4, 11], [6, 2, 3], {"stride": 2, "padding": 2, "dilation": 2, "groups": 2}),
    ("same", [1, 2, 7], [2, 2, 4], {"padding": "same"}),
    ("one sequence", [3, 8], [4, 3, 3], {"padding": 1}),
):
    ins = {"x": image(*x), "weight": image(*w), "bias": image(w[0])}
    record("conv1d", name, ins, args, lambda t, **a: F.conv1d(t["x"], t["weight"], t["bias"], **a))
for name, x, w, args in (
    ("plain", [2, 3, 4, 5], [3, 2, 3, 3], {}),
    ("stride 2", [1, 4, 4, 3], [4, 3, 3, 3], {"stride": 2, "padding": 1, "output_padding": 1}),
    ("groups", [2, 4, 3, 4], [4, 3, 3, 2], {"stride": [2, 1], "groups": 2, "padding": [1, 0]}),
    ("dilation", [1, 2, 4, 4], [2, 2, 3, 3], {"dilation": 2, "stride": 3, "output_padding": 2}),
    ("one image", [3, 4, 5], [3, 2, 2, 2], {"stride": 2}),
):
    ins = {"x": image(*x), "weight": image(*w), "bias": image(w[1] * args.get("groups", 1))}
    record("conv_transpose2d", name, ins, args, lambda t, **a: F.conv_transpose2d(t["x"], t["weight"], t["bias"], **a))
for mode in ("reflect", "replicate", "circular"):
    for padding in ([1, 2], "same"):

        def padded(t, **a):
            layer = nn.Conv2d(2, 3, [3, 4], dtype=t["x"].dtype, **a)
            state = {"weight": t["weight"], "bias": t["bias"]}
            return torch.func.functional_call(layer, state, t["x"])

        ins = {"x": image(2, 2, 6, 7), "weight": image(3, 2, 3, 4), "bias": image(3)}
        record("Conv2d", f"{mode} {padding}", ins, {"padding": padding, "padding_mode": mode}, padded)

PADS = [
    ("constant", [1, 2, 0, 1], {"mode": "constant", "value": 1.5}),
    ("cut", [-1, 2, 1, -2], {"mode": "constant", "value": 0}),
    ("channels", [0, 0, 0, 0, 1, 2], {"mode": "constant", "value": 0}),
    ("reflect", [2, 1, 0, 3], {"mode": "reflect"}),
    ("replicate", [2, 1, 0, 3], {"mode": "replicate"}),
    ("circular", [2, 1, 0, 3], {"mode": "circular"}),
]
for name, padding, args in PADS:
    record("pad", name, {"x": image(2, 2, 4, 5)}, {"pad": padding, **args}, lambda t, **a: F.pad(t["x"], **a))

# Pools.
for name, shape, args in (
    ("3 1 1", [2, 2, 6, 7], {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("3 1 1 excluding", [2, 2, 6, 7], {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False}),
    ("3 2 ceil", [1, 3, 6, 8], {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    ("3 2 1 ceil", [1, 3, 6, 7], {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    (
        "3 2 1 ceil excluding",
        [1, 3, 6, 8],
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    ),
    ("uneven", [2, 2, 7, 6], {"kernel_size": [2, 3], "stride": [3, 2], "padding": [1, 0]}),
    ("one image", [2, 6, 6], {"kernel_size": 2}),
):
    record("avg_pool2d", name, {"x": image(*shape)}, args, lambda t, **a: F.avg_pool2d(t["x"], **a))
for tied, step in (("", None), (" tied", 1)):
    for size in ([1, 1], [2, 3], [3, 2]):
        x = {"shape": [2, 2, 6, 7], **({"step": step} if step else {})}
        name = f"{size}{tied}"
        record("adaptive_max_pool2d", name, {"x": x}, {"output_size": size}, lambda t, **a: F.adaptive_max_pool2d(t["x"], **a))
SEQUENCE = {"x": image(2, 3, 9)}
record("max_pool1d", "3 2 1", SEQUENCE, {"kernel_size": 3, "stride": 2, "padding": 1}, lambda t, **a: F.max_pool1d(t["x"], **a))
record("avg_pool1d", "3 2 1", SEQUENCE, {"kernel_size": 3, "stride": 2, "padding": 1}, lambda t, **a: F.avg_pool1d(t["x"], **a))
record("adaptive_avg_pool1d", "4", SEQUENCE, {"output_size": 4}, lambda t, **a: F.adaptive_avg_pool1d(t["x"], **a))
record("adaptive_max_pool1d", "3", SEQUENCE, {"output_size": 3}, lambda t, **a: F.adaptive_max_pool1d(t["x"], **a))

# Norms.
for shape in ([2, 3, 4, 5], [3, 2, 6]):
    channels = [shape[1]]
    ins = {"x": {"shape": shape}, "weight": {"shape": channels, "low": 0.5, "high": 2}, "bias": {"shape": channels}}
    record("instance_norm", f"{shape}", ins, {}, lambda t: F.instance_norm(t["x"], None, None, t["weight"], t["bias"]))
    tracked = {**ins, "running_mean": {"shape": channels}, "running_var": {"shape": channels, "low": 0.5, "high": 2}}
    for use in (True, False):

        def tracking(t, use_input_stats, momentum):
            mean, var = t["running_mean"].clone(), t["running_var"].clone()
            out = F.instance_norm(t["x"], mean, var, t["weight"], t["bias"], use_input_stats, momentum)
            return {"out": out, "running_mean": mean, "running_var": var}

        record("instance_norm", f"{shape} {use}", tracked, {"use_input_stats": use, "momentum": 0.3}, tracking)
for shape, groups in (([2, 4, 3, 2], 2), ([3, 6], 3), ([1, 4, 5], 1)):
    channels = [shape[1]]
    ins = {"x": {"shape": shape}, "weight": {"shape": channels}, "bias": {"shape": channels}}
    args = {"num_groups": groups, "eps": 1e-3}
    record("group_norm", f"{shape}", ins, args, lambda t, num_groups, eps: F.group_norm(t["x"], num_groups, t["weight"], t["bias"], eps))
for shape, normalized in (([2, 3, 4], [4]), ([2, 3, 4], [3, 4]), ([5], [5])):
    ins = {"x": {"shape": shape}, "weight": {"shape": normalized}, "bias": {"shape": normalized}}
    args = {"normalized_shape": normalized}
    record("layer_norm", f"{shape} {normalized}", ins, args, lambda t, normalized_shape: F.layer_norm(t["x"], normalized_shape, t["weight"], t["bias"]))
for size in (3, 4):
    args = {"size": size, "alpha": 0.5, "beta": 0.6, "k": 2}
    record("local_response_norm", f"{size}", {"x": image(2, 5, 3, 2)}, args, lambda t, **a: F.local_response_norm(t["x"], **a))

# Embedding.
INDICES = literal([0, 3, 1, 3, 2, 0], [2, 3], "int64")
for padding in (None, 3, -3):
    ins = {"target": INDICES, "weight": image(5, 4)}
    record("embedding", f"padding {padding}", ins, {"padding_idx": padding}, lambda t, **a: F.embedding(t["target"], t["weight"], **a))

# Resizing.
for mode in ("nearest", "nearest-exact", "area", "bilinear", "bicubic"):
    for args in ({"size": [7, 4]}, {"size": [2, 9]}, {"scale_factor": 2}, {"scale_factor": [1.7, 0.6]}):
        for align in (None,) if mode[0] in "na" else (False, True):
            full = {**args, "mode": mode, **({} if align is None else {"align_corners": align})}
            record("interpolate", f"{full}", {"x": image(2, 2, 5, 6)}, full, lambda t, **a: F.interpolate(t["x"], **a))
for args in ({"size": 7, "mode": "linear"}, {"scale_factor": 0.5, "mode": "nearest"}, {"scale_factor": 1.5, "mode": "linear", "recompute_scale_factor": True}):
    record("interpolate", f"1-d {args}", {"x": image(2, 2, 5)}, args, lambda t, **a: F.interpolate(t["x"], **a))
record("pixel_shuffle", "2", {"x": image(2, 8, 2, 3)}, {"upscale_factor": 2}, lambda t, **a: F.pixel_shuffle(t["x"], **a))
record("pixel_unshuffle", "2", {"x": image(2, 2, 4, 6)}, {"downscale_factor": 2}, lambda t, **a: F.pixel_unshuffle(t["x"], **a))

# Sampling.
for mode in ("bilinear", "nearest"):
    for padding in ("zeros", "border"):
        for align in (False, True):
            args = {"mode": mode, "padding_mode": padding, "align_corners": align}
            ins = {"x": image(2, 3, 4, 5), "grid": {"shape": [2, 3, 4, 2], "low": -1.4, "high": 1.4}}
            record("grid_sample", f"{mode} {padding} {align}", ins, args, lambda t, **a: F.grid_sample(t["x"], t["grid"], **a))
for align in (False, True):
    args = {"size": [2, 3, 4, 5], "align_corners": align}
    record("affine_grid", f"{align}", {"theta": image(2, 2, 3)}, args, lambda t, **a: F.affine_grid(t["theta"], **a))

# Attention.
QKV = {"query": image(2, 2, 4, 3), "key": image(2, 2, 5, 3), "value": image(2, 2, 5, 2)}
record("scaled_dot_product_attention", "plain", QKV, {}, lambda t: F.scaled_dot_product_attention(t["query"], t["key"], t["value"]))
record("scaled_dot_product_attention", "causal", QKV, {"is_causal": True}, lambda t, **a: F.scaled_dot_product_attention(t["query"], t["key"], t["value"], **a))
record("scaled_dot_product_attention", "mask", {**QKV, "mask": image(4, 5)}, {"scale": 0.3}, lambda t, **a: F.scaled_dot_product_attention(t["query"], t["key"], t["value"], attn_mask=t["mask"], **a))
HEADS = {"in_proj_weight": image(12, 4), "in_proj_bias": image(12), "out_proj.weight": image(4, 4), "out_proj.bias": image(4)}
for batch_first in (False, True):

    def attention(t, batch_first):
        layer = nn.MultiheadAttention(4, 2, batch_first=batch_first, dtype=t["query"].dtype)
        out, weights = torch.func.functional_call(layer, {k: t[k] for k in HEADS}, (t["query"], t["key"], t["key"]))
        return {"out": out, "weights": weights}

    ins = {"query": image(3, 2, 4), "key": image(3, 2, 4), **HEADS}
    record("MultiheadAttention", f"{batch_first}", ins, {"batch_first": batch_first}, attention)
ENCODER = {f"self_attn.{k}": v for k, v in HEADS.items()}
ENCODER.update({"linear1.weight": image(6, 4), "linear1.bias": image(6), "linear2.weight": image(4, 6), "linear2.bias": image(4)})
ENCODER.update({f"norm{i}.{k}": image(4) for i in (1, 2) for k in ("weight", "bias")})
for norm_first in (False, True):

    def encoder(t, **a):
        layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, dropout=0, activation="gelu", dtype=t["x"].dtype, **a)
        return torch.func.functional_call(layer, {k: t[k] for k in ENCODER}, t["x"])

    args = {"norm_first": norm_first, "batch_first": True}
    record("TransformerEncoderLayer", f"{norm_first}", {"x": image(2, 3, 4), **ENCODER}, args, encoder)

# Losses.
PAIR = {"input": image(3, 4), "target": image(3, 4)}
SHARES = {"shape": [3, 4], "low": 0.05, "high": 0.95}
SIGNS = literal([1, -1, 1, -1, -1])
for reduction in ("mean", "sum", "none", "batchmean"):
    for log_target in (False, True):
        target = {"shape": [3, 4], "low": -2, "high": 0} if log_target else literal([0.2, 0, 0.5, 0.3, 0, 0, 1, 0, 0.25, 0.25, 0.25, 0.25], [3, 4])
        args = {"reduction": reduction, "log_target": log_target}
        record("kl_div", f"{args}", {"input": image(3, 4), "target": target}, args, lambda t, **a: F.kl_div(t["input"], t["target"], **a))
for reduction in ("mean", "sum", "none"):
    r = {"reduction": reduction}
    record("smooth_l1_loss", f"{r}", PAIR, {"beta": 0.7, **r}, lambda t, **a: F.smooth_l1_loss(t["input"], t["target"], **a))
    record("huber_loss", f"{r}", PAIR, {"delta": 0.7, **r}, lambda t, **a: F.huber_loss(t["input"], t["target"], **a))
    record("binary_cross_entropy", f"{r}", {"input": SHARES, "target": SHARES}, r, lambda t, **a: F.binary_cross_entropy(t["input"], t["target"], **a))
    ins = {"input": literal([0, 1, 1, 0, 0.5]), "target": literal([0, 0, 1, 1, 1])}
    record("binary_cross_entropy", f"saturated {r}", ins, r, lambda t, **a: F.binary_cross_entropy(t["input"], t["target"], **a))
    ins = {"input": literal([0, 0, -30, 30]), "target": literal([0, 1, 0.5, 1])}
    record("binary_cross_entropy_with_logits", f"{r}", ins, r, lambda t, **a: F.binary_cross_entropy_with_logits(t["input"], t["target"], **a))
    ins = {"x1": image(5, 4), "x2": image(5, 4), "target": SIGNS}
    record("cosine_embedding_loss", f"{r}", ins, {"margin": 0.1, **r}, lambda t, **a: F.cosine_embedding_loss(t["x1"], t["x2"], t["target"], **a))
    record("hinge_embedding_loss", f"{r}", {"input": image(5), "target": SIGNS}, {"margin": 0.8, **r}, lambda t, **a: F.hinge_embedding_loss(t["input"], t["target"], **a))
    for p in (1, 2):
        ins = {"input": image(5, 3), "target": literal([0, 2, 1, 1, 0], dtype="int64"), "target_weight": {"shape": [3], "low": 0.5}}
        record("multi_margin_loss", f"{p} {r}", ins, {"p": p, "margin": 0.7, **r}, lambda t, **a: F.multi_margin_loss(t["input"], t["target"], weight=t["target_weight"], **a))
    for swap in (False, True):
        ins = {k: image(4, 3) for k in ("anchor", "positive", "negative")}
        record("triplet_margin_loss", f"{swap} {r}", ins, {"swap": swap, **r}, lambda t, **a: F.triplet_margin_loss(t["anchor"], t["positive"], t["negative"], **a))
        record("triplet_margin_with_distance_loss", f"{swap} {r}", ins, {"swap": swap, **r}, lambda t, **a: F.triplet_margin_with_distance_loss(t["anchor"], t["positive"], t["negative"], **a))

# Printed forms, and default initialisation: the order of the draws matters.
LAYERS = [
    ("ReLU6", [], {"inplace": True}), ("ELU", [], {"alpha": 0.5}), ("SELU", [], {}), ("SiLU", [], {}), ("Mish", [], {}),
    ("Hardswish", [], {}), ("Hardsigmoid", [], {}), ("Hardtanh", [], {}), ("PReLU", [3], {}), ("Softplus", [], {}),
    ("Threshold", [0.5, 20], {}), ("LogSigmoid", [], {}), ("GELU", [], {}), ("Softmax2d", [], {}), ("Dropout2d", [], {}),
    ("Conv1d", [4, 6, 3], {"stride": 2, "padding": 1, "groups": 2}), ("Conv2d", [2, 3, 3], {"padding": 1, "padding_mode": "reflect"}),
    ("ConvTranspose2d", [4, 2, 3], {"stride": 2, "padding": 1, "output_padding": 1, "bias": False}),
    ("ConvTranspose2d", [4, 2, 2], {}),
    ("AvgPool2d", [3], {"stride": 2, "padding": 1}), ("AdaptiveMaxPool2d", [[2, 3]], {}), ("MaxPool1d", [2], {}),
    ("AvgPool1d", [2], {}), ("AdaptiveAvgPool1d", [4], {}), ("AdaptiveMaxPool1d", [4], {}),
    ("BatchNorm2d", [3], {"bias": False}), ("BatchNorm3d", [3], {}), ("SyncBatchNorm", [3], {}),
    ("InstanceNorm1d", [3], {}), ("InstanceNorm2d", [3], {"affine": True}), ("InstanceNorm3d", [3], {"track_running_stats": True}),
    ("GroupNorm", [2, 4], {}), ("LayerNorm", [5], {}), ("LayerNorm", [[3, 4]], {"bias": False}), ("LocalResponseNorm", [2], {}),
    ("Embedding", [4, 3], {}), ("Embedding", [4, 3], {"padding_idx": -1}), ("Upsample", [], {"scale_factor": 2, "mode": "bilinear"}),
    ("Upsample", [], {"size": [3, 4]}), ("PixelShuffle", [2], {}), ("PixelUnshuffle", [2], {}), ("Unflatten", [1, [2, 3]], {}),
    ("ZeroPad2d", [1], {}), ("ReflectionPad2d", [[1, 2, 3, 4]], {}), ("ReplicationPad2d", [1], {}), ("ConstantPad2d", [1, 3.5], {}),
    ("MultiheadAttention", [4, 2], {}), ("TransformerEncoderLayer", [4, 2], {"dim_feedforward": 8}),
    ("KLDivLoss", [], {}), ("CosineSimilarity", [], {}), ("PairwiseDistance", [], {}),
]
for fn, positional, options in LAYERS:
    torch.manual_seed(11)
    tuples = lambda value: tuple(value) if isinstance(value, list) else value
    layer = getattr(nn, fn)(*map(tuples, positional), **{key: tuples(value) for key, value in options.items()})
    state = {key: tensor(value) for key, value in layer.state_dict().items()}
    args = {"positional": positional, "options": options, "text": str(layer)}
    cases.append({"fn": "layer", "name": f"{fn} {positional} {options}", "dtype": "float32", "args": args, "inputs": {}, "outputs": state})

# Schedules.
SCHEDULES = [
    ("ConstantLR", [], {"factor": 0.5, "total_iters": 3}),
    ("PolynomialLR", [], {"total_iters": 6, "power": 0.9}),
    ("CosineAnnealingWarmRestarts", [3], {"T_mult": 2, "eta_min": 0.001}),
    ("CosineAnnealingWarmRestarts", [4], {}),
    ("OneCycleLR", [0.5], {"total_steps": 15}),
    ("OneCycleLR", [[0.5, 0.2]], {"epochs": 5, "steps_per_epoch": 4, "three_phase": True, "anneal_strategy": "linear", "pct_start": 0.4}),
    ("ReduceLROnPlateau", [], {"patience": 1, "factor": 0.5, "cooldown": 1, "min_lr": 0.02}),
    ("ReduceLROnPlateau", [], {"patience": 0, "mode": "max", "threshold_mode": "abs", "threshold": 0.1}),
    ("ChainedScheduler", [], {}),
]
METRICS = [3, 2.5, 2.6, 2.7, 2.4999, 2.8, 2.9, 1, 1.05, 1.2, 1.3, 0.9, 2, 2]
for fn, positional, options in SCHEDULES:
    groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 0.05)]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    module = torch.optim.lr_scheduler
    if fn == "ChainedScheduler":
        scheduler = module.ChainedScheduler([module.ConstantLR(optimizer, 0.1, 4), module.ExponentialLR(optimizer, 0.9)])
    else:
        scheduler = getattr(module, fn)(optimizer, *positional, **options)
    rates = []
    for metric in METRICS:
        rates.append([[group["lr"], group["momentum"]] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step(*([metric] if fn == "ReduceLROnPlateau" else []))
    args = {"positional": positional, "options": options, "metrics": METRICS}
    case = {"fn": "schedule", "name": f"{fn} {positional} {options}", "dtype": "float64", "args": args, "inputs": {}}
    cases.append({**case, "outputs": {"rates": tensor(torch.tensor(rates, dtype=torch.float64))}})

# Orders of samples: two epochs, and what the default generator gives after them.
ORDERS = {
    "shuffle": lambda: DataLoader(range(10), batch_size=4, shuffle=True),
    "shuffle drop_last": lambda: DataLoader(range(10), batch_size=4, shuffle=True, drop_last=True),
    "own generator": lambda: DataLoader(range(7), batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(5)),
    "sequential": lambda: DataLoader(range(5), batch_size=2),
    "replacement": lambda: RandomSampler(range(9), replacement=True, num_samples=40),
    "more than there are": lambda: RandomSampler(range(4), num_samples=10),
    "weighted": lambda: WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 8),
}
for name, build in ORDERS.items():
    torch.manual_seed(3)
    source = build()
    order = [int(i) for _ in range(2) for batch in source for i in (batch.tolist() if isinstance(batch, torch.Tensor) else [batch])]
    case = {"fn": "order", "name": name, "dtype": "float64", "args": {}, "inputs": {}}
    cases.append({**case, "outputs": {"order": tensor(torch.tensor(order)), "after": tensor(torch.rand(2, dtype=torch.float64))}})
for lengths in ([3, 7], [0.5, 0.3, 0.2], [0.33, 0.67]):
    torch.manual_seed(4)
    parts = {f"part{i}": tensor(torch.tensor(part.indices)) for i, part in enumerate(random_split(range(10), lengths))}
    cases.append({"fn": "random_split", "name": f"{lengths}", "dtype": "float64", "args": {"lengths": lengths}, "inputs": {}, "outputs": parts})
torch.manual_seed(6)
out = F.dropout2d(torch.ones(3, 4, 2, 2), 0.4)
cases.append({"fn": "dropout2d", "name": "seed 6", "dtype": "float32", "args": {}, "inputs": {}, "outputs": {"out": tensor(out)}})

write("layers", cases)
