"""Bound a film frame by frame, then dream on from where it stops."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Videos
from course_lib.vae.elbo import Elbo
from course_lib.vae.gaussian import kl_between, log_density
from course_lib.vae.sequential import SequentialVAE

Future = Float[Tensor, "batch horizon channel height width"]


def sequence_elbo(
    model: SequentialVAE, videos: Videos, rng: torch.Generator, *, n_context: int
) -> Elbo:
    """The bound on log p(x_2..T | x_1) of every clip, in nats, summed over frames.

    Behind the first ``n_context`` frames the model reads what it painted, as it will
    when nobody shows it the truth. A frame costs what its code costs beyond the
    prior's guess.

    Raises:
        ValueError: if the context leaves no frame over, or has none.

    Source: Denton and Fergus 2018, equation 2.
    """
    if not 1 <= n_context < videos.shape[1]:
        raise ValueError(
            f"The context has 1 to {videos.shape[1] - 1} frames here, got {n_context}."
        )
    states, last = model.start(videos), videos[:, 0]
    likelihood = cost = torch.zeros(len(videos), device=videos.device)
    for t in range(1, videos.shape[1]):
        truth = videos[:, t]
        states, frame, prior, posterior = model.tell(states, last, truth, rng)
        likelihood = likelihood + log_density(truth, frame, model.sigma)
        cost = cost + kl_between(*posterior, *prior)
        last = truth if t < n_context else frame
    return Elbo(likelihood, cost)


def sample_future(
    model: SequentialVAE, context: Videos, horizon: int, rng: torch.Generator
) -> Future:
    """One of the futures of each clip: ``horizon`` frames after ``context``.

    Within the context the posterior draws the codes, for it may look: ``model.tell``.
    Behind it the prior guesses them, and every frame painted is read next:
    ``model.dream``. Another generator dreams another future.

    Raises:
        ValueError: if there is no frame of context, or no frame is asked for.
    """
    if context.shape[1] < 1 or horizon < 1:
        raise ValueError(
            f"A future needs at least 1 frame of context and 1 to draw, got "
            f"{context.shape[1]} and {horizon}."
        )
    states, last = model.start(context), context[:, 0]
    for truth in context[:, 1:].unbind(dim=1):
        states = model.tell(states, last, truth, rng).states
        last = truth
    future = []
    for _ in range(horizon):
        states, last = model.dream(states, last, rng)
        future.append(last)
    return torch.stack(future, dim=1)
