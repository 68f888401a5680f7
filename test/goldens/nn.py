"""nn.json: layers, losses, initialisers and schedules. Same format as losses.json.

Modules get their parameters as inputs under their names (weight, bias); gradients are those of sum(out * cotangent)
with the cotangent drawn from the key `nn/<fn>/<name>/cotangent`, shaped like the first output.
"""

import torch
import torch.nn.functional as F
from torch import nn

from golden import DTYPES, MarginRankingLoss, number, tensor, write
from inputs import make

cases = []


def record(fn, name, inputs, args, call):
    keyed = {key: {**spec, "key": f"nn/{fn}/{name}/{key}"} for key, spec in inputs.items()}
    for dtype in ("float64", "float32"):
        tensors = {key: make(spec, spec["key"], DTYPES[dtype]) for key, spec in keyed.items()}
        wanted = {k: t for k, t in tensors.items() if t.is_floating_point() and not k.startswith(("running", "target"))}
        for t in wanted.values():
            t.requires_grad_()
        outputs = call(tensors)
        first = next(iter(outputs.values()))
        cotangent = make({"shape": list(first.shape)}, f"nn/{fn}/{name}/cotangent", DTYPES[dtype])
        grads = torch.autograd.grad((first * cotangent).sum(), list(wanted.values()))
        case = {"fn": fn, "name": name, "dtype": dtype, "args": args, "inputs": keyed}
        case["outputs"] = {key: tensor(value) for key, value in outputs.items()}
        cases.append({**case, "grads": {key: tensor(g) for key, g in zip(wanted, grads)}})


def literal(values, shape=None, dtype="float32"):
    return {"shape": shape or [len(values)], "values": values, "dtype": dtype}


for name, shape in (("2-d", [4, 3]), ("1-d", [3]), ("3-d", [2, 2, 3])):
    ins = {"x": {"shape": shape}, "weight": {"shape": [5, 3]}}
    record("Linear", f"{name} without bias", ins, {"bias": False}, lambda t: {"out": F.linear(t["x"], t["weight"])})
    ins = {**ins, "bias": {"shape": [5]}}
    record("Linear", name, ins, {"bias": True}, lambda t: {"out": F.linear(t["x"], t["weight"], t["bias"])})

CONVS = {
    "plain": ([2, 3, 5, 6], [4, 3, 3, 3], {}),
    "stride 2 padding 1": ([2, 3, 7, 8], [4, 3, 3, 3], {"stride": [2, 2], "padding": [1, 1]}),
    "1x1 stride 2": ([2, 3, 5, 5], [2, 3, 1, 1], {"stride": [2, 2]}),
    "uneven": ([1, 2, 9, 7], [3, 2, 5, 2], {"stride": [3, 1], "padding": [2, 0]}),
    "dilation": ([1, 2, 8, 9], [3, 2, 3, 3], {"dilation": [2, 3], "padding": [1, 2]}),
    "groups": ([2, 4, 5, 5], [6, 2, 3, 3], {"groups": 2, "padding": [1, 1]}),
    "depthwise": ([1, 3, 6, 6], [3, 1, 3, 3], {"groups": 3, "stride": [2, 2], "padding": [1, 1]}),
    "stem": ([1, 3, 12, 10], [2, 3, 7, 7], {"stride": [2, 2], "padding": [3, 3]}),
}
for name, (x, w, options) in CONVS.items():
    ins = {"x": {"shape": x}, "weight": {"shape": w}, "bias": {"shape": [w[0]]}}
    record("Conv2d", name, ins, options, lambda t: {"out": F.conv2d(t["x"], t["weight"], t["bias"], **options)})

for fn, shapes in (("BatchNorm1d", ([5, 3], [2, 4])), ("BatchNorm2d", ([3, 2, 2, 3], [2, 3, 1, 1], [1, 3, 2, 2]))):
    for shape in shapes:
        channels = [shape[1]]
        ins = {
            "x": {"shape": shape},
            "weight": {"shape": channels, "low": 0.5, "high": 2},
            "bias": {"shape": channels},
            "running_mean": {"shape": channels},
            "running_var": {"shape": channels, "low": 0.5, "high": 2},
        }
        for train, momentum, eps in ((True, 0.1, 1e-5), (True, 0.3, 1e-3), (False, 0.1, 1e-5)):

            def norm(t):
                mean, var = t["running_mean"].clone(), t["running_var"].clone()
                out = F.batch_norm(t["x"], mean, var, t["weight"], t["bias"], train, momentum, eps)
                return {"out": out, "running_mean": mean, "running_var": var}

            name = f"{shape} {'train' if train else 'eval'} {momentum}"
            record(fn, name, ins, {"train": train, "momentum": momentum, "eps": eps}, norm)

POOLS = {
    "3 2 1": {"kernel_size": 3, "stride": 2, "padding": 1},
    "3 2 ceil": {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    "3 2 1 ceil": {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    "2": {"kernel_size": 2},
    "2 1": {"kernel_size": 2, "stride": 1},
    "dilation": {"kernel_size": 2, "stride": 1, "dilation": 2},
    "2 3 ceil": {"kernel_size": 2, "stride": 3, "ceil_mode": True},
}
for name, options in POOLS.items():
    for tied, step in (("", None), (" tied", 1)):
        x = {"shape": [2, 2, 6, 7], **({"step": step} if step else {})}
        record("MaxPool2d", name + tied, {"x": x}, options, lambda t: {"out": F.max_pool2d(t["x"], **options)})

for size in ([1, 1], [2, 3], [4, 4], [7, 1]):
    for shape in ([2, 3, 7, 5], [1, 2, 4, 4]):
        record(
            "AdaptiveAvgPool2d",
            f"{shape} to {size}",
            {"x": {"shape": shape}},
            {"output_size": size},
            lambda t: {"out": F.adaptive_avg_pool2d(t["x"], size)},
        )

LOGITS = {"shape": [5, 4], "low": -4, "high": 4}
CLASSES = literal([0, 3, 1, 1, 2], dtype="int64")
for smoothing in (0, 0.1):
    for reduction in ("mean", "sum", "none"):
        options = {"label_smoothing": smoothing, "reduction": reduction}
        for name, ins in (
            ("plain", {"input": LOGITS, "target": CLASSES}),
            ("large", {"input": {"shape": [5, 4], "low": -900, "high": 900}, "target": CLASSES}),
        ):
            record(
                "CrossEntropyLoss",
                f"{name} {smoothing} {reduction}",
                ins,
                options,
                lambda t: {"out": F.cross_entropy(t["input"], t["target"], **options)},
            )

HINGE = {
    "input1": literal([1, 2, 0.5, 3, -1]),
    "input2": literal([0, 2, 1.5, 1, 1]),
    "target": literal([1, 1, 1, -1, -1]),
}
DRAWN = {"input1": {"shape": [6]}, "input2": {"shape": [6]}, "target": literal([1, -1, 1, 1, -1, 1])}
for margin in (0, 0.3, 1):
    for reduction in ("mean", "sum", "none"):
        options = {"margin": margin, "reduction": reduction}
        for name, ins in (("at zero", HINGE), ("drawn", DRAWN)):
            record(
                "MarginRankingLoss",
                f"{name} {margin} {reduction}",
                ins,
                options,
                lambda t: {"out": MarginRankingLoss(**options)(t["input1"], t["input2"], t["target"])},
            )

for reduction in ("mean", "sum", "none"):
    ins = {"input": literal([0, 5, 20, -5, -80, 0.5]), "target": literal([1, 1, 1, 1, 1, -1])}
    record(
        "SoftMarginLoss",
        reduction,
        ins,
        {"reduction": reduction},
        lambda t: {"out": F.soft_margin_loss(t["input"], t["target"], reduction=reduction)},
    )
record("ReLU", "at zero", {"x": literal([-1, 0, 1, 2.5, -0.5])}, {}, lambda t: {"out": F.relu(t["x"])})

for seed in (0, 1234):
    for name, shape in (("linear", [4, 3]), ("square", [16, 16]), ("conv", [8, 3, 3, 3]), ("small", [2, 2])):
        for fn, args in (
            ("kaiming_normal_", {}),
            ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
            ("kaiming_uniform_", {}),
            ("kaiming_uniform_", {"a": 5**0.5}),
            ("xavier_uniform_", {}),
            ("normal_", {"mean": 0.0, "std": 0.001}),
        ):
            for dtype in ("float32", "float64"):
                torch.manual_seed(seed)
                out = getattr(nn.init, fn)(torch.empty(shape, dtype=DTYPES[dtype]), **args)
                case = {"fn": fn, "name": f"{name} seed {seed}", "dtype": dtype, "args": {**args, "seed": seed}}
                cases.append({**case, "inputs": {}, "outputs": {"out": tensor(out)}})

# Default initialisation of whole layers: the order of the draws matters.
for fn, args, layer in (
    ("Linear", {"in_features": 5, "out_features": 4}, nn.Linear),
    ("Linear", {"in_features": 3, "out_features": 2, "bias": False}, nn.Linear),
    ("Conv2d", {"in_channels": 3, "out_channels": 4, "kernel_size": 3}, nn.Conv2d),
    ("Conv2d", {"in_channels": 4, "out_channels": 4, "kernel_size": 3, "groups": 2}, nn.Conv2d),
):
    torch.manual_seed(7)
    state = {key: tensor(value) for key, value in layer(**args).state_dict().items()}
    case = {"fn": f"{fn} init", "name": "seed 7", "dtype": "float32", "args": {**args, "seed": 7}}
    cases.append({**case, "inputs": {}, "outputs": state})


def warm_up(epoch):
    """Linear from 0.1 to 1 over ten epochs, then tenths at 20 and 50: the cross-modality baseline's."""
    if epoch < 10:
        return (epoch + 1) / 10
    return 1.0 if epoch < 20 else 0.1 if epoch < 50 else 0.01


SCHEDULES = {
    "MultiStepLR": {"milestones": [3, 7, 7, 9], "gamma": 0.5},
    "StepLR": {"step_size": 3, "gamma": 0.1},
    "LinearLR": {"start_factor": 0.1, "end_factor": 1.0, "total_iters": 5},
    "LambdaLR": {"lr_lambda": "warm-up"},
    "CosineAnnealingLR": {"T_max": 10, "eta_min": 0.001},
}
for fn, args in SCHEDULES.items():
    groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 0.01)]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    options = {"lr_lambda": warm_up} if fn == "LambdaLR" else args
    scheduler = getattr(torch.optim.lr_scheduler, fn)(optimizer, **options)
    rates = []
    for _ in range(60 if fn == "LambdaLR" else 14):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    case = {"fn": fn, "name": "two groups, lr 0.1 and 0.01", "dtype": "float64", "args": args, "inputs": {}}
    cases.append({**case, "outputs": {"lr": tensor(torch.tensor(rates, dtype=torch.float64))}})

write("nn", cases)
