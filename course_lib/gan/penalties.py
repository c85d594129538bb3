"""Price a critic's slope: the gradient penalty and R1, which make the game converge."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.shapes import PerClip, Scalar, Videos


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Videos, fake: Videos, mix: PerClip
) -> Scalar:
    """How far the critic's slope is from 1 on the lines between real and fake clips.

    ``mix`` holds one share in [0, 1] for each *clip*: 1 stands at the real clip, 0 at
    the fake. The slope is the norm of the gradient over all axes of a clip; the result
    is the mean over clips of (slope - 1)^2. Differentiable in the critic's parameters;
    no gradient reaches the clips.

    Source: Gulrajani et al. 2017, equation 3, without lambda.
    """
    share = mix.view(-1, 1, 1, 1, 1)
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    scores = critic(between)
    (slope,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def r1_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, *, gamma: float
) -> Scalar:
    """gamma / 2 times the squared slope of the critic at the data, mean over samples.

    The square is summed over all axes of a sample. Charges the critic for any slope
    where it should be at rest. Differentiable in the critic's parameters.

    Source: Mescheder et al. 2018, equation 9.
    """
    real = real.detach().requires_grad_()
    scores = critic(real)
    (slope,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
    return gamma / 2 * slope.flatten(1).square().sum(1).mean()
