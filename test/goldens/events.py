"""Event files of PyTorch's SummaryWriter, byte by byte what ours writes but for the first record, which has the time."""

import pathlib
import shutil
import tempfile

import torch
from golden import DATA
from torch.utils.tensorboard import SummaryWriter

FOLDER = DATA / "tensorboard"


def record(writer):
    """The calls that test/tensorboard.test.ts makes too."""
    time = 1700000000.25
    writer.add_scalar("train/loss", 0.1, 1, walltime=time)
    writer.add_scalar("train/loss", torch.tensor(-2.5), 2**40, walltime=time)
    writer.add_scalar("train/loss", 0.0, 0, walltime=time)
    writer.add_scalar("train/loss", float("nan"), walltime=time)
    writer.add_scalars("rank/all", {"one": 0.5, "five": 0.75}, 3, walltime=time)
    writer.add_text("notes", "Größe **256x128**\n\nsecond line " + "x" * 200, 4, walltime=time)
    writer.add_histogram("weights", torch.tensor([[-1.0, 0.0, 0.5], [0.5, 3.0, 1e-13]]), 5, walltime=time)
    writer.add_histogram("ones", torch.ones(4, dtype=torch.int64), 6, walltime=time)
    writer.add_histogram("outside", torch.tensor([1.0, 1e25, 2.0], dtype=torch.float64), 7, walltime=time)
    writer.close()


def records(path):
    """The bytes behind the first record."""
    data = path.read_bytes()
    return data[12 + int.from_bytes(data[:8], "little") + 4 :]


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        record(SummaryWriter(folder))
        for path in sorted(pathlib.Path(folder).rglob("events.*")):
            target = FOLDER / path.parent.relative_to(folder) / "events"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(records(path))
            print(f"{target.relative_to(DATA)}: {target.stat().st_size} bytes")
