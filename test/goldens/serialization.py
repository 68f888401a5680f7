"""Files of torch.save, of every format that is read, and what torch.load gives for them.

The formats that PyTorch no longer writes are made here by hand: each is loaded by torch.load before it counts. Files of
the format of before PyTorch 1.6 hold memory addresses, so they differ with every run.
"""

import collections
import io
import pickle
import struct
import sys
import types
import warnings
import zipfile

import numpy as np
import torch
from golden import DATA, number, write

FOLDER = DATA / "serialization"
FOLDER.mkdir(exist_ok=True)
CASES = []

# The dtypes of the library, and what others become.
WIDENED = {torch.bfloat16: torch.float32}
UNORDERED = (set, frozenset)


def describe(value, seen=None):
    """A JSON form of a loaded value; test/serialization/describe.ts makes the same of ours."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return {"number": number(value) if value == value and abs(value) != float("inf") else str(number(value))}
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value.astype(value.dtype.newbyteorder("=")).copy())
    if isinstance(value, torch.Tensor):
        kind = "parameter" if isinstance(value, torch.nn.Parameter) else "tensor"
        data = value.detach().to(WIDENED.get(value.dtype, value.dtype))
        return {
            kind: str(data.dtype).replace("torch.", ""),
            "shape": list(data.shape),
            "data": [number(x) for x in data.reshape(-1).tolist()],
            "requires_grad": value.requires_grad,
        }
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": list(value)}
    if isinstance(value, torch.dtype):
        return str(value).replace("torch.", "")
    if isinstance(value, torch.device):
        return str(value)
    if isinstance(value, (list, tuple)):
        return {"list": [describe(item) for item in value]}
    if isinstance(value, UNORDERED):
        return {"set": [describe(item) for item in sorted(value)]}
    if isinstance(value, dict):
        return {"dict": [[describe(key), describe(item)] for key, item in value.items()]}
    raise TypeError(type(value))


def add(name, contents, *, state_dict=False):
    """Keeps a file, with what torch.load gives for it."""
    (FOLDER / name).write_bytes(contents)
    loaded = torch.load(io.BytesIO(contents), weights_only=False, map_location="cpu")
    CASES.append({"file": name, "state_dict": state_dict, "expected": describe(loaded.state_dict() if state_dict else loaded)})


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def both(name, value, **options):
    """In the zip format and in the one before it."""
    add(f"{name}.pth", saved(value), **options)
    add(f"{name}-legacy.pth", saved(value, _use_new_zipfile_serialization=False), **options)


def values():
    shared = [1, 2]
    return {
        "ints": [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -1, -129, -(2**31), -(2**31) - 1, 2**53, -(2**53)],
        "floats": [0.1, 1.0, -0.0, float("nan"), float("inf"), -float("inf"), 5e-324, 1e300],
        "others": [True, False, None, "", "Größe 人 🙂", "\ufeffmark"],
        "tuple": (1, (2, 3, 4), (), ("one",)),
        "numbered": {0: "a", 10: "b", 2: "c"},
        "number texts": {"0": "a", "10": "b", "2": "c"},
        "mixed keys": {"a": 1, 2: "b", None: 3, False: 4, (1, 2): 5, 0.5: 6},
        "hostile keys": {"__proto__": {"x": 1}, "constructor": 2, "toString": 3},
        "object keys": {"constructor": 2, "toString": 3, "01": 4, "-1": 5, "1.5": 6, "4294967295": 7},
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "counter": collections.Counter({30: 1, 60: 2}),
        "set": {3, 1, 2},
        "bytes": [b"", b"\x00\xff\x80abc", bytearray(b"xy")],
        "size": torch.Size([2, 3]),
        "device": [torch.device("cpu"), torch.device("cuda", 1)],
        "dtype": [torch.float32, torch.int64, torch.bfloat16],
        "shared": [shared, shared],
        "empty": [[], {}, ()],
    }


DTYPES = ["float32", "float64", "float16", "bfloat16", "int32", "int64", "uint8", "bool"]


def tensors():
    torch.manual_seed(3)
    result = collections.OrderedDict()
    for name in DTYPES:
        dtype = getattr(torch, name)
        result[name] = (torch.randn(2, 3) * 40).abs().to(dtype)
        result[name + " transposed"] = (torch.randn(3, 2, 4) * 40).abs().to(dtype).permute(2, 0, 1)
    base = torch.arange(24, dtype=torch.float32)
    result["special"] = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45])
    result["half special"] = torch.tensor([65504.0, 6e-8, float("inf"), -0.0]).half()
    result["int64 bounds"] = torch.tensor([2**53, -(2**53), 0])
    result["0-d"] = torch.tensor(3.5)
    result["empty"] = torch.zeros(0, 4)
    result["slice"] = base[5:9]
    result["steps"] = base.reshape(4, 6)[1::2, ::3]
    result["expanded"] = torch.tensor([[1.0], [2.0]]).expand(2, 3)
    result["diagonal"] = base[:16].reshape(4, 4).diagonal()
    result["same storage"] = base.reshape(2, 12)
    result["parameter"] = torch.nn.Parameter(base[2:4].clone())
    result["frozen"] = torch.nn.Parameter(torch.tensor([4, 5]), requires_grad=False)
    result["requires grad"] = torch.ones(2, requires_grad=True)
    return result


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Linear(3, 4, bias=False)
        self.head = torch.nn.Linear(3, 4, bias=False)
        self.head.weight = self.embed.weight


def network(classes=3):
    """As ReID's networks: a convolutional part, pooling, a BNNeck, a classifier."""
    nn = torch.nn
    block = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
    parts = [("conv1", nn.Conv2d(3, 2, 3, bias=False)), ("layer1", nn.Sequential(block, nn.Identity()))]
    parts += [("pool", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten()), ("bottleneck", nn.BatchNorm1d(4))]
    return nn.Sequential(collections.OrderedDict(parts + [("classifier", nn.Linear(4, classes, bias=False))]))


def trained(make_optimizer):
    torch.manual_seed(5)
    model = network()
    optimizer = make_optimizer(model.parameters())
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3], gamma=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.randn(4, 3, 6, 6)), torch.tensor([0, 1, 2, 1])).backward()
        optimizer.step()
        scheduler.step()
    return model, optimizer, scheduler


def checkpoint(make_optimizer):
    model, optimizer, scheduler = trained(make_optimizer)
    return {
        "state_dict": torch.nn.DataParallel(model).state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "epoch": 7,
        "mAP": np.float64(0.75),
        "cmc": np.array([0.5, 0.625], dtype=np.float32),
    }


class Run:
    """A short training of two parameters. The gradient of each is `p / 2 + 0.1`. As in test/serialization/runs.ts."""

    def __init__(self, optimizer, scheduler):
        self.parameters = [torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5])), torch.nn.Parameter(torch.tensor([[3.0]]))]
        first, second = self.parameters
        self.optimizer = OPTIMIZERS[optimizer]([{"params": [first]}, {"params": [second], "lr": 0.05}])
        self.scheduler = SCHEDULERS[scheduler](self.optimizer)

    def epoch(self):
        """Takes a step and returns the rates and parameters after it."""
        for p in self.parameters:
            p.grad = p.detach() / 2 + 0.1
        self.optimizer.step()
        self.scheduler.step(*([1.0] if isinstance(self.scheduler, LR.ReduceLROnPlateau) else []))
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return {"rates": rates, "parameters": [p.tolist() for p in self.parameters]}

    def checkpoint(self):
        optimizer, scheduler = self.optimizer.state_dict(), self.scheduler.state_dict()
        return {"parameters": self.parameters, "optimizer": optimizer, "scheduler": scheduler}

    def load(self, checkpoint):
        with torch.no_grad():
            for p, saved_parameter in zip(self.parameters, checkpoint["parameters"]):
                p.copy_(saved_parameter)
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.scheduler.load_state_dict(checkpoint["scheduler"])


LR = torch.optim.lr_scheduler


def sequential(optimizer):
    return LR.SequentialLR(optimizer, [LR.LinearLR(optimizer, total_iters=3), LR.StepLR(optimizer, 2, 0.5)], [3])


OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.1),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.1, momentum=0.5),
    "RAdam": lambda p: torch.optim.RAdam(p, lr=0.1),
}
SCHEDULERS = {
    "MultiStepLR": lambda o: LR.MultiStepLR(o, [1, 3, 5, 5], 0.5),
    "StepLR": lambda o: LR.StepLR(o, 2, 0.5),
    "LambdaLR": lambda o: LR.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "CosineAnnealingLR": lambda o: LR.CosineAnnealingLR(o, 4),
    "CosineAnnealingWarmRestarts": lambda o: LR.CosineAnnealingWarmRestarts(o, 2, 2),
    "ReduceLROnPlateau": lambda o: LR.ReduceLROnPlateau(o, patience=1),
    "SequentialLR": sequential,
    "ChainedScheduler": lambda o: LR.ChainedScheduler([LR.ExponentialLR(o, 0.9), LR.ConstantLR(o, 0.5, 3)]),
}
# Each optimizer once, each schedule once.
RUNS = [(name, "MultiStepLR") for name in OPTIMIZERS] + [("SGD", name) for name in SCHEDULERS if name != "MultiStepLR"]


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=5e-4)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3)


def numpy_values():
    scalars = {name: np.dtype(name).type(value) for name, value in {
        "float16": 0.5, "float32": 0.1, "float64": 0.1, "int8": -3, "int16": -300, "int32": -70000, "int64": -(2**40),
        "uint8": 200, "uint16": 60000, "uint32": 2**32 - 1, "uint64": 2**50, "bool": True,
    }.items()}
    grid = np.arange(6.0).reshape(2, 3)
    arrays = {name: np.array([[1, 0, 2]], dtype=name) for name in
              ["float16", "float32", "float64", "int32", "int64", "uint8", "bool"]}
    arrays |= {"fortran": np.asfortranarray(grid), "big-endian": grid.astype(">f8"), "0-d": np.array(2.5),
               "empty": np.zeros((0, 2)), "transposed": grid.T, "little-endian": grid.astype("<i4")}
    return {"scalars": scalars, "arrays": arrays, "big": np.dtype(">f4").type(0.1)}


class Backbone(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.base = network()
        self.scales = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(1) * i) for i in range(2)])
        self.register_parameter("nothing", None)
        self.register_buffer("mean", torch.tensor([1.0, 2.0]))
        self.register_buffer("passing", torch.tensor([3.0]), persistent=False)
        self.register_buffer("no_buffer", None)
        self.again = self.base.classifier
        self.loss = torch.nn.functional.cross_entropy
        self.args = types.SimpleNamespace(lr=0.1)


def whole_module():
    """A module of a class that the reader has never heard of, wrapped for several GPUs, as `torch.save(model)` wrote it."""
    module = types.ModuleType("modeling.baseline")
    sys.modules["modeling"] = types.ModuleType("modeling")
    sys.modules["modeling.baseline"] = module
    Backbone.__module__, Backbone.__qualname__ = "modeling.baseline", "Backbone"
    module.Backbone = Backbone
    torch.manual_seed(6)
    return torch.nn.DataParallel(Backbone())


class Python2Pickler(pickle._Pickler):
    """Writes texts as Python 2 did: as bytes."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_str(self, text):
        data = text.encode()
        self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        self.memoize(text)

    dispatch[str] = save_str


def by_hand(value, pickler=pickle._Pickler, view=None):
    """The format of before PyTorch 1.6, with another pickler, or with `view(storage)` = (key, start, length)."""
    buffer = io.BytesIO()
    storages = {}

    class Writer(pickler):
        def persistent_id(self, obj):
            if not isinstance(obj, torch.storage.TypedStorage):
                return None
            key, _ = storages.setdefault(obj._untyped_storage._cdata, (str(len(storages)), obj))
            kind = getattr(torch, obj._pickle_storage_type())
            return ("storage", kind, key, "cpu", obj._size(), view(obj) if view else None)

    info = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    for part in (0x1950A86A20F9469CFC6C, 1001, info):
        pickle.dump(part, buffer, protocol=2)
    Writer(buffer, protocol=2).dump(value)
    pickle.dump([key for key, _ in storages.values()], buffer, protocol=2)
    for _, storage in storages.values():
        buffer.write(struct.pack("<q", storage._size()))
        buffer.write(bytes(storage._untyped_storage))
    return buffer.getvalue()


class OldParameter:
    """Pickled as a Parameter of PyTorch 0.3."""

    def __init__(self, data, requires_grad):
        self.data, self.requires_grad = data, requires_grad

    def __reduce__(self):
        return torch.nn.Parameter, (self.data,), (self.requires_grad, False, collections.OrderedDict())


class OldTensor:
    """Pickled as a tensor of PyTorch 0.3."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        tensor = self.tensor
        storage = torch.storage.TypedStorage(wrap_storage=tensor.untyped_storage(), dtype=tensor.dtype, _internal=True)
        return torch._utils._rebuild_tensor, (storage, tensor.storage_offset(), tuple(tensor.size()), tensor.stride())


def repacked(contents, change=lambda name, data: data, force_zip64=False):
    """The archive written by Python's zipfile, its entries changed."""
    buffer = io.BytesIO()
    limit = zipfile.ZIP64_LIMIT
    try:
        if force_zip64:
            zipfile.ZIP64_LIMIT = 8
        with zipfile.ZipFile(io.BytesIO(contents)) as source, zipfile.ZipFile(buffer, "w") as target:
            for name in source.namelist():
                info = zipfile.ZipInfo(name)
                target.writestr(info, change(name, source.read(name)))
    finally:
        zipfile.ZIP64_LIMIT = limit
    return buffer.getvalue()


def big_endian(name, data):
    if name.endswith("byteorder"):
        return b"big"
    return b"".join(data[i : i + 4][::-1] for i in range(0, len(data), 4)) if "/data/" in name else data


def main():
    # Quantized tensors and TorchScript are deprecated, but there are files of them.
    warnings.simplefilter("ignore")
    # The older format keeps the sources of pickled classes where it finds them; PyTorch's do not belong into this repository.
    torch.serialization.get_source_lines_and_file = None

    both("values", values())
    both("tensors", tensors())
    both("tied", Tied().state_dict())
    both("sgd", checkpoint(sgd))
    both("adam", checkpoint(adam))
    both("numpy", numpy_values())
    both("module", whole_module(), state_dict=True)
    for protocol in (1, 3, 4, 5):
        value = {**values(), "w": torch.eye(2), "array": np.arange(3.0)}
        add(f"protocol-{protocol}.pth", saved(value, pickle_protocol=protocol))
    base = torch.arange(12.0)
    add("python2-legacy.pth", by_hand({"w": OldTensor(base[3:7]), "n": [1.5, "text"]}, Python2Pickler))
    add("parameter-0.3-legacy.pth", by_hand({"p": OldParameter(OldTensor(base), True), "q": OldParameter(base, False)}))
    add("storage-view-legacy.pth", by_hand({"w": OldTensor(base[:3])}, view=lambda storage: ("view", 4, 5)))
    small = saved({"w": torch.arange(3.0), "i": torch.arange(2, dtype=torch.int32)})
    add("zip64.pth", repacked(small, force_zip64=True))
    add("big-endian.pth", repacked(small, big_endian))

    resumed = []
    for optimizer, scheduler in RUNS:
        run = Run(optimizer, scheduler)
        for _ in range(2):
            run.epoch()
        name = f"resume-{optimizer}-{scheduler}.pth"
        (FOLDER / name).write_bytes(saved(run.checkpoint()))
        epochs = [run.epoch() for _ in range(4)]
        resumed.append({"file": name, "optimizer": optimizer, "scheduler": scheduler, "epochs": epochs})

    # What no tensor has here: the reader's errors are in test/serialization.
    for name, value in {
        "complex64": torch.zeros(2, dtype=torch.complex64),
        "int16": torch.zeros(2, dtype=torch.int16),
        "uint16": torch.zeros(2, dtype=torch.uint16),
        "quint8": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8),
        "sparse": torch.eye(2).to_sparse(),
        "int64": torch.tensor([1, 2**53 + 1]),
        "int": 2**53 + 1,
        "storage": torch.ones(2).untyped_storage(),
        "numpy-text": np.array(["a"]),
        "namespace": types.SimpleNamespace(a=1),
    }.items():
        (FOLDER / f"error-{name}.pth").write_bytes(saved({"layer": {"weight": value}}))
    scripted = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), scripted)
    (FOLDER / "error-torchscript.pth").write_bytes(scripted.getvalue())
    write("serialization", CASES)
    write("resume", resumed)


if __name__ == "__main__":
    main()
