"""Reads the files that saved-files.ts wrote with PyTorch, `weights_only=True`:

1. what PyTorch once saved and the library loaded and saved again is what it was;
2. a network takes its state dict, strictly, and computes what the library computed;
3. trainings go on from their checkpoints, every optimizer and every schedule, as in the library;
4. the archives are in order: checksums, alignment, mapping into memory;

and with TensorBoard the events of two runs, the second of which takes up the first.

    python test/python/check_saved_files.py <folder>
"""

import json
import logging
import sys
import zipfile
from pathlib import Path

import tensorboard
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

GOLDENS = Path(__file__).parent.parent / "goldens"
sys.path.insert(0, str(GOLDENS))
from serialization import Run, describe, network  # noqa: E402

# float32, in the order of summation of either.
RTOL = 1e-5


def exact(value):
    """Text of a described value, in which -0.0 is not 0."""
    return json.dumps(value)


def check_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, f"{path.name}: wrong checksum"
        for info in archive.infolist():
            with open(path, "rb") as file:
                file.seek(info.header_offset + 26)
                lengths = file.read(4)
            start = info.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            assert start % 64 == 0, f"{path.name}: {info.filename} begins at {start}"
    mapped = torch.load(path, weights_only=True, mmap=True)
    assert exact(describe(mapped)) == exact(describe(torch.load(path, weights_only=True))), path.name
    torch.load(path, weights_only=True, map_location="meta")


def check_goldens(folder: Path) -> int:
    cases = json.loads((GOLDENS / "data" / "serialization.json").read_text())["cases"]
    cases = [case for case in cases if not case["state_dict"]]
    for case in cases:
        loaded = describe(torch.load(folder / case["file"], weights_only=True))
        assert exact(loaded) == exact(case["expected"]), case["file"]
    return len(cases)


def check_network(folder: Path) -> float:
    checkpoint = torch.load(folder / "network.pth", weights_only=True)
    net = network()
    net.load_state_dict(checkpoint["state_dict"])
    assert net.bottleneck.num_batches_tracked == 3
    out = net.eval()(checkpoint["images"])
    torch.testing.assert_close(out, checkpoint["out"], rtol=RTOL, atol=1e-6)
    return ((out - checkpoint["out"]).abs() / checkpoint["out"].abs()).max().item()


def check_kinds(folder: Path) -> int:
    kinds = torch.load(folder / "kinds.pth", weights_only=True)
    weight = kinds["parameter"]
    assert type(weight) is torch.nn.Parameter and weight.requires_grad and weight.tolist() == [[1.0, 2.0, 3.0]]
    assert type(kinds["frozen"]) is torch.nn.Parameter and not kinds["frozen"].requires_grad
    assert type(kinds["requires_grad"]) is torch.Tensor and kinds["requires_grad"].requires_grad
    assert {tensor.data_ptr() for tensor in [*kinds["tied"], *kinds["same"]]} == {weight.data_ptr()}
    assert kinds["same"][0] is weight and kinds["same"][1] is weight
    assert kinds["column"].tolist() == [1, 4] and kinds["column"].is_contiguous()
    assert kinds["column"].untyped_storage().nbytes() == 16
    assert kinds["numbered"] == {0: "a", 2: "c", 10: "b"} and kinds["texts"] == {"0": "a"}
    assert kinds["tuple_key"] == {(1, "x"): 2}
    assert kinds["many"] == list(range(-35_000, 35_000)) and all(type(n) is int for n in kinds["many"])
    assert [tensor.item() for tensor in kinds["names"]] == list(range(300))
    assert kinds["bytes"] == bytes(range(256)) and kinds["set"] == {1, 2, 3}
    return len(kinds)


def flat(epoch) -> list:
    first, second = epoch["parameters"]
    return [*epoch["rates"], *first, *second[0]]


def check_runs(folder: Path) -> tuple[int, float]:
    worst = 0.0
    runs = json.loads((folder / "runs.json").read_text())
    for case in runs:
        run = Run(case["optimizer"], case["scheduler"])
        run.load(torch.load(folder / case["file"], weights_only=True))
        for i, expected in enumerate(case["epochs"]):
            for got, want in zip(flat(run.epoch()), flat(expected), strict=True):
                # At the bottom of a cosine a rate is 0, or the last digit of one.
                difference = abs(got - want) / max(abs(want), 1e-6)
                worst = max(worst, difference)
                assert difference <= RTOL, f"{case['file']}: epoch {i}: {got} against {want}"
    return len(runs), worst


def check_events(folder: Path) -> int:
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # Reads every record with its checksums.
    reader = EventAccumulator(str(folder / "events"))
    reader.Reload()
    scalars = reader.Scalars("train/loss")
    assert [(event.step, round(event.value, 6)) for event in scalars] == [(0, 0.0), (1, 1.0), (2, 2.2), (3, 3.2)], scalars
    assert abs(scalars[0].wall_time - (folder / "runs.json").stat().st_mtime) < 600
    texts = [event.tensor_proto.string_val[0].decode() for event in reader.Tensors("notes/text_summary")]
    assert texts == ["step 0", "step 1", "step 2", "step 3"], texts
    for event in reader.Histograms("weights"):
        values = event.histogram_value
        counted = (values.min, values.max, values.num, values.sum, values.sum_squares, sum(values.bucket))
        step = event.step
        assert counted == (min(1, step), max(2, step), 3, 3 + step, 5 + step * step, 3), counted
    return len(scalars)


def main() -> None:
    folder = Path(sys.argv[1])
    paths = sorted(folder.glob("*.pth"))
    for path in paths:
        check_archive(path)
    print(f"archives  {len(paths)} files: checksums, alignment, mmap")
    print(f"goldens   {check_goldens(folder)} files of PyTorch, loaded and saved again, are what they were")
    print(f"network   state dict taken strictly, outputs differ by {check_network(folder):.1e}")
    print(f"kinds     {check_kinds(folder)} kinds of values")
    count, worst = check_runs(folder)
    print(f"runs      {count} trainings go on, largest relative difference {worst:.1e}")
    print(f"events    {check_events(folder)} steps in TensorBoard, a broken run taken up")
    print(f"torch {torch.__version__}, tensorboard {tensorboard.__version__}: all in order")


if __name__ == "__main__":
    main()
