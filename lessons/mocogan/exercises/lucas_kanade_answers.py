"""Settle on a flow in other ways than asked for, wrong and right."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.metrics.optical_flow import Slopes, slopes
from teaching.exercise import Answer

Sums = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def sums(found: Slopes) -> Sums:
    x, y, t = (part.flatten(1) for part in found)
    return tuple((a * b).sum(1) for a, b in ((x, x), (x, y), (y, y), (x, t), (y, t)))


def refuse(sums: Sums) -> None:
    xx, xy, yy = sums[:3]
    if ((xx * yy - xy**2) < 1e-6 * (xx + yy) ** 2).any():
        raise ValueError("One direction only.")


def cramer(sums: Sums) -> Tensor:
    xx, xy, yy, xt, yt = sums
    flow = torch.stack((xy * yt - yy * xt, xy * xt - xx * yt), dim=1)
    return flow / (xx * yy - xy * xy)[:, None]


def solved(
    settle: Callable[[Sums], Tensor] = cramer,
    look: Callable[..., Slopes] = slopes,
    add: Callable[[Slopes], Sums] = sums,
) -> Answer:
    """How it looks, what it adds up, how it settles on a flow; refuses edges."""

    def answer(before, after):
        refuse(sums(slopes(before, after)))
        return settle(add(look(before, after)))

    return answer


def of_first(before, after):
    return Slopes(*slopes(before, before)[:2], slopes(before, after).t)


def pooled(found):
    return tuple(part.sum(0, keepdim=True).expand_as(part) for part in sums(found))


def normal_flow(before, after):
    x, y, t = slopes(before, after)
    refuse(sums(Slopes(x, y, t)))
    steep = x.square() + y.square()
    flow = torch.stack((-x * t / steep, -y * t / steep), dim=1)
    return flow.flatten(2).mean(2)


def channel_by_channel(before, after):
    pairs = zip(before.split(1, dim=1), after.split(1, dim=1), strict=True)
    refuse(sums(slopes(before, after)))
    flows = [cramer(sums(slopes(*pair))) for pair in pairs]
    return torch.stack(flows).mean(0)


def _matrix(sums: Sums) -> tuple[Tensor, Tensor]:
    xx, xy, yy, xt, yt = sums
    square = torch.stack((xx, xy, xy, yy), dim=1).unflatten(1, (2, 2))
    return square, torch.stack((xt, yt), dim=1)


def by_solving(sums: Sums) -> Tensor:
    square, right = _matrix(sums)
    return torch.linalg.solve(square, -right)


def least_squares(before, after):
    x, y, t = (part.flatten(1) for part in slopes(before, after))
    system = torch.stack((x, y), dim=2)
    values = torch.linalg.svdvals(system.detach())
    if (values[:, 1] < 1e-3 * values[:, 0]).any():
        raise ValueError("A window needs two directions.")
    return (torch.linalg.pinv(system) @ -t.unsqueeze(2)).squeeze(2)
