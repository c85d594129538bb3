"""State the value of the game, then the judge that no other can beat: E1.1, E1.2."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Eq, Function, Subs, log, symbols

from course_lib.gan.densities import value
from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.objectives import discriminator_loss
from course_lib.gan.optimal_discriminator import optimal_discriminator
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Cloud, Measured
from course_lib.mathematics.notation import Integrated, Mean, on_blackboard

BATCHES, BATCH = 32, 1000  # the batches' spread gives the standard error of their mean

D, G, D_best, p, q, x, y = symbols("D G D^* p q x y")
V, D_at, p_at, q_at = map(Function, "VDpq")

with on_blackboard():
    value_of_game = (
        Eq(V(D, G), Mean(log(D_at(x)), x, p) + Mean(log(1 - D_at(x)), x, q)),
        Eq(V(D, G), Integrated(p_at(x) * log(D_at(x)) + q_at(x) * log(1 - D_at(x)), x)),
    )
    bet = p * log(y) + q * log(1 - y)
    optimal_logits = (
        Eq(D_best, p / (p + q)),
        Eq(Subs(Derivative(bet, y), y, D_best), 0),
        Eq(Subs(Derivative(bet, (y, 2)), y, D_best), -((p + q) ** 3 / (p * q))),
    )


def play(rng: torch.Generator) -> Sequence[Comparison]:
    """Random judges between random laws: the library's V, samples, Gauss-Legendre."""
    cases = [_game(rng) for _ in range(16)]
    return (
        Comparison(
            cases, 6, "quadrature of V against means over samples", sampled=True
        ),
        Comparison(cases, 1e-9, "trapezoid rule against Gauss-Legendre panels"),
    )


def _game(rng: torch.Generator) -> Measured:
    data, fakes = draw.random_mixture(rng), draw.random_mixture(rng)
    judge = draw.random_judge(rng)
    real, fake = (law.sample(BATCHES * BATCH, rng) for law in (data, fakes))
    share = torch.full((BATCH,), 1 / BATCH, dtype=torch.float64)
    return {
        V: lambda judge, fakes: value(judge, data, fakes),
        D: judge,
        G: fakes,
        D_at: lambda points: torch.sigmoid(judge(points)),
        p_at: draw.density(data),
        q_at: draw.density(fakes),
        x: draw.line(),
        (x, p): Cloud((real.view(BATCHES, BATCH),), share),
        (x, q): Cloud((fake.view(BATCHES, BATCH),), share),
    }


def find_best_judge(rng: torch.Generator) -> Sequence[Comparison]:
    """D* as the minimum of the judge's own loss, and as the library states it."""
    log_p, log_q = draw.uniform(rng, -3.0, 3.0, 2, 64)

    def cost(logits: torch.Tensor) -> torch.Tensor:
        loss = torch.vmap(discriminator_loss)(logits, logits)
        return log_p.exp() * loss.real + log_q.exp() * loss.fake

    def cases(verdicts: torch.Tensor) -> list[Measured]:
        columns = zip(log_p.exp(), log_q.exp(), verdicts, strict=True)
        return [dict(zip((p, q, D_best), column, strict=True)) for column in columns]

    found = cases(torch.sigmoid(draw.minimiser(cost, like=log_p)))
    stated = cases(optimal_discriminator(log_p, log_q))
    return (
        Comparison(found, 1e-9, "minimum of the judge's loss against closed form"),
        Comparison(stated, 1e-9, "symbolic slope at the library's D* against 0"),
        Comparison(stated, 1e-9, "symbolic curvature there: negative, so a maximum"),
    )


GAME = Equation(
    "E1.1",
    "The value of the game is the judge's mean log score on data plus its mean log "
    "doubt on fakes.",
    value_of_game,
    "Goodfellow et al. 2014, equations 1 and 3",
    play,
)

BEST_JUDGE = Equation(
    "E1.2",
    "At every point the best verdict is the data's share of the density found there.",
    optimal_logits,
    "Goodfellow et al. 2014, proposition 1",
    find_best_judge,
)
