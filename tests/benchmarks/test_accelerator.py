"""Without a GPU the case says that it waits; its settings are what they are called."""

import pytest
import torch

from benchmarks import accelerator
from benchmarks.accelerator import SETTINGS, Setting, arranged, ours, plain
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.train_state import init_paper_mocogan
from course_lib.mocogan.video_gan import MoCoGANSizes


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_without_a_gpu_nothing_is_claimed() -> None:
    assert accelerator.report() == accelerator.WAITS


def test_settings_switch_on_one_thing_after_the_other() -> None:
    counts = [sum(setting) for setting in SETTINGS.values()]
    assert counts == [0, 1, 2, 3, 4]


def test_layout_and_optimizer_are_as_asked() -> None:
    sizes = MoCoGANSizes(LatentSizes(category_in_motion=False), width=4)
    state = init_paper_mocogan(torch.Generator().manual_seed(0), sizes)
    state = arranged(state, Setting(last=True, fused=True))
    weight = state.video_discriminator.layers[1][0].weight
    assert weight.is_contiguous(memory_format=torch.channels_last_3d)
    assert state.video_optimizer.defaults["fused"]
    given = {id(w) for w in state.video_optimizer.param_groups[0]["params"]}
    assert given == {id(w) for w in state.video_discriminator.parameters()}


@pytest.mark.gpu
@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_runs_and_stays_finite(name: str) -> None:
    losses = ours(SETTINGS[name], n=4)
    losses()
    plain(n=4)()
