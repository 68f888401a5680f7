"""Seeded inputs, the same numbers as inputs.ts makes. Change both or neither.

A key (any ASCII text) is hashed with FNV-1a to 32 bits, the seed of splitmix32. Every element takes one word: its upper
24 bits are u on [0, 1), and the element is

    integers and bool   low + floor(u * (high - low))                    default [0, 10), bool [0, 2)
    floats with a step  low + step * floor(u * (high - low) / step)
    floats without      low + u * (high - low)                           default [-2, 2)

rounded to float32, so that float32 and float64 tensors hold the same values.
"""

import math
import struct

import torch

from golden import DTYPES

MASK = 0xFFFFFFFF
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, None: math.nan}


def hash_key(key):
    """FNV-1a of the characters."""
    value = 0x811C9DC5
    for character in key:
        value = ((value ^ ord(character)) * 0x01000193) & MASK
    return value


def uniforms(key):
    """An endless stream of multiples of 2^-24 on [0, 1)."""
    state = hash_key(key)
    while True:
        state = (state + 0x9E3779B9) & MASK
        word = state
        word = ((word ^ (word >> 16)) * 0x21F0AAAD) & MASK
        word = ((word ^ (word >> 15)) * 0x735A2D97) & MASK
        word ^= word >> 15
        yield (word >> 8) * 2.0**-24


def round32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def generate(spec, key):
    """The flat list of values of a spec {shape, dtype?, low?, high?, step?, values?}."""
    if spec.get("values") is not None:
        return [WORDS[v] if v is None or isinstance(v, str) else v for v in spec["values"]]
    dtype = spec.get("dtype", "float32")
    floating = dtype.startswith("float")
    low = spec.get("low", -2 if floating else 0)
    high = spec.get("high", 2 if floating or dtype == "bool" else 10)
    step = spec.get("step") if floating else 1
    stream = uniforms(key)
    out = []
    for _ in range(math.prod(spec["shape"])):
        u = next(stream)
        offset = u * (high - low) if step is None else step * math.floor(u * (high - low) / step)
        out.append(round32(low + offset) if floating else int(low + offset))
    return out


def make(spec, key, dtype=None):
    """The tensor of a spec; `dtype` replaces a floating dtype of the spec."""
    own = spec.get("dtype", "float32")
    values = torch.tensor(generate(spec, key), dtype=torch.float64)
    chosen = dtype if dtype is not None and own.startswith("float") else DTYPES[own]
    return values.to(chosen).reshape(spec["shape"])
