"""A plain ConvLSTM predictor with one convolution of [input, h] at every step.

This is the implementation of most published code: four gates from the channels of one
convolution, PyTorch's default memory format, a Python loop over layers and time.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle


class Cell(nn.Module):
    """A ConvLSTM cell with the gates in ``course_lib``'s order: i, f, candidate, o."""

    def __init__(self, channels: int, hidden: int, kernel: int):
        super().__init__()
        self.hidden = hidden
        padding = kernel // 2
        self.conv = nn.Conv2d(channels + hidden, 4 * hidden, kernel, padding=padding)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """New hidden state and cell state, (batch, hidden, height, width) each."""
        h, c = state
        i, f, g, o = self.conv(torch.cat((x, h), dim=1)).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Predictor(nn.Module):
    """ConvLSTM layers on patches of grey frames, and a head on all hidden states."""

    def __init__(self, block: int, width: int, kernel: int, depth: int):
        super().__init__()
        self.block, patch = block, block**2
        in_channels = [patch] + [width] * (depth - 1)
        self.cells = nn.ModuleList(Cell(n, width, kernel) for n in in_channels)
        self.head = nn.Conv2d(width * depth, patch, 1)

    def forward(self, videos: Tensor) -> Tensor:
        """The predicted next frames, (batch, time, 1, height, width)."""
        batch, _, _, height, width = videos.shape
        spatial = height // self.block, width // self.block
        states = [
            (videos.new_zeros(batch, cell.hidden, *spatial),) * 2 for cell in self.cells
        ]
        frames = []
        for frame in videos.unbind(dim=1):
            x, hidden_states = pixel_unshuffle(frame, self.block), []
            for i, cell in enumerate(self.cells):
                states[i] = cell(x, states[i])
                x = states[i][0]
                hidden_states.append(x)
            output = self.head(torch.cat(hidden_states, dim=1))
            frames.append(pixel_shuffle(output, self.block).tanh())
        return torch.stack(frames, dim=1)


@torch.no_grad()
def with_weights_of(model: nn.Module, plain: Predictor) -> Predictor:
    """The plain predictor with the weights of the course's ConvLSTM predictor."""
    for layer, cell in zip(model.layers, plain.cells, strict=True):
        cell.conv.weight.copy_(torch.cat((layer.weight_ih, layer.weight_hh), dim=1))
        cell.conv.bias.copy_(layer.bias)
    plain.head.load_state_dict(model.head.state_dict())
    return plain
