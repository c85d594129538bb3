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

    def slanted(channels: int, rows: int, columns: int) -> tuple[Tensor, Tensor]:
        """An image with gradients in one slanted direction, moved across it."""
        slopes = 0.15 + 0.15 * torch.rand(2, generator=rng, dtype=torch.float64)
        x = slopes[0] * torch.arange(columns) + slopes[1] * torch.arange(rows)[:, None]
        return tuple(
            (x + shift).exp().expand(1, channels, rows, columns).clone()
            for shift in (0.0, 0.2)
        )

    def beside(windows: tuple[Tensor, Tensor], position: int) -> tuple[Tensor, Tensor]:
        """A window as one of three; the others have texture."""
        three = tuple(draw(3, *w.shape[1:]) for w in windows)
        for frames, w in zip(three, windows, strict=True):
            frames[position] = w[0]
        return three

    edge = draw(2, 1, 1, 6).expand(2, 1, 5, 6).clone()
    nearly = tuple(w + 0.1 * draw(w.shape) for w in slanted(1, 6, 6))
    questions = (
        ("a known shift", *shifted(2, 6)),
        ("frames that no shift explains", draw(3, 1, 5, 6), draw(3, 1, 5, 6)),
        ("several channels", draw(2, 3, 4, 7), draw(2, 3, 4, 7)),
        ("one window", draw(1, 2, 6, 4), draw(1, 2, 6, 4)),
        ("float32 stays float32", draw(2, 2, 6, 6).float(), draw(2, 2, 6, 6).float()),
        ("a dark window", 1e-4 * draw(2, 1, 5, 5), 1e-4 * draw(2, 1, 5, 5)),
        ("nearly a straight edge", *nearly),
        ("a window with a straight edge is refused", edge, edge.roll(1, dims=3)),
        ("a window with a slanted edge is refused", *slanted(1, 6, 5)),
        ("a slanted edge in colour is refused", *slanted(3, 5, 6)),
        ("an edge in the first window is refused", *beside(slanted(1, 5, 5), 0)),
        ("an edge in the last window is refused", *beside(slanted(2, 5, 5), 2)),
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


def _with_bound(refused: Callable[..., Tensor], epsilon: float = 0.0) -> Answer:
    """The correct flow, with another check of determinant, trace, xx and yy."""

    def answer(before, after):
        xx, xy, yy, xt, yt = _sums(image_gradients(before, after))
        determinant = xx * yy - xy * xy
        if refused(determinant, xx + yy, xx, yy):
            raise ValueError("All gradients of a window have one direction.")
        flow = torch.stack((xy * yt - yy * xt, xy * xt - xx * yt), dim=1)
        return flow / (determinant + epsilon)[:, None]

    return answer


def _is_edge(determinant, trace, xx, yy) -> Tensor:
    return (determinant < 1e-6 * trace**2).any()


def _by_normal_equations(before, after):
    x, y, t = (part.flatten(1) for part in image_gradients(before, after))
    system = torch.stack((x, y), dim=2)
    right_side = system.mT @ -t.unsqueeze(2)
    return torch.linalg.solve(system.mT @ system, right_side).squeeze(2)


def _gradients_inside(before, after):
    gradients = image_gradients(before, after)
    return ImageGradients(*(part[..., 1:-1, 1:-1] for part in gradients))


def _summed_channels(before, after):
    gradients = image_gradients(before, after)
    return ImageGradients(*(part.sum(1, keepdim=True) for part in gradients))


def _forward_differences(before, after):
    inner = before[..., 1:-1, 1:-1]
    return ImageGradients(
        before[..., 1:-1, 2:] - inner,
        before[..., 2:, 1:-1] - inner,
        image_gradients(before, after).t,
    )


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
            "epsilon in the denominator",
            _with_bound(_is_edge, epsilon=1e-8),
            "A constant is added to the determinant, so the flow of a dark window is "
            "too short. A window without a unique flow is rejected, so the determinant "
            "is never 0.",
        ),
        Mistake(
            "channels added first",
            _answer_with(gradients_of=_summed_channels),
            "The channels are added up or averaged before the products, so gradients "
            "of opposite sign cancel. Multiply in each channel, then sum over pixels "
            "*and* channels.",
        ),
        Mistake(
            "two pixels of border left out",
            _answer_with(gradients_of=_gradients_inside),
            "`image_gradients` has left out the border already, and one more pixel is "
            "cut off at each side here. Use all of its entries.",
        ),
        Mistake(
            "forward differences",
            _answer_with(gradients_of=_forward_differences),
            "Differences to the next pixel are gradients between two pixels, half a "
            "pixel from where the change in time is measured. `image_gradients` "
            "returns central differences of both frames.",
        ),
        Mistake(
            "components on the first axis",
            _answer_with(lambda sums: _cramer(sums).T),
            "The shape is (2, batch). The docstring asks for (batch, 2): stack the "
            "components along axis 1.",
        ),
        Mistake(
            "no gradients",
            _answer_with(lambda sums: _cramer(sums).detach()),
            "The flow is right, but no gradient flows through it to the frames, so a "
            "flow discriminator could not train a generator. Do not detach.",
        ),
        Mistake(
            "only an exact 0 rejected",
            _with_bound(lambda det, trace, xx, yy: (det == 0).any()),
            "The determinant of a slanted edge is 0 only up to rounding, so a huge "
            "flow is returned. Compare it with a small fraction of the squared trace.",
        ),
        Mistake(
            "only horizontal and vertical edges rejected",
            _with_bound(
                lambda det, trace, xx, yy: (
                    (xx < 1e-6 * trace).any() or (yy < 1e-6 * trace).any()
                )
            ),
            "An edge is rejected only if it is parallel to an axis. At a slanted edge "
            "both sums of squares are large, but the determinant vanishes.",
        ),
        Mistake(
            "rejected only if all windows are edges",
            _with_bound(lambda det, trace, xx, yy: (det < 1e-6 * trace**2).all()),
            "One window of the batch with a straight edge is not rejected. It has no "
            "unique flow either: `any`, not `all`.",
        ),
        Mistake(
            "only the first window checked",
            _with_bound(lambda det, trace, xx, yy: det[0] < 1e-6 * trace[0] ** 2),
            "Only the first window of the batch is checked. Any of them may have a "
            "straight edge.",
        ),
        Mistake(
            "determinant compared with a fixed bound",
            _with_bound(lambda det, trace, xx, yy: (det < 1e-6).any()),
            "The determinant grows with the fourth power of the contrast, so a fixed "
            "bound rejects dark windows. Compare it with the square of the trace.",
        ),
        Mistake(
            "the solver's error",
            _by_normal_equations,
            "The flow is right, but a straight edge is left to the solver: it raises "
            "another error if the matrix is exactly singular, and returns a huge flow "
            "if it is so up to rounding. Check the determinant first.",
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
