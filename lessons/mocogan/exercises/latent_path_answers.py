"""Lay a path of latents in other ways than asked for, wrong and right."""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import linear, one_hot

from teaching.exercise import Answer


def told_apart(drawn, n_categories):
    return one_hot(drawn.category, n_categories).to(drawn.noise)


def walked(
    read: Callable[..., Any] = lambda drawn, told, t: (drawn.noise[:, t], told),
    held: Callable[..., Any] = lambda drawn, before: before,
    told: Callable[..., Any] = told_apart,
) -> Answer:
    """What every step reads, what state it starts from, and what it is told."""

    def motion(drawn, memory, n_categories):
        asked, state, steps = told(drawn, n_categories), drawn.start, []
        for t in range(drawn.noise.shape[1]):
            parts = read(drawn, asked, t)
            state = memory(torch.cat(parts, dim=1), held(drawn, state))
            steps.append(state)
        return torch.stack(steps, dim=1)

    return motion


def stays(drawn):
    return drawn.content[:, None].expand(-1, drawn.noise.shape[1], -1)


moving = walked()


def laid(
    motion: Answer = moving,
    still: Callable[..., Any] = stays,
    join: Callable[..., Any] = lambda still, motion: torch.cat((still, motion), dim=2),
) -> Answer:
    """An answer that joins what stays and what moves."""
    return lambda drawn, memory, n_categories: join(
        still(drawn), motion(drawn, memory, n_categories)
    )


def tiled(drawn):
    n, n_frames, _ = drawn.noise.shape
    return drawn.content.repeat(n_frames, 1).unflatten(0, (n, n_frames))


def one_early(drawn, memory, n_categories):
    motion = moving(drawn, memory, n_categories)
    return torch.cat((drawn.start[:, None], motion[:, :-1]), dim=1)


def told_as_well(drawn, memory, n_categories):
    motion = moving(drawn, memory, n_categories)
    told = told_apart(drawn, n_categories)[:, None].expand(-1, motion.shape[1], -1)
    return torch.cat((stays(drawn), told, motion), dim=2)


def first_step_only(drawn, told, t):
    return drawn.noise[:, t], told * (t == 0)


def gates_by_hand(drawn, memory, n_categories):
    """Right: every frame put together on its own, the gates written out."""
    state, frames = drawn.start, []
    for noise in drawn.noise.transpose(0, 1):
        read = torch.cat((noise, told_apart(drawn, n_categories)), dim=-1)
        new = linear(read, memory.weight_ih, memory.bias_ih).chunk(3, dim=1)
        old = linear(state, memory.weight_hh, memory.bias_hh).chunk(3, dim=1)
        keep = torch.sigmoid(new[1] + old[1])
        candidate = torch.tanh(new[2] + torch.sigmoid(new[0] + old[0]) * old[2])
        state = candidate + keep * (state - candidate)
        frames.append(torch.cat((drawn.content, state), dim=-1))
    return torch.stack(frames, dim=1)
