"""Predictors of the next frame: LSTM on codes, ConvLSTM, and ConvLSTM with warping."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.predictor.conv_lstm import conv_lstm
from course_lib.predictor.frame_codec import (
    CodecSizes,
    FeatureMaps,
    FrameDecoder,
    FrameEncoder,
    apply_per_frame,
    depth_to_space,
    space_to_depth,
)
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recurrent_cell import RecurrentOutput
from course_lib.predictor.warping import backward_warp
from course_lib.shapes import Images, Videos


@dataclass(frozen=True)
class LSTMSizes:
    """Sizes of the LSTM predictor: those of the codec, and the hidden units."""

    codec: CodecSizes = field(default_factory=CodecSizes)
    hidden: int = 256


@dataclass(frozen=True)
class ConvLSTMSizes:
    """Sizes of both ConvLSTM predictors.

    ``channels`` of a frame, side of a patch (``block``), hidden channels of a layer
    (``width``), side of its kernels (``kernel``, odd), number of layers (``depth``).
    """

    channels: int = 1
    block: int = 8
    width: int = 128
    kernel: int = 3
    depth: int = 2


class Prediction(NamedTuple):
    """State after the frames that were read, and the predicted next frames."""

    state: Any
    frames: Tensor


class FramePredictor(nn.Module):
    """Interface of the predictors; frames are in [-1, 1].

    The state is an argument and a result, so the same state and frame always give the
    same prediction. Predictions have the dtype of the clips, also where the network
    computes in 16 bits.
    """

    def initial_state(self, videos: Videos) -> Any:
        """State before the first frame of these clips."""
        raise NotImplementedError

    def read(self, state: Any, videos: Videos) -> Prediction:
        """Read known frames; frame t of the result is the prediction of t + 1."""
        raise NotImplementedError

    def step(self, state: Any, frame: Images) -> Prediction:
        """Read one frame: the new state, and the predicted next frame."""
        state, frames = self.read(state, frame.unsqueeze(1))
        return Prediction(state, frames.squeeze(1))


class LSTMPredictor(FramePredictor):
    """Encoder, LSTM on the codes, decoder: the state has no spatial axes."""

    def __init__(self, sizes: LSTMSizes, rng: torch.Generator):
        super().__init__()
        self.encoder = FrameEncoder(sizes.codec, rng)
        self.lstm = lstm(sizes.codec.code, sizes.hidden, rng)
        self.hidden_to_code = nn.Linear(sizes.hidden, sizes.codec.code)
        reset_parameters(self.hidden_to_code, rng)
        self.decoder = FrameDecoder(sizes.codec, rng)

    def initial_state(self, videos: Videos) -> Any:
        return self.lstm.initial_state(len(videos))

    def read(self, state: Any, videos: Videos) -> Prediction:
        codes = apply_per_frame(self.encoder, videos)
        hidden_states, state = self.lstm(codes, state)
        frames = apply_per_frame(self.decoder, self.hidden_to_code(hidden_states))
        return Prediction(state, frames.to(videos.dtype))


class ConvLSTMPredictor(FramePredictor):
    """ConvLSTM layers on patches, and a linear head on all their hidden states."""

    n_warp_channels = 0  # outputs of the head beside the frame's own channels

    def __init__(self, sizes: ConvLSTMSizes, rng: torch.Generator):
        super().__init__()
        self.block, patch = sizes.block, sizes.block**2
        in_channels = [sizes.channels * patch] + [sizes.width] * (sizes.depth - 1)
        self.layers = nn.ModuleList(
            conv_lstm(channels, sizes.width, rng, kernel=sizes.kernel)
            for channels in in_channels
        )
        out_channels = (self.n_warp_channels + sizes.channels) * patch
        self.head = nn.Conv2d(sizes.width * sizes.depth, out_channels, 1)
        reset_parameters(self.head, rng)
        self.to(memory_format=torch.channels_last)

    def initial_state(self, videos: Videos) -> Any:
        spatial = [side // self.block for side in videos.shape[3:]]
        return tuple(
            layer.initial_state(len(videos), *spatial) for layer in self.layers
        )

    def read(self, state: Any, videos: Videos) -> Prediction:
        features, state = self.extract_features(state, videos)
        return Prediction(state, apply_per_frame(self.decode, features, videos))

    def extract_features(self, state: Any, videos: Videos) -> RecurrentOutput:
        """Hidden states of all layers, (batch, time, depth * width, rows, columns)."""
        x = apply_per_frame(lambda frames: space_to_depth(frames, self.block), videos)
        hidden_states, states = [], []
        for layer, old in zip(self.layers, state, strict=True):
            x, new = layer(x, old)
            hidden_states.append(x)
            states.append(new)
        features = apply_per_frame(
            lambda *layers: torch.cat(layers, dim=1), *hidden_states
        )
        return RecurrentOutput(features, tuple(states))

    def decode(self, features: FeatureMaps, frames: Images) -> Images:
        """Next frames from the features alone; ``frames`` only determines the dtype."""
        output = depth_to_space(self.head(features), self.block)
        return output.to(frames.dtype).tanh()


class WarpParameters(NamedTuple):
    """Composition of the next frame: mask * warped frame + (1 - mask) * new pixels.

    ``flow`` is that of ``backward_warp``, in pixels, (batch, 2, height, width);
    ``mask`` is in [0, 1], (batch, 1, height, width); ``new_pixels`` is in [-1, 1].
    """

    flow: Tensor
    mask: Tensor
    new_pixels: Tensor


class WarpPredictor(ConvLSTMPredictor):
    """A ConvLSTM that predicts a flow, a mask and the pixels that cannot be warped.

    Source: van Amersfoort et al. 2017; the mask as in Finn et al. 2016, section 3.
    """

    n_warp_channels = 3  # a flow of two channels, a mask of one

    def warp_parameters(self, features: FeatureMaps) -> WarpParameters:
        """Flow, mask and new pixels from the features."""
        output = depth_to_space(self.head(features), self.block)
        flow, mask, new_pixels = output[:, :2], output[:, 2:3], output[:, 3:]
        return WarpParameters(flow, mask.sigmoid(), new_pixels.tanh())

    def decode(self, features: FeatureMaps, frames: Images) -> Images:
        """Next frames: the present ones warped where the mask is 1, else new pixels."""
        flow, mask, new_pixels = self.warp_parameters(features)
        # 16 bits cannot represent positions such as 61.8 to a quarter of a pixel
        warped = backward_warp(frames, flow.to(frames.dtype))
        return mask * warped + (1 - mask) * new_pixels
