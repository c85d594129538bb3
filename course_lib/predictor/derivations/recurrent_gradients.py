"""D2.2 and D2.9 to D2.11: Jacobians and gradients of a recurrent network."""

from collections.abc import Sequence

import torch
from sympy import Derivative as D
from sympy import Function, IndexedBase, Product, Sum, Symbol, Tuple, symbols, tanh
from torch import Tensor
from torch.autograd.functional import jacobian

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    Diagonal,
    Jacobian,
    MatrixProduct,
    ReverseProduct,
    SumOver,
    unevaluated,
)
from course_lib.predictor.derivations import random_cases as draw

SIZE, LENGTH, N_CASES = 3, 3, 16

W, U, a_t, h_t, h_before = symbols("W U a_t h_t h_{t-1}")
x_t, T, t, k = symbols("x_t T t k")
h = IndexedBase("h")

# D2.2: one step.

step_jacobian = Jacobian(h_t, h_before)

with unevaluated():
    one_step_steps = (
        Step(
            step_jacobian,
            r"The Jacobian of one step $h_t = \tanh(a_t)$ with the pre-activation "
            "$a_t = W x_t + U h_{t-1} + b$.",
        ),
        Step(
            MatrixProduct(Jacobian(h_t, a_t), Jacobian(a_t, h_before)),
            "The chain rule: $h_t$ depends on $h_{t-1}$ through $a_t$ alone.",
        ),
        Step(
            MatrixProduct(Jacobian(h_t, a_t), U),
            "$a_t$ is linear in $h_{t-1}$, with the matrix $U$.",
        ),
        Step(
            MatrixProduct(Diagonal(1 - tanh(a_t) ** 2), U),
            "tanh acts on each unit separately, so its Jacobian is diagonal. The "
            r"derivative of $\tanh a$ is $1 - \tanh^2 a$.",
        ),
        Step(
            MatrixProduct(Diagonal(1 - h_t**2), U),
            r"$\tanh(a_t)$ is the state $h_t$.",
        ),
    )


class _Network:
    """A random recurrent network and its states on a random sequence."""

    def __init__(self, rng: torch.Generator) -> None:
        self.w, self.u = (draw.normal(rng, SIZE, SIZE) / 2 for _ in range(2))
        self.b = draw.normal(rng, SIZE) / 2
        self.inputs = draw.normal(rng, LENGTH + 1, SIZE)
        self.states = [draw.normal(rng, SIZE).tanh()]  # h_0, then h_1, ...
        for time in range(1, LENGTH + 1):
            self.states.append(self.step(self.states[-1], time))

    def pre_activation(self, state: Tensor, time: int) -> Tensor:
        return self.w @ self.inputs[time] + self.u @ state + self.b

    def step(self, state: Tensor, time: int) -> Tensor:
        return self.pre_activation(state, time).tanh()

    def last(self, state: Tensor, after: int) -> Tensor:
        """The last state, if ``state`` is the state at time ``after``."""
        for time in range(after + 1, LENGTH + 1):
            state = self.step(state, time)
        return state


def one_step_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random steps; Jacobians by autograd."""
    return [_one_step_case(_Network(rng)) for _ in range(N_CASES)]


def _one_step_case(net: _Network) -> AtomValues:
    before, state = net.states[:2]
    pre_activation = net.pre_activation(before, 1)
    return {
        **{U: net.u, a_t: pre_activation, h_t: state},
        step_jacobian: jacobian(lambda h: net.step(h, 1), before),
        Jacobian(h_t, a_t): jacobian(torch.tanh, pre_activation),
        Jacobian(a_t, h_before): jacobian(lambda h: net.pre_activation(h, 1), before),
    }


ONE_STEP = Derivation(
    "D2.2",
    "The Jacobian of one step of a recurrent network.",
    one_step_steps,
    "Pascanu et al. 2013, equation 5, for the tanh",
    one_step_cases,
)

# D2.9: several steps, and D2.10: the input.

h_0, h_1, h_2, h_3 = symbols("h_t h_{t+1} h_{t+2} h_{t+3}")
whole = Jacobian(h_3, h_0)
factors = tuple(Jacobian(one, two) for one, two in ((h_3, h_2), (h_2, h_1), (h_1, h_0)))
to_input, to_state, of_input = (
    Jacobian(h_3, x_t),
    Jacobian(h_3, h_t),
    Jacobian(h_t, x_t),
)

with unevaluated():
    one_factor = MatrixProduct(Diagonal(1 - h[k] ** 2), U)
    several_steps_steps = (
        Step(
            whole,
            "The derivative of a state by the state three steps earlier; any other "
            "number of steps is treated in the same way.",
        ),
        Step(
            MatrixProduct(*factors),
            "The chain rule: each state depends on the earlier ones through the state "
            "before it alone. The latest step stands on the left.",
        ),
        Step(
            ReverseProduct(one_factor, Tuple(k, t + 3, t + 1)),
            "Each factor is the Jacobian of one step, D2.2. If the norm of every "
            "factor is below 1, the norm of the product decreases exponentially with "
            "the number of steps.",
        ),
    )
    input_steps = (
        Step(to_input, "The derivative of a later state by the input at time $t$."),
        Step(
            MatrixProduct(to_state, of_input),
            "The chain rule: the input acts on later states through $h_t$ alone.",
        ),
        Step(
            MatrixProduct(to_state, Diagonal(1 - h_t**2), W),
            "As in D2.2; the pre-activation is linear in $x_t$ with the matrix $W$.",
        ),
    )


def several_steps_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random networks over three steps; Jacobians by autograd."""
    return [_several_steps_case(_Network(rng)) for _ in range(N_CASES)]


def _several_steps_case(net: _Network) -> AtomValues:
    steps = [
        jacobian(lambda h, time=time: net.step(h, time), net.states[time - 1])
        for time in (3, 2, 1)
    ]
    return {
        t: 1,
        U: net.u,
        h: torch.stack((torch.zeros(SIZE).double(), *net.states)),  # h_t is the second
        whole: jacobian(lambda state: net.last(state, 0), net.states[0]),
        **dict(zip(factors, steps, strict=True)),
    }


def input_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """The derivatives by the first input of random networks, by autograd."""
    return [_input_case(_Network(rng)) for _ in range(N_CASES)]


def _input_case(net: _Network) -> AtomValues:
    def state(x: Tensor) -> Tensor:
        return (net.w @ x + net.u @ net.states[0] + net.b).tanh()

    first = net.inputs[1]
    return {
        **{W: net.w, h_t: net.states[1]},
        to_input: jacobian(lambda x: net.last(state(x), 1), first),
        to_state: jacobian(lambda h: net.last(h, 1), net.states[1]),
        of_input: jacobian(state, first),
    }


SEVERAL_STEPS = Derivation(
    "D2.9",
    "The Jacobian over several steps is a product with one factor a step.",
    several_steps_steps,
    "Pascanu et al. 2013, equation 5",
    several_steps_cases,
    proves=("E2.2.2",),
)

INPUT_JACOBIAN = Derivation(
    "D2.10",
    "The derivative of a later state by an input.",
    input_steps,
    "Pascanu et al. 2013, equation 4",
    input_cases,
    proves=("E2.2.3",),
)

STEP_LINE = OpenLine(
    "D2.2b",
    "D2.2",
    symbols("u") * (1 - symbols("h") ** 2),
    {symbols("u"): (-2.0, 2.0), symbols("w"): (-2.0, 2.0), symbols("h"): (-0.9, 0.9)},
    (
        WrongLine(
            "the derivative of tanh is missing",
            symbols("u"),
            "h = tanh(a), so the chain rule multiplies by the derivative of tanh, "
            "1 - h^2.",
        ),
        WrongLine(
            "the weight of the input",
            symbols("w") * (1 - symbols("h") ** 2),
            "The derivative is by the state before, whose weight is u; w belongs to "
            "the input.",
        ),
        WrongLine(
            "the derivative of the sigmoid",
            symbols("u") * symbols("h") * (1 - symbols("h")),
            "h (1 - h) is the derivative of the sigmoid. That of tanh is 1 - h^2.",
        ),
    ),
)

# D2.11: backpropagation through time, for one unit.

u = Symbol("u")
loss_of_u = Function("L")
L, h_last, h_now, u_t = symbols("L h_T h_t u_t")
by_copy = Jacobian(L, u_t)
by_last, last_by_now, now_by_copy = (
    Jacobian(L, h_last),
    Jacobian(h_last, h_now),
    Jacobian(h_now, u_t),
)

with unevaluated():
    through_time_steps = (
        Step(
            D(loss_of_u(u), u),
            r"The gradient of a loss on the last state of one unit, "
            r"$h_t = \tanh(w x_t + u h_{t-1} + b)$, by the recurrent weight $u$.",
        ),
        Step(
            SumOver(by_copy, t),
            "The same weight is used at every step. Give step $t$ a copy $u_t$ of its "
            "own; the chain rule for several variables adds the derivatives by all "
            "copies.",
        ),
        Step(
            SumOver(by_last * last_by_now * now_by_copy, t),
            "The chain rule: a copy acts on the loss through $h_t$, and $h_t$ through "
            "the last state $h_T$.",
        ),
        Step(
            Sum(
                by_last
                * Product((1 - h[k] ** 2) * u, (k, t + 1, T))
                * ((1 - h[t] ** 2) * h[t - 1]),
                (t, 1, T),
            ),
            "D2.9 for one unit gives the product. The derivative of the pre-activation "
            "of step $t$ by its copy is $h_{t-1}$. With several units the factors are "
            "matrices. The product makes the terms of early steps small or large.",
        ),
    )


def through_time_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random networks of one unit; the derivatives by autograd."""
    return [_through_time_case(rng) for _ in range(N_CASES)]


def _through_time_case(rng: torch.Generator) -> AtomValues:
    input_weight, weight, bias, start, target = draw.normal(rng, 5)
    inputs = draw.normal(rng, LENGTH + 1)

    def run(copies: Tensor, state: Tensor, after: int = 0) -> list[Tensor]:
        states = [state]
        for time in range(after + 1, LENGTH + 1):
            previous = copies[time - 1] * states[-1]
            states.append((input_weight * inputs[time] + previous + bias).tanh())
        return states

    def loss(copies: Tensor) -> Tensor:
        return (run(copies, start)[-1] - target) ** 2

    copies = weight.repeat(LENGTH)
    states = run(copies, start)
    times = range(1, LENGTH + 1)
    return {
        **{u: weight, T: LENGTH, h: torch.stack(states)},
        loss_of_u: lambda value: loss(value.expand(LENGTH)),
        by_copy: jacobian(loss, copies),
        by_last: 2 * (states[-1] - target),
        last_by_now: torch.stack(
            [jacobian(lambda h, n=n: run(copies, h, n)[-1], states[n]) for n in times]
        ),
        now_by_copy: torch.stack(
            [jacobian(lambda c, n=n: run(c, start)[n], copies)[n - 1] for n in times]
        ),
    }


THROUGH_TIME = Derivation(
    "D2.11",
    "Backpropagation through time: the gradient of a shared weight is a sum over the "
    "steps, each with a product of Jacobians.",
    through_time_steps,
    "Werbos 1990; Pascanu et al. 2013, equations 3 to 5",
    through_time_cases,
)
