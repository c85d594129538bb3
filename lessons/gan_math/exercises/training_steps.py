"""X1.10 and X1.11: the two training steps of a GAN, and the loop around them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from course_lib.gan.ring_networks import RingDiscriminator, RingGenerator
from course_lib.gan.steps import discriminator_step, generator_step, train_gan
from course_lib.initialization import reset_parameters
from teaching.exercise import Case, Exercise, Mistake


def _networks(rng: torch.Generator) -> tuple[nn.Module, nn.Module]:
    networks = RingGenerator(latent_dim=3, width=4), RingDiscriminator(width=4)
    for network in networks:
        reset_parameters(network, rng, gain=2.0)
        network.double()
    return networks


def _sgd(network: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(network.parameters(), lr=0.2, momentum=0.5)


def _adam(network: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(network.parameters(), lr=0.05)


def _step_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    cases = []
    for make, name in ((_sgd, "SGD with momentum"), (_adam, "Adam")):
        generator, discriminator = _networks(rng)
        both: dict[str, Any] = {"generator": generator, "discriminator": discriminator}
        real, noise = draw(6, 2) + 1, draw(6, 3)
        cases.append(
            Case(
                f"two steps of the discriminator with {name}",
                {
                    **both,
                    "optimizer": make(discriminator),
                    "real": real,
                    "noise": noise,
                },
                updates=("discriminator", "optimizer"),
                calls=2,
                detached=True,
            )
        )
        cases.append(
            Case(
                f"two steps of the generator with {name}",
                {**both, "optimizer": make(generator), "noise": noise},
                part=1,
                updates=("generator", "discriminator", "optimizer"),
                calls=2,
                detached=True,
            )
        )
    return cases


def _update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _d_step(real_sign=-1, fake_sign=1, detach=True, real_too=True):
    def step(generator, discriminator, optimizer, real, noise):
        fake = generator(noise)
        fake = fake.detach() if detach else fake
        loss = softplus(fake_sign * discriminator(fake)).mean()
        if real_too:
            loss = loss + softplus(real_sign * discriminator(real)).mean()
        return _update(optimizer, loss)

    return step


def _d_without_zero_grad(generator, discriminator, optimizer, real, noise):
    fake = generator(noise).detach()
    loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def _d_without_step(generator, discriminator, optimizer, real, noise):
    fake = generator(noise).detach()
    loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def _g_step(sign=-1, factor=1.0, detach=False):
    def step(generator, discriminator, optimizer, noise):
        fake = generator(noise)
        logits = discriminator(fake.detach() if detach else fake)
        return _update(optimizer, factor * softplus(sign * logits).mean())

    return step


def _g_without_zero_grad(generator, discriminator, optimizer, noise):
    loss = softplus(-discriminator(generator(noise))).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def _d_with_graph(generator, discriminator, optimizer, real, noise):
    fake = generator(noise).detach()
    loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    _update(optimizer, loss)
    return loss


def _g_with_graph(generator, discriminator, optimizer, noise):
    loss = softplus(-discriminator(generator(noise))).mean()
    _update(optimizer, loss)
    return loss


def _joint_batch(generator, discriminator, optimizer, real, noise):
    with torch.no_grad():
        fake = generator(noise)
    logits = discriminator(torch.cat((real, fake)))
    targets = torch.cat((torch.ones(len(real)), torch.zeros(len(fake)))).to(logits)
    loss = 2 * binary_cross_entropy_with_logits(logits, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _frozen(generator, discriminator, optimizer, noise):
    optimizer.zero_grad()
    for parameter in discriminator.parameters():
        parameter.requires_grad_(False)
    loss = -discriminator(generator(noise)).sigmoid().log().mean()
    loss.backward()
    for parameter in discriminator.parameters():
        parameter.requires_grad_(True)
    optimizer.step()
    return float(loss)


def _d_by_grad(generator, discriminator, optimizer, real, noise):
    with torch.no_grad():
        fake = generator(noise)
    loss = sum(
        softplus(sign * discriminator(x)).mean() for sign, x in ((-1, real), (1, fake))
    )
    parameters = list(discriminator.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.item()


STEPS = Exercise(
    id="X1.10",
    title="Both training steps",
    reference=(discriminator_step, generator_step),
    points=4,
    minutes=20,
    difficulty=3,
    cases=_step_cases,
    mistakes=(
        Mistake(
            "gradients reach the generator in the discriminator's step",
            (_d_step(detach=False), generator_step),
            "The discriminator is updated correctly, but `backward` also computed "
            "gradients of the generator's parameters. Cut the graph behind the fake "
            "samples.",
        ),
        Mistake(
            "old gradients kept in the discriminator's step",
            (_d_without_zero_grad, generator_step),
            "`backward` adds to the gradients that are stored. Without a reset the "
            "second step uses the sum of two gradients, a third that of three.",
        ),
        Mistake(
            "no update of the discriminator",
            (_d_without_step, generator_step),
            "The gradients are computed, but no parameter changes. The optimizer has "
            "to take its step after `backward`.",
        ),
        Mistake(
            "the loss is returned with its graph",
            (_d_with_graph, _g_with_graph),
            "The updates are right, but the returned tensor keeps the graph of the "
            "whole step in memory. Return a Python number, which `item` gives.",
        ),
        Mistake(
            "fake samples labelled as real in the discriminator's step",
            (_d_step(fake_sign=-1), generator_step),
            "This discriminator learns that everything is real. Pass the logits of "
            "real samples first, those of fake samples second.",
        ),
        Mistake(
            "real and fake exchanged",
            (_d_step(1, -1), generator_step),
            "This discriminator learns that the data are fake. The first argument of "
            "your loss belongs to real samples.",
        ),
        Mistake(
            "real samples left out",
            (_d_step(real_too=False), generator_step),
            "The loss has two terms, on real and on fake samples. With the second one "
            "alone, the discriminator calls everything fake.",
        ),
        Mistake(
            "gradients cut in the generator's step",
            (discriminator_step, _g_step(detach=True)),
            "Here the gradient has to pass through the discriminator into the "
            "generator, and a detached sample stops it. Only the discriminator's step "
            "detaches.",
        ),
        Mistake(
            "generator labelled as fake",
            (discriminator_step, _g_step(sign=1)),
            "This generator learns to be recognized. In its own loss the label of its "
            "samples is 1.",
        ),
        Mistake(
            "saturating loss in the generator's step",
            (discriminator_step, _g_step(sign=1, factor=-1.0)),
            "This is log(1 - D), the saturating loss of section 1.4. The docstring "
            "asks for the non-saturating one.",
        ),
        Mistake(
            "old gradients kept in the generator's step",
            (discriminator_step, _g_without_zero_grad),
            "`backward` adds to the gradients that are stored, so every step needs a "
            "reset of the gradients before it.",
        ),
    ),
    alternatives=((_joint_batch, generator_step), (_d_by_grad, _frozen)),
    hints=(
        "Each step has five lines: samples, loss, reset of the gradients, backward, "
        "optimizer step. Which samples does each loss see?",
        "Discriminator: generate from the noise and detach; then the sum of both terms "
        "of your loss from X1.1. Generator: generate again, without detaching; then "
        "your loss from X1.4.",
        "Call `zero_grad` on the optimizer before `backward` on the loss, and `step` "
        "after it. `item` turns the loss into a Python number.",
    ),
)


def _loop_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def case(label: str, n_batches: int) -> Case:
        generator, discriminator = _networks(rng)
        arguments = {
            "generator": generator,
            "discriminator": discriminator,
            "optimizer_g": _adam(generator),
            "optimizer_d": _sgd(discriminator),
            "batches": tuple((draw(5, 2) + 1, draw(5, 3)) for _ in range(n_batches)),
        }
        updates = ("generator", "discriminator", "optimizer_g", "optimizer_d")
        return Case(label, arguments, updates=updates)

    return (
        case("three batches", 3),
        case("one batch", 1),
        case("no batch leaves both networks as they are", 0),
    )


def _generator_first(generator, discriminator, optimizer_g, optimizer_d, batches):
    losses = []
    for real, noise in batches:
        loss_g = generator_step(generator, discriminator, optimizer_g, noise)
        loss_d = discriminator_step(generator, discriminator, optimizer_d, real, noise)
        losses.append((loss_d, loss_g))
    return losses


def _one_after_the_other(generator, discriminator, optimizer_g, optimizer_d, batches):
    d = [
        discriminator_step(generator, discriminator, optimizer_d, *batch)
        for batch in batches
    ]
    g = [
        generator_step(generator, discriminator, optimizer_g, noise)
        for _, noise in batches
    ]
    return list(zip(d, g, strict=True))


def _loop(steps_d=1, steps_g=1, exchange=False, last=False, repeats=1):
    def loop(generator, discriminator, optimizer_g, optimizer_d, batches):
        losses = []
        for real, noise in [*batches] * repeats:
            pair = [0.0, 0.0]
            for _ in range(steps_d):
                pair[0] = discriminator_step(
                    generator, discriminator, optimizer_d, real, noise
                )
            for _ in range(steps_g):
                pair[1] = generator_step(generator, discriminator, optimizer_g, noise)
            losses.append(tuple(pair[::-1] if exchange else pair))
        return losses[-1] if last else losses

    return loop


def _wrong_optimizer(generator, discriminator, optimizer_g, optimizer_d, batches):
    losses = []
    for real, noise in batches:
        loss_d = discriminator_step(generator, discriminator, optimizer_d, real, noise)
        loss_g = generator_step(generator, discriminator, optimizer_d, noise)
        losses.append((loss_d, loss_g))
    return losses


def _written_out(generator, discriminator, optimizer_g, optimizer_d, batches):
    losses = []
    for real, noise in batches:
        fake = generator(noise).detach()
        loss_d = softplus(-discriminator(real)).mean()
        loss_d = loss_d + softplus(discriminator(fake)).mean()
        loss_d = _update(optimizer_d, loss_d)
        loss_g = softplus(-discriminator(generator(noise))).mean()
        losses.append([loss_d, _update(optimizer_g, loss_g)])
    return losses


def _comprehension(generator, discriminator, optimizer_g, optimizer_d, batches):
    networks = generator, discriminator
    return [
        (
            discriminator_step(*networks, optimizer_d, real, noise),
            generator_step(*networks, optimizer_g, noise),
        )
        for real, noise in batches
    ]


LOOP = Exercise(
    id="X1.11",
    title="The training loop",
    reference=train_gan,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_loop_cases,
    mistakes=(
        Mistake(
            "generator first",
            _generator_first,
            "Both orders train a GAN, but the docstring asks for the discriminator's "
            "step first, as in algorithm 1 of the first GAN paper.",
        ),
        Mistake(
            "one network after the other",
            _one_after_the_other,
            "The networks alternate on every batch. Trained one after the other, the "
            "generator would meet a discriminator that no longer learns.",
        ),
        Mistake(
            "the wrong optimizer in the generator's step",
            _wrong_optimizer,
            "The generator never changes, and the discriminator is updated by the "
            "generator's loss. Which optimizer holds the generator's parameters?",
        ),
        Mistake(
            "losses exchanged",
            _loop(exchange=True),
            "Each pair should hold the discriminator's loss first and the generator's "
            "loss second; here they are exchanged.",
        ),
        Mistake(
            "only the last pair of losses",
            _loop(last=True),
            "The training is right, but only the losses of the last batch are "
            "returned. Collect one pair for each batch in a list.",
        ),
        Mistake(
            "two discriminator steps a batch",
            _loop(steps_d=2),
            "Here the discriminator takes two steps for each one of the generator. The "
            "docstring asks for one of each.",
        ),
        Mistake(
            "generator not trained",
            _loop(steps_g=0),
            "The generator takes no step, so its parameters stay as they are. Call its "
            "step once for each batch.",
        ),
    ),
    alternatives=(_written_out, _comprehension),
    hints=(
        "One `for` loop over the pairs, with two calls in it. What does each call "
        "return?",
        "Call your two functions of X1.10 on each batch, each with the optimizer of "
        "the network that it updates.",
        "Begin with an empty list and append one pair of numbers for each batch: "
        "discriminator first.",
    ),
)
