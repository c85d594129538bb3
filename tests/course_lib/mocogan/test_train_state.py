"""Who plays: three networks, an optimiser for each, an average that nobody trains."""

import pytest
import torch

from course_lib.mocogan.generator import count_weights
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.train_state import laptop_players, paper_players
from course_lib.mocogan.video_gan import MoCoGANSizes

SMALL = MoCoGANSizes(LatentSizes(3, 2, 2), width=8, placed=True)
each = pytest.mark.parametrize("seat", [paper_players, laptop_players])


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def moved_by(optimiser):
    return [id(w) for group in optimiser.param_groups for w in group["params"]]


@each
def test_each_optimiser_moves_one_network_and_nobody_the_average(seat):
    players = seat(rng(), SMALL)
    for network, optimiser in zip(players[:3], players[4:], strict=True):
        assert moved_by(optimiser) == [id(w) for w in network.parameters()]
    for one, other in zip(
        players.generator.parameters(), players.average.parameters(), strict=True
    ):
        assert torch.equal(one, other) and one is not other


@each
def test_all_players_are_drawn_from_one_generator(seat):
    first, again, other = (seat(rng(seed), SMALL) for seed in (3, 3, 4))
    for place in range(4):
        one, same, another = (
            next(p[place].parameters()) for p in (first, again, other)
        )
        assert torch.equal(one, same) and not torch.equal(one, another)


def test_the_paper_s_players_are_as_many_weights_as_released():
    players = paper_players(rng())
    counts = [count_weights(network) for network in players[:3]]
    assert counts == [3_265_408 + 660, 663_296, 11_122_432]
    group = players.clip_optimiser.param_groups[0]
    assert (group["lr"], group["betas"]) == (2e-4, (0.5, 0.999))
    assert group["weight_decay"] == 1e-5
