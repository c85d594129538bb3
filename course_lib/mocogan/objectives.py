"""Ask which category a clip shows: the term that ties a number to a motion.

What real and fake clips cost the judges is lesson 01's. The category is a question
beside it, which both sides want answered right: the judge learns it from real clips,
the generator is paid when its clips show what was asked for.
"""

from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Labels, Scalar

CategoryLogits = Float[Tensor, "batch category"]


def category_loss(logits: CategoryLogits, category: Labels) -> Scalar:
    """Cross-entropy of a judge that names the category of clips, in nats.

    Mean over the clips of -log p(category); ``logits`` hold one score for each
    category, upwards means likelier. Finite for every finite logit.

    Source: Tulyakov et al. 2018, section 3.3, after Odena et al. 2017.

    >>> import torch
    >>> asked = torch.tensor([0, 1, 1])
    >>> round(category_loss(torch.zeros(3, 2), asked).item(), 4)  # log 2: no idea
    0.6931
    """
    logs = logits.log_softmax(dim=1)
    return -logs.gather(1, category.unsqueeze(1)).mean()
