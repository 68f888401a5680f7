"""inputs.json: values of inputs.py that the test of inputs.ts compares with its own."""

from golden import number, write
from inputs import generate, hash_key

SPECS = [
    {"shape": [4, 3]},
    {"shape": [20], "low": -0.1, "high": 0.3},
    {"shape": [20], "dtype": "float64", "low": 0.5, "high": 1000},
    {"shape": [20], "low": -1, "high": 1, "step": 0.25},
    {"shape": [12], "low": 0, "high": 1, "step": 0.1},
    {"shape": [20], "dtype": "int64"},
    {"shape": [20], "dtype": "int32", "low": -7, "high": 5},
    {"shape": [12], "dtype": "uint8", "low": 0, "high": 256},
    {"shape": [20], "dtype": "bool"},
    {"shape": []},
    {"shape": [0, 3]},
    {"shape": [3], "values": [1.5, "NaN", "-Infinity"]},
]

cases = []
for i, spec in enumerate(SPECS):
    key = f"inputs/{i}"
    cases.append({"key": key, "hash": hash_key(key), "spec": spec, "out": [number(x) for x in generate(spec, key)]})
write("inputs", cases)
