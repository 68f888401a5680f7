"""random.json: what PyTorch's CPU generator draws. Each case is a seed and a sequence of calls on one generator.

bernoulli_ with a number has a second implementation on some builds (Intel's vector statistics library); the one of
ATen is recorded through a float64 tensor of probabilities, which always takes it, and compared with the number form.
"""

import torch
import torch.nn.functional as F

from golden import DTYPES, number, write

SIZES = [1, 5, 15, 16, 17, 31, 32, 100, 1000]
MIXED = [
    ("uniform_", "float32", 4, [0, 1]),
    ("normal_", "float32", 3, [0, 1]),
    ("normal_", "float32", 3, [0, 1]),
    ("randperm", "int64", 9, []),
    ("normal_", "float64", 2, [1, 2]),
    ("randint_", "int64", 6, [-5, 12]),
    ("randint_", "int64", 3, [0, 2**40]),
    ("randint_", "int32", 3, [0, 2**28]),
    ("bernoulli_", "float32", 20, [0.3]),
    ("normal_", "float32", 20, [-1, 0.5]),
    ("bernoulli_", "bool", 5, [0.9]),
    ("uniform_", "float64", 3, [-2.5, 4.25]),
    ("normal_", "float64", 1, [0, 1]),
    ("normal_", "float64", 33, [0, 1]),
    ("normal_", "float64", 1, [0, 1]),
    ("uniform_", "float32", 3, [-0.05, 0.05]),
    ("randperm", "int64", 1, []),
    ("randperm", "int64", 5, []),
    ("dropout", "float32", 12, [0.5]),
]


def draw(fn, dtype, n, args):
    out = torch.empty(n, dtype=DTYPES[dtype])
    if fn == "randperm":
        return torch.randperm(n)
    if fn == "randint_":
        return out.random_(args[0], args[1])
    if fn == "bernoulli_":
        state = torch.get_rng_state()
        plain = torch.empty_like(out).bernoulli_(args[0])
        torch.set_rng_state(state)
        out.bernoulli_(torch.full((n,), args[0], dtype=torch.float64))
        if not torch.equal(plain, out):
            print("note: bernoulli_(p) takes another path on this build")
        return out
    if fn == "dropout":
        return F.dropout(torch.ones(n, dtype=DTYPES[dtype]), args[0])
    return getattr(out, fn)(*args)


def sequence(seed, calls):
    torch.manual_seed(seed)
    recorded = []
    for fn, dtype, n, args in calls:
        values = [number(x) for x in draw(fn, dtype, n, args).tolist()]
        recorded.append({"fn": fn, "dtype": dtype, "n": n, "args": args, "out": values})
    return {"seed": seed, "calls": recorded}


cases = []
for size in SIZES:
    for dtype in ("float32", "float64"):
        cases.append(sequence(size, [("uniform_", dtype, size, [0, 1])]))
        cases.append(sequence(size, [("normal_", dtype, size, [0, 1]), ("uniform_", dtype, 1, [0, 1])]))
    cases.append(sequence(size, [("randperm", "int64", size, []), ("bernoulli_", "float32", size, [0.3])]))
    cases.append(sequence(size, [("normal_", "float64", size, [0.7, 1.3]), ("uniform_", "float64", size, [-3.3, 5.7])]))
for seed in (0, 42, 2**40 + 5, -1):
    cases.append(sequence(seed, MIXED))
for high in (10, 2**28 - 1, 2**28, 2**32 - 1, 2**32, 2**52):
    cases.append(sequence(7, [("randint_", "int64", 8, [0, high])]))
write("random", cases)
