"""X1.9: generator and discriminator of points of the plane, as modules."""

import itertools
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn
from torch.nn.functional import leaky_relu

from course_lib.gan.ring_networks import RingDiscriminator, RingGenerator
from teaching.exercise import Case, Exercise, Mistake, module_case


def _cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def generator(label, batch, **construct):
        size = construct.get("latent_dim", 2)
        arguments = {"z": draw(batch, size)}
        options = {"differentiate": ("z",)}
        return module_case(label, RingGenerator, construct, arguments, rng, **options)

    def discriminator(label, batch, **construct):
        arguments = {"points": 2 * draw(batch, 2)}
        options = {"differentiate": ("points",), "part": 1}
        return module_case(
            label, RingDiscriminator, construct, arguments, rng, **options
        )

    return (
        generator("generated points", 5, latent_dim=3, width=4),
        generator("one latent", 1, latent_dim=4, width=6),
        generator("the default sizes of the generator", 2),
        discriminator("logits of points", 5, width=4),
        discriminator("the logit of one point has shape (1,)", 1, width=6),
        discriminator("the default width of the discriminator", 2),
    )


def _mlp(
    sizes: Sequence[int], activation: type[nn.Module], *arguments
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), activation(*arguments)]
    return nn.Sequential(*layers[:-1])


class _LoopGenerator(nn.Module):
    def __init__(self, latent_dim=2, width=64):
        super().__init__()
        self.net = _mlp((latent_dim, width, width, width, 2), nn.ReLU)

    def forward(self, z):
        return self.net(z)


class _LoopDiscriminator(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.net = _mlp((2, width, width, width, 1), nn.LeakyReLU, 0.2)

    def forward(self, points):
        return self.net(points)[:, 0]


class _NamedGenerator(nn.Module):
    def __init__(self, latent_dim=2, width=64):
        super().__init__()
        self.first = nn.Linear(latent_dim, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, width)
        self.last = nn.Linear(width, 2)

    def forward(self, z):
        for layer in (self.first, self.second, self.third):
            z = layer(z).clamp(min=0)
        return self.last(z)


class _NamedDiscriminator(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.hidden = nn.ModuleList(
            nn.Linear(size, width) for size in (2, width, width)
        )
        self.last = nn.Linear(width, 1)

    def forward(self, points):
        for layer in self.hidden:
            points = leaky_relu(layer(points), 0.2)
        return self.last(points).view(len(points))


class _Linear(RingGenerator):
    def forward(self, z):
        for layer in self.layers[::2]:
            z = layer(z)
        return z


class _Tanh(RingGenerator):
    def forward(self, z):
        return super().forward(z).tanh()


class _ReluAtTheEnd(RingGenerator):
    def forward(self, z):
        return super().forward(z).relu()


class _Shallow(nn.Module):
    def __init__(self, latent_dim=2, width=64):
        super().__init__()
        self.net = _mlp((latent_dim, width, width, 2), nn.ReLU)

    def forward(self, z):
        return self.net(z)


class _Sigmoid(RingDiscriminator):
    def forward(self, points):
        return super().forward(points).sigmoid()


class _Column(RingDiscriminator):
    def forward(self, points):
        return self.layers(points)


class _Mean(RingDiscriminator):
    def forward(self, points):
        return super().forward(points).mean()


class _SmallSlope(_NamedDiscriminator):
    def forward(self, points):
        for layer in self.hidden:
            points = leaky_relu(layer(points))
        return self.last(points).squeeze(1)


class _Relu(_NamedDiscriminator):
    def forward(self, points):
        for layer in self.hidden:
            points = layer(points).relu()
        return self.last(points).squeeze(1)


RING_NETWORKS = Exercise(
    id="X1.9",
    title="Two networks for points",
    reference=(RingGenerator, RingDiscriminator),
    points=3,
    minutes=15,
    difficulty=2,
    cases=_cases,
    mistakes=(
        Mistake(
            "linear layers without activations",
            (_Linear, RingDiscriminator),
            "Linear layers in a row are one linear map, which turns a Gaussian into a "
            "Gaussian. Put a ReLU after each hidden layer.",
        ),
        Mistake(
            "tanh on the generated points",
            (_Tanh, RingDiscriminator),
            "Tanh keeps points within the square from -1 to 1, and the ring has radius "
            "2. The last layer of this generator is linear.",
        ),
        Mistake(
            "ReLU on the generated points",
            (_ReluAtTheEnd, RingDiscriminator),
            "With a ReLU at the end no coordinate is negative, so three quarters of "
            "the plane are out of reach. Each hidden layer has an activation, the last "
            "layer has none.",
        ),
        Mistake(
            "two hidden layers",
            (_Shallow, RingDiscriminator),
            "Three hidden layers are needed: four linear layers, the last of which "
            "leads to the two coordinates.",
        ),
        Mistake(
            "sigmoid in the discriminator",
            (RingGenerator, _Sigmoid),
            "The losses of this lesson expect logits. With a sigmoid here it would be "
            "applied twice: return the output of the last layer as it is.",
        ),
        Mistake(
            "logits in a column",
            (RingGenerator, _Column),
            "The last layer returns shape (batch, 1); one logit for each point has "
            "shape (batch,). Remove the last axis, and only that one.",
        ),
        Mistake(
            "one logit for the whole batch",
            (RingGenerator, _Mean),
            "Every point needs a logit of its own, because the loss compares each with "
            "its label. The mean over the batch belongs to the loss.",
        ),
        Mistake(
            "slope 0.01 in the discriminator",
            (RingGenerator, _SmallSlope),
            "PyTorch's default slope of a leaky ReLU is 0.01. The docstring asks for "
            "0.2, so pass it to every activation.",
        ),
        Mistake(
            "ReLU in the discriminator",
            (RingGenerator, _Relu),
            "The docstring asks for leaky ReLU, which keeps a gradient for negative "
            "inputs: it is the generator that needs this gradient.",
        ),
    ),
    alternatives=(
        (_LoopGenerator, _LoopDiscriminator),
        (_NamedGenerator, _NamedDiscriminator),
    ),
    hints=(
        "Both are chains of four linear layers with an activation between two of them. "
        "What are the sizes of the first input and of the last output?",
        "Build the chain in the constructor with `nn.Sequential` and store it as an "
        "attribute; `forward` calls it. The sizes: latent, width, width, width, 2; and "
        "2, width, width, width, 1.",
        "The discriminator's chain returns shape (batch, 1). Remove axis 1 by name, "
        "because without an argument a batch of one would lose its only axis too.",
    ),
)
