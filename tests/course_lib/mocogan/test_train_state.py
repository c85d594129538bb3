"""Initial training states: networks, optimizers and averaged generator."""

import pytest
import torch

from course_lib.mocogan.generator import count_parameters
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.train_state import init_laptop_mocogan, init_paper_mocogan
from course_lib.mocogan.video_gan import MoCoGANSizes

SMALL = MoCoGANSizes(LatentSizes(3, 2, 2), width=8, object_generator=True)
each = pytest.mark.parametrize("init", [init_paper_mocogan, init_laptop_mocogan])


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def parameter_ids(optimizer):
    return [id(w) for group in optimizer.param_groups for w in group["params"]]


@each
def test_each_optimizer_has_one_network_and_none_has_the_averaged_generator(init):
    state = init(rng(), SMALL)
    for network, optimizer in zip(state[:3], state[4:], strict=True):
        assert parameter_ids(optimizer) == [id(w) for w in network.parameters()]
    for one, other in zip(
        state.generator.parameters(), state.ema_generator.parameters(), strict=True
    ):
        assert torch.equal(one, other) and one is not other


@each
def test_all_networks_are_initialized_from_one_random_generator(init):
    first, again, other = (init(rng(seed), SMALL) for seed in (3, 3, 4))
    for network in range(4):
        one, same, another = (
            next(state[network].parameters()) for state in (first, again, other)
        )
        assert torch.equal(one, same) and not torch.equal(one, another)


def test_the_paper_s_networks_and_optimizers_are_those_of_the_release():
    state = init_paper_mocogan(rng())
    counts = [count_parameters(network) for network in state[:3]]
    assert counts == [3_265_408 + 660, 663_296, 11_122_432]
    group = state.video_optimizer.param_groups[0]
    assert (group["lr"], group["betas"]) == (2e-4, (0.5, 0.999))
    assert group["weight_decay"] == 1e-5
