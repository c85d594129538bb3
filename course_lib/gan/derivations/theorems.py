"""Derivations of lesson 01's theorems, line by line: D1.2 to D1.5, and D1.7."""

from collections.abc import Callable, Sequence

import torch
from sympy import Derivative, Function, Subs, log, sqrt, symbols
from torch import Tensor

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import DivergenceBetween, IntegralOver, unevaluated

N_CASES, N_DENSITIES = 64, 16
Density = Callable[[Tensor], Tensor]

x, theta, theta_0 = symbols("x theta theta_0")
p, q, m, D_star = map(Function, ("p", "q", "m", "D^*"))

# D1.2: the optimal discriminator, at one point x with a = p(x), b = q(x), y = D(x).

a, b, y, pi = symbols("a b y pi", positive=True)

with unevaluated():
    negative_entropy = pi * log(pi) + (1 - pi) * log(1 - pi)
    divergence = pi * log(pi / y) + (1 - pi) * log((1 - pi) / (1 - y))
    optimal_discriminator_steps = (
        Step(
            a * log(y) + b * log(1 - y),
            "The integrand of $V$ at one point $x$, with $a = p(x)$, $b = q(x)$ and "
            "$y = D(x)$.",
        ),
        Step(
            (a + b) * (pi * log(y) + (1 - pi) * log(1 - y)),
            r"Write $\pi = a / (a + b)$, so that $a = (a + b) \pi$ and "
            r"$b = (a + b)(1 - \pi)$.",
        ),
        Step(
            (a + b) * (negative_entropy - divergence),
            r"$\log y = \log \pi - \log(\pi / y)$, and the same with $1 - y$ and "
            r"$1 - \pi$.",
        ),
        Step(
            (a + b) * negative_entropy,
            "The subtracted term is the Kullback-Leibler divergence between the two "
            r"Bernoulli distributions with the probabilities $\pi$ and $y$. It is not "
            r"negative (D3.8), and it is 0 only if $y = \pi$.",
            relation="<=",
        ),
        Step(
            a * log(a / (a + b)) + b * log(b / (a + b)),
            r"Insert $\pi = a / (a + b)$. This is the value at $y = \pi$: the maximum "
            "is attained at $D^*(x) = p(x) / (p(x) + q(x))$.",
        ),
    )


def point_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Densities a, b and an output y of a discriminator at one point."""
    cases = []
    for _ in range(N_CASES):
        density_p, density_q = draw.uniform(rng, 0.05, 2.0, 2)
        output = draw.uniform(rng, 0.05, 0.95)
        share = density_p / (density_p + density_q)
        cases.append({a: density_p, b: density_q, y: output, pi: share})
    return cases


OPTIMAL_DISCRIMINATOR = Derivation(
    "D1.2",
    "At every point the best discriminator outputs the share of real samples there.",
    optimal_discriminator_steps,
    "Goodfellow et al. 2014, proposition 1",
    point_cases,
    proves=("E1.2.1",),
)

# D1.3: against the optimal discriminator the value is a Jensen-Shannon divergence.

KL, JSD = symbols(r"\operatorname{KL} \operatorname{JSD}")
P, Q, M = symbols("p q m")

with unevaluated():
    jensen_shannon_steps = (
        Step(
            IntegralOver(p(x) * log(D_star(x)), x)
            + IntegralOver(q(x) * log(1 - D_star(x)), x),
            "The definition of $V(D^*, G)$, E1.1.",
        ),
        Step(
            IntegralOver(p(x) * log(p(x) / (p(x) + q(x))), x)
            + IntegralOver(q(x) * log(q(x) / (p(x) + q(x))), x),
            "Insert $D^* = p / (p + q)$; then $1 - D^* = q / (p + q)$.",
        ),
        Step(
            IntegralOver(p(x) * log(p(x) / (2 * m(x))), x)
            + IntegralOver(q(x) * log(q(x) / (2 * m(x))), x),
            r"Write $m = \frac12 (p + q)$, so that $p + q = 2 m$.",
        ),
        Step(
            IntegralOver(p(x) * log(p(x) / m(x)), x)
            + IntegralOver(q(x) * log(q(x) / m(x)), x)
            - 2 * log(2),
            r"$\log\frac{p}{2m} = \log\frac{p}{m} - \log 2$, and each density "
            "integrates to 1.",
        ),
        Step(
            DivergenceBetween(KL, P, M) + DivergenceBetween(KL, Q, M) - log(4),
            "The definition of the Kullback-Leibler divergence; "
            r"$2 \log 2 = \log 4$.",
        ),
        Step(
            2 * DivergenceBetween(JSD, P, Q) - log(4),
            "The definition of the Jensen-Shannon divergence: half the sum of these "
            "two divergences from the mean $m$.",
        ),
    )


def density_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two random densities, their mixture, and their divergences."""
    cases = []
    for _ in range(N_DENSITIES):
        cases.append(_measured(draw.broad_density(rng), draw.broad_density(rng)))
    return cases


def _measured(real: Density, fake: Density) -> AtomValues:
    def middle(at: Tensor) -> Tensor:
        return (real(at) + fake(at)) / 2

    def kl(left: Density, right: Density) -> Tensor:
        (points,), weights = draw.line(n_panels=90)
        ratio = left(points).log() - right(points).log()
        return (weights * left(points) * ratio).sum()

    return {
        x: draw.line(),
        p: real,
        q: fake,
        m: middle,
        D_star: lambda at: torch.sigmoid(real(at).log() - fake(at).log()),
        P: real,
        Q: fake,
        M: middle,
        KL: kl,
        JSD: lambda left, right: (kl(left, middle) + kl(right, middle)) / 2,
    }


JENSEN_SHANNON = Derivation(
    "D1.3",
    "Against the best discriminator the generator minimizes twice the Jensen-Shannon "
    "divergence, minus log 4.",
    jensen_shannon_steps,
    "Goodfellow et al. 2014, theorem 1",
    density_cases,
    proves=("E1.3.1",),
)

p_, q_, m_ = symbols("p q m", positive=True)
INTEGRAND = OpenLine(
    "D1.3b",
    "D1.3",
    p_ * log(p_ / (p_ + q_)) + q_ * log(q_ / (p_ + q_)),
    {p_: (0.05, 2.0), q_: (0.05, 2.0)},
    (
        WrongLine(
            "log D* in both terms",
            p_ * log(p_ / (p_ + q_)) + q_ * log(p_ / (p_ + q_)),
            "The second term holds log(1 - D*), and 1 - D* is q / (p + q).",
        ),
        WrongLine(
            "the first term alone",
            p_ * log(p_ / (p_ + q_)),
            "The value has two terms: one for real and one for generated samples.",
        ),
        WrongLine(
            "both terms of the real samples",
            2 * p_ * log(p_ / (p_ + q_)),
            "The second term is a mean under q, and its logarithm is of q / (p + q).",
        ),
    ),
    {m_: (p_ + q_) / 2},
)

# D1.4: the non-saturating loss with D* held fixed.

g = Function("g")  # the derivative of q with respect to theta, at theta_0
K, J, L = map(Function, (r"\operatorname{KL}", r"\operatorname{JSD}", "L"))

with unevaluated():
    nonsaturating_steps = (
        Step(
            Subs(Derivative(L(theta), theta), theta, theta_0),
            r"The gradient of the non-saturating loss "
            r"$L(\theta) = \mathbb{E}_{x \sim q_\theta}[-\log D^*(x)]$, where $D^*$ is "
            r"the best discriminator against $q_{\theta_0}$ and is held fixed.",
        ),
        Step(
            IntegralOver(-log(D_star(x)) * g(x), x),
            r"Only $q_\theta$ depends on $\theta$; write "
            r"$g = \partial q_\theta / \partial \theta$ at $\theta_0$.",
        ),
        Step(
            IntegralOver(log((p(x) + q(x)) / p(x)) * g(x), x),
            "Insert $D^* = p / (p + q)$.",
        ),
        Step(
            IntegralOver(log(q(x) / p(x)) * g(x), x)
            - IntegralOver(log(q(x) / (p(x) + q(x))) * g(x), x),
            r"$\frac{p + q}{p} = \frac{q}{p} \cdot \frac{p + q}{q}$.",
        ),
        Step(
            IntegralOver((log(q(x) / p(x)) + 1) * g(x), x)
            - IntegralOver(log(2 * q(x) / (p(x) + q(x))) * g(x), x),
            r"Every $q_\theta$ integrates to 1, so $g$ integrates to 0. A constant "
            r"factor of $g$ changes nothing: add 1 in the first integral and $\log 2$ "
            "in the second.",
        ),
        Step(
            Subs(Derivative(K(theta), theta), theta, theta_0)
            - IntegralOver(log(2 * q(x) / (p(x) + q(x))) * g(x), x),
            r"The derivative of $q \log(q / p)$ by $q$ is $\log(q / p) + 1$: the first "
            r"integral is the gradient of $\operatorname{KL}(q_\theta \,\|\, p)$.",
        ),
        Step(
            Subs(Derivative(K(theta), theta), theta, theta_0)
            - Subs(Derivative(2 * J(theta), theta), theta, theta_0),
            r"$2 \operatorname{JSD}(p, q_\theta)$ is the integral of "
            r"$p \log(p / m) + q \log(q / m)$ with $m = \frac12 (p + q)$. Its "
            r"derivative by $q$ is $\log(q / m) + 1 - (p + q) / (2m)$, and the last "
            r"two terms cancel. What is left is $\log(2q / (p + q))$.",
        ),
    )


def moving_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """A density q whose mixture weights change with theta, and its divergences."""
    return [_moving(rng) for _ in range(16)]


def _moving(rng: torch.Generator) -> AtomValues:
    real, first, second = (draw.density(draw.random_mixture(rng)) for _ in range(3))
    weight = draw.uniform(rng, 0.3, 0.7)
    (points,), weights = draw.line()

    def moved(shift: Tensor, at: Tensor = points) -> Tensor:
        return (weight + shift) * first(at) + (1 - weight - shift) * second(at)

    def fake(at: Tensor) -> Tensor:
        return moved(torch.tensor(0.0, dtype=torch.float64), at)

    def kl(shift: Tensor) -> Tensor:
        q_theta = moved(shift)
        return (weights * q_theta * (q_theta / real(points)).log()).sum()

    def jensen_shannon(shift: Tensor) -> Tensor:
        q_theta, data = moved(shift), real(points)
        middle = (q_theta + data) / 2
        terms = q_theta * (q_theta / middle).log() + data * (data / middle).log()
        return (weights * terms).sum() / 2

    def held(at: Tensor) -> Tensor:
        return torch.sigmoid(real(at).log() - fake(at).log())

    return {
        x: draw.line(),
        p: real,
        q: fake,
        g: lambda at: first(at) - second(at),
        D_star: held,
        L: lambda shift: (weights * moved(shift) * -held(points).log()).sum(),
        K: kl,
        J: jensen_shannon,
        theta_0: torch.tensor(0.0, dtype=torch.float64),
    }


NONSATURATING = Derivation(
    "D1.4",
    "With the best discriminator held fixed, the non-saturating gradient is that of "
    "KL(q || p) - 2 JSD(p, q).",
    nonsaturating_steps,
    "Arjovsky and Bottou 2017, theorem 2.5",
    moving_cases,
)

# D1.5: least squares with the labels b (real), a (generated) and c (the generator's).

CHI2 = symbols(r"\chi^2")
label_a, label_b, label_c = symbols("a b c")
D = Function("D^*")

with unevaluated():
    mean_label = (label_b * p(x) + label_a * q(x)) / (p(x) + q(x))
    moved_labels = (label_b - label_c) * p(x) + (label_a - label_c) * q(x)
    least_squares_steps = (
        Step(
            IntegralOver(p(x) * (D(x) - label_c) ** 2, x)
            + IntegralOver(q(x) * (D(x) - label_c) ** 2, x),
            "Twice the generator's loss with the label $c$, plus the same mean over "
            "real samples, against the best discriminator $D^*$. The added term is a "
            "constant while the discriminator is fixed.",
        ),
        Step(
            IntegralOver((p(x) + q(x)) * (mean_label - label_c) ** 2, x),
            "The best output is the mean label of the samples at $x$ (D1.14): insert "
            "$D^* = (b p + a q) / (p + q)$.",
        ),
        Step(
            IntegralOver((p(x) + q(x)) * (moved_labels / (p(x) + q(x))) ** 2, x),
            "$c = (c p + c q) / (p + q)$.",
        ),
        Step(
            IntegralOver((p(x) + q(x)) * ((p(x) - q(x)) / (p(x) + q(x))) ** 2, x),
            "The labels were chosen so that $b - c = 1$ and $b - a = 2$. Therefore "
            "$a - c = -1$.",
        ),
        Step(
            IntegralOver((p(x) - q(x)) ** 2 / (p(x) + q(x)), x),
            "Cancel one factor $p + q$.",
        ),
        Step(
            IntegralOver((2 * q(x) - (p(x) + q(x))) ** 2 / (p(x) + q(x)), x),
            "$p - q = (p + q) - 2q$, and a number and its negative have the same "
            "square.",
        ),
        Step(
            DivergenceBetween(CHI2, 2 * Q, P + Q),
            r"The Pearson divergence $\chi^2(s \,\|\, r) = \int (s - r)^2 / r \, dx$ "
            "of $s = 2q$ from $r = p + q$. It is 0 only if $q = p$.",
        ),
    )


def least_squares_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two random densities; the best discriminator by minimization, point by point."""
    (points,), weights = draw.line()
    cases = []
    for _ in range(8):
        label = draw.uniform(rng, -1.0, 1.0)
        real, fake = (draw.density(draw.random_mixture(rng)) for _ in range(2))
        at_real, at_fake = real(points), fake(points)
        best = _minimizer(at_real, at_fake) + label  # for the labels 1 and -1, moved
        cases.append(
            {
                x: draw.line(),
                p: real,
                q: fake,
                D: draw.tabulated(points, best),
                **{label_a: label - 1, label_b: label + 1, label_c: label},
                P: at_real,
                Q: at_fake,
                CHI2: lambda s, r: (weights * (s - r).square() / r).sum(),
            }
        )
    return cases


def _minimizer(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """Where p (D - 1)^2 + q (D + 1)^2 is smallest: a golden-section search."""
    low, high = torch.full_like(at_real, -1.0), torch.full_like(at_real, 1.0)
    ratio = (5**0.5 - 1) / 2

    def cost(output: Tensor) -> Tensor:
        share = at_real / (at_real + at_fake)  # scaled: densities underflow
        return share * (output - 1) ** 2 + (1 - share) * (output + 1) ** 2

    for _ in range(80):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        lower = cost(left) < cost(right)
        low, high = torch.where(lower, low, left), torch.where(lower, right, high)
    return (low + high) / 2


LEAST_SQUARES = Derivation(
    "D1.5",
    "With the labels b - c = 1 and b - a = 2, least squares measures a Pearson "
    "chi-square divergence.",
    least_squares_steps,
    "Mao et al. 2017, equations 8 to 11",
    least_squares_cases,
    tolerance=1e-7,
    proves=("E1.5.2", "E1.5.3"),
)

# D1.7: eigenvalues of the Dirac-GAN with R1.

s, gamma, lam = symbols(r"f'(0) gamma lambda")
DET = Function(r"\det")

with unevaluated():
    root = sqrt(gamma**2 / 4 - s**2)
    dirac_steps = (
        Step(
            DET(lam, s, gamma),
            r"The characteristic polynomial $\det(\lambda I - J)$ of the Jacobian "
            r"$J = \begin{pmatrix} 0 & f'(0) \\ -f'(0) & -\gamma \end{pmatrix}$ of the "
            r"velocity $(\dot\theta, \dot\psi)$ at the equilibrium $(0, 0)$, from "
            "D1.17.",
        ),
        Step(
            lam * (lam + gamma) + s * s,
            r"The determinant of a 2 x 2 matrix: the product of $\lambda$ and "
            r"$\lambda + \gamma$, minus that of $-f'(0)$ and $f'(0)$.",
        ),
        Step(
            (lam + gamma / 2) ** 2 - (gamma**2 / 4 - s**2),
            "Complete the square.",
        ),
        Step(
            (lam + gamma / 2 - root) * (lam + gamma / 2 + root),
            r"$u^2 - v^2 = (u - v)(u + v)$: the eigenvalues are "
            r"$-\frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - f'(0)^2}$. Without R1 "
            r"they are $\pm i f'(0)$: the state rotates around the equilibrium. With "
            r"$\gamma > 0$ both real parts are negative: the state converges. From "
            r"$\gamma = 2 |f'(0)|$ on both eigenvalues are real: it no longer rotates.",
        ),
    )


def dirac_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random f'(0) and weights of R1, a random complex lambda."""
    cases = []
    for _ in range(N_CASES):
        f_prime = draw.uniform(rng, 0.2, 1.5).to(torch.complex128)
        weight = draw.uniform(rng, 0.0, 4.0).to(torch.complex128)
        point = torch.complex(*draw.uniform(rng, -2.0, 2.0, 2))
        cases.append({s: f_prime, gamma: weight, lam: point, DET: _determinant})
    return cases


def _determinant(point: Tensor, f_prime: Tensor, weight: Tensor) -> Tensor:
    zero = torch.zeros_like(f_prime)
    jacobian = torch.stack((zero, f_prime, -f_prime, -weight)).view(2, 2)
    return torch.linalg.det(point * torch.eye(2, dtype=point.dtype) - jacobian)


DIRAC = Derivation(
    "D1.7",
    "The eigenvalues of the Dirac-GAN with R1, and the weight from which on it does "
    "not rotate.",
    dirac_steps,
    "Mescheder et al. 2018, section 4",
    dirac_cases,
    proves=("E1.7.2", "E1.7.3", "E1.7.4", "E1.7.5"),
)
