"""Move a generator in other ways than asked for, wrong and right."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softplus

from course_lib.mocogan.frame_views import pick_frames
from teaching.exercise import Answer

Parts = Callable[..., Tensor]


def looks(judge, videos, drawn, times):
    return softplus(-judge(pick_frames(videos, times))).mean()


def moves(verdict, drawn):
    return softplus(-verdict.real).mean()


def obeys(verdict, drawn):
    return cross_entropy(verdict.category, drawn.category)


def nothing(*given):
    return 0.0


def paid(looks: Parts = looks, moves: Parts = moves, obeys: Parts = obeys) -> Parts:
    """What a generator pays, each of its three terms in some way."""

    def loss(generator, frame_judge, clip_judge, drawn, times):
        videos = generator(drawn)
        verdict = clip_judge(videos)
        seen = looks(frame_judge, videos, drawn, times)
        return seen + moves(verdict, drawn) + obeys(verdict, drawn)

    return loss


whole = paid()


def descent(loss: Parts = whole) -> Answer:
    """An answer that asks for the slopes of a loss in the generator's weights."""

    def answer(generator, frame_judge, clip_judge, drawn, times):
        paid = loss(generator, frame_judge, clip_judge, drawn, times)
        return torch.autograd.grad(paid, [*generator.parameters()])

    return answer


def signed(sign: Callable[[Tensor], Tensor]) -> Answer:
    """Both judges' terms in another form."""
    return descent(
        paid(
            lambda judge, videos, d, times: sign(judge(pick_frames(videos, times))),
            lambda verdict, d: sign(verdict.real),
        )
    )


def backward(generator, frame_judge, clip_judge, drawn, times):
    """Slopes that are left in all three networks."""
    whole(generator, frame_judge, clip_judge, drawn, times).backward()
    return tuple(weight.grad for weight in generator.parameters())


def everybody(generator, frame_judge, clip_judge, drawn, times):
    """The slopes of all three networks."""
    loss = whole(generator, frame_judge, clip_judge, drawn, times)
    networks = (generator, frame_judge, clip_judge)
    return torch.autograd.grad(loss, [w for n in networks for w in n.parameters()])


def judges_follow(generator, frame_judge, clip_judge, drawn, times):
    """The generator's slopes, and a step of both judges along theirs."""
    slopes = everybody(generator, frame_judge, clip_judge, drawn, times)
    weights = [*frame_judge.parameters(), *clip_judge.parameters()]
    n_own = len([*generator.parameters()])
    with torch.no_grad():
        for weight, slope in zip(weights, slopes[n_own:], strict=True):
            weight -= 1e-3 * slope
    return slopes[:n_own]


def put_away(generator, frame_judge, clip_judge, drawn, times):
    """Right: backward to the generator alone; what it left is taken away again."""
    weights = [*generator.parameters()]
    loss = whole(generator, frame_judge, clip_judge, drawn, times)
    loss.backward(inputs=weights)
    slopes = tuple(weight.grad for weight in weights)
    for weight in weights:
        weight.grad = None
    return slopes


def frozen(generator, frame_judge, clip_judge, drawn, times):
    """Right: the judges held while they are asked, term by term."""
    weights = [*generator.parameters()]
    for judge in (frame_judge, clip_judge):
        judge.requires_grad_(False)
    videos = generator(drawn)
    verdict = clip_judge(videos)
    terms = (
        looks(frame_judge, videos, drawn, times),
        moves(verdict, drawn),
        obeys(verdict, drawn),
    )
    found = [torch.autograd.grad(x, weights, retain_graph=True) for x in terms]
    for judge in (frame_judge, clip_judge):
        judge.requires_grad_(True)
    return tuple(sum(slopes) for slopes in zip(*found, strict=True))
