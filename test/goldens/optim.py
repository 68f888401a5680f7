"""optim.json: ten steps of SGD and Adam on a fixed two-layer linear net, in float64 and float32."""

import itertools

import torch

from golden import DTYPES, number, tensor, write
from inputs import make

SHAPES = {"w1": [4, 3], "b1": [4], "w2": [2, 4], "b2": [2]}
INPUTS = {name: {"shape": shape, "low": -1, "high": 1, "key": f"optim/{name}"} for name, shape in SHAPES.items()}
INPUTS["x"] = {"shape": [5, 3], "key": "optim/x"}
INPUTS["y"] = {"shape": [5, 2], "key": "optim/y"}
KEPT = (1, 2, 10)


def run(optimizer, options, second_group, dtype):
    tensors = {name: make(spec, spec["key"], DTYPES[dtype]) for name, spec in INPUTS.items()}
    parameters = {name: tensors[name].requires_grad_() for name in SHAPES}
    groups = [{"params": list(parameters.values())}]
    if second_group is not None:
        groups = [{"params": [parameters["w1"], parameters["b1"]]}]
        groups.append({"params": [parameters["w2"], parameters["b2"]], **second_group})
    method = getattr(torch.optim, optimizer)(groups, **options)
    losses, kept = [], {}
    for step in range(1, max(KEPT) + 1):
        method.zero_grad()
        hidden = tensors["x"] @ parameters["w1"].t() + parameters["b1"]
        out = hidden @ parameters["w2"].t() + parameters["b2"]
        loss = (out - tensors["y"]).square().mean()
        loss.backward()
        method.step()
        losses.append(number(loss.item()))
        if step in KEPT:
            kept[str(step)] = {name: tensor(p) for name, p in parameters.items()}
    case = {"optimizer": optimizer, "options": options, "dtype": dtype, "inputs": INPUTS}
    if second_group is not None:
        case["secondGroup"] = second_group
    return {**case, "losses": losses, "parameters": kept}


sgd = [
    {"lr": 0.05, "momentum": momentum, "dampening": dampening, "weight_decay": decay, "nesterov": nesterov}
    for momentum, dampening, decay, nesterov in itertools.product((0, 0.9), (0, 0.1), (0, 5e-4), (False, True))
    if not nesterov or (momentum > 0 and dampening == 0)
]
runs = [("SGD", options, None) for options in sgd]
runs.append(("SGD", {"lr": 0.05, "momentum": 0.9, "maximize": True}, None))
runs.append(("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True}, {"lr": 0.005}))
runs.append(("SGD", {"lr": 0.05}, {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}))
runs += [
    ("Adam", {"lr": 0.01}, None),
    ("Adam", {}, None),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}, None),
    ("Adam", {"lr": 0.01, "eps": 1e-3}, None),
    ("Adam", {"lr": 0.01, "weight_decay": 5e-4}, {"lr": 0.1, "weight_decay": 0}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1}, None),
    ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}, None),
    ("AdamW", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1, "maximize": True}, {"lr": 0.01, "amsgrad": False}),
    ("RMSprop", {}, None),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "momentum": 0.8, "centered": True, "weight_decay": 0.1}, {"lr": 0.001}),
    ("RMSprop", {"lr": 0.02, "maximize": True, "eps": 1e-3}, None),
    ("RAdam", {"lr": 0.05}, None),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "betas": [0.8, 0.9]}, None),
]
write("optim", [run(*each, dtype) for each in runs for dtype in ("float64", "float32")])
