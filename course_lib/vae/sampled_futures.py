"""The ELBO of a video under SVG-LP, and sampled futures of a context."""

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
    """Both terms of the bound on log p(x_2..T | x_1), in nats, summed over frames.

    After the first ``n_context`` frames prior and decoder read decoded frames in place
    of true ones, as in sampling. The KL of a frame is that between its posterior and
    its learned prior.

    Raises:
        ValueError: unless the context has at least one frame and leaves at least one.

    Source: Denton and Fergus 2018, equation 2.
    """
    if not 1 <= n_context < videos.shape[1]:
        raise ValueError(
            f"n_context must be from 1 to {videos.shape[1] - 1} for clips of "
            f"{videos.shape[1]} frames; got {n_context}."
        )
    states, last = model.initial_states(videos), videos[:, 0]
    log_likelihood = kl = torch.zeros(len(videos), device=videos.device)
    for t in range(1, videos.shape[1]):
        target = videos[:, t]
        states, frame, prior, posterior = model.posterior_step(
            states, last, target, rng
        )
        log_likelihood = log_likelihood + log_density(target, frame, model.sigma)
        kl = kl + kl_between(*posterior, *prior)
        last = target if t < n_context else frame
    return Elbo(log_likelihood, kl)


def sample_future(
    model: SequentialVAE, context: Videos, horizon: int, rng: torch.Generator
) -> Future:
    """Sample one future of each clip: the ``horizon`` frames after ``context``.

    Within the context z is sampled from the posterior (``model.posterior_step``). After
    it z is sampled from the prior (``model.prior_step``), and each decoded frame is the
    next input. Every step takes all clips at once.

    Raises:
        ValueError: if context or horizon has no frame.
    """
    if context.shape[1] < 1 or horizon < 1:
        raise ValueError(
            f"sample_future needs at least 1 frame of context and a horizon of at "
            f"least 1 frame; got {context.shape[1]} and {horizon}."
        )
    states, last = model.initial_states(context), context[:, 0]
    for target in context[:, 1:].unbind(dim=1):
        states = model.posterior_step(states, last, target, rng).states
        last = target
    future = []
    for _ in range(horizon):
        states, last = model.prior_step(states, last, rng)
        future.append(last)
    return torch.stack(future, dim=1)
