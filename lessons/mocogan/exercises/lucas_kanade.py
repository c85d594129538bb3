"""X4.7: the optical flow of one window by least squares."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.optical_flow import (
    ImageGradients,
    image_gradients,
    lucas_kanade,
)
from teaching.exercise import Answer, Case, Exercise, Mistake

Sums = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # of xx, xy, yy, xt, yt


def _window_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def shifted(n: int, side: int) -> tuple[Tensor, Tensor]:
        """Polynomials of degree 2 in three channels, before and after a shift."""
        weights, displacement = draw(n, 3, 6, 1, 1), draw(2)
        ticks = torch.arange(side, dtype=torch.float64) - side / 2

        def image(dx: Tensor, dy: Tensor) -> Tensor:
            x = (ticks - dx).expand(side, side)
            y = (ticks - dy)[:, None].expand(side, side)
            terms = torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x)))
            return (weights * terms).sum(2)

        return image(*torch.zeros(2)), image(*displacement)

    edge = draw(2, 1, 1, 6).expand(2, 1, 5, 6).clone()
    questions = (
        ("a known shift", *shifted(2, 6)),
        ("frames that no shift explains", draw(3, 1, 5, 6), draw(3, 1, 5, 6)),
        ("several channels", draw(2, 3, 4, 7), draw(2, 3, 4, 7)),
        ("one window", draw(1, 2, 6, 4), draw(1, 2, 6, 4)),
        ("float32 stays float32", draw(2, 2, 6, 6).float(), draw(2, 2, 6, 6).float()),
        ("a window with a straight edge is refused", edge, edge.roll(1, dims=3)),
    )
    return [
        Case(label, {"before": before, "after": after}, ("before", "after"))
        for label, before, after in questions
    ]


def _sums(gradients: ImageGradients) -> Sums:
    x, y, t = (part.flatten(1) for part in gradients)
    return tuple((a * b).sum(1) for a, b in ((x, x), (x, y), (y, y), (x, t), (y, t)))


def _check_two_directions(sums: Sums) -> None:
    xx, xy, yy = sums[:3]
    if ((xx * yy - xy**2) < 1e-6 * (xx + yy) ** 2).any():
        raise ValueError("All gradients of a window have one direction.")


def _cramer(sums: Sums) -> Tensor:
    xx, xy, yy, xt, yt = sums
    flow = torch.stack((xy * yt - yy * xt, xy * xt - xx * yt), dim=1)
    return flow / (xx * yy - xy * xy)[:, None]


def _answer_with(
    solve: Callable[[Sums], Tensor] = _cramer,
    gradients_of: Callable[..., ImageGradients] = image_gradients,
    sums_of: Callable[[ImageGradients], Sums] = _sums,
) -> Answer:
    """An answer with another solution, gradients or sums; rejects straight edges."""

    def answer(before, after):
        _check_two_directions(_sums(image_gradients(before, after)))
        return solve(sums_of(gradients_of(before, after)))

    return answer


def _gradients_of_first(before, after):
    return ImageGradients(
        *image_gradients(before, before)[:2], image_gradients(before, after).t
    )


def _sums_over_batch(gradients):
    return tuple(part.sum(0, keepdim=True).expand_as(part) for part in _sums(gradients))


def _mean_normal_flow(before, after):
    x, y, t = image_gradients(before, after)
    _check_two_directions(_sums(ImageGradients(x, y, t)))
    squared_norm = x.square() + y.square()
    flow = torch.stack((-x * t / squared_norm, -y * t / squared_norm), dim=1)
    return flow.flatten(2).mean(2)


def _mean_over_channels(before, after):
    pairs = zip(before.split(1, dim=1), after.split(1, dim=1), strict=True)
    _check_two_directions(_sums(image_gradients(before, after)))
    flows = [_cramer(_sums(image_gradients(*pair))) for pair in pairs]
    return torch.stack(flows).mean(0)


def _without_check(before, after):
    x, y, t = image_gradients(before, after)
    system = torch.stack([x.flatten(1), y.flatten(1)], dim=2) + 1e-9
    return torch.linalg.lstsq(system, -t.flatten(1).unsqueeze(2)).solution.squeeze(2)


def _with_linalg_solve(sums: Sums) -> Tensor:
    xx, xy, yy, xt, yt = sums
    matrix = torch.stack((xx, xy, xy, yy), dim=1).unflatten(1, (2, 2))
    return torch.linalg.solve(matrix, -torch.stack((xt, yt), dim=1))


def _with_pseudoinverse(before, after):
    x, y, t = (part.flatten(1) for part in image_gradients(before, after))
    system = torch.stack((x, y), dim=2)
    values = torch.linalg.svdvals(system.detach())
    if (values[:, 1] < 1e-3 * values[:, 0]).any():
        raise ValueError("All gradients of a window have one direction.")
    return (torch.linalg.pinv(system) @ -t.unsqueeze(2)).squeeze(2)


LUCAS_KANADE = Exercise(
    id="X4.7",
    title="The flow of one window",
    reference=lucas_kanade,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_window_cases,
    mistakes=(
        Mistake(
            "opposite direction",
            _answer_with(lambda sums: -_cramer(sums)),
            "A motion to the right gets a flow to the left. A pixel that moves right "
            "by u changes by *minus* its gradient times u.",
        ),
        Mistake(
            "right and down exchanged",
            _answer_with(lambda sums: _cramer(sums).flip(1)),
            "The first component of a flow points right, along the width, the second "
            "points down. The gradient in x belongs to the first.",
        ),
        Mistake(
            "both axes independently",
            _answer_with(lambda s: torch.stack((-s[3] / s[0], -s[4] / s[2]), dim=1)),
            "At a slanted edge both gradients explain the same change, which must not "
            "be counted twice: the mixed sum couples the two equations.",
        ),
        Mistake(
            "wrong sign of the mixed sum",
            _answer_with(lambda s: _cramer((s[0], -s[1], *s[2:]))),
            "The mixed sum has a plus sign in both equations. Cramer's rule changes it "
            "to minus once; here it was changed twice.",
        ),
        Mistake(
            "not divided by the determinant",
            _answer_with(lambda s: _cramer(s) * (s[0] * s[2] - s[1] * s[1])[:, None]),
            "The direction is right, but the length grows with the contrast of the "
            "window. Divide by the determinant of the two equations.",
        ),
        Mistake(
            "the mean of the pixels' normal flows",
            _mean_normal_flow,
            "A single pixel determines the motion along its gradient only, and pixels "
            "with small gradients dominate the mean. Sum the products, then solve "
            "once.",
        ),
        Mistake(
            "gradients of the first frame only",
            _answer_with(gradients_of=_gradients_of_first),
            "Central differences in time need the gradients of the mean of both "
            "frames. `image_gradients` takes both frames: pass both.",
        ),
        Mistake(
            "the mean of the channels' flows",
            _mean_over_channels,
            "Each channel was solved separately and the flows were averaged. All "
            "channels move together: sum their products before solving.",
        ),
        Mistake(
            "one flow for the whole batch",
            _answer_with(sums_of=_sums_over_batch),
            "The sums include all windows of the batch, so all of them get one flow. "
            "Keep the batch axis.",
        ),
        Mistake(
            "damping",
            _answer_with(lambda s: _cramer((s[0] + 1, s[1], s[2] + 1, *s[3:]))),
            "A constant was added to the sums of squares, so every flow is too short. "
            "Here a window without a unique flow is rejected instead.",
        ),
        Mistake(
            "no gradients",
            _answer_with(lambda sums: _cramer(sums).detach()),
            "The flow is right, but no gradient flows through it to the frames, so a "
            "flow discriminator could not train a generator. Do not detach.",
        ),
        Mistake(
            "a straight edge is not rejected",
            _without_check,
            "Along a straight edge the flow is not determined, but a number was "
            "returned. Raise a ValueError where the determinant vanishes.",
        ),
    ),
    alternatives=(_answer_with(_with_linalg_solve), _with_pseudoinverse),
    hints=(
        "Each pixel gives one equation for two unknowns: gradient in x times u, plus "
        "gradient in y times v, plus the change in time is 0. Most windows have no "
        "exact solution.",
        "Multiply all equations by their gradient in x and add them up; then by the "
        "gradient in y. This gives two equations with five sums over pixels and "
        "channels.",
        "Solve the two by Cramer's rule. The determinant is the product of both sums "
        "of squares minus the square of the mixed sum; reject windows where it "
        "vanishes relative to the square of the trace.",
    ),
)
