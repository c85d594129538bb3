"""The same iteration on a GPU: 16 bits, layouts, fused Adam, compiled networks."""

from functools import partial
from typing import NamedTuple

import torch
from torch import nn
from torch.optim import Adam

from benchmarks.plain import mocogan as released
from benchmarks.profiling import finished, peak, roofline
from benchmarks.ratio import Pair, Work, compare
from benchmarks.tables import duration, markdown, verdict, with_ends
from course_lib.data.shape_motion import sample_clips
from course_lib.mocogan.train_state import TrainState, init_paper_mocogan
from course_lib.mocogan.training import Clips, TrainConfig, train_step

TITLE = "one iteration of MoCoGAN on a GPU"
BATCH, BAR = 32, 1.8
WAITS = "Waits for a GPU: nothing here was ever run on one."


class Setting(NamedTuple):
    """What is switched on: bfloat16, channels last in clips, one fused Adam, compiled.

    R1 needs second derivatives, which compiled networks do not have; the released
    configuration has no R1.
    """

    short: bool = False
    last: bool = False
    fused: bool = False
    compiled: bool = False


SETTINGS = {
    "float32": Setting(),
    "bfloat16": Setting(short=True),
    "and channels last in clips": Setting(short=True, last=True),
    "and fused Adam": Setting(short=True, last=True, fused=True),
    "and compiled": Setting(short=True, last=True, fused=True, compiled=True),
}


def arranged(state: TrainState, setting: Setting) -> TrainState:
    """The state with the setting applied, before the first step."""
    networks = state[:3]
    if setting.last:
        state.video_discriminator.to(memory_format=torch.channels_last_3d)
    if setting.fused:
        state = state._replace(
            generator_optimizer=fused(state.generator),
            image_optimizer=fused(state.image_discriminator),
            video_optimizer=fused(state.video_discriminator),
        )
    if setting.compiled:
        for network in networks:
            network.compile()
    return state


def fused(network: nn.Module) -> Adam:
    """The paper's Adam, all weights in one kernel."""
    way = {"lr": 2e-4, "betas": (0.5, 0.999), "weight_decay": 1e-5}
    return Adam(network.parameters(), **way, fused=True)


def ours(setting: Setting, device: str = "cuda", n: int = BATCH) -> Work:
    """One iteration of the library."""
    rng = torch.Generator(device).manual_seed(0)
    state, clips = arranged(init_paper_mocogan(rng), setting), sample_clips(n, rng)
    real, config = (
        Clips(clips.videos, clips.motion),
        TrainConfig(r1_gamma=0.0, input_noise=True),
    )

    def step() -> object:
        with torch.autocast(device, torch.bfloat16, enabled=setting.short):
            return train_step(state, real, config, rng)

    return finished(step, device)


def plain(device: str = "cuda", n: int = BATCH) -> Work:
    """One iteration of the released procedure, in float32."""
    rng = torch.Generator(device).manual_seed(0)
    clips, state = sample_clips(n, rng), released.init_state(device=device)
    step = partial(released.train_step, state, clips.videos, clips.motion, rng)
    return finished(step, device)


def pair(name: str) -> Pair:
    """A setting against the released procedure."""
    return Pair(name, partial(ours, SETTINGS[name]), plain, BAR)


def report() -> str:
    """A row for every setting; or, that there is no GPU."""
    if not torch.cuda.is_available():
        return WAITS
    rows = [row(name) for name in SETTINGS]
    return markdown(("", "ours", "peer", "peer / ours", "bar", "of the peak"), rows)


def row(name: str) -> list[str]:
    """The cells of one setting."""
    ratio = compare(pair(name))
    dtype = torch.bfloat16 if SETTINGS[name].short else torch.float32
    return [
        name,
        *map(duration, (ratio.ours.middle, ratio.peer.middle)),
        with_ends(ratio.times_faster),
        verdict(ratio.times_faster.middle, BAR),
        roofline(ours(SETTINGS[name]), ratio.ours.middle, peak(dtype, "cuda")),
    ]
