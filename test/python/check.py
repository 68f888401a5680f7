"""Examines the files that export.ts wrote, with Python's own tools:

1. the ONNX checker (full check, strict shape inference) over every .onnx file of the folder;
2. ten training steps from every train_step_*.onnx in Python's onnxruntime, feeding the state back; the losses must be
   those of eager training in TypeScript.

    python test/python/check.py <folder> [further folders]
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

# float32 sums run in another order there, and ten steps carry the rounding on. WRT is worse conditioned: the diagonal of
# its distances is the root of a difference that cancels, 1e-6 or 3e-4 by the order of summation, and carries weight.
TOLERANCES = {"train_step_sgd": 1e-5, "train_step_adam": 1e-4}


def check(path: Path) -> None:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    opset = model.opset_import[0].version
    print(f"checked  {path.name}: {len(model.graph.node)} nodes, opset {opset}, ir {model.ir_version}")


def train(path: Path, feeds: dict, expected: list) -> None:
    model = onnx.load(path)
    manifest = json.loads({entry.key: entry.value for entry in model.metadata_props}["reidgrad"])
    providers = ["CPUExecutionProvider"]
    session = ort.InferenceSession(path, providers=providers)
    first = ort.InferenceSession(path.with_suffix(".state.onnx"), providers=providers)
    inputs = {
        entry["name"]: np.array(feeds[entry["name"]], dtype=entry["dtype"]) for entry in manifest["inputs"]
    }
    names = [output.name for output in session.get_outputs()]
    state = dict(zip([output.name for output in first.get_outputs()], first.run(None, {})))
    worst = 0.0
    for step, want in enumerate(expected):
        results = dict(zip(names, session.run(None, {**inputs, **state})))
        for entry in manifest["checks"]:
            assert results[entry["output"]].all(), entry["message"]
        state.update({entry["input"]: results[entry["output"]] for entry in manifest["states"]})
        loss = float(results["loss"])
        difference = abs(loss - want) / max(abs(want), 1e-12)
        worst = max(worst, difference)
        assert difference <= TOLERANCES[path.stem], f"{path.name}: step {step}: {loss} against {want}"
    print(f"trained  {path.name}: {len(expected)} steps, loss {expected[0]:.6f} -> {expected[-1]:.6f}, "
          f"largest relative difference {worst:.1e}")


def main() -> None:
    for folder in map(Path, sys.argv[1:]):
        for path in sorted(folder.glob("*.onnx")):
            check(path)
        if (folder / "expected.json").exists():
            known = json.loads((folder / "expected.json").read_text())
            for name, losses in known["losses"].items():
                train(folder / f"{name}.onnx", known["feeds"], losses)
    print(f"onnx {onnx.__version__}, onnxruntime {ort.__version__}: all in order")


if __name__ == "__main__":
    main()
