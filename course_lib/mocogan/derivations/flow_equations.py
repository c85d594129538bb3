"""D4.4, D4.9 and D4.10: brightness constancy and the least-squares flow."""

from collections.abc import Sequence

import torch
from sympy import Derivative as D
from sympy import Function, Rational, Symbol, symbols
from torch import Tensor

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import MatrixProduct, SumOver, unevaluated

N_PIXELS, N_CASES = 9, 16
half = Rational(1, 2)

# D4.4: one pixel of a quadratic image that is shifted by (u, v).

u, v, I_x, I_y, I_t = symbols("u v I_x I_y I_t")
x_before, y_before = symbols(r"\partial_x{I_0} \partial_y{I_0}")
x_after, y_after = symbols(r"\partial_x{I_1} \partial_y{I_1}")
phi, phi_rate = map(Function, (r"\varphi", r"\varphi'"))

with unevaluated():
    constancy_steps = (
        Step(
            I_t,
            "The change $I_1 - I_0$ of one pixel, if every point of the image moves by "
            "$(u, v)$ and keeps its brightness.",
        ),
        Step(
            phi(1) - phi(0),
            r"Let $\varphi(\tau) = I_0(x - \tau u, y - \tau v)$, the image after a "
            r"part $\tau$ of the shift. Then $\varphi(0) = I_0(x, y)$ and "
            r"$\varphi(1) = I_1(x, y)$.",
        ),
        Step(
            half * (phi_rate(0) + phi_rate(1)),
            "For an image that is a polynomial of degree 2 this is exact: with "
            r"$\varphi = \alpha + \beta \tau + \gamma \tau^2$ the change is "
            r"$\beta + \gamma$, and the mean of the derivatives $\beta$ and "
            r"$\beta + 2 \gamma$ is the same. Other images have a remainder.",
        ),
        Step(
            half * (-(u * x_before + v * y_before) - (u * x_after + v * y_after)),
            r"The chain rule. At $\tau = 1$ the gradient of $I_0$ at the shifted point "
            "is that of $I_1$ at the pixel.",
        ),
        Step(
            -(I_x * u + I_y * v),
            "$I_x$ and $I_y$ are the means of the gradients of both images.",
        ),
    )


def quadratic_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random polynomials of degree 2 and shifts; derivatives by autograd."""
    return [_quadratic_case(rng) for _ in range(N_CASES)]


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def _quadratic_case(rng: torch.Generator) -> AtomValues:
    weights, pixel, shift = _normal(rng, 6), _normal(rng, 2), _normal(rng, 2)

    def image(point: Tensor) -> Tensor:
        x, y = point
        one = torch.ones_like(x)
        return weights @ torch.stack((x * x, x * y, y * y, x, y, one))

    def partly_shifted(part: Tensor) -> Tensor:
        return image(pixel - part * shift)

    def gradient(function, at: Tensor) -> Tensor:
        return torch.autograd.functional.jacobian(function, at)

    before = gradient(image, pixel)
    after = gradient(lambda point: image(point - shift), pixel)
    mean = (before + after) / 2
    return {
        **dict(zip((u, v), shift, strict=True)),
        **dict(zip((x_before, y_before), before, strict=True)),
        **dict(zip((x_after, y_after), after, strict=True)),
        **dict(zip((I_x, I_y), mean, strict=True)),
        I_t: image(pixel - shift) - image(pixel),
        phi: partly_shifted,
        phi_rate: lambda part: gradient(partly_shifted, part),
    }


BRIGHTNESS_CONSTANCY = Derivation(
    "D4.4",
    "A pixel of a moving image changes by minus the image gradient times the shift.",
    constancy_steps,
    "Lucas and Kanade 1981, section 4, with the mean of both gradients",
    quadratic_cases,
    proves=("E4.4.1",),
)

# D4.9: the normal equations.

pixel = Symbol("pixel")
E = Function("E")

with unevaluated():
    residual = I_x * u + I_y * v + I_t
    normal_steps = (
        Step(
            half * D(E(u, v), u),
            "Half the derivative of the squared error "
            r"$E(u, v) = \sum (I_x u + I_y v + I_t)^2$ over the pixels of a window.",
        ),
        Step(
            SumOver(I_x * residual, pixel),
            "The chain rule: the square gives a factor 2, and the inner derivative by "
            "$u$ is $I_x$.",
        ),
        Step(
            SumOver(I_x * (I_x * u + I_y * v), pixel) + SumOver(I_x * I_t, pixel),
            "Split the sum. At the minimum the derivative is 0, which is the third "
            "line of E4.4. The derivative by $v$ has $I_y$ as inner derivative and "
            "gives the fourth.",
        ),
    )


def window_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random gradients of a window, and a random flow."""
    cases = []
    for _ in range(N_CASES):
        x, y, t = _normal(rng, 3, N_PIXELS)
        right, down = _normal(rng, 2)
        cases.append(
            {
                **{I_x: x, I_y: y, I_t: t, u: right, v: down},
                E: lambda a, b, x=x, y=y, t=t: ((x * a + y * b + t) ** 2).sum(),
            }
        )
    return cases


NORMAL_EQUATIONS = Derivation(
    "D4.9",
    "The least-squares flow has a residual that is orthogonal to the image gradients.",
    normal_steps,
    "Lucas and Kanade 1981, section 4",
    window_cases,
    proves=("E4.4.3", "E4.4.4"),
)

# D4.10: the flow of a shifted image.

A, A_top, inverse, flow, d = symbols(
    r"A A^{\top} (A^{\top}A)^{-1} \operatorname{flow} d"
)

with unevaluated():
    shift_steps = (
        Step(
            flow,
            "The least-squares flow of a window. $A$ has a row $(I_x, I_y)$ for each "
            "pixel, and $I_t$ is the vector of all changes.",
        ),
        Step(
            -MatrixProduct(inverse, A_top, I_t),
            r"The normal equations (D4.9) are $A^{\top} A \, d = -A^{\top} I_t$. A "
            r"window with gradients in two directions has an invertible $A^{\top} A$.",
        ),
        Step(
            MatrixProduct(inverse, A_top, A, d),
            "If the image was shifted by $d$, then $I_t = -A d$ (D4.4).",
        ),
        Step(d, "A matrix times its inverse is the identity: the flow is the shift."),
    )


def shift_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random gradients and the changes that a random shift makes."""
    cases = []
    for _ in range(N_CASES):
        gradients, shift = _normal(rng, N_PIXELS, 2), _normal(rng, 2)
        changes = -gradients @ shift
        solution = torch.linalg.lstsq(gradients, -changes.unsqueeze(1)).solution
        cases.append(
            {
                **{A: gradients, A_top: gradients.T, I_t: changes, d: shift},
                inverse: torch.linalg.inv(gradients.T @ gradients),
                flow: solution.squeeze(1),
            }
        )
    return cases


FLOW_OF_SHIFT = Derivation(
    "D4.10",
    "The least-squares flow of an image and its shift is the shift.",
    shift_steps,
    "Lucas and Kanade 1981, section 4",
    shift_cases,
    proves=("E4.4.2",),
)
