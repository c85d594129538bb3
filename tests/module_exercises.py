"""Exercises that ask for a module, for a method of one, and for a training step."""

from functools import partial

import torch
from small_gan import Critic, Discriminator, Embedding, Generator, discriminator_step
from torch import nn
from torch.nn.functional import leaky_relu, softplus

from lessons import Lesson
from teaching.exercise import Case, Exercise, Mistake, module_case

LESSON = Lesson("9", "small_gan", "small_gan")  # it has no notebook


def critic_cases(rng: torch.Generator) -> list[Case]:
    """Both modes, two sizes."""
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    ask = partial(module_case, module=Critic, rng=rng)
    return [
        ask(
            "training mode",
            construct={"n_hidden": 3},
            arguments={"x": draw(6, 2)},
            differentiate=("x",),
        ),
        ask(
            "evaluation mode",
            construct={"n_hidden": 5},
            arguments={"x": draw(4, 2)},
            mode="eval",
        ),
        ask(
            "two batches one after the other",
            construct={"n_hidden": 2},
            arguments={"x": draw(5, 2)},
            calls=2,
        ),
    ]


class OneSequence(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        layers = nn.Linear(2, n_hidden), nn.BatchNorm1d(n_hidden)
        self.net = nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Linear(n_hidden, 1))

    def forward(self, x):
        return self.net(x)[:, 0]


class WithFunctions(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.inner = nn.Linear(2, n_hidden)
        self.batch_norm = nn.BatchNorm1d(n_hidden)
        self.outer = nn.Linear(n_hidden, 1)

    def forward(self, x):
        hidden = self.batch_norm(x @ self.inner.weight.mT + self.inner.bias)
        hidden = torch.where(hidden > 0, hidden, 0.2 * hidden)
        return hidden @ self.outer.weight[0] + self.outer.bias


class WithoutNorm(Critic):
    def forward(self, x):
        return self.last(leaky_relu(self.first(x), 0.2)).squeeze(1)


class WithRelu(Critic):
    def forward(self, x):
        return self.last(self.norm(self.first(x)).relu()).squeeze(1)


class AlwaysEvaluating(Critic):
    def forward(self, x):
        self.norm.eval()
        return super().forward(x)


CRITIC = Exercise(
    id="X9.1",
    title="A critic with batch norm",
    reference=Critic,
    points=2,
    minutes=5,
    difficulty=1,
    cases=critic_cases,
    mistakes=(
        Mistake("no batch norm", WithoutNorm, "Normalize the hidden layer."),
        Mistake("ReLU", WithRelu, "The activation has the slope 0.2 below zero."),
        Mistake("always evaluating", AlwaysEvaluating, "Do not call `eval()`."),
    ),
    alternatives=(OneSequence, WithFunctions),
    hints=(),
)


def embedding_cases(rng: torch.Generator) -> list[Case]:
    """One size; the gradient reaches the labels' embedding."""
    x = torch.randn(4, 2, generator=rng, dtype=torch.float64)
    labels = torch.randint(3, (4,), generator=rng)
    return [
        module_case(
            "three classes",
            Embedding,
            {"n_classes": 3, "size": 2},
            {"x": x, "labels": labels},
            rng,
        )
    ]


class SumOfLabelsAlone(Embedding):
    def forward(self, x, labels):
        return self.label(labels)


class OneHot(Embedding):
    def forward(self, x, labels):
        one_hot = nn.functional.one_hot(labels, len(self.label.weight)).to(x)
        return one_hot @ self.label.weight + self.point(x)


EMBEDDING = Exercise(
    id="X9.2",
    title="The method of a module",
    reference=Embedding,
    points=1,
    minutes=3,
    difficulty=1,
    cases=embedding_cases,
    mistakes=(Mistake("no point", SumOfLabelsAlone, "Add what the point gives."),),
    alternatives=(OneHot,),
    hints=(),
    methods=("forward",),
)


def step_cases(rng: torch.Generator) -> list[Case]:
    """Three steps with Adam, and one with momentum after gradients were stored."""
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def drawn(network: nn.Module) -> nn.Module:
        network.double()
        for value in network.parameters():
            value.data = draw(value.shape)
        return network

    def case(label: str, calls: int, adam: bool) -> Case:
        discriminator, generator = drawn(Discriminator()), drawn(Generator())
        parameters = discriminator.parameters()
        optimizer = (
            torch.optim.Adam(parameters, lr=0.1, betas=(0.5, 0.9))
            if adam
            else torch.optim.SGD(parameters, lr=0.2, momentum=0.9)
        )
        seed = int(torch.randint(1 << 30, (), generator=rng))
        arguments = {
            "discriminator": discriminator,
            "generator": generator,
            "optimizer": optimizer,
            "x": draw(5, 2),
            "rng": torch.Generator().manual_seed(seed),
        }
        updates = ("discriminator", "optimizer")
        return Case(label, arguments, updates=updates, calls=calls)

    return [case("three steps of Adam", 3, True), case("two of SGD", 2, False)]


def _step(discriminator, generator, optimizer, x, rng, *, detach=True, zero=True):
    latents = torch.randn(len(x), 3, generator=rng, dtype=x.dtype)
    fake = generator(latents)
    fake = fake.detach() if detach else fake
    real_loss = softplus(-discriminator(x)).mean()
    loss = real_loss + softplus(discriminator(fake)).mean()
    if zero:
        optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def without_detach(discriminator, generator, optimizer, x, rng):
    return _step(discriminator, generator, optimizer, x, rng, detach=False)


def without_zero_grad(discriminator, generator, optimizer, x, rng):
    return _step(discriminator, generator, optimizer, x, rng, zero=False)


def with_swapped_labels(discriminator, generator, optimizer, x, rng):
    latents = torch.randn(len(x), 3, generator=rng, dtype=x.dtype)
    with torch.no_grad():
        fake = generator(latents)
    real_loss = softplus(discriminator(x)).mean()
    loss = real_loss + softplus(-discriminator(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def with_one_batch(discriminator, generator, optimizer, x, rng):
    """Real and generated points go through the discriminator together."""
    optimizer.zero_grad(set_to_none=False)
    with torch.no_grad():
        fake = generator(torch.randn(len(x), 3, generator=rng, dtype=x.dtype))
    logits = discriminator(torch.cat((x, fake)))
    labels = torch.cat((torch.ones_like(x[:, 0]), torch.zeros_like(x[:, 0])))
    bce = nn.functional.binary_cross_entropy_with_logits
    loss = 2 * bce(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def with_gradients_by_hand(discriminator, generator, optimizer, x, rng):
    fake = generator(torch.randn(len(x), 3, generator=rng, dtype=x.dtype)).detach()
    loss = softplus(-discriminator(x)).mean() + softplus(discriminator(fake)).mean()
    parameters = [*discriminator.parameters()]
    gradients = torch.autograd.grad(loss, parameters)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.detach()


STEP = Exercise(
    id="X9.3",
    title="A training step of the discriminator",
    reference=discriminator_step,
    points=3,
    minutes=10,
    difficulty=2,
    cases=step_cases,
    mistakes=(
        Mistake("no detach", without_detach, "Detach the generated points."),
        Mistake("no zero_grad", without_zero_grad, "Gradients add up: clear them."),
        Mistake("swapped labels", with_swapped_labels, "Real points have the label 1."),
    ),
    alternatives=(with_one_batch, with_gradients_by_hand),
    hints=(),
)

EXERCISES = (CRITIC, EMBEDDING, STEP)
