"""Gradient penalties on the critic or discriminator of a GAN."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.shapes import PerClip, Scalar


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, epsilon: PerClip
) -> Scalar:
    """The WGAN-GP penalty: mean of (gradient norm - 1)^2 between real and fake samples.

    ``real`` and ``fake`` have one shape, (batch, ...): points, images or clips. The
    gradient of the critic is taken at epsilon * real + (1 - epsilon) * fake, with one
    interpolation weight in [0, 1] for each *sample*, ``epsilon`` of shape (batch,): at
    1 the point is the real sample, at 0 the fake one. The norm runs over all axes of a
    sample, the mean over the batch. The result is differentiable in the critic's
    parameters; no gradient reaches the samples. The critic may return scores of shape
    (batch,) or (batch, 1).

    Source: Gulrajani et al. 2017, equation 3, without lambda.
    """
    weight = epsilon.view(-1, *[1] * (real.ndim - 1))  # (batch, 1, ..., 1)
    between = (weight * real + (1 - weight) * fake).detach().requires_grad_()
    scores = critic(between)
    (gradient,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


def r1_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, *, gamma: float
) -> Scalar:
    """The R1 penalty: gamma / 2 times the mean squared gradient norm at real samples.

    The squared norm is a sum over all axes of a sample, the mean runs over the batch.
    At the equilibrium the logit is 0 on the data and around them, so its gradient is 0
    there. The result is differentiable in the critic's parameters; no gradient
    reaches the samples. The critic may return scores of shape (batch,) or (batch, 1).

    Source: Mescheder et al. 2018, equation 9.
    """
    real = real.detach().requires_grad_()
    scores = critic(real)
    (gradient,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
    return gamma / 2 * gradient.flatten(1).square().sum(1).mean()
