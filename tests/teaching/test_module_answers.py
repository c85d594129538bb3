"""Answers that are modules or training steps: results, gradients and updated states."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import relu

from teaching.assessment import assess
from teaching.exercise import Case, Exercise, Mistake, module_case


class TwoLayers(nn.Module):
    """A perceptron with batch norm, for the tests below."""

    def __init__(self, n_in: int, n_hidden: int):
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden)
        self.norm = nn.BatchNorm1d(n_hidden)
        self.last = nn.Linear(n_hidden, 1)

    def forward(self, x):
        return self.last(relu(self.norm(self.first(x)))).squeeze(1)


class Renamed(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        first, norm = nn.Linear(n_in, n_hidden), nn.BatchNorm1d(n_hidden)
        self.net = nn.Sequential(first, norm, nn.ReLU(), nn.Linear(n_hidden, 1))

    def forward(self, x):
        return self.net(x).flatten()


class NoNorm(TwoLayers):
    def forward(self, x):
        return self.last(relu(self.first(x))).squeeze(1)


class AlwaysTraining(TwoLayers):
    def forward(self, x):
        self.norm.train()
        return super().forward(x)


class OneLayer(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.only = nn.Linear(n_in, 1)

    def forward(self, x):
        return self.only(x).squeeze(1)


def module_cases(rng):
    x = torch.randn(6, 3, generator=rng, dtype=torch.float64)
    ask = partial(module_case, module=TwoLayers, rng=rng)
    return [
        ask("training", construct={"n_in": 3, "n_hidden": 4}, arguments={"x": x}),
        ask(
            "evaluation",
            construct={"n_in": 3, "n_hidden": 2},
            arguments={"x": x},
            mode="eval",
            differentiate=("x",),
        ),
    ]


MODULE = Exercise(
    id="X9.2",
    title="Two layers",
    reference=TwoLayers,
    points=2,
    minutes=5,
    difficulty=1,
    cases=module_cases,
    mistakes=(Mistake("no batch norm", NoNorm, "Use the batch norm of `__init__`."),),
    alternatives=(Renamed,),
    hints=(),
)


@pytest.mark.parametrize("answer", [TwoLayers, Renamed])
def test_module_passes_with_any_layer_names(answer):
    for seed in range(3):
        found = assess(MODULE, answer, seed=seed)
        assert found.status == "passed", found.advice


def test_wrong_module_is_named_and_wrong_mode_is_found():
    assert assess(MODULE, NoNorm, seed=0).mistake == "no batch norm"
    found = assess(MODULE, AlwaysTraining, seed=0)
    assert found.status == "wrong" and "“evaluation”" in found.advice


def test_wrong_parameters_are_reported_by_shape():
    found = assess(MODULE, OneLayer, seed=0)
    needed = "(), (1, 4), (1,), (4, 3), (4,), (4,), (4,), (4,), (4,)"
    assert f"parameters is (1, 3), (1,); it should be {needed}." in found.advice


@pytest.mark.parametrize("answer", [TwoLayers(3, 4), lambda x: x])
def test_answer_that_is_no_class_gets_advice(answer):
    assert "Pass the class itself" in assess(MODULE, answer, seed=0).advice


def train_step(model, other, optimizer, x, y):
    """One step of least squares on a frozen second model's residual."""
    loss = (model(x).squeeze(1) + other(x).squeeze(1).detach() - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def same_step_by_hand(model, other, optimizer, x, y):
    with torch.no_grad():
        shift = other(x).squeeze(1)
    loss = (model(x).squeeze(1) + shift - y).square().mean()
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.item()


def without_zero_grad(model, other, optimizer, x, y):
    loss = (model(x).squeeze(1) + other(x).squeeze(1).detach() - y).square().mean()
    loss.backward()
    optimizer.step()
    return loss.detach()


def without_detach(model, other, optimizer, x, y):
    loss = (model(x).squeeze(1) + other(x).squeeze(1) - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def without_step(model, other, optimizer, x, y):
    return (model(x).squeeze(1) + other(x).squeeze(1) - y).square().mean().detach()


def step_before_backward(model, other, optimizer, x, y):
    loss = (model(x).squeeze(1) + other(x).squeeze(1).detach() - y).square().mean()
    optimizer.zero_grad()
    optimizer.step()
    loss.backward()
    return loss.detach()


def step_cases(rng):
    def linear() -> nn.Linear:
        layer = nn.Linear(3, 1).double()
        for value in layer.parameters():
            value.data = torch.randn(value.shape, generator=rng, dtype=torch.float64)
        return layer

    model, other = linear(), linear()
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    return [
        Case(
            "three steps",
            {
                "model": model,
                "other": other,
                "optimizer": torch.optim.Adam(model.parameters(), lr=0.1),
                "x": draw(5, 3),
                "y": draw(5),
            },
            updates=("model", "optimizer"),
            calls=3,
        )
    ]


STEP = Exercise(
    id="X9.3",
    title="A training step",
    reference=train_step,
    points=2,
    minutes=5,
    difficulty=1,
    cases=step_cases,
    mistakes=(
        Mistake("no zero_grad", without_zero_grad, "Gradients add up: clear them."),
        Mistake("no step", without_step, "The optimizer never steps."),
    ),
    alternatives=(same_step_by_hand,),
    hints=(),
)


@pytest.mark.parametrize("answer", [train_step, same_step_by_hand])
def test_equivalent_training_steps_pass(answer):
    for seed in range(3):
        found = assess(STEP, answer, seed=seed)
        assert found.status == "passed", found.advice


def test_wrong_training_steps_are_named():
    assert assess(STEP, without_zero_grad, seed=0).mistake == "no zero_grad"
    assert assess(STEP, without_step, seed=0).mistake == "no step"


def test_state_that_the_optimizer_lacks_is_named():
    unnamed = replace(STEP, mistakes=())
    found = assess(unnamed, without_step, seed=0)
    assert found.status == "wrong"
    assert "optimizer: step of parameter 0" in found.advice


class Shared(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.first, self.second = nn.Linear(n, n), nn.Linear(n, n)

    def forward(self, x):
        return self.second(self.first(x))


class Tied(Shared):
    def __init__(self, n):
        super().__init__(n)
        self.second.weight = self.first.weight

    def forward(self, x):
        return 0 * super().forward(x)


class NoWeights(Shared):
    """The results do not depend on the weights."""

    def forward(self, x):
        return 0 * super().forward(x)


def test_parameter_that_two_layers_share_is_wrong():
    def cases(rng):
        x = torch.ones(2, 3, dtype=torch.float64)
        return [module_case("a batch", Shared, {"n": 3}, {"x": x}, rng)]

    alone = replace(MODULE, reference=NoWeights, cases=cases, mistakes=())
    found = assess(alone, Tied, seed=0)
    assert found.status == "wrong"
    assert "gradient with respect to second.weight" in found.advice


def test_missing_detach_is_a_changed_argument():
    found = assess(STEP, without_detach, seed=0)
    assert found.status == "wrong"
    assert "changed its argument `other.grad`" in found.advice


def test_optimizer_step_before_backward_is_wrong():
    assert assess(STEP, step_before_backward, seed=0).status == "wrong"


def test_modules_of_the_cases_are_not_modified():
    cases = step_cases(torch.Generator().manual_seed(0))
    before = cases[0].arguments["model"].weight.clone()
    frozen = replace(STEP, cases=lambda rng: cases)
    assess(frozen, train_step, seed=0)
    assert torch.equal(cases[0].arguments["model"].weight, before)
