"""The category term of MoCoGAN's objective.

The adversarial losses are those of ``course_lib.gan.objectives``. The category loss is
not adversarial: the video discriminator minimizes it on real clips and their labels,
the generator minimizes it on its own clips and the categories that they were
conditioned on.
"""

from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Labels, Scalar

CategoryLogits = Float[Tensor, "batch category"]


def category_loss(logits: CategoryLogits, category: Labels) -> Scalar:
    """Cross-entropy of the predicted category, in nats, averaged over the clips.

    The mean of -log p(category), where p is the softmax of ``logits``. It is finite for
    every finite logit.

    Source: Tulyakov et al. 2018, section 3.3, after Odena et al. 2017.

    >>> import torch
    >>> category = torch.tensor([0, 1, 1])
    >>> round(category_loss(torch.zeros(3, 2), category).item(), 4)  # uniform: log 2
    0.6931
    """
    log_probabilities = logits.log_softmax(dim=1)
    return -log_probabilities.gather(1, category.unsqueeze(1)).mean()
