"""Predict the next frame from a state: three predictors with one way to ask them."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.predictor.conv_lstm import conv_lstm
from course_lib.predictor.frame_codec import (
    CodecSizes,
    FrameDecoder,
    FrameEncoder,
    Places,
    depth_to_space,
    each_frame,
    space_to_depth,
)
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recurrent_cell import Unrolled
from course_lib.predictor.warping import backward_warp
from course_lib.shapes import Images, Videos


@dataclass(frozen=True)
class LSTMSizes:
    """Sizes of the LSTM predictor: the codec's, and the numbers of a state."""

    codec: CodecSizes = field(default_factory=CodecSizes)
    hidden: int = 256


@dataclass(frozen=True)
class ConvLSTMSizes:
    """Sizes of both ConvLSTM predictors.

    ``channels`` of a frame, side of a patch (``block``), channels of a state
    (``width``), side of a ``kernel`` (odd), number of layers (``depth``).
    """

    channels: int = 1
    block: int = 8
    width: int = 128
    kernel: int = 3
    depth: int = 2


class Prediction(NamedTuple):
    """A state after reading, and for every frame read the one expected next."""

    state: Any
    frames: Tensor


class FramePredictor(nn.Module):
    """What can be asked for the next frame; frames are in [-1, 1].

    The state belongs to the caller: the same state and frame give the same answer.
    Predictions have the clips' own dtype, also where a network computes in 16 bits.
    """

    def start(self, videos: Videos) -> Any:
        """A state that knows nothing, fit for these clips."""
        raise NotImplementedError

    def read(self, state: Any, videos: Videos) -> Prediction:
        """Read known frames at once; frame t of the answer should follow frame t."""
        raise NotImplementedError

    def step(self, state: Any, frame: Images) -> Prediction:
        """Read one frame: the new state, and the next frame expected."""
        state, frames = self.read(state, frame.unsqueeze(1))
        return Prediction(state, frames.squeeze(1))


class LSTMPredictor(FramePredictor):
    """One code a frame, one LSTM over the codes: a state without places."""

    def __init__(self, sizes: LSTMSizes, rng: torch.Generator):
        super().__init__()
        self.encode = FrameEncoder(sizes.codec, rng)
        self.memory = lstm(sizes.codec.code, sizes.hidden, rng)
        self.code = nn.Linear(sizes.hidden, sizes.codec.code)
        reset_parameters(self.code, rng)
        self.decode = FrameDecoder(sizes.codec, rng)

    def start(self, videos: Videos) -> Any:
        return self.memory.start(len(videos))

    def read(self, state: Any, videos: Videos) -> Prediction:
        shown, state = self.memory(each_frame(self.encode, videos), state)
        frames = each_frame(self.decode, self.code(shown))
        return Prediction(state, frames.to(videos.dtype))


class ConvLSTMPredictor(FramePredictor):
    """ConvLSTM layers on patches, all of them read out: a state for every place."""

    steering = 0  # channels drawn beside the frame's own

    def __init__(self, sizes: ConvLSTMSizes, rng: torch.Generator):
        super().__init__()
        self.block, patch = sizes.block, sizes.block**2
        inward = [sizes.channels * patch] + [sizes.width] * (sizes.depth - 1)
        self.layers = nn.ModuleList(
            conv_lstm(channels, sizes.width, rng, kernel=sizes.kernel)
            for channels in inward
        )
        drawn = (self.steering + sizes.channels) * patch
        self.head = nn.Conv2d(sizes.width * sizes.depth, drawn, 1)
        reset_parameters(self.head, rng)
        self.to(memory_format=torch.channels_last)

    def start(self, videos: Videos) -> Any:
        places = [side // self.block for side in videos.shape[3:]]
        return tuple(layer.start(len(videos), *places) for layer in self.layers)

    def read(self, state: Any, videos: Videos) -> Prediction:
        features, state = self.remember(state, videos)
        return Prediction(state, each_frame(self.draw, features, videos))

    def remember(self, state: Any, videos: Videos) -> Unrolled:
        """What all layers show of every frame, (batch, time, depth * width, places)."""
        x = each_frame(lambda frames: space_to_depth(frames, self.block), videos)
        shown, states = [], []
        for layer, old in zip(self.layers, state, strict=True):
            x, new = layer(x, old)
            shown.append(x)
            states.append(new)
        features = each_frame(lambda *layers: torch.cat(layers, dim=1), *shown)
        return Unrolled(features, tuple(states))

    def draw(self, features: Places, frames: Images) -> Images:
        """The next frames, painted anew from the features alone."""
        drawn = depth_to_space(self.head(features), self.block)
        return drawn.to(frames.dtype).tanh()


class Plan(NamedTuple):
    """How to make the next frame: fetch along ``flow``, in pixels, or ``paint``.

    ``moved`` in [0, 1] is the share of each pixel that is fetched.
    """

    flow: Tensor
    moved: Tensor
    paint: Tensor


class WarpPredictor(ConvLSTMPredictor):
    """The same memory, asked where each pixel comes from; it paints what is new.

    Source: van Amersfoort et al. 2017; the mask as in Finn et al. 2016, section 3.
    """

    steering = 3  # a flow of two channels, a mask of one

    def plan(self, features: Places) -> Plan:
        """What the features say: flow (2 channels), moved (1) and paint."""
        drawn = depth_to_space(self.head(features), self.block)
        flow, moved, paint = drawn[:, :2], drawn[:, 2:3], drawn[:, 3:]
        return Plan(flow, moved.sigmoid(), paint.tanh())

    def draw(self, features: Places, frames: Images) -> Images:
        """The next frames: the present ones moved along the flow, the rest painted."""
        plan = self.plan(features)
        # in 16 bits, a place such as 61.8 would be a quarter of a pixel off
        moved = backward_warp(frames, plan.flow.to(frames.dtype))
        return plan.moved * moved + (1 - plan.moved) * plan.paint
