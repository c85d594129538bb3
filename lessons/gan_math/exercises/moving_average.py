"""X1.12: the exponential moving average of a network's parameters."""

from collections.abc import Sequence

import torch
from torch import nn

from course_lib.gan.moving_average import update_ema
from course_lib.gan.ring_networks import RingGenerator
from course_lib.initialization import reset_parameters
from teaching.exercise import Case, Exercise, Mistake


def _cases(rng: torch.Generator) -> Sequence[Case]:
    def network() -> nn.Module:
        module = RingGenerator(latent_dim=2, width=3)
        reset_parameters(module, rng)
        return module.double()

    def case(label: str, decay: float, calls: int = 1) -> Case:
        arguments = {"average": network(), "model": network(), "decay": decay}
        return Case(label, arguments, updates=("average",), calls=calls)

    def frozen(label: str) -> Case:
        # an average is never trained, and some of a model's layers may not be either
        result = case(label, 0.8)
        result.arguments["average"].requires_grad_(False)
        result.arguments["model"].layers[-1].requires_grad_(False)
        return result

    some = 0.6 + 0.35 * torch.rand((), generator=rng).item()
    return (
        case("one update", some),
        case("three updates", 0.9, calls=3),
        case("decay 1 keeps the average", 1.0),
        case("decay 0 copies the model", 0.0),
        frozen("parameters that require no gradient"),
    )


def _pairs(average, model):
    return zip(average.parameters(), model.parameters(), strict=True)


@torch.no_grad()
def _exchanged(average, model, decay):
    for mean, parameter in _pairs(average, model):
        mean.lerp_(parameter, decay)


@torch.no_grad()
def _copied(average, model, decay):
    for mean, parameter in _pairs(average, model):
        mean.copy_(parameter)


@torch.no_grad()
def _scaled_only(average, model, decay):
    for mean, _ in _pairs(average, model):
        mean.mul_(decay)


@torch.no_grad()
def _not_scaled(average, model, decay):
    for mean, parameter in _pairs(average, model):
        mean.add_(parameter, alpha=1 - decay)


@torch.no_grad()
def _weights_only(average, model, decay):
    for mean, parameter in _pairs(average, model):
        if mean.ndim > 1:
            mean.lerp_(parameter, 1 - decay)


@torch.no_grad()
def _into_the_model(average, model, decay):
    for mean, parameter in _pairs(average, model):
        parameter.lerp_(mean, decay)


def _names_only(average, model, decay):
    for mean, parameter in _pairs(average, model):
        mean = decay * mean + (1 - decay) * parameter


def _with_graph(average, model, decay):
    for mean, parameter in _pairs(average, model):
        mean.mul_(decay).add_(parameter, alpha=1 - decay)


@torch.no_grad()
def _trainable_only(average, model, decay):
    for mean, parameter in _pairs(average, model):
        if parameter.requires_grad:
            mean.lerp_(parameter, 1 - decay)


@torch.no_grad()
def _in_two_steps(average, model, decay):
    for mean, parameter in _pairs(average, model):
        mean.mul_(decay).add_(parameter, alpha=1 - decay)


def _by_state_dict(average, model, decay):
    new = model.state_dict()
    mixed = {
        name: decay * old + (1 - decay) * new[name]
        for name, old in average.state_dict().items()
    }
    average.load_state_dict(mixed)


EMA = Exercise(
    id="X1.12",
    title="A moving average of the weights",
    reference=update_ema,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_cases,
    mistakes=(
        Mistake(
            "weights of the mean exchanged",
            _exchanged,
            "Here the model has the weight `decay` and the average the rest. With a "
            "decay of 0.995 the average would almost be a copy of the model.",
        ),
        Mistake(
            "a copy in place of an average",
            _copied,
            "The average becomes the present model, whatever the decay is. It should "
            "keep `decay` times its old value.",
        ),
        Mistake(
            "the model is left out",
            _scaled_only,
            "The average shrinks toward 0, because nothing is added. The parameters of "
            "the model enter with weight one minus decay.",
        ),
        Mistake(
            "the old average is not scaled",
            _not_scaled,
            "The weights of old and new value should add up to 1. Here the average "
            "grows with every update.",
        ),
        Mistake(
            "biases left out",
            _weights_only,
            "Only the weight matrices are averaged. The biases are parameters too: "
            "treat all of them alike.",
        ),
        Mistake(
            "the model is changed",
            _into_the_model,
            "Here the average stays and the model is pulled toward it. The model is "
            "trained by its optimizer only; the average follows it.",
        ),
        Mistake(
            "nothing is stored",
            _names_only,
            "After the call the average has its old values. `mean = ...` binds a name "
            "and writes nothing, and so does a change of a copy. Write into the "
            "parameters of `average` itself with an in-place operation.",
        ),
        Mistake(
            "a graph is recorded",
            _with_graph,
            "PyTorch forbids in-place changes of parameters while it records a graph. "
            "An update of the average is no step of training: use `torch.no_grad`.",
        ),
        Mistake(
            "frozen parameters left out",
            _trainable_only,
            "A parameter that requires no gradient is a parameter too, and its value "
            "belongs into the average. Do not ask for `requires_grad`.",
        ),
    ),
    alternatives=(_in_two_steps, _by_state_dict),
    hints=(
        "Walk through the parameters of both networks in parallel: they have the same "
        "order. Write into those of the average.",
        "An in-place operation on a parameter is allowed where no graph is recorded: "
        "`torch.no_grad` as a context.",
        "`lerp_` moves a tensor a fraction of the way to another tensor. Which "
        "fraction is it, if the old value keeps the share `decay`?",
    ),
)
