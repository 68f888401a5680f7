"""The PyTorch side of the benchmark: runs the case named on each input line and prints its times as JSON.

The losses are the authors' code in test/goldens/origin.py, ResNet-50 is that of test/goldens/models.py; the inputs are
those of cases.ts and models.ts. Started by pytorch.ts.
"""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test" / "goldens"))

import inputs  # noqa: E402
import models  # noqa: E402
import origin  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

LOSSES = {
    "OriTripletLoss": lambda x, y: origin.OriTripletLoss(len(y), 0.3)(x, y)[0],
    "TripletLoss_WRT": lambda x, y: origin.TripletLoss_WRT()(x, y)[0],
    "batch_hard_triplet_loss": lambda x, y: origin.batch_hard_triplet_loss(y, x, 0.3),
    "TripletHardLoss": lambda x, y: origin.triplet_hard_loss(y, x),
    "batch_all_triplet_loss": lambda x, y: origin.batch_all_triplet_loss(y, x, 0.3)[0],
    "TripletSemiHardLoss": lambda x, y: origin.triplet_semihard_loss(y, x),
}


def labels_for(rows):
    return torch.arange(rows) % (rows // 4)


def floats(key, shape):
    spec = {"shape": shape, "low": -0.1, "high": 0.1}
    return torch.tensor(inputs.generate(spec, key), dtype=torch.float32).reshape(shape)


def training_step():
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 8 * 8, 64),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    criterion = origin.OriTripletLoss(64, 0.3)
    x, y = floats("bench/training-step", [64, 3, 32, 32]), labels_for(64)

    def step():
        optimizer.zero_grad()
        loss = criterion(model(x), y)[0]
        loss.backward()
        optimizer.step()

    return step


def loss_with_gradient(kind, rows):
    loss = LOSSES[kind]
    x, y = floats(f"bench/loss/{rows}", [rows, 2048]).requires_grad_(), labels_for(rows)
    return lambda: torch.autograd.grad(loss(x, y), [x])


def resnet50(rows):
    """The network, pictures of 256 x 128 and their labels."""
    model = models.ResNet50(1, 1, stem_relu=True, drawn=True)
    return model, torch.from_numpy(models.uniform("bench/resnet50", [rows, 3, 256, 128], -0.1, 0.1)), labels_for(rows)


def resnet50_inference(rows):
    model, x, _ = resnet50(rows)
    model.eval()

    def infer():
        with torch.no_grad():
            model(x).mean((2, 3))

    return infer


def resnet50_training(rows):
    model, x, y = resnet50(rows)
    classifier = nn.Linear(model.dim, 751, bias=False)
    optimizer = torch.optim.Adam([*model.parameters(), *classifier.parameters()], lr=3.5e-4)
    triplet = origin.OriTripletLoss(rows, 0.3)

    def step():
        optimizer.zero_grad()
        features = model(x).mean((2, 3))
        loss = nn.functional.cross_entropy(classifier(features), y) + triplet(features, y)[0]
        loss.backward()
        optimizer.step()

    return step


WORK = {
    "training-step": lambda _: training_step(),
    "resnet50-inference": resnet50_inference,
    "resnet50-training": resnet50_training,
}


def make(name):
    kind, rows = name.split("/")
    return WORK[kind](int(rows)) if kind in WORK else loss_with_gradient(kind, int(rows))


def main():
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps({"version": torch.__version__}), flush=True)
    made = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in made:
            made = {name: make(name)}
        cpu, wall = time.process_time(), time.perf_counter()
        made[name]()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"wall": wall * 1000, "cpu": cpu * 1000}), flush=True)


main()
