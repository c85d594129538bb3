"""X1.13: the forward pass of the convolutional generator of digits."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import leaky_relu, relu

from course_lib.gan.digit_networks import DigitGenerator
from teaching.exercise import Case, Exercise, Mistake, module_case


def _cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def case(label: str, batch: int, **construct: int) -> Case:
        labels = torch.randint(construct["n_classes"], (batch,), generator=rng)
        arguments = {"z": draw(batch, construct["latent_dim"]), "labels": labels}
        return module_case(
            label, DigitGenerator, construct, arguments, rng, differentiate=("z",)
        )

    return (
        case("images of several classes", 4, latent_dim=3, n_classes=5, width=2),
        case("one image", 1, latent_dim=5, n_classes=3, width=1),
        case("one class for all", 3, latent_dim=2, n_classes=1, width=3),
    )


def _variant(
    order=(0, 1),
    end=torch.tanh,
    middle=relu,
    first=relu,
    use_label=True,
    transpose=False,
):
    """A class whose forward pass differs in one point."""

    class Variant(DigitGenerator):
        def forward(self, z, labels):
            embedded = self.embedding(labels)
            if not use_label:
                embedded = 0 * embedded
            pair = (z, embedded)
            x = first(self.linear(torch.cat([pair[i] for i in order], 1)))
            if transpose:
                x = x.view(len(z), 7, 7, -1).permute(0, 3, 1, 2)
            else:
                x = x.view(len(z), -1, 7, 7)
            return end(self.up2(middle(self.up1(x))))

    return Variant


class _InMethods(DigitGenerator):
    def forward(self, z, labels):
        x = self.linear(torch.hstack([z, self.embedding.weight[labels]])).clamp(min=0)
        x = self.up1(x.reshape(x.shape[0], x.shape[1] // 49, 7, 7)).clamp(min=0)
        return self.up2(x).tanh()


class _InTwoTerms(DigitGenerator):
    def forward(self, z, labels):
        of_noise, of_label = self.linear.weight.split(self.latent_dim, dim=1)
        x = z @ of_noise.T + self.embedding(labels) @ of_label.T + self.linear.bias
        x = self.up1(x.relu().unflatten(1, (-1, 7, 7))).relu()
        return 2 * torch.sigmoid(2 * self.up2(x)) - 1


DIGIT_GENERATOR = Exercise(
    id="X1.13",
    title="The convolutional generator",
    reference=DigitGenerator,
    points=3,
    minutes=15,
    difficulty=2,
    cases=_cases,
    methods=("forward",),
    mistakes=(
        Mistake(
            "sigmoid at the end",
            _variant(end=torch.sigmoid),
            "The images have values from 0 to 1, while the real digits run from -1 to "
            "1. The discriminator would tell them apart by their brightness.",
        ),
        Mistake(
            "nothing at the end",
            _variant(end=lambda x: x),
            "The pixels are unbounded. A tanh keeps them between -1 and 1, the range "
            "of the real digits.",
        ),
        Mistake(
            "label ignored",
            _variant(use_label=False),
            "The images do not depend on the label, so the generator cannot produce a "
            "requested class. The embedding belongs beside the noise.",
        ),
        Mistake(
            "label before the noise",
            _variant(order=(1, 0)),
            "Noise and embedding are concatenated in the other order. Both orders can "
            "be trained; the docstring asks for the noise first.",
        ),
        Mistake(
            "activation missing after the linear layer",
            _variant(first=lambda x: x),
            "Linear layer and first transposed convolution form one linear map if "
            "nothing stands between them. Put a ReLU there.",
        ),
        Mistake(
            "activation missing between the convolutions",
            _variant(middle=lambda x: x),
            "The two transposed convolutions form one linear map if nothing stands "
            "between them. Put a ReLU there.",
        ),
        Mistake(
            "leaky ReLU in place of ReLU",
            _variant(first=lambda x: leaky_relu(x, 0.2), middle=leaky_relu),
            "DCGAN's generator has plain ReLU; its discriminator has the leaky one. "
            "The docstring asks for ReLU.",
        ),
        Mistake(
            "channels last in the reshape",
            _variant(transpose=True),
            "PyTorch keeps channels before height and width. Reading the numbers in "
            "another order mixes pixels and channels.",
        ),
    ),
    alternatives=(_InMethods, _InTwoTerms),
    hints=(
        "Follow the shapes: noise and embedding side by side, a long vector, a stack "
        "of 7x7 maps, 14x14, 28x28. Which layer makes each change?",
        "`torch.cat` along axis 1 joins noise and embedding; `view` turns the long "
        "vector into maps, and -1 lets PyTorch compute the number of channels.",
        "Embedding, concatenation, linear layer, ReLU, reshape, first transposed "
        "convolution, ReLU, second one, tanh.",
    ),
)
