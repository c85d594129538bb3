"""Derivations of lesson 01, line by line: D1.2 to D1.13."""

from collections.abc import Callable, Sequence

import torch
from sympy import Abs, Derivative, Function, ImmutableMatrix, Subs, log, sqrt, symbols
from torch import Tensor

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    Divergence,
    Expectation,
    IntegralOver,
    unevaluated,
)

N_CASES = 64
Density = Callable[[Tensor], Tensor]

x, theta, theta_0 = symbols("x theta theta_0")
p, q, m, D_star = map(Function, ("p", "q", "m", "D^*"))

# D1.2: the optimal discriminator, at one point x with a = p(x), b = q(x), y = D(x).

a, b, y, pi = symbols("a b y pi", positive=True)

with unevaluated():
    entropy = pi * log(pi) + (1 - pi) * log(1 - pi)
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
            (a + b) * (entropy - divergence),
            r"Add and subtract $\pi \log \pi + (1 - \pi) \log(1 - \pi)$.",
        ),
        Step(
            (a + b) * entropy,
            r"The subtracted term is the KL divergence between the coins $\pi$ and "
            r"$y$. It is not negative, and it is 0 only if $y = \pi$.",
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
            Divergence(KL, P, M) + Divergence(KL, Q, M) - log(4),
            "The definition of the Kullback-Leibler divergence.",
        ),
        Step(
            2 * Divergence(JSD, P, Q) - log(4),
            "The definition of the Jensen-Shannon divergence.",
        ),
    )


def density_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two random densities, their mixture, and their divergences."""
    cases = []
    for _ in range(N_CASES):
        cases.append(_measured(_broad_density(rng), _broad_density(rng)))
    return cases


def _broad_density(rng: torch.Generator) -> Density:
    """A random mixture and a tenth of N(0, 2.2): D* is nowhere rounded to 0 or 1."""
    narrow = draw.density(draw.random_mixture(rng))
    broad = torch.distributions.Normal(*torch.tensor([0.0, 2.2]).double())
    return lambda at: 0.9 * narrow(at) + 0.1 * broad.log_prob(at).exp()


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
            Subs(Derivative(K(theta), theta), theta, theta_0)
            - Subs(Derivative(2 * J(theta), theta), theta, theta_0),
            r"The gradients of $\operatorname{KL}(q_\theta \,\|\, p)$ and of "
            r"$2 \operatorname{JSD}(p, q_\theta)$. Both contain further constant "
            "factors of $g$, whose integral is 0.",
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

# D1.5: least squares with labels 1 and -1, and 0 for the generator.

CHI2 = symbols(r"\chi^2")
D = Function("D^*")

with unevaluated():
    least_squares_steps = (
        Step(
            IntegralOver(p(x) * D(x) ** 2, x) + IntegralOver(q(x) * D(x) ** 2, x),
            "Twice the generator's loss with label 0, plus its constant term on real "
            "samples, against the best discriminator $D^*$ for the labels 1 (real) and "
            "$-1$ (generated).",
        ),
        Step(
            IntegralOver((p(x) + q(x)) * ((p(x) - q(x)) / (p(x) + q(x))) ** 2, x),
            "The best least-squares output is the mean label: "
            "$D^* = (1 \\cdot p + (-1) \\cdot q) / (p + q)$.",
        ),
        Step(
            IntegralOver((p(x) - q(x)) ** 2 / (p(x) + q(x)), x),
            "Cancel one factor $p + q$.",
        ),
        Step(
            IntegralOver((2 * q(x) - (p(x) + q(x))) ** 2 / (p(x) + q(x)), x),
            "$p - q = (p + q) - 2q$.",
        ),
        Step(
            Divergence(CHI2, 2 * Q, P + Q),
            r"The Pearson divergence $\chi^2(s \,\|\, r) = \int (s - r)^2 / r \, dx$ "
            "of $s = 2q$ from $r = p + q$. It is 0 only if $q = p$.",
        ),
    )


def least_squares_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two random densities; the best discriminator by minimization, point by point."""
    (points,), weights = draw.line()
    cases = []
    for _ in range(8):
        real, fake = (draw.density(draw.random_mixture(rng)) for _ in range(2))
        at_real, at_fake = real(points), fake(points)
        best = _minimizer(at_real, at_fake)
        cases.append(
            {
                x: draw.line(),
                p: real,
                q: fake,
                D: draw.tabulated(points, best),
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
    "With the labels 1 and -1 for the discriminator and 0 for the generator, least "
    "squares measures a Pearson chi-square divergence.",
    least_squares_steps,
    "Mao et al. 2017, equations 8 to 11",
    least_squares_cases,
    tolerance=1e-7,
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
            r"velocity $(\dot\theta, \dot\psi)$ at the equilibrium $(0, 0)$.",
        ),
        Step(
            lam * (lam + gamma) + s * s,
            "The determinant of a 2 x 2 matrix.",
        ),
        Step(
            (lam + gamma / 2) ** 2 - (gamma**2 / 4 - s**2),
            "Complete the square.",
        ),
        Step(
            (lam + gamma / 2 - root) * (lam + gamma / 2 + root),
            r"$u^2 - v^2 = (u - v)(u + v)$: the eigenvalues are "
            r"$-\frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - f'(0)^2}$. Without R1 "
            r"they are $\pm i f'(0)$: the system circles. With $\gamma > 0$ both real "
            r"parts are negative, and from $\gamma = 2 |f'(0)|$ on both eigenvalues "
            "are real: nothing rotates any more.",
        ),
    )


def dirac_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random slopes and weights of R1, a random complex lambda."""
    cases = []
    for _ in range(N_CASES):
        slope = draw.uniform(rng, 0.2, 1.5).to(torch.complex128)
        weight = draw.uniform(rng, 0.0, 4.0).to(torch.complex128)
        point = torch.complex(*draw.uniform(rng, -2.0, 2.0, 2))
        cases.append({s: slope, gamma: weight, lam: point, DET: _determinant})
    return cases


def _determinant(point: Tensor, slope: Tensor, weight: Tensor) -> Tensor:
    zero = torch.zeros_like(slope)
    jacobian = torch.stack((zero, slope, -slope, -weight)).view(2, 2)
    return torch.linalg.det(point * torch.eye(2, dtype=point.dtype) - jacobian)


DIRAC = Derivation(
    "D1.7",
    "The eigenvalues of the Dirac-GAN with R1, and the weight from which on it does "
    "not rotate.",
    dirac_steps,
    "Mescheder et al. 2018, section 4",
    dirac_cases,
)

# D1.8: the envelope theorem. The best discriminator may be held fixed.

W = Function("W")
h = Function("h")  # the derivative of D* with respect to theta, at theta_0

with unevaluated():
    envelope_steps = (
        Step(
            Subs(Derivative(W(theta), theta), theta, theta_0),
            r"The gradient of $W(\theta) = V(D^*_\theta, q_\theta)$: the generator's "
            "loss when the best discriminator follows every change of the generator.",
        ),
        Step(
            IntegralOver((p(x) / D_star(x) - q(x) / (1 - D_star(x))) * h(x), x)
            + IntegralOver(log(1 - D_star(x)) * g(x), x),
            r"The chain rule. $\theta$ enters through $D^*_\theta$, with derivative "
            r"$h$, and through $q_\theta$, with derivative $g$, both at $\theta_0$.",
        ),
        Step(
            IntegralOver(log(1 - D_star(x)) * g(x), x),
            "At the best output $p / D^*$ and $q / (1 - D^*)$ are both $p + q$, so the "
            "first bracket is 0 at every $x$. What is left is the gradient with $D^*$ "
            "held fixed.",
        ),
    )


def envelope_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """A density q that moves with theta, and the best discriminator that follows it."""
    return [_following(rng) for _ in range(16)]


def _following(rng: torch.Generator) -> AtomValues:
    real, first, second = (_broad_density(rng) for _ in range(3))
    weight = draw.uniform(rng, 0.3, 0.7)
    (points,), weights = draw.line(n_panels=90)

    def moved(shift: Tensor, at: Tensor) -> Tensor:
        return (weight + shift) * first(at) + (1 - weight - shift) * second(at)

    def best(shift: Tensor, at: Tensor) -> Tensor:
        return real(at) / (real(at) + moved(shift, at))

    def followed(shift: Tensor) -> Tensor:
        output = best(shift, points)
        terms = real(points) * output.log() + moved(shift, points) * (1 - output).log()
        return (weights * terms).sum()

    zero = torch.tensor(0.0, dtype=torch.float64)

    def change(at: Tensor) -> Tensor:
        """The derivative of p / (p + q) by the weight that moves q."""
        total = real(at) + moved(zero, at)
        return -real(at) * (first(at) - second(at)) / total**2

    return {
        x: draw.line(n_panels=90),
        p: real,
        q: lambda at: moved(zero, at),
        g: lambda at: first(at) - second(at),
        h: change,
        D_star: lambda at: best(zero, at),
        W: followed,
        theta_0: zero,
    }


ENVELOPE = Derivation(
    "D1.8",
    "The gradient of the value against the best discriminator is the gradient with "
    "that discriminator held fixed.",
    envelope_steps,
    "the envelope theorem; used in Goodfellow et al. 2014, proposition 2",
    envelope_cases,
)

# D1.9: the best least-squares output, with label u for real and v for fake samples.

u, v = symbols("b a")

with unevaluated():
    mean_label = (a_p := symbols("p", positive=True)) * u + (
        a_q := symbols("q", positive=True)
    ) * v
    best_score_steps = (
        Step(
            a_p * (y - u) ** 2 + a_q * (y - v) ** 2,
            "Twice the discriminator's loss at one point, with output $y$, label $b$ "
            "for real and $a$ for generated samples.",
        ),
        Step(
            (a_p + a_q) * (y - mean_label / (a_p + a_q)) ** 2
            + a_p * a_q * (u - v) ** 2 / (a_p + a_q),
            "Complete the square in $y$.",
        ),
        Step(
            a_p * a_q * (u - v) ** 2 / (a_p + a_q),
            "A square is not negative, and this one is 0 only at the mean label "
            "$D^* = (p b + q a) / (p + q)$.",
            relation=">=",
            measure=lambda case: _smallest_cost(case),
        ),
    )


def _smallest_cost(case: AtomValues) -> Tensor:
    outputs = torch.linspace(-3, 3, 2_000_001, dtype=torch.float64)
    cost = case[a_p] * (outputs - case[u]) ** 2 + case[a_q] * (outputs - case[v]) ** 2
    return cost.min()


def label_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Densities at one point, labels and an output."""
    cases = []
    for _ in range(8):
        density_p, density_q = draw.uniform(rng, 0.05, 2.0, 2)
        real, fake, output = draw.uniform(rng, -2.0, 2.0, 3)
        cases.append({a_p: density_p, a_q: density_q, u: real, v: fake, y: output})
    return cases


BEST_SCORE = Derivation(
    "D1.9",
    "The best least-squares output is the mean label of the samples at that point.",
    best_score_steps,
    "Mao et al. 2017, equation 5",
    label_cases,
    tolerance=1e-7,
)

# D1.10: two densities that share no point; x runs over the support of p, z of q.

z = symbols("z")

with unevaluated():
    disjoint_steps = (
        Step(
            IntegralOver(p(x) * log(p(x) / m(x)), x) / 2
            + IntegralOver(q(z) * log(q(z) / m(z)), z) / 2,
            "The definition of JSD. $x$ runs over the points where $p > 0$ and $z$ "
            "over those where $q > 0$; elsewhere the integrands are 0.",
        ),
        Step(
            IntegralOver(p(x) * log(2), x) / 2 + IntegralOver(q(z) * log(2), z) / 2,
            r"No point has both: at $x$ the mixture is $m = \frac12 p$, at $z$ it is "
            r"$m = \frac12 q$.",
        ),
        Step(
            log(2),
            "Each density integrates to 1. The distance between the two supports does "
            "not occur: moving one of them changes nothing.",
        ),
    )


def disjoint_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random positive densities on two intervals that do not meet."""
    return [_disjoint(rng) for _ in range(16)]


def _disjoint(rng: torch.Generator) -> AtomValues:
    (nodes,), weights = draw.line(n_panels=4)
    start, gap = draw.uniform(rng, 20.0, 40.0, 2)
    at_p, at_q = nodes - start, nodes + start + gap

    def density(points: Tensor) -> tuple[Tensor, Tensor]:
        values = draw.uniform(rng, 0.2, 2.0, len(points))
        return points, values / (weights * values).sum()

    (_, of_p), (_, of_q) = density(at_p), density(at_q)

    def real(at: Tensor) -> Tensor:
        return torch.where(at < 0, draw.tabulated(at_p, of_p)(at), 0.0)

    def fake(at: Tensor) -> Tensor:
        return torch.where(at > 0, draw.tabulated(at_q, of_q)(at), 0.0)

    return {
        x: WeightedPoints((at_p,), weights),
        z: WeightedPoints((at_q,), weights),
        p: real,
        q: fake,
        m: lambda at: (real(at) + fake(at)) / 2,
    }


DISJOINT = Derivation(
    "D1.10",
    "Two distributions that share no point have JSD log 2, at any distance.",
    disjoint_steps,
    "Arjovsky et al. 2017, example 1",
    disjoint_cases,
)

# D1.11: the easy half of the Kantorovich-Rubinstein duality.

w, coupling, P_law, Q_law = symbols("y pi p q")
f = Function("f")

with unevaluated():
    duality_steps = (
        Step(
            Expectation(f(x), x, P_law) - Expectation(f(w), w, Q_law),
            "The difference of the mean scores of a 1-Lipschitz critic $f$.",
        ),
        Step(
            Expectation(f(x) - f(w), x, w, coupling),
            r"$\pi$ is a transport plan: a joint distribution with marginals $p$ and "
            "$q$. A mean of one coordinate needs the marginal only.",
        ),
        Step(
            Expectation(Abs(x - w), x, w, coupling),
            r"$f(x) - f(y) \le |x - y|$, because $f$ is 1-Lipschitz. So every critic "
            "gives at most the cost of every plan. $W_1$ is the least cost, and the "
            "theorem says that the best critic reaches it.",
            relation="<=",
            measure=lambda case: _mean_distance(case),
        ),
    )


def _mean_distance(case: AtomValues) -> Tensor:
    (sources, targets), _ = case[x, w, coupling]
    return (sources - targets).abs().mean()


def duality_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two samples, a random plan between them, a random 1-Lipschitz function."""
    cases = []
    for _ in range(16):
        sources, targets = draw.uniform(rng, -3.0, 3.0, 2, 7)
        order = torch.randperm(7, generator=rng)
        weights = torch.full((7,), 1 / 7, dtype=torch.float64)
        support = torch.cat((sources, targets)).sort().values
        slopes = draw.uniform(rng, -1.0, 1.0, 13)
        heights = torch.cat((torch.zeros(1), (slopes * support.diff()).cumsum(0)))
        cases.append(
            {
                (x, P_law): WeightedPoints((sources,), weights),
                (w, Q_law): WeightedPoints((targets,), weights),
                (x, w, coupling): WeightedPoints((sources, targets[order]), weights),
                f: draw.tabulated(support, heights),
            }
        )
    return cases


DUALITY = Derivation(
    "D1.11",
    "A 1-Lipschitz critic never claims more than a transport plan costs.",
    duality_steps,
    "Villani 2009, theorem 5.10 and remark 6.5; Arjovsky et al. 2017, equation 2",
    duality_cases,
)

# D1.12: the Jacobian of the Dirac-GAN with R1, at any state.

psi = symbols("psi")
JACOBIAN = Function("J")
first_derivative, second_derivative = Function("f'"), Function("f''")

with unevaluated():
    at = psi * theta
    jacobian_steps = (
        Step(
            JACOBIAN(theta, psi, gamma),
            r"The Jacobian of the velocity $\dot\theta = \psi f'(\psi\theta)$, "
            r"$\dot\psi = -\theta f'(\psi\theta) - \gamma \psi$, where $f(t)$ is the "
            r"discriminator's loss on a generated sample with logit $t$. The term "
            r"$\gamma \psi$ is the gradient of R1, $\frac{\gamma}{2} \psi^2$.",
        ),
        Step(
            ImmutableMatrix(
                [
                    [
                        psi**2 * second_derivative(at),
                        first_derivative(at) + psi * theta * second_derivative(at),
                    ],
                    [
                        -first_derivative(at) - psi * theta * second_derivative(at),
                        -(theta**2) * second_derivative(at) - gamma,
                    ],
                ]
            ),
            r"Differentiate each component by $\theta$ (first column) and $\psi$ "
            r"(second column), with the product rule. At the equilibrium "
            r"$\theta = \psi = 0$ all terms with $f''$ vanish, and "
            r"$J = \begin{pmatrix} 0 & f'(0) \\ -f'(0) & -\gamma \end{pmatrix}$.",
        ),
    )


def jacobian_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random states of a Dirac-GAN with a loss that is neither odd nor even."""
    cases = []
    for _ in range(16):
        states = draw.uniform(rng, -1.5, 1.5, 2)
        cases.append(
            {
                theta: states[0],
                psi: states[1],
                gamma: draw.uniform(rng, 0.1, 3.0),
                JACOBIAN: _autograd_jacobian,
                first_derivative: lambda t: (t / 2).exp(),
                second_derivative: lambda t: (t / 2).exp() / 2,
            }
        )
    return cases


def _autograd_jacobian(theta: Tensor, psi: Tensor, weight: Tensor) -> Tensor:
    def velocity(state: Tensor) -> Tensor:
        loss = 2 * (state[0] * state[1] / 2).exp()
        (gradient,) = torch.autograd.grad(loss, state, create_graph=True)
        return torch.stack((gradient[0], -gradient[1] - weight * state[1]))

    state = torch.stack((theta, psi))
    return torch.autograd.functional.jacobian(velocity, state)


JACOBIAN_OF_DIRAC = Derivation(
    "D1.12",
    "The Jacobian of the Dirac-GAN with R1.",
    jacobian_steps,
    "Mescheder et al. 2018, sections 2.2 and 4.1",
    jacobian_cases,
)

# D1.13: the gradient of the chi-square divergence, which a held D* does not have.

C2 = Function(r"\chi^2")

with unevaluated():
    chi_square_steps = (
        Step(
            Subs(Derivative(C2(theta), theta), theta, theta_0),
            r"The gradient of $\int (p - q_\theta)^2 / (p + q_\theta) \, dx$, the "
            "last line but one of D1.5.",
        ),
        Step(
            IntegralOver(
                (
                    -2 * (p(x) - q(x)) / (p(x) + q(x))
                    - ((p(x) - q(x)) / (p(x) + q(x))) ** 2
                )
                * g(x),
                x,
            ),
            r"The quotient rule, at every $x$; $g = \partial q_\theta / \partial "
            r"\theta$.",
        ),
        Step(
            IntegralOver((-2 * D_star(x) - D_star(x) ** 2) * g(x), x),
            r"Insert $D^* = (p - q) / (p + q)$. With $D^*$ held fixed, twice the "
            r"generator's loss has the gradient $\int {D^*}^2 g \, dx$: another sign "
            "and no first-order term.",
        ),
    )


def chi_square_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """A density q that moves with theta, and its chi-square divergence."""
    return [_moving_chi_square(rng) for _ in range(16)]


def _moving_chi_square(rng: torch.Generator) -> AtomValues:
    case = dict(_following(rng))
    (points,), weights = case[x]

    def divergence(shift: Tensor) -> Tensor:
        moved = case[q](points) + shift * case[g](points)
        at_p = case[p](points)
        return (weights * (at_p - moved).square() / (at_p + moved)).sum()

    case[D_star] = lambda at: 1 - 2 * case[q](at) / (case[p](at) + case[q](at))
    return case | {C2: divergence}


CHI_SQUARE_GRADIENT = Derivation(
    "D1.13",
    "The gradient of the chi-square divergence, and what a held discriminator gives.",
    chi_square_steps,
    "follows from Mao et al. 2017, equation 8",
    chi_square_cases,
)

DERIVATIONS = {
    derivation.id: derivation
    for derivation in (
        OPTIMAL_DISCRIMINATOR,
        JENSEN_SHANNON,
        NONSATURATING,
        LEAST_SQUARES,
        DIRAC,
        ENVELOPE,
        BEST_SCORE,
        DISJOINT,
        DUALITY,
        JACOBIAN_OF_DIRAC,
        CHI_SQUARE_GRADIENT,
    )
}
OPEN_LINES = {line.id: line for line in (INTEGRAND,)}
