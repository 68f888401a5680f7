"""ops.json: every primitive op of packages/core/src/ops/table.ts on the samples of data/op-samples.json.

The samples are written from the op records by TypeScript: a list of {op, name, ins, attrs}. Input i is drawn from the
key `<op>/<name>/<i>`, the cotangent of output k from `<op>/<name>/cotangent/<k>`. Floating inputs are computed in
float64; grads are those of sum(output * cotangent) over the outputs listed in `differentiated`, null where an input
has none.
`random` is not here: random.json covers the generator.
"""

import json
import math

import torch
import torch.nn.functional as F

from golden import DATA, DTYPES, clamp, tensor, write
from inputs import make

UNARY = (
    "neg abs sign exp expm1 log log1p sqrt rsqrt reciprocal sigmoid tanh relu sin cos tan asin acos atan erf floor ceil round trunc "
    "isnan logical_not"
).split()
BINARY = (
    "add sub mul div pow maximum minimum remainder floor_divide eq ne lt le gt ge logical_and logical_or logical_xor "
    "matmul"
).split()


def shape_attr(value):
    return [int(v) for v in value]


def slices(a):
    ends = [None if e in (None, "Infinity") or e == math.inf else e for e in a["ends"]]
    return tuple(slice(start, end, step) for start, end, step in zip(a["starts"], ends, a["steps"]))


def slice_scatter(base, source, a):
    out = base.clone()
    out[slices(a)] = source
    return out


def pad(x, a):
    pairs = [size for both in reversed(list(zip(a["before"], a["after"]))) for size in both]
    return F.pad(x, pairs, value=a["value"])


def prod(x, a):
    for dim in sorted(a["dims"], reverse=True):
        x = x.prod(dim, keepdim=a["keepdim"])
    return x


def reduction(name):
    return lambda x, a: getattr(torch, name)(x, dim=tuple(a["dims"]), keepdim=a["keepdim"])


def arg_reduction(name):
    return lambda x, a: getattr(torch, name)(x, dim=a["dim"], keepdim=a["keepdim"])


def conv(x, w, a):
    return F.conv2d(x, w, None, a["stride"], a["padding"], a["dilation"], a["groups"])


def conv_dx(dy, w, a):
    shape = [dy.shape[0], w.shape[1] * a["groups"], *a["inputSize"]]
    x = torch.zeros(shape, dtype=dy.dtype, requires_grad=True)
    return torch.autograd.grad(conv(x, w, a), x, dy, create_graph=True)[0]


def conv_dw(x, dy, a):
    shape = [dy.shape[1], x.shape[1] // a["groups"], *a["kernelSize"]]
    w = torch.zeros(shape, dtype=x.dtype, requires_grad=True)
    return torch.autograd.grad(conv(x, w, a), w, dy, create_graph=True)[0]


def pool(x, a, return_indices=False):
    return F.max_pool2d(
        x, a["kernel"], a["stride"], a["padding"], a["dilation"], a["ceilMode"], return_indices=return_indices
    )


def pool_dx(dy, x, a):
    indices = pool(x, a, return_indices=True)[1]
    flat = torch.zeros(x.shape[0], x.shape[1], x.shape[2] * x.shape[3], dtype=dy.dtype)
    return flat.scatter_add(2, indices.flatten(2), dy.flatten(2)).reshape(x.shape)


def pool_pick(v, x, a):
    indices = pool(x, a, return_indices=True)[1]
    return v.flatten(2).gather(2, indices.flatten(2)).reshape(indices.shape)


def topk(x, a):
    # torch.topk promises nothing about ties; the op is the beginning of a stable sort.
    values, indices = torch.sort(x, dim=a["dim"], descending=a["largest"], stable=True)
    return values.narrow(a["dim"], 0, a["k"]), indices.narrow(a["dim"], 0, a["k"])


def avg_pool(x, a):
    return F.avg_pool2d(x, a["kernel"], a["stride"], a["padding"], a["ceilMode"], a["countIncludePad"])


def avg_pool_dx(dy, a):
    x = torch.zeros([*dy.shape[:2], *a["inputSize"]], dtype=dy.dtype, requires_grad=True)
    return torch.autograd.grad(avg_pool(x, a), x, dy, create_graph=True)[0]


def batch_norm_train(x, weight, bias, a):
    dims = [d for d in range(x.dim()) if d != 1]
    y = F.batch_norm(x, None, None, weight, bias, training=True, eps=a["eps"])
    # PyTorch has no gradient through the statistics that it hands out.
    return y, x.mean(dims).detach(), x.var(dims, unbiased=False).detach()


def batch_norm_eval(x, weight, bias, mean, var, a):
    return F.batch_norm(x, mean.detach(), var.detach(), weight, bias, training=False, eps=a["eps"])


def sgd_step(p, g, buffer, scalars, a):
    lr, momentum, dampening, weight_decay, first = scalars
    d = -g if a["maximize"] else g
    if a["weightDecay"]:
        d = d + weight_decay * p
    if a["momentum"]:
        buffer = d if first == 1 else momentum * buffer + (1 - dampening) * d
        d = d + momentum * buffer if a["nesterov"] else buffer
    return p - lr * d, buffer


def adam_step(p, g, m, v, scalars, a):
    lr, beta1, rest1, beta2, rest2, eps, weight_decay, correction1, correction2 = scalars
    g = -g if a["maximize"] else g
    if a["weightDecay"]:
        if a["decoupled"]:
            p = p * (1 - lr * weight_decay)
        else:
            g = g + weight_decay * p
    m = m + rest1 * (g - m)
    v = beta2 * v + rest2 * g * g
    return p - lr / correction1 * m / (v.sqrt() / correction2.sqrt() + eps), m, v


OPS = {
    **{name: (lambda f: lambda x, a: f(x))(getattr(torch, name)) for name in UNARY},
    **{name: (lambda f: lambda x, y, a: f(x, y))(getattr(torch, name)) for name in BINARY},
    **{name: reduction(name) for name in ("sum", "mean", "amax", "amin", "any", "all")},
    **{name: arg_reduction(name) for name in ("argmax", "argmin")},
    "full": lambda a: torch.full(shape_attr(a["shape"]), a["value"], dtype=DTYPES[a["dtype"]]),
    "arange": lambda a: torch.arange(a["n"]).to(DTYPES[a["dtype"]]),
    "softplus": lambda x, a: F.softplus(x),
    "cast": lambda x, a: x.to(DTYPES[a["dtype"]]),
    "where": lambda c, x, y, a: torch.where(c, x, y),
    "gate": lambda x, c, a: torch.where(c, x, 0),
    "clamp": lambda x, a: clamp(x, a.get("min"), a.get("max")),
    "prod": prod,
    "cumsum": lambda x, a: x.cumsum(a["dim"]),
    "reshape": lambda x, a: x.reshape(shape_attr(a["shape"])),
    "permute": lambda x, a: x.permute(a["dims"]),
    "expand": lambda x, a: x.expand(shape_attr(a["shape"])),
    "slice": lambda x, a: x[slices(a)],
    "slice_scatter": slice_scatter,
    "pad": pad,
    "cat": lambda *args: torch.cat(args[:-1], args[-1]["dim"]),
    "flip": lambda x, a: x.flip(a["dims"]),
    "index_select": lambda x, i, a: x.index_select(a["dim"], i),
    "index_add": lambda base, i, source, a: base.index_add(a["dim"], i, source),
    "gather": lambda x, i, a: x.gather(a["dim"], i),
    "scatter_add": lambda base, i, source, a: base.scatter_add(a["dim"], i, source),
    "scatter": lambda base, i, source, a: base.scatter(a["dim"], i, source),
    "nonzero": lambda x, a: x.nonzero(),
    "conv2d": conv,
    "conv2d_dx": conv_dx,
    "conv2d_dw": conv_dw,
    "max_pool2d": pool,
    "max_pool2d_dx": pool_dx,
    "max_pool2d_pick": pool_pick,
    "avg_pool2d": avg_pool,
    "avg_pool2d_dx": avg_pool_dx,
    "topk": topk,
    "batch_norm_train": batch_norm_train,
    "batch_norm_eval": batch_norm_eval,
    "sgd_step": sgd_step,
    "adam_step": adam_step,
}
WITHOUT_GRADIENT = {"floor_divide", "sgd_step", "adam_step"}


def run(sample):
    op, name, attrs = sample["op"], sample["name"], sample["attrs"]
    ins = [make(spec, f"{op}/{name}/{i}") for i, spec in enumerate(sample["ins"])]
    # Floats of every width are computed in float64, with the values they have in their own dtype.
    ins = [x.double() if x.is_floating_point() else x for x in ins]
    floating = [] if op in WITHOUT_GRADIENT else [i for i, x in enumerate(ins) if x.is_floating_point()]
    for i in floating:
        ins[i].requires_grad_()
    outs = OPS[op](*ins, attrs)
    outs = list(outs) if isinstance(outs, tuple) else [outs]
    case = {"op": op, "name": name, "outputs": [tensor(out) for out in outs]}
    differentiated = [k for k, out in enumerate(outs) if out.requires_grad]
    if differentiated:
        total = 0
        for k in differentiated:
            cotangent = make({"shape": list(outs[k].shape)}, f"{op}/{name}/cotangent/{k}").to(outs[k].dtype)
            total = total + (outs[k] * cotangent).sum()
        case["differentiated"] = differentiated
        grads = torch.autograd.grad(total, [ins[i] for i in floating], allow_unused=True)
        by_input = dict(zip(floating, grads))
        case["grads"] = [None if by_input.get(i) is None else tensor(by_input[i]) for i in range(len(ins))]
    return case


if __name__ == "__main__":
    samples = json.loads((DATA / "op-samples.json").read_text(encoding="utf-8"))
    cases = []
    for sample in samples:
        if sample["op"] == "random":
            continue
        try:
            cases.append(run(sample))
        except Exception as error:
            raise SystemExit(f"{sample['op']}, sample {sample['name']}: {error}") from error
    write("ops", cases)
