"""corners.json: short programs where implementations differ: ties, zeros, infinities, sizes 0, mixed dtypes, views.

Found by comparing random calls with PyTorch. A case is {name, inputs, outputs, grads, second}; the program stands in
test/corners/programs.ts under the same name. `grads` are those of sum(output * cotangent(i)) over the floating outputs,
`second` those of sum(grad * cotangent(i)) over the gradients; the cotangent of element i is 1 + i mod 3. null is no
gradient.
"""

import torch
import torch.nn.functional as F

from golden import NAMES, clamp, tensor, write

NAN, INF = float("nan"), float("inf")


def f(values, dtype=torch.float64):
    """A floating input that asks for a gradient."""
    return torch.tensor(values, dtype=dtype).requires_grad_()


def c(values, dtype):
    """An input without gradient."""
    return torch.tensor(values, dtype=dtype)


def f32(values):
    return f(values, torch.float32)


def written(x, write):
    """What `write` does to a copy of x."""
    copy = x.clone()
    write(copy)
    return copy


def put(x, index, value):
    def write(copy):
        copy[index] = value

    return written(x, write)


I64, I32, U8, BOOL = torch.int64, torch.int32, torch.uint8, torch.bool

CASES = [
    # Gradients that do not pass are 0, even where what follows has an infinite slope.
    ("relu before sqrt", {"x": f([-1, 4])}, lambda x: x.relu().sqrt()),
    ("clamp before sqrt", {"x": f([-1, 4])}, lambda x: clamp(x, min=0).sqrt()),
    ("clamp before acos", {"x": f([-3, 0.5, 3])}, lambda x: clamp(x, -1, 1).acos()),
    ("clamp before log", {"x": f([-1, 0.5])}, lambda x: clamp(x, min=0).log()),
    ("maximum before reciprocal", {"x": f([-1, 2]), "y": f([0, 1])}, lambda x, y: torch.maximum(x, y).reciprocal()),
    ("minimum before log", {"x": f([0, 2]), "y": f([1, 1])}, lambda x, y: torch.minimum(x, y).log()),
    ("largest before log", {"x": f([0, 0, -1])}, lambda x: x.max().log()),
    ("floor before log", {"x": f([0.5, 1.5])}, lambda x: x.floor().log()),
    ("sign before reciprocal", {"x": f([0, 1.5])}, lambda x: x.sign().reciprocal()),
    ("std of equal elements", {"x": f([[1, 1, 1], [1, 2, 4]])}, lambda x: x.std(1)),
    ("std of one element", {"x": f([[1], [2]])}, lambda x: x.std(1, unbiased=False)),
    # Promotion before the arithmetic.
    ("hypot of two dtypes", {"x": f32([2.5862934, 1.3]), "y": f([0.1, -0.5])}, lambda x, y: torch.hypot(x, y)),
    ("addcmul of two dtypes", {"x": f([0.1]), "y": f32([2.5862934]), "z": f32([1.3])}, lambda x, y, z: x.addcmul(y, z)),
    ("addcdiv of two dtypes", {"x": f([0.1]), "y": f32([2.5862934]), "z": f32([3])}, lambda x, y, z: x.addcdiv(y, z)),
    ("atan2 of integers", {"x": c([1, -1, 0], I64), "y": c([0, -2, 0], I32)}, lambda x, y: torch.atan2(x, y)),
    ("alpha beside an integer", {"x": f(0.7), "y": c([5, 1], U8)}, lambda x, y: torch.sub(x, y, alpha=0.5)),
    ("clamp of bool", {"x": c([True, False], BOOL)}, lambda x: x.clamp(min=-1)),
    ("clamp of integers by floats", {"x": c([1, 5], I64), "y": f(1.5)}, lambda x, y: x.clamp(max=y)),
    ("truncated quotient of large integers", {"x": c([2**53 - 1, -7, 7, 6], I64), "y": c([1, 2, -2, 3], I64)},
     lambda x, y: torch.div(x, y, rounding_mode="trunc")),
    ("floored quotient", {"x": f([5, -5]), "y": f([2, 2])}, lambda x, y: torch.div(x, y, rounding_mode="floor")),
    ("remainder by 0, twice", {"x": f([1, 2]), "y": f([0, 1.5])}, lambda x, y: torch.remainder(x, y)),
    ("isclose of masks", {"x": c([True, False], BOOL), "y": c([True, True], BOOL)}, torch.isclose),
    ("finite of integers and bool", {"x": c([1, -2], I32), "y": c([True, False], BOOL)},
     lambda x, y: [torch.isfinite(x), torch.isinf(x), torch.isfinite(y), torch.isinf(y)]),
    ("erfinv at the edge", {"x": f([0.5, 1, -1, 2])}, torch.erfinv),
    # Sizes 0.
    ("softmax over nothing", {"x": f([[], []])}, lambda x: [torch.softmax(x, 1), torch.log_softmax(x, 1)]),
    ("logsumexp of nothing", {"x": f([[], []])}, lambda x: torch.logsumexp(x, 1)),
    ("product of nothing", {"x": f([[], []])}, lambda x: x.prod(1)),
    ("chunks of nothing", {"x": f([])}, lambda x: list(x.chunk(3))),
    ("inner product of nothing", {"x": f([[], []]), "y": f([])}, torch.inner),
    ("cat of nothing", {"x": c([], I32), "y": c([], U8)}, lambda x, y: torch.cat([x, y])),
    ("mean of nothing", {"x": f([])}, lambda x: x.mean()),
    ("any and all of nothing", {"x": c([], BOOL)}, lambda x: [x.any(), x.all()]),
    ("cat with an empty part", {"x": f([[1, 2]]), "y": f([])}, lambda x, y: torch.cat([x, x[:0], y], 0)),
    ("pad of nothing", {"x": f([[], []])}, lambda x: F.pad(x, [1, 2], value=3)),
    ("matmul over nothing", {"x": f([[], []])}, lambda x: x @ x.t()),
    ("write of nothing", {"x": f([[1, 2], [3, 4]])}, lambda x: put(x, slice(2, None), 5)),
    ("add at no index", {"x": f([1, 2]), "i": c([], I64), "y": f([])}, lambda x, i, y: x.index_add(0, i, y)),
    ("flip of a number", {"x": f(2)}, lambda x: x.flip(0)),
    # Norms.
    ("norm of order minus infinity", {"x": f([[-3, 0.5], [2, -4]])}, lambda x: torch.norm(x, -INF, dim=1)),
    ("norm fro", {"x": f([[3, 4], [0, 0]])}, lambda x: torch.norm(x, "fro")),
    ("any of uint8", {"x": c([[0, 3], [0, 0]], U8)}, lambda x: [x.any(1), x.all()]),
    # Losses.
    ("cross entropy, all ignored", {"x": f([[1, 2], [3, 5]]), "y": c([1, 1], I64)},
     lambda x, y: F.cross_entropy(x, y, ignore_index=1)),
    ("nll of an impossible row that is ignored", {"x": f([[-INF, 0], [-1, -2]]), "y": c([0, 1], I64)},
     lambda x, y: F.nll_loss(x, y, ignore_index=0, reduction="none")),
    ("smoothed cross entropy with ignored rows", {"x": f([[1, 2], [3, 5]]), "y": c([1, -100], I64)},
     lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1)),
    ("kl of a negative target", {"x": f([-1, -2]), "y": c([-0.5, 0.5], torch.float64)}, lambda x, y: F.kl_div(x, y, reduction="none")),
    ("smooth l1 at 0, twice", {"x": f([1, 2]), "y": f([1, 5])}, lambda x, y: F.smooth_l1_loss(x, y, reduction="none")),
    ("huber at delta, twice", {"x": f([1, 2]), "y": f([1, 2.5])}, lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.5)),
    ("cosine similarity of one row with many", {"x": f([[1, 2], [3, -1]]), "y": f([2, 1])},
     lambda x, y: F.cosine_similarity(x, y, dim=-1)),
    ("cosine similarity over the broadcast dim", {"x": f([[1, 2], [3, -1]]), "y": f([[2, 1]])},
     lambda x, y: F.cosine_similarity(x, y, dim=0)),
    ("transposed convolution padded beyond its stride",
     {"x": f([[[[1, 2]], [[3, -1]]]]), "w": f([[[[1, 2]]], [[[0.5, -1]]]])},
     lambda x, w: F.conv_transpose2d(x, w, dilation=3, output_padding=2)),
    ("group norm of single values", {"x": f([[1, 2], [3, 5]])}, lambda x: F.group_norm(x, 2)),
    # Indexing.
    ("number in a tensor as index", {"x": f([[[1, 2]], [[3, 4]]]), "i": c(-1, I64), "j": c([0], I64)},
     lambda x, i, j: [x[i], x[None][None, i, :, j]]),
    ("write through an index that is a number", {"x": f([[1, 2], [3, 4]]), "i": c(1, I64)},
     lambda x, i: written(x, lambda copy: copy[i].mul_(10))),
    ("write by a mask of the rows", {"x": f([[1, 2], [3, 4]]), "m": c([False, True], BOOL)}, lambda x, m: put(x, m, -1)),
    ("masked select, broadcast", {"x": f([[1, 2], [3, 4]]), "m": c([True, False], BOOL)}, torch.masked_select),
    ("write to the diagonal of a transposed view", {"x": f([[1, 2, 3], [4, 5, 6]])},
     lambda x: written(x, lambda copy: copy.t().diagonal().fill_(0))),
    ("fractions in integers", {"x": c([1, 2], I64), "i": c([0], I64)},
     lambda x, i: [torch.full_like(x, 2), x.index_fill(0, i, 1.5), written(x, lambda copy: copy.fill_(-1.5))]),
]


def cotangent(x):
    return (1 + torch.arange(x.numel()) % 3).to(x.dtype).reshape(x.shape)


def weighted(tensors):
    return sum((t * cotangent(t)).sum() for t in tensors)


def described(t):
    return {"dtype": NAMES[t.dtype], **tensor(t)}


def gradients(names, grads):
    # Added to zeros, since PyTorch has zero gradients without storage.
    whole = [None if g is None else tensor(torch.zeros(g.shape, dtype=g.dtype) + g) for g in grads]
    return dict(zip(names, whole))


def run(name, inputs, program):
    case = {"name": name, "inputs": {k: {**described(t), "grad": t.requires_grad} for k, t in inputs.items()}}
    outs = program(*inputs.values())
    outs = outs if isinstance(outs, list) else [outs]
    case["outputs"] = [described(out) for out in outs]
    wanted = {k: t for k, t in inputs.items() if t.requires_grad}
    floating = [out for out in outs if out.requires_grad]
    if not floating:
        return case
    grads = torch.autograd.grad(weighted(floating), wanted.values(), create_graph=True, allow_unused=True)
    case["grads"] = gradients(wanted, grads)
    again = [g for g in grads if g is not None and g.requires_grad]
    if again:
        second = torch.autograd.grad(weighted(again), wanted.values(), allow_unused=True)
        case["second"] = gradients(wanted, second)
    return case


if __name__ == "__main__":
    write("corners", [run(*case) for case in CASES])
