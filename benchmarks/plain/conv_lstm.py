"""The usual ConvLSTM cell: concatenate input and state, convolve both at once.

As in most published code: one convolution a step over [input, h], four gates from its
channels, PyTorch's default layout, a Python loop over layers and time.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle


class Cell(nn.Module):
    """One step; the gates' order is that of ``course_lib``: i, f, candidate, o."""

    def __init__(self, channels: int, hidden: int, kernel: int):
        super().__init__()
        self.hidden = hidden
        around = kernel // 2
        self.conv = nn.Conv2d(channels + hidden, 4 * hidden, kernel, padding=around)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """The next (h, c) of every place."""
        h, c = state
        i, f, g, o = self.conv(torch.cat((x, h), dim=1)).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Predictor(nn.Module):
    """Layers of cells on patches of grey frames, all of them read out by a head."""

    def __init__(self, block: int, width: int, kernel: int, depth: int):
        super().__init__()
        self.block, patch = block, block**2
        inward = [patch] + [width] * (depth - 1)
        self.cells = nn.ModuleList(Cell(n, width, kernel) for n in inward)
        self.head = nn.Conv2d(width * depth, patch, 1)

    def forward(self, videos: Tensor) -> Tensor:
        """The frame expected after each one, (batch, time, 1, height, width)."""
        batch, _, _, height, width = videos.shape
        places = height // self.block, width // self.block
        states = [
            (videos.new_zeros(batch, cell.hidden, *places),) * 2 for cell in self.cells
        ]
        frames = []
        for frame in videos.unbind(dim=1):
            x, shown = pixel_unshuffle(frame, self.block), []
            for i, cell in enumerate(self.cells):
                states[i] = cell(x, states[i])
                x = states[i][0]
                shown.append(x)
            drawn = self.head(torch.cat(shown, dim=1))
            frames.append(pixel_shuffle(drawn, self.block).tanh())
        return torch.stack(frames, dim=1)


@torch.no_grad()
def with_weights_of(model: nn.Module, plain: Predictor) -> Predictor:
    """The plain one with the weights of the course's ConvLSTM predictor."""
    for layer, cell in zip(model.layers, plain.cells, strict=True):
        cell.conv.weight.copy_(torch.cat((layer.input, layer.recurrent), dim=1))
        cell.conv.bias.copy_(layer.bias)
    plain.head.load_state_dict(model.head.state_dict())
    return plain
