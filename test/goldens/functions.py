"""functions.json: functions of the torch namespace that are made of primitive ops, and the eager ones.

A case is {fn, name, call, outputs, differentiated, grads}. `call` lists the arguments in order: {"$": spec} is an input
drawn from the key `<fn>/<name>/<number of the input>`, {"list": [...]} a list of arguments, an object the keyword
arguments, which come last. Floating inputs are computed in float64; grads are those of sum(output * cotangent), as in
ops.json, by number of the input.
"""

import torch

from golden import tensor, write
from inputs import make


def x(*shape, **spec):
    """A floating input on [-2, 2)."""
    return {"$": {"shape": list(shape), **spec}}


def n(*shape, low=0, high=10, dtype="int64"):
    """Whole numbers on [low, high)."""
    return {"$": {"shape": list(shape), "dtype": dtype, "low": low, "high": high}}


def ties(*shape):
    return x(*shape, low=0, high=3, step=1)


def v(*values, dtype="float32"):
    """Literal values."""
    return {"$": {"shape": [len(values)], "dtype": dtype, "values": list(values)}}


def m(*shape):
    """A mask."""
    return {"$": {"shape": list(shape), "dtype": "bool"}}


NAN, INF = "NaN", "Infinity"
WITHOUT_GRADIENT = {"unique", "bincount", "histc"}

CASES = [
    ("topk", "last dim", x(3, 5), 2),
    ("topk", "smallest", x(4, 3), 2, 0, False),
    ("topk", "scalar", x(), 1),
    ("topk", "none", x(2, 3), 0),
    ("topk", "integers", v(5, 1, 9, 3, dtype="int64"), 2),
    ("sort", "rows", x(3, 5)),
    ("sort", "columns, descending", x(4, 3), 0, True),
    ("sort", "nan", v(1, NAN, -1, INF, "-Infinity", 0)),
    ("sort", "nan, descending", v(1, NAN, -1, INF, "-Infinity", 0), 0, True),
    ("sort", "stable", ties(3, 8), {"dim": 1, "stable": True}),
    ("sort", "stable, descending", ties(3, 8), {"dim": 1, "stable": True, "descending": True}),
    ("sort", "empty", x(0, 3), 1),
    ("sort", "scalar", x()),
    ("argsort", "rows", x(3, 5)),
    ("argsort", "stable, descending", ties(2, 6), {"dim": -1, "descending": True, "stable": True}),
    ("kthvalue", "rows", x(3, 5), 2),
    ("kthvalue", "columns, kept", x(4, 3), 4, 0, True),
    ("median", "all", x(3, 5)),
    ("median", "even", x(4)),
    ("median", "all, ties", v(1, 2, 2, 3)),
    ("median", "all, nan", v(1, NAN, 0)),
    ("median", "integers", v(5, 1, 9, 3, dtype="int64")),
    ("median", "rows", x(3, 4), 1),
    ("median", "rows with nan, kept", x(2, 3, values=[1, NAN, 0, 3, 1, 2]), 1, True),
    ("unique", "values", ties(3, 4)),
    ("unique", "integers, all results", n(3, 4, high=5), {"return_inverse": True, "return_counts": True}),
    ("unique", "infinities", v(INF, 1, "-Infinity", 1, INF), {"return_counts": True}),
    ("unique", "flags", m(5)),
    ("unique", "nothing", x(0)),
    ("bincount", "plain", n(9, high=6)),
    ("bincount", "minlength", v(1, 1, 3, dtype="int64"), {"minlength": 6}),
    ("bincount", "weights", v(1, 1, 3, dtype="int64"), {"weights": x(3)}),
    ("histc", "range", x(20), 4, -1, 1),
    ("histc", "extremes", x(9), 5),
    ("histc", "one value", v(2, 2), 4),
    ("meshgrid", "ij", {"list": [x(3), x(2)]}, {"indexing": "ij"}),
    ("meshgrid", "xy", {"list": [x(3), x(2), x(2)]}, {"indexing": "xy"}),
    ("tril", "square", x(4, 4)),
    ("tril", "above", x(2, 3, 4), 1),
    ("triu", "wide", x(3, 5)),
    ("triu", "below", x(4, 3), -1),
    ("triu", "integers", n(3, 3), 1),
    ("trace", "wide", x(3, 4)),
    ("diagonal", "main", x(4, 3)),
    ("diagonal", "above", x(3, 5), 2),
    ("diagonal", "below in a stack", x(2, 4, 3), -1, 1, 2),
    ("diagonal", "outside", x(2, 2), 5),
    ("diag", "matrix", x(3, 3)),
    ("diag", "above", x(3, 4), 1),
    ("diag", "vector", x(3)),
    ("diag", "vector below", x(2), -1),
    ("diag_embed", "rows", x(2, 3)),
    ("diag_embed", "above", x(3), 1),
    ("diag_embed", "below, other dims", x(2, 3), -1, 0, 2),
    ("movedim", "one", x(2, 3, 4), 0, 2),
    ("movedim", "two", x(2, 3, 4), {"source": [0, 1], "destination": [-1, 0]}),
    ("swapaxes", "ends", x(2, 3, 4), 0, -1),
    ("roll", "flat", x(3, 4), 5),
    ("roll", "rows", x(3, 4), -1, 0),
    ("roll", "both", x(3, 4), [1, 2], [0, 1]),
    ("repeat_interleave", "flat", x(2, 2), 3),
    ("repeat_interleave", "rows", x(2, 3), 2, 0),
    ("repeat_interleave", "by tensor", x(3, 2), v(1, 0, 2, dtype="int64"), 0),
    ("broadcast_to", "rows", x(3), [2, 3]),
    ("unflatten", "wild", x(2, 6), 1, [3, -1]),
    ("tensor_split", "parts", x(7, 2), 3),
    ("tensor_split", "indices", x(2, 7), [2, 5], 1),
    ("take", "positions", x(3, 4), n(2, 2, high=12)),
    ("take_along_dim", "broadcast", x(3, 4), n(1, 2, high=4), 1),
    ("take_along_dim", "flat", x(3, 4), n(5, high=12)),
    ("index_fill", "columns", x(3, 4), 1, v(0, 2, dtype="int64"), 7),
    ("index_copy", "rows", x(3, 4), 0, v(2, 0, dtype="int64"), x(2, 4)),
    ("index", "apart", x(3, 4, 3), n(5, high=3), ":", n(5, high=3)),
    ("index", "apart, broadcast", x(3, 2, 4), n(2, 1, high=3), ":", n(3, high=4)),
    ("index", "apart with a new dim", x(3, 4), n(2, high=3), "None", n(2, high=4)),
    ("index", "a number beside a tensor", x(3, 4, 5), 1, ":", n(2, high=5)),
    ("index", "together", x(2, 3, 4), ":", n(2, high=3), n(2, high=4)),
    ("frac", "signs", x(6)),
    ("rsub", "alpha", x(3), x(3), {"alpha": 2}),
    ("addcmul", "value", x(2, 3), x(2, 3), x(3), {"value": 0.5}),
    ("addcdiv", "value", x(2, 3), x(2, 3), x(3, low=0.5), {"value": -2}),
    ("lerp", "number", x(3), x(3), 0.25),
    ("lerp", "tensor", x(3), x(3), x(3)),
    ("atan2", "quadrants", x(4, 4), x(4, 4)),
    ("atan2", "axes", v(0, 0, 1, -1, 2), v(1, -1, 0, 0, 2)),
    ("hypot", "plain", x(3), x(3)),
    ("logaddexp", "plain", x(5), x(5)),
    ("logaddexp", "ties", v(1, 500, -500), v(1, 500, -500)),
    ("nan_to_num", "nan by default", v(NAN, INF, "-Infinity", 1), {"posinf": 9, "neginf": -9}),
    ("nan_to_num", "given", v(NAN, INF, "-Infinity", 1), {"nan": 5, "posinf": 6, "neginf": 7}),
    ("isclose", "plain", v(1, 1, INF, INF, NAN), v(1.000001, 1.1, INF, 1, NAN)),
    ("isclose", "nan", v(NAN, 1), v(NAN, NAN), {"equal_nan": True}),
    ("erfinv", "inside", x(9, low=-0.99, high=0.99)),
    ("erfinv", "edge", v(1, -1, 0, 2, NAN, 0.9999, -0.99999)),
    ("log2", "positive", x(4, low=0.5)),
    ("log10", "positive", x(4, low=0.5)),
    ("clamp", "tensors, ties", v(0, 1, 2), v(0, 0.5, 3), v(1, 1, 4)),
    ("clamp", "tensors, nan", v(NAN, 1, 1), v(0, NAN, 0), v(1, 1, NAN)),
    ("clamp", "tensor min", x(2, 3), x(3)),
    ("clamp", "tensor max", x(2, 3), {"max": x(3)}),
    ("bitwise_and", "masks", m(6), m(6)),
    ("bitwise_or", "masks", m(6), m(6)),
    ("bitwise_xor", "masks", m(6), m(6)),
    ("bitwise_not", "mask", m(6)),
    ("var", "all", x(3, 4)),
    ("var", "positional", x(3, 4), 1, False, True),
    ("std", "correction", x(3, 4), {"dim": 0, "correction": 0}),
    ("var_mean", "rows", x(3, 4), 1),
    ("std_mean", "all", x(3, 4)),
    ("nansum", "rows", x(2, 3, values=[1, NAN, 2, NAN, NAN, NAN]), 1),
    ("nanmean", "rows", x(2, 3, values=[1, NAN, 2, NAN, NAN, NAN]), 1),
    ("count_nonzero", "rows", ties(3, 5), 1),
    ("count_nonzero", "all", ties(3, 5)),
    ("outer", "vectors", x(3), x(4)),
    ("inner", "matrices", x(2, 3), x(4, 3)),
    ("inner", "vectors", x(3), x(3)),
    ("inner", "number", x(3), x()),
    ("mv", "plain", x(2, 3), x(3)),
    ("addmv", "factors", x(2), x(2, 3), x(3), {"beta": 2, "alpha": -1}),
    ("baddbmm", "factors", x(2, 3, 2), x(2, 3, 4), x(2, 4, 2), {"beta": 0.5, "alpha": 2}),
    ("cross", "rows", x(2, 3), x(2, 3), {"dim": 1}),
    ("cdist", "differences", x(3, 4), x(5, 4)),
    ("cdist", "batch", x(2, 3, 4), x(2, 2, 4)),
    ("cdist", "product", x(3, 4), x(5, 4), 2, {"compute_mode": "use_mm_for_euclid_dist"}),
    ("cdist", "many rows", x(27, 3), x(4, 3)),
    ("cdist", "coincident", x(2, 2, values=[1, 2, 3, 4]), x(2, 2, values=[1, 2, 0, 0])),
    (
        "cdist",
        "coincident, product",
        x(2, 2, values=[1, 2, 3, 4]),
        x(2, 2, values=[1, 2, 0, 0]),
        2,
        {"compute_mode": "use_mm_for_euclid_dist"},
    ),
    ("cdist", "one", x(3, 4), x(2, 4), 1),
    ("cdist", "largest", x(3, 4), x(2, 4), INF),
    ("cdist", "third", x(3, 4), x(2, 4), 3),
    ("cdist", "zero", ties(3, 4), ties(2, 4), 0),
    ("renorm", "rows", x(3, 4), 2, 0, 1),
    ("renorm", "columns, p 1", x(2, 3, 2), 1, 1, 2),
    ("inverse", "one", x(3, 3)),
    ("inverse", "stack", x(2, 2, 2)),
    ("inverse", "needs exchange", x(2, 2, values=[0, 1, 2, 3])),
    ("einsum", "product", "ij,jk->ik", x(2, 3), x(3, 4)),
    ("einsum", "implicit", "ij,jk", x(2, 3), x(3, 4)),
    ("einsum", "implicit transpose", "ba", x(2, 3)),
    ("einsum", "batch", "bij,bkj->bik", x(2, 3, 4), x(2, 5, 4)),
    ("einsum", "ellipsis", "...ij,...jk->...ik", x(2, 1, 3, 4), x(5, 4, 2)),
    ("einsum", "ellipsis of different ranks", "...i,...i", x(2, 3, 4), x(4)),
    ("einsum", "diagonal", "ii->i", x(3, 3)),
    ("einsum", "trace", "ii", x(3, 3)),
    ("einsum", "diagonal of a stack", "bii,bij->bj", x(2, 3, 3), x(2, 3, 4)),
    ("einsum", "outer", "i,j->ij", x(3), x(4)),
    ("einsum", "dot", "i,i->", x(3), x(3)),
    ("einsum", "sums alone", "ij,k->i", x(2, 3), x(4)),
    ("einsum", "three", "ij,jk,kl->il", x(2, 3), x(3, 4), x(4, 2)),
    ("einsum", "three shared", "i,i,i->i", x(3), x(3), x(3)),
    ("einsum", "broadcast ones", "ij,ij->ij", x(1, 3), x(2, 3)),
    ("einsum", "bilinear", "bn,anm,bm->ba", x(2, 3), x(4, 3, 2), x(2, 2)),
    ("einsum", "spaces", " b c h w , o c -> b o h w ", x(2, 3, 2, 2), x(4, 3)),
]


def draws():
    """Draws of multinomial after manual_seed: no inputs, no gradients."""
    cases = []
    for name, weights, count, replacement in [
        ("without replacement", [0.1, 0.2, 0.3, 0.4], 3, False),
        ("one", [0.1, 0.2, 0.3, 0.4], 1, False),
        ("with replacement", [[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 1]], 6, True),
        ("rows without replacement", [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]], 5, False),
    ]:
        for dtype in ("float32", "float64"):
            torch.manual_seed(7)
            drawn = torch.multinomial(torch.tensor(weights, dtype=getattr(torch, dtype)), count, replacement)
            case = {"weights": weights, "count": count, "replacement": replacement, "dtype": dtype}
            cases.append({"fn": "multinomial", "name": f"{name}, {dtype}", "draw": case, "outputs": [tensor(drawn)]})
    return cases


def run(fn, name, *call):
    inputs = []

    def value(arg):
        if isinstance(arg, dict) and "$" in arg:
            made = make(arg["$"], f"{fn}/{name}/{len(inputs)}")
            made = made.double().requires_grad_(fn not in WITHOUT_GRADIENT) if made.is_floating_point() else made
            inputs.append(made)
            return made
        if isinstance(arg, dict) and "list" in arg:
            return [value(item) for item in arg["list"]]
        if isinstance(arg, dict):
            return {key: value(item) for key, item in arg.items()}
        return {"Infinity": float("inf"), "NaN": float("nan")}.get(arg, arg) if isinstance(arg, str) else arg

    args = [value(arg) for arg in call]
    options = args.pop() if isinstance(args[-1], dict) else {}
    if fn == "index":
        places = tuple({":": slice(None), "None": None}.get(a, a) if isinstance(a, str) else a for a in args[1:])
        out = args[0][places]
    elif fn == "nanmean":
        out = args[0].nanmean(*args[1:])
    elif fn == "unflatten":
        out = args[0].unflatten(*args[1:])
    else:
        out = getattr(torch, fn)(*args, **options)
    outs = [out] if isinstance(out, torch.Tensor) else list(out)
    case = {"fn": fn, "name": name, "call": list(call), "outputs": [tensor(out) for out in outs]}
    differentiated = [k for k, out in enumerate(outs) if out.requires_grad]
    if differentiated:
        total = 0
        for k in differentiated:
            spec = {"shape": list(outs[k].shape)}
            total = total + (outs[k] * make(spec, f"{fn}/{name}/cotangent/{k}").to(outs[k].dtype)).sum()
        floating = [i for i, made in enumerate(inputs) if made.requires_grad]
        grads = torch.autograd.grad(total, [inputs[i] for i in floating], allow_unused=True)
        found = dict(zip(floating, grads))
        case["differentiated"] = differentiated
        case["grads"] = [None if found.get(i) is None else tensor(found[i]) for i in range(len(inputs))]
    return case


if __name__ == "__main__":
    cases = []
    for case in CASES:
        try:
            cases.append(run(*case))
        except Exception as error:
            raise SystemExit(f"{case[0]}, {case[1]}: {error}") from error
    write("functions", cases + draws())
