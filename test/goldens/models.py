"""models.json: the models of packages/reid, restated here with the parameter names of their origins.

Weights are not stored: `fill` draws every tensor of a state dict from the key `models/<model>/<name>`, as
test/models/goldens.ts does. A case is

    {model, classes, width, state, train, eval, small}

state   names and shapes, in order
train   loss, features, gradients and running statistics of one training pass
eval    features in evaluation mode
small   a narrow copy: weights it starts with after manual_seed(7), losses of ten Adam steps

state, train and eval are of the model at `width` of its full width. All but the weights at the start is float64. In
float32 gradients agree to about 1 % only: each ReLU that a rounding switches, of millions, changes them by about 0.5 %.
The script prints PyTorch's own figures.

Samples of a tensor are {norm, at}: its norm and five of its elements, evenly spread.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from golden import clamp, write
from inputs import MASK, generate, hash_key
from origin import OriTripletLoss, TripletLoss_WRT

SIZE = (64, 32)
SEED = 7
STEPS = 10
LEARNING_RATE = 3e-5
BRANCH_ENDS = ("bn3.weight", "conv3.bn.weight", "W.1.weight")


# Seeded tensors.


def uniform(key, shape, low, high):
    """inputs.generate for many numbers."""
    count = math.prod(shape)
    word = (np.arange(1, count + 1, dtype=np.uint64) * 0x9E3779B9 + hash_key(key)) & MASK
    for shift, factor in ((16, 0x21F0AAAD), (15, 0x735A2D97), (15, 1)):
        word = ((word ^ (word >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(MASK)
    u = (word >> np.uint64(8)).astype(np.float64) * 2.0**-24
    return (low + u * (high - low)).astype(np.float32).reshape(shape)


assert uniform("models", [5], -1, 3).tolist() == generate({"shape": [5], "low": -1, "high": 3}, "models")


def bounds(name, shape):
    if name.endswith("running_mean"):
        return -0.1, 0.1
    if name.endswith("running_var"):
        return 0.8, 1.6
    if len(shape) >= 2:
        # Non-local blocks multiply three convolutions of the same maps; small ones keep the size of the maps.
        bound = math.sqrt(6 / math.prod(shape[1:])) * (0.1 if "NL_" in name else 1)
        return -bound, bound
    if name.endswith("bias"):
        return -0.1, 0.1
    if name.endswith("global_pool.p"):
        return 2.5, 3.5
    # Branches that add little to their shortcut keep rounding errors small.
    return (0.1, 0.3) if name.endswith(BRANCH_ENDS) else (0.4, 1)


def fill(model, name):
    for key, value in model.state_dict().items():
        if value.is_floating_point():
            shape = list(value.shape)
            value.copy_(torch.from_numpy(uniform(f"models/{name}/{key}", shape, *bounds(key, shape))))
    return model


def pictures(name, count):
    return torch.from_numpy(uniform(f"models/{name}/pictures", [count, 3, *SIZE], -2, 2))


# ResNet-50.


def conv(into, out, kernel, stride=1, **options):
    return nn.Conv2d(into, out, kernel, stride, kernel // 2, bias=False, **options)


class Block(nn.Module):
    def __init__(self, into, planes, stride, shortcut):
        super().__init__()
        sizes = [(into, planes, 1, 1), (planes, planes, 3, stride), (planes, 4 * planes, 1, 1)]
        for i, (a, b, kernel, step) in enumerate(sizes, 1):
            self.add_module(f"conv{i}", conv(a, b, kernel, step))
            self.add_module(f"bn{i}", nn.BatchNorm2d(b))
        self.downsample = shortcut

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return F.relu(self.bn3(self.conv3(out)) + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    def __init__(self, width, last_stride, stem_relu, drawn, num_classes=None):
        super().__init__()
        planes = [max(1, round(n * width)) for n in (64, 128, 256, 512)]
        into = planes[0]
        self.stem_relu, self.dim = stem_relu, 4 * planes[3]
        self.conv1 = conv(3, into, 7, 2)
        self.bn1 = nn.BatchNorm2d(into)
        for i, (n, count, stride) in enumerate(zip(planes, (3, 4, 6, 3), (1, 2, 2, last_stride)), 1):
            shortcut = nn.Sequential(conv(into, 4 * n, 1, stride), nn.BatchNorm2d(4 * n))
            blocks = [Block(into, n, stride, shortcut)] + [Block(4 * n, n, 1, None) for _ in range(count - 1)]
            self.add_module(f"layer{i}", nn.Sequential(*blocks))
            into = 4 * n
        if num_classes is not None:
            self.fc = nn.Linear(into, num_classes)
        if drawn:
            for module in self.modules():
                if isinstance(module, nn.Conv2d):
                    nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def stem(self, x):
        x = self.bn1(self.conv1(x))
        return F.max_pool2d(F.relu(x) if self.stem_relu else x, 3, 2, 1)

    def stages(self, x, non_local=((), (), (), ())):
        """Runs the stages; the non-local blocks of a stage follow its last blocks."""
        for i, added in enumerate(non_local, 1):
            stage = getattr(self, f"layer{i}")
            for n, block in enumerate(stage):
                x = block(x)
                if n >= len(stage) - len(added):
                    x = added[n - len(stage) + len(added)](x)
        return x

    def forward(self, x):
        x = self.stages(self.stem(x))
        return self.fc(x.mean((2, 3))) if hasattr(self, "fc") else x


class NonLocal(nn.Module):
    def __init__(self, channels, inner, wrapped):
        super().__init__()
        self.inner = inner
        g = nn.Conv2d(channels, inner, 1)
        self.g = nn.Sequential(g) if wrapped else g
        self.W = nn.Sequential(nn.Conv2d(inner, channels, 1), nn.BatchNorm2d(channels))
        nn.init.zeros_(self.W[1].weight)
        self.theta = nn.Conv2d(channels, inner, 1)
        self.phi = nn.Conv2d(channels, inner, 1)

    def forward(self, x):
        g, theta, phi = (layer(x).flatten(2) for layer in (self.g, self.theta, self.phi))
        alike = theta.transpose(1, 2) @ phi / phi.size(2)
        y = (alike @ g.transpose(1, 2)).transpose(1, 2).reshape(len(x), self.inner, *x.shape[2:])
        return self.W(y) + x


def add_non_local(module, dim, inner, wrapped):
    for i, count in enumerate((0, 2, 3, 0)):
        channels = dim // 8 * 2**i
        blocks = [NonLocal(channels, inner(channels), wrapped) for _ in range(count)]
        module.add_module(f"NL_{i + 1}", nn.ModuleList(blocks))


def non_local_of(module):
    return [getattr(module, f"NL_{i}") for i in (1, 2, 3, 4)]


def frozen_bias(dim):
    norm = nn.BatchNorm1d(dim)
    norm.bias.requires_grad_(False)
    return norm


# AGW (ReID-Survey): non-local blocks inside the backbone, GeM with a trained power, no ReLU in the stem.


class BackboneNL(ResNet50):
    def __init__(self, width):
        super().__init__(width, 1, stem_relu=False, drawn=False)
        add_non_local(self, self.dim, lambda _: 1, wrapped=False)

    def forward(self, x):
        return self.stages(self.stem(x), non_local_of(self))


class PowerMean(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Parameter(torch.full([1], 3.0))

    def forward(self, x):
        return clamp(x, min=1e-6).pow(self.p).mean((2, 3)).pow(1 / self.p)


class AGW(nn.Module):
    def __init__(self, classes, width=1):
        super().__init__()
        self.base = BackboneNL(width)
        self.global_pool = PowerMean()
        self.bottleneck = frozen_bias(self.base.dim)
        self.classifier = nn.Linear(self.base.dim, classes, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.001)

    def forward(self, x):
        features = self.global_pool(self.base(x))
        normed = self.bottleneck(features)
        return (features, self.classifier(normed)) if self.training else normed


# The cross-modality baseline: one stem per modality, non-local blocks beside the backbone.


def holder(name, module):
    return nn.ModuleDict({name: module})


class CrossModal(nn.Module):
    def __init__(self, classes, width=1):
        super().__init__()
        for part, name in (("thermal", "thermal_module"), ("visible", "visible_module"), ("base", "base_resnet")):
            self.add_module(name, holder(part, ResNet50(width, 1, stem_relu=True, drawn=True)))
        dim = self.base_resnet["base"].dim
        add_non_local(self, dim, lambda channels: channels // 2, wrapped=True)
        self.bottleneck = frozen_bias(dim)
        self.classifier = nn.Linear(dim, classes, bias=False)
        nn.init.normal_(self.bottleneck.weight, 1, 0.01)
        nn.init.normal_(self.classifier.weight, std=0.001)

    def forward(self, visible, thermal):
        stems = []
        if visible is not None:
            stems.append(self.visible_module["visible"].stem(visible))
        if thermal is not None:
            stems.append(self.thermal_module["thermal"].stem(thermal))
        x = self.base_resnet["base"].stages(torch.cat(stems), non_local_of(self))
        features = ((x.flatten(2) ** 3.0).mean(2) + 1e-12) ** (1 / 3.0)
        normed = self.bottleneck(features)
        if self.training:
            return features, self.classifier(normed)
        return torch.cat([y / y.square().sum(1, keepdim=True).sqrt() for y in (features, normed)])


# OSNet (torchreid).


class Layer(nn.Module):
    def __init__(self, into, out, kernel=1, stride=1, relu=True):
        super().__init__()
        self.conv = conv(into, out, kernel, stride)
        self.bn = nn.BatchNorm2d(out)
        self.relu = relu

    def forward(self, x):
        x = self.bn(self.conv(x))
        return F.relu(x) if self.relu else x


class Light(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = conv(channels, channels, 1)
        self.conv2 = conv(channels, channels, 3, groups=channels)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.bn(self.conv2(self.conv1(x))))


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class OmniScale(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        channels = out // 4
        self.conv1 = Layer(into, channels)
        self.conv2a = Light(channels)
        for length, letter in enumerate("bcd", 2):
            self.add_module(f"conv2{letter}", nn.Sequential(*(Light(channels) for _ in range(length))))
        self.gate = Gate(channels)
        self.conv3 = Layer(channels, out, relu=False)
        self.downsample = Layer(into, out, relu=False) if into != out else None

    def forward(self, x):
        y = self.conv1(x)
        total = sum(self.gate(getattr(self, f"conv2{letter}")(y)) for letter in "abcd")
        return F.relu(self.conv3(total) + (x if self.downsample is None else self.downsample(x)))


class OSNet(nn.Module):
    def __init__(self, classes, width=0.25):
        super().__init__()
        a, b, c, d = (round(n * width) for n in (64, 256, 384, 512))
        half = lambda n: nn.Sequential(Layer(n, n), nn.AvgPool2d(2))  # noqa: E731
        self.conv1 = Layer(3, a, 7, 2)
        self.conv2 = nn.Sequential(OmniScale(a, b), OmniScale(b, b), half(b))
        self.conv3 = nn.Sequential(OmniScale(b, c), OmniScale(c, c), half(c))
        self.conv4 = nn.Sequential(OmniScale(c, d), OmniScale(d, d))
        self.conv5 = Layer(d, d)
        self.fc = nn.Sequential(nn.Linear(d, 512), nn.BatchNorm1d(512), nn.ReLU())
        self.classifier = nn.Linear(512, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
            if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 3, 2, 1)
        features = self.fc(self.conv5(self.conv4(self.conv3(self.conv2(x)))).mean((2, 3)))
        return (features, self.classifier(features)) if self.training else features


# Cases.

CLASSES = 5


def halves(x):
    """The first half of the pictures is visible, the second infrared."""
    return x.chunk(2)


MODELS = {
    "agw": {
        "make": AGW,
        "width": 1,
        "triplet": lambda: OriTripletLoss(4, 0.3),
        "inputs": lambda x: (x,),
        "evaluate": lambda model, x: model(x),
        "small": 0.125,
        "samples": [
            "base.conv1.weight",
            "base.bn1.weight",
            "base.layer1.0.downsample.0.weight",
            "base.layer2.3.conv2.weight",
            "base.NL_2.0.theta.weight",
            "base.NL_3.2.W.0.weight",
            "base.layer4.2.bn3.weight",
            "global_pool.p",
            "bottleneck.weight",
            "classifier.weight",
        ],
        "running": ["base.bn1.running_mean", "base.layer3.5.bn2.running_var", "bottleneck.running_mean"],
    },
    "cross-modal": {
        "make": CrossModal,
        "width": 0.5,
        "triplet": TripletLoss_WRT,
        "inputs": halves,
        # Visible pictures only, then infrared only; each pass gives features before and after the bottleneck.
        "evaluate": lambda model, x: torch.cat([model(halves(x)[0], None), model(None, halves(x)[1])]),
        "small": 0.125,
        "samples": [
            "thermal_module.thermal.conv1.weight",
            "visible_module.visible.conv1.weight",
            "visible_module.visible.bn1.weight",
            "base_resnet.base.layer1.0.conv1.weight",
            "base_resnet.base.layer3.0.downsample.0.weight",
            "NL_2.1.g.0.weight",
            "NL_3.0.phi.weight",
            "NL_3.2.W.1.weight",
            "base_resnet.base.layer4.2.conv3.weight",
            "bottleneck.weight",
            "classifier.weight",
        ],
        "running": ["thermal_module.thermal.bn1.running_var", "base_resnet.base.layer4.2.bn3.running_mean"],
    },
    "osnet": {
        "make": OSNet,
        "width": 0.25,
        "triplet": lambda: OriTripletLoss(4, 0.3),
        "inputs": lambda x: (x,),
        "evaluate": lambda model, x: model(x),
        "small": 0.25,
        "samples": [
            "conv1.conv.weight",
            "conv2.0.conv2a.conv1.weight",
            "conv2.0.conv2d.3.conv2.weight",
            "conv2.1.gate.fc2.bias",
            "conv4.0.gate.fc1.weight",
            "conv3.0.downsample.conv.weight",
            "conv4.1.conv3.bn.weight",
            "conv5.conv.weight",
            "fc.0.weight",
            "classifier.weight",
        ],
        "running": ["conv1.bn.running_mean", "conv4.0.conv2c.2.bn.running_var", "fc.1.running_mean"],
    },
}


def number(value):
    """Nine digits: all of a float32, and enough of a float64."""
    return float(f"{value:.9g}")


def array(value):
    return {"shape": list(value.shape), "data": [number(x) for x in value.detach().reshape(-1).tolist()]}


def sample(value):
    flat = value.detach().reshape(-1)
    at = [flat[(len(flat) - 1) * k // 4].item() for k in range(5)]
    return {"norm": number(flat.double().norm().item()), "at": [number(x) for x in at]}


def loss_of(config, model, x):
    features, scores = model(*config["inputs"](x))
    labels = torch.arange(len(x)) % (len(x) // 2)
    return features, F.cross_entropy(scores, labels) + config["triplet"]()(features, labels)[0]


def gradients(config, model, x):
    features, loss = loss_of(config, model.train(), x)
    model.zero_grad()
    loss.backward()
    return features, loss, {key: model.get_parameter(key).grad for key in config["samples"]}


def steps(config, name, dtype):
    model = fill(config["make"](CLASSES, config["small"]), f"{name}-small").to(dtype)
    x = pictures(f"{name}-small", 8).to(dtype)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=LEARNING_RATE)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, loss = loss_of(config, model, x)
        loss.backward()
        optimizer.step()
        losses.append(number(loss.item()))
    return losses


def relative(a, b):
    return ((a.double() - b).norm() / b.norm()).item()


def case(name, config):
    single = fill(config["make"](CLASSES, config["width"]), name)
    state = [[key, list(value.shape)] for key, value in single.state_dict().items()]
    model = fill(config["make"](CLASSES, config["width"]), name).double()
    x = pictures(name, 4)
    with torch.no_grad():
        evaluated = config["evaluate"](model.eval(), x.double())
    features, loss, grads = gradients(config, model, x.double())
    running = {key: sample(model.get_buffer(key)) for key in config["running"]}
    features32, _, grads32 = gradients(config, single, x)
    losses = steps(config, name, torch.float64)
    drift = max(abs(a / b - 1) for a, b in zip(steps(config, name, torch.float32), losses))
    print(f"{name}: loss {loss.item():.4f}, float32 against float64: features {relative(features32, features):.1e}, "
          f"losses of ten steps {drift:.1e}, gradients")
    for key in grads:
        print(f"  {relative(grads32[key], grads[key]):.1e} {grads[key].norm().item():9.3g} {key}")
    torch.manual_seed(SEED)
    start = config["make"](CLASSES, config["small"]).state_dict()
    return {
        "model": name,
        "classes": CLASSES,
        "width": config["width"],
        "state": state,
        "train": {
            "loss": number(loss.item()),
            "features": array(features),
            "gradients": {key: sample(grads[key]) for key in grads},
            "running": running,
        },
        "eval": array(evaluated),
        "small": {
            "width": config["small"],
            "start": {key: sample(start[key]) for key in config["samples"]},
            "losses": losses,
        },
    }


def torchvision_state():
    model = ResNet50(1, 2, stem_relu=True, drawn=False, num_classes=1000)
    return [[key, list(value.shape)] for key, value in model.state_dict().items()]


if __name__ == "__main__":
    torch.set_num_threads(1)
    cases = [case(name, config) for name, config in MODELS.items()]
    cases.append({"model": "resnet50", "classes": 1000, "state": torchvision_state()})
    write("models", cases)
