"""The PyTorch side of the benchmark: a line of JSON asks for calls of a case, a line of JSON answers with their time.

The losses are the authors' code in test/goldens/origin.py ("origin"), and what pytorch-metric-learning has of the same
("metric-learning", where it is installed). ResNet-50 is that of test/goldens/models.py; the inputs are those of cases.ts
and models.ts. Started by pytorch.ts.
"""

import json
import math
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test" / "goldens"))

import inputs  # noqa: E402
import models  # noqa: E402
import origin  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

try:
    from pytorch_metric_learning import __version__ as learning_version
    from pytorch_metric_learning import distances, losses, miners, reducers
except ImportError:
    learning_version = None

MARGIN = 0.3

# Rows of the cubic forms that are computed at once: a tensor [64, 1024, 1024] takes 256 MB.
CHUNK = 64


def over_chunks(sums, distances):
    """The gradient of a sum over anchors, and the sum, from chunks that are each differentiated and forgotten.

    The authors' forms hold several tensors [N, N, N]; at N = 1024 each takes 4 GB.
    """
    leaf = distances.detach().requires_grad_()
    total = 0.0
    for start in range(0, len(leaf), CHUNK):
        part = sums(leaf[start : start + CHUNK], slice(start, start + CHUNK))
        part.backward()
        total += part.detach()
    return total, leaf.grad


class Chunked(torch.autograd.Function):
    """The value of `over_chunks` as a loss of the distances."""

    @staticmethod
    def forward(ctx, distances, sums):
        with torch.enable_grad():
            total, grad = over_chunks(sums, distances)
        ctx.save_for_backward(grad)
        return total

    @staticmethod
    def backward(ctx, upstream):
        return upstream * ctx.saved_tensors[0], None


def batch_all_in_chunks(labels, embeddings):
    """origin.batch_all_triplet_loss, some anchors at a time."""
    same = labels[None, :] == labels[:, None]
    positives = same & ~torch.eye(len(labels), dtype=torch.bool)
    count = 0.0

    def sums(rows, at):
        nonlocal count
        mask = (positives[at][:, :, None] & ~same[at][:, None, :]).to(rows.dtype)
        triplets = origin.maximum_zero((rows[:, :, None] - rows[:, None, :] + MARGIN) * mask)
        count += (triplets.detach() > 1e-16).to(rows.dtype).sum()
        return triplets.sum()

    return Chunked.apply(origin.pairwise_distances(embeddings), sums) / (count + 1e-16)


def semi_hard_in_chunks(labels, embeddings):
    """origin.triplet_semihard_loss, some anchors at a time."""
    n = len(labels)
    adjacency = labels[:, None] == labels[None, :]
    positives = adjacency.to(embeddings.dtype) - torch.eye(n, dtype=embeddings.dtype)

    def sums(rows, at):
        negatives = ~adjacency[at]
        tiled = rows.tile((n, 1))
        mask = negatives.tile((n, 1)) & (tiled > rows.t().reshape(-1, 1))
        found = (mask.to(rows.dtype).sum(1, keepdim=True) > 0).reshape(n, -1).t()
        outside = origin.masked_minimum(tiled, mask.to(rows.dtype)).reshape(n, -1).t()
        inside = origin.masked_maximum(rows, negatives.to(rows.dtype)).tile((1, n))
        terms = 1.0 + rows - torch.where(found, outside, inside)
        return origin.maximum_zero(terms * positives[at]).sum()

    return Chunked.apply(origin.tfa_distances(embeddings, "L2"), sums) / positives.sum()


def whole_or_chunked(whole, chunked):
    return lambda x, y: (whole if len(y) < 1024 else chunked)(y, x)


def batch_all(y, x):
    return origin.batch_all_triplet_loss(y, x, MARGIN)[0]


ORIGIN = {
    "OriTripletLoss": lambda x, y: origin.OriTripletLoss(len(y), MARGIN)(x, y)[0],
    "TripletLoss_WRT": lambda x, y: origin.TripletLoss_WRT()(x, y)[0],
    "batch_hard_triplet_loss": lambda x, y: origin.batch_hard_triplet_loss(y, x, MARGIN),
    "batch_all_triplet_loss": whole_or_chunked(batch_all, batch_all_in_chunks),
    "TripletHardLoss": lambda x, y: origin.triplet_hard_loss(y, x),
    "TripletSemiHardLoss": whole_or_chunked(origin.triplet_semihard_loss, semi_hard_in_chunks),
    "triplet_loss": lambda x, y: origin.triplet_loss(*origin.unstack_triplets(x), 0.2),
}


def learning_forms():
    """pytorch-metric-learning, set up to give the values of the forms above."""
    euclidean = distances.LpDistance(normalize_embeddings=False)

    def hardest(margin):
        miner = miners.BatchHardMiner(distance=euclidean)
        loss = losses.TripletMarginLoss(margin=margin, distance=euclidean, reducer=reducers.MeanReducer())
        return lambda x, y: loss(x, y, miner(x, y))

    def given(x, y):
        anchors = torch.arange(0, len(x), 3)
        squared = distances.LpDistance(normalize_embeddings=False, power=2)
        loss = losses.TripletMarginLoss(margin=0.2, distance=squared, reducer=reducers.MeanReducer())
        return loss(x, indices_tuple=(anchors, anchors + 1, anchors + 2))

    every = losses.TripletMarginLoss(margin=MARGIN, distance=euclidean)
    semi_hard = miners.TripletMarginMiner(margin=MARGIN, type_of_triplets="semihard", distance=euclidean)
    return {
        "OriTripletLoss": hardest(MARGIN),
        "batch_hard_triplet_loss": hardest(MARGIN),
        "TripletHardLoss": hardest(1.0),
        "batch_all_triplet_loss": every,
        "triplet_loss": given,
        "TripletMarginMiner": lambda x, y: every(x, y, semi_hard(x, y)),
    }


LOSSES = {"origin": ORIGIN}
if learning_version is not None:
    LOSSES["metric-learning"] = learning_forms()


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


def loss_with_gradient(form, kind, rows):
    loss = LOSSES[form][kind]
    count = rows * 3 if kind == "triplet_loss" else rows
    x, y = floats(f"bench/loss/{rows}", [count, 2048]).requires_grad_(), labels_for(rows)

    def step():
        value = loss(x, y)
        return value, *torch.autograd.grad(value, [x])

    return step


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


def make(name, form):
    kind, rows = name.split("/")
    return WORK[kind](int(rows)) if kind in WORK else loss_with_gradient(form, kind, int(rows))


def spread(gradient):
    """At most a thousand elements of it: those that harness.ts takes."""
    flat = gradient.flatten()
    return flat[:: math.ceil(len(flat) / 1000)].tolist()


def answer(work, calls):
    if calls == 0:
        value, gradient = work()
        return {"values": [value.item(), *spread(gradient)]}
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall * 1000 / calls, "cpu": cpu * 1000 / calls}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    versions = f"PyTorch {torch.__version__}"
    if learning_version is not None:
        versions += f", pytorch-metric-learning {learning_version}"
    print(json.dumps({"versions": versions, "forms": list(LOSSES)}), flush=True)
    made = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = (request["name"], request["form"])
        # The forms of one case at most are kept.
        made = {other: work for other, work in made.items() if other[0] == key[0]}
        if key not in made:
            made[key] = make(*key)
        print(json.dumps(answer(made[key], request["calls"])), flush=True)


main()
