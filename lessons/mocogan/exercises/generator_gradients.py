"""X4.6: the gradients of the generator's loss, without side effects."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softplus

from course_lib.mocogan.frame_views import pick_frames
from course_lib.mocogan.latents import ClipLatents
from course_lib.mocogan.training import frames_at, generator_gradients
from lessons.mocogan.exercises.small_networks import (
    SmallGenerator,
    SmallImageDiscriminator,
    SmallVideoDiscriminator,
)
from teaching.exercise import Answer, Case, Exercise, Mistake

Term = Callable[..., Tensor]


def _network_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def networks(
        n: int, n_frames: int, categories: int, n_picked: int = 1
    ) -> dict[str, Any]:
        category = torch.randint(categories, (n,), generator=rng)
        latents = ClipLatents(draw(n, 2), category, draw(n, 1), draw(n, n_frames, 3))
        times = torch.randint(n_frames, (n_picked * n,), generator=rng)
        times[:2] = torch.tensor([n_frames - 1, 0])[:n]
        return {
            "generator": SmallGenerator(latents, rng),
            "image_discriminator": SmallImageDiscriminator(rng),
            "video_discriminator": SmallVideoDiscriminator(n_frames, categories, rng),
            "latents": latents,
            "times": times,
        }

    questions = (
        ("a batch of clips", networks(5, 4, 3)),
        ("as many clips as frames", networks(3, 3, 2)),
        ("more categories than clips", networks(2, 3, 4)),
        ("one clip", networks(1, 4, 2)),
        ("two frames of each clip", networks(3, 4, 2, n_picked=2)),
    )
    return [Case(label, arguments) for label, arguments in questions]


def _image_term(discriminator, videos, latents, times):
    return softplus(-discriminator(frames_at(videos, times))).mean()


def _video_term(output, latents):
    return softplus(-output.real).mean()


def _category_term(output, latents):
    return cross_entropy(output.category, latents.category)


def _zero(*arguments):
    return 0.0


def _generator_loss(
    image_term: Term = _image_term,
    video_term: Term = _video_term,
    category_term: Term = _category_term,
) -> Term:
    """The generator's loss with some of its three terms replaced."""

    def loss(generator, image_discriminator, video_discriminator, latents, times):
        videos = generator(latents)
        output = video_discriminator(videos)
        image_loss = image_term(image_discriminator, videos, latents, times)
        return image_loss + video_term(output, latents) + category_term(output, latents)

    return loss


_right_loss = _generator_loss()


def _gradients_of(loss: Term = _right_loss) -> Answer:
    """The gradients of a loss in the generator's parameters."""

    def answer(generator, image_discriminator, video_discriminator, latents, times):
        value = loss(
            generator, image_discriminator, video_discriminator, latents, times
        )
        return torch.autograd.grad(value, [*generator.parameters()])

    return answer


def _with_adversarial_loss(of_logits: Callable[[Tensor], Tensor]) -> Answer:
    """Gradients with another adversarial loss of both discriminators' logits."""
    return _gradients_of(
        _generator_loss(
            lambda discriminator, videos, latents, times: of_logits(
                discriminator(frames_at(videos, times))
            ),
            lambda output, latents: of_logits(output.real),
        )
    )


def _with_category_term(term: Term) -> Answer:
    return _gradients_of(_generator_loss(category_term=term))


def _backward(generator, image_discriminator, video_discriminator, latents, times):
    """Gradients that stay in all three networks."""
    _right_loss(
        generator, image_discriminator, video_discriminator, latents, times
    ).backward()
    return tuple(parameter.grad for parameter in generator.parameters())


def _of_all_networks(
    generator, image_discriminator, video_discriminator, latents, times
):
    """The gradients in all three networks."""
    networks = (generator, image_discriminator, video_discriminator)
    loss = _right_loss(*networks, latents, times)
    parameters = [p for network in networks for p in network.parameters()]
    return torch.autograd.grad(loss, parameters)


def _with_discriminator_step(
    generator, image_discriminator, video_discriminator, latents, times
):
    """The generator's gradients, and a gradient step of both discriminators."""
    gradients = _of_all_networks(
        generator, image_discriminator, video_discriminator, latents, times
    )
    parameters = [
        *image_discriminator.parameters(),
        *video_discriminator.parameters(),
    ]
    n_generator = len([*generator.parameters()])
    with torch.no_grad():
        for parameter, gradient in zip(
            parameters, gradients[n_generator:], strict=True
        ):
            parameter -= 1e-3 * gradient
    return gradients[:n_generator]


def _with_generator_step(
    generator, image_discriminator, video_discriminator, latents, times
):
    """The generator's gradients, after which it takes a step along them."""
    parameters = [*generator.parameters()]
    networks = (generator, image_discriminator, video_discriminator)
    gradients = torch.autograd.grad(_right_loss(*networks, latents, times), parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= 1e-3 * gradient
    return gradients


def _at_first_time(discriminator, videos, latents, times):
    return softplus(-discriminator(videos[:, times[0]])).mean()


def _at_all_times(discriminator, videos, latents, times):
    return softplus(-discriminator(videos.flatten(0, 1))).mean()


def _with_backward_inputs(
    generator, image_discriminator, video_discriminator, latents, times
):
    """Right: backward to the generator only, whose gradients are then removed."""
    parameters = [*generator.parameters()]
    loss = _right_loss(
        generator, image_discriminator, video_discriminator, latents, times
    )
    loss.backward(inputs=parameters)
    gradients = tuple(parameter.grad for parameter in parameters)
    for parameter in parameters:
        parameter.grad = None
    return gradients


def _with_frozen_discriminators(
    generator, image_discriminator, video_discriminator, latents, times
):
    """Right: discriminators without requires_grad, gradients term by term."""
    parameters = [*generator.parameters()]
    for discriminator in (image_discriminator, video_discriminator):
        discriminator.requires_grad_(False)
    videos = generator(latents)
    output = video_discriminator(videos)
    terms = (
        _image_term(image_discriminator, videos, latents, times),
        _video_term(output, latents),
        _category_term(output, latents),
    )
    gradients = [
        torch.autograd.grad(term, parameters, retain_graph=True) for term in terms
    ]
    for discriminator in (image_discriminator, video_discriminator):
        discriminator.requires_grad_(True)
    return tuple(sum(parts) for parts in zip(*gradients, strict=True))


GENERATOR_GRADIENTS = Exercise(
    id="X4.6",
    title="The generator's gradients",
    reference=generator_gradients,
    points=3,
    minutes=15,
    difficulty=3,
    seconds=30.0,  # the first call of torch.func imports for seconds
    cases=_network_cases,
    mistakes=(
        Mistake(
            "gradients left behind",
            _backward,
            "`backward` accumulates gradients in all three networks, and the next step "
            "of a discriminator would include them. Compute the generator's only.",
        ),
        Mistake(
            "gradients of all networks",
            _of_all_networks,
            "The result includes the discriminators' gradients of the generator's "
            "loss. A step along them makes the discriminators worse. Return the "
            "generator's.",
        ),
        Mistake(
            "the discriminators updated as well",
            _with_discriminator_step,
            "The gradients are right, but both discriminators took a step on the "
            "generator's loss. They are updated in their own steps, on their own loss.",
        ),
        Mistake(
            "the generator updated as well",
            _with_generator_step,
            "The gradients are right, but the generator took a step along them. The "
            "optimizer does that, after this function.",
        ),
        Mistake(
            "one vector of all gradients",
            lambda *networks, **more: torch.cat(
                [x.flatten() for x in generator_gradients(*networks, **more)]
            ),
            "The gradients are right, but joined to one vector. Return one tensor for "
            "each parameter, in the parameters' order and shape.",
        ),
        Mistake(
            "mean of the three terms",
            _gradients_of(lambda *arguments: _right_loss(*arguments) / 3),
            "The three terms are averaged, so all gradients are a third of what they "
            "should be. The loss is their *sum*.",
        ),
        Mistake(
            "the saturating loss",
            _with_adversarial_loss(lambda logits: -softplus(logits).mean()),
            "log(1 - D) has almost no gradient where a discriminator is confident that "
            "a sample is fake, as at the start of training. Minimize -log D instead.",
        ),
        Mistake(
            "the discriminator's loss of fakes",
            _with_adversarial_loss(lambda logits: softplus(logits).mean()),
            "This is the discriminator's loss of generated samples: minimizing it "
            "makes them easier to recognize as fake. Change the sign of the logits.",
        ),
        Mistake(
            "adversarial terms maximized",
            _with_adversarial_loss(lambda logits: -softplus(-logits).mean()),
            "Minimizing log D makes the samples less realistic. The loss is minus the "
            "log probability of “real”, not plus.",
        ),
        Mistake(
            "no image discriminator term",
            _gradients_of(_generator_loss(image_term=_zero)),
            "No gradient of the image discriminator's loss reaches the generator, so "
            "nothing trains the details of single frames. Is the term missing, or are "
            "the frames detached?",
        ),
        Mistake(
            "no video discriminator term",
            _gradients_of(_generator_loss(video_term=_zero)),
            "Without the video discriminator nothing trains the motion. Add the "
            "non-saturating loss of its logits for whole clips.",
        ),
        Mistake(
            "clips detached for the video discriminator",
            _gradients_of(_generator_loss(video_term=_zero, category_term=_zero)),
            "Only the image discriminator's loss gives the generator a gradient. Are "
            "the clips detached before the video discriminator, or are its two terms "
            "missing?",
        ),
        Mistake(
            "logits in place of their loss",
            _with_adversarial_loss(lambda logits: -logits.mean()),
            "Minus the mean logit is the generator's loss of a Wasserstein or hinge "
            "GAN. Here it is the non-saturating loss, a softplus of the logits.",
        ),
        Mistake(
            "smoothed labels",
            _with_adversarial_loss(
                lambda logits: softplus(-logits).mean() + 0.1 * logits.mean()
            ),
            "The label of “real” is 0.9 here. The non-saturating loss is the "
            "cross-entropy with the label 1.",
        ),
        Mistake(
            "sum over the patches",
            _gradients_of(
                _generator_loss(
                    lambda discriminator, videos, latents, times: (
                        softplus(-discriminator(frames_at(videos, times))).sum(1).mean()
                    )
                )
            ),
            "The losses of the patches of a frame are summed, so more patches have "
            "more weight. Take the mean over frames *and* patches.",
        ),
        Mistake(
            "first patch only",
            _gradients_of(
                _generator_loss(
                    lambda discriminator, videos, latents, times: softplus(
                        -discriminator(frames_at(videos, times))[:, 0]
                    ).mean()
                )
            ),
            "The image discriminator returns a logit for each patch of a frame, and "
            "only the first one is used. Take the mean over all of them.",
        ),
        Mistake(
            "only one frame of each clip possible",
            _gradients_of(
                _generator_loss(
                    lambda discriminator, videos, latents, times: softplus(
                        -discriminator(pick_frames(videos, times))
                    ).mean()
                )
            ),
            "The gradients are right if there is one time for each clip. `times` may "
            "hold several for each clip, which `frames_at` handles.",
        ),
        Mistake(
            "clips indexed with the times",
            _gradients_of(
                _generator_loss(
                    lambda discriminator, videos, latents, times: softplus(
                        -discriminator(videos[torch.arange(len(videos)), times])
                    ).mean()
                )
            ),
            "The gradients are right if there is one time for each clip. `times` may "
            "hold several for each clip, which `frames_at` handles.",
        ),
        Mistake(
            "no category term",
            _with_category_term(_zero),
            "Without the category loss the generator can ignore the category that it "
            "is conditioned on. Add the third term.",
        ),
        Mistake(
            "the predicted category as label",
            _with_category_term(
                lambda output, latents: cross_entropy(
                    output.category, output.category.argmax(1)
                )
            ),
            "This makes the predicted category more certain, whichever it is. The "
            "label is the category in `latents`.",
        ),
        Mistake(
            "softmax twice",
            _with_category_term(
                lambda output, latents: cross_entropy(
                    output.category.softmax(1), latents.category
                )
            ),
            "The category loss takes logits and applies the softmax itself. Pass "
            "`output.category` as it is.",
        ),
        Mistake(
            "category 0 for all clips",
            _with_category_term(
                lambda output, latents: cross_entropy(
                    output.category, 0 * latents.category
                )
            ),
            "All clips were given the label 0. The label of each clip is its category "
            "in `latents`.",
        ),
        Mistake(
            "sums in place of means",
            _with_adversarial_loss(lambda logits: softplus(-logits).sum()),
            "Summed, the adversarial terms outweigh the category, more so for larger "
            "batches and more patches. Each term is a mean.",
        ),
        Mistake(
            "the same time for all clips",
            _gradients_of(_generator_loss(_at_first_time)),
            "The first clip's time was used for all clips. Each clip has its own time; "
            "you have written the function that picks the frames.",
        ),
        Mistake(
            "all frames to the image discriminator",
            _gradients_of(_generator_loss(_at_all_times)),
            "The image discriminator is trained on one frame of each clip. Its "
            "gradient on all frames costs as many times more. Pick one frame of each "
            "clip.",
        ),
        Mistake(
            "the category loss halved",
            _with_category_term(
                lambda output, latents: _category_term(output, latents) / 2
            ),
            "The three terms are added with weight 1. Another weight is another "
            "objective.",
        ),
    ),
    alternatives=(_with_backward_inputs, _with_frozen_discriminators),
    hints=(
        "The loss has three terms: realistic frames, realistic clips, and clips of the "
        "given category. Which network measures each of them, and on which input?",
        "Generate the clips once. Both discriminators get them, the image "
        "discriminator one frame of each. Add two non-saturating losses and the "
        "category loss.",
        "`torch.autograd.grad` takes a loss and a list of parameters, and leaves no "
        "`.grad` behind. The list holds the generator's parameters only.",
    ),
)
