"""The quiz of lesson 01: frequent misconceptions, with an answer to every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "Training has run for an hour and the discriminator's loss stays at 1.386 "
        "(log 4). What do you know?",
        (
            Option(
                "The generated samples are perfect.",
                False,
                "They might be. But a discriminator that learns nothing and always "
                "outputs logit 0 has the same loss log 4. Look at the samples.",
            ),
            Option(
                "The discriminator outputs ½ on every sample.",
                False,
                "That gives log 4, but other outputs do too: the loss is a mean. In "
                "section 1.1 outputs of 0.9 and 0.278 on real samples average to log 2 "
                "as well.",
            ),
            Option(
                "On average it does no better than a constant ½, and you do not know "
                "why.",
                True,
                "A constant ½ costs log 2 on real and log 2 on fake samples. A GAN's "
                "loss compares two networks with each other; it does not measure the "
                "quality of the images.",
            ),
            Option(
                "Training has converged to the data distribution.",
                False,
                "That theorem holds for an optimal discriminator and a generator "
                "without limits. Section 1.7 shows training that rotates without end.",
            ),
        ),
    ),
    Question(
        "Minimizing log(1 - D) and minimizing -log D have the same fixed point. "
        "Why prefer the second?",
        (
            Option(
                "Because -log(1 - D) vanishes when D is near 1.",
                False,
                "At D = 0.999 it is 6.9, far from 0. The problem is at the other end: "
                "D near 0, where fake samples are recognized.",
            ),
            Option(
                "Because its gradient is near -1 where a sample is recognized as fake.",
                True,
                "At logit -8 it is -0.9997; that of the saturating loss is -0.0003.",
            ),
            Option(
                "Because it minimizes the Jensen-Shannon divergence and the other "
                "does not.",
                False,
                "It is the other way round: the saturating loss is the generator's "
                "term of V, so with the optimal discriminator it is the one that "
                "minimizes JSD.",
            ),
            Option(
                "For no reason: the same fixed point means the same training.",
                False,
                "A fixed point does not say whether training reaches it: at logit -8 "
                "the gradients differ by a factor of three thousand.",
            ),
        ),
    ),
    Question(
        "Putting D* into V gives 2 JSD - log 4. A classmate gets KL(q || m) - log 2. "
        "What happened?",
        (
            Option(
                "A different but equivalent form.",
                False,
                "It has the same minimizer, but another value and another gradient.",
            ),
            Option(
                "D* went into one of the two terms only.",
                True,
                "Each expectation gives one KL minus log 2. With one of them left out, "
                "half of the value is missing.",
            ),
            Option(
                "A factor of two in the definition of JSD.",
                False,
                "JSD is half the sum of two KLs, so a factor could only rescale the "
                "sum. Here one of the two KLs is missing.",
            ),
        ),
    ),
    Question(
        "A critic is trained on E D(fake) - E D(real), nothing else. Its loss falls "
        "to -10⁶. Is that a Wasserstein distance of 10⁶?",
        (
            Option(
                "Yes: a Wasserstein distance has no upper bound.",
                False,
                "The distance has none, but this number depends on the scale of the "
                "critic: a critic with doubled scores doubles it.",
            ),
            Option(
                "No: the supremum runs over 1-Lipschitz critics, and nothing here "
                "bounds the critic's gradient.",
                True,
                "Without clipping, a gradient penalty or spectral normalization, the "
                "difference of means can be scaled arbitrarily.",
            ),
            Option(
                "No: a sigmoid on the output is missing.",
                False,
                "A Wasserstein critic has no sigmoid. What is missing is a bound on "
                "its gradient.",
            ),
        ),
    ),
    Question(
        "You compute the gradient penalty on clips of shape (B, T, C, H, W). Which "
        "is right?",
        (
            Option(
                "One random weight per pixel, so that the line is sampled densely.",
                False,
                "With a weight per pixel the points leave the straight line between "
                "the two clips and fill the box around it.",
            ),
            Option(
                "The norm of the gradient over the channel axis, averaged over the "
                "rest.",
                False,
                "The constraint is on the gradient of the critic as a function of the "
                "whole clip: one norm over T, C, H and W together.",
            ),
            Option(
                "One weight per clip, one norm per clip over all its axes, and no "
                "batch normalization in the critic.",
                True,
                "With batch normalization the score of one clip depends on the other "
                "clips of the batch, so the gradient of a single clip is not defined.",
            ),
        ),
    ),
    Question(
        "The GAN of section 1.8, with SGD at rate 0.12 and without R1, collapses. "
        "Which statement does the grid of 24 runs support?",
        (
            Option(
                "GANs need R1: without it the ring is never covered.",
                False,
                "With Adam at rate 0.001 all three seeds cover eight modes without R1. "
                "The collapse belongs to this optimizer and rate.",
            ),
            Option(
                "At this rate of SGD, R1 makes the difference: with it all three seeds "
                "cover eight modes, and nothing else was changed.",
                True,
                "The two columns differ in R1 alone. For Adam the same change makes no "
                "difference in the number of modes.",
            ),
            Option(
                "A smaller rate of SGD is enough: at 0.01 all modes are covered.",
                False,
                "At 0.01 the generator covers at most one mode after 3,000 steps, with "
                "and without R1. After 9,000 steps the averaged one covers eight with "
                "R1, and fewer without it.",
            ),
            Option(
                "Averaging the weights repairs every collapse.",
                False,
                "At rate 0.12 without R1 the averaged generator covers no mode in any "
                "seed. At rate 0.03 the average covers eight where the raw generator "
                "covers between two and eight.",
            ),
        ),
    ),
)
