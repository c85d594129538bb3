"""The quiz of lesson 03: frequent misconceptions, with an answer to every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "In training the KL rises from near 0 to 40 nats a clip and does not fall "
        "again. The ELBO rises as well. Is something wrong?",
        (
            Option(
                "Yes: the KL is part of the loss, so it must fall.",
                False,
                "Only the sum of both terms must fall. The log likelihood has gained "
                "more nats than the KL has added.",
            ),
            Option(
                "Yes: q moves away from the prior, so samples of the prior decode to "
                "nothing.",
                False,
                "The q of a single clip has to differ from the prior, or all clips "
                "share one code. What should equal the prior is the mean of q over all "
                "clips: look at samples.",
            ),
            Option(
                "No: the codes begin to contain information on the clips.",
                True,
                "The mean KL is at least the mutual information between clip and code. "
                "The failure is KL → 0, posterior collapse: q is the prior for every "
                "clip.",
            ),
            Option(
                "No: the KL is only a regularizer, and its value means nothing.",
                False,
                "Its value is a rate in nats, an upper bound on what the codes tell "
                "about the clips. Read it together with the log likelihood and the "
                "active units.",
            ),
        ),
    ),
    Question(
        "Pixels are in [-1, 1]. The loss is the mean squared error over all 3 · 16 · "
        "64 · 64 values of a clip, plus the KL, summed, with beta = 1. Every "
        "reconstruction is the same grey. Why?",
        (
            Option(
                "The decoder is too small.",
                False,
                "The decoder gets no information. A larger one has the same loss: one "
                "more nat is worth it only if it lowers the mean squared error by more "
                "than 1.",
            ),
            Option(
                "Beta = 1 is the true ELBO: these clips contain no more information.",
                False,
                "It is the ELBO if both terms are in nats. A mean over pixels is not: "
                "the log likelihood is divided by D, the KL is not.",
            ),
            Option(
                "The loss corresponds to a sigma of about 313, far more than the range "
                "of a pixel.",
                True,
                "σ² = beta D / 2 = 98,304. The whole error of the mean clip is at most "
                "1, so a code saves 1 nat at best, and the KL dominates. State sigma; "
                "sum over pixels.",
            ),
        ),
    ),
    Question(
        "A plain autoencoder reconstructs test clips well. Why is it not a generative "
        "model?",
        (
            Option(
                "Its decoder contains no randomness.",
                False,
                "Nor does the generator of a GAN. A deterministic function is enough "
                "if its input is sampled from a known distribution.",
            ),
            Option(
                "It has no distribution over codes, so it is unknown which codes are "
                "likely.",
                True,
                "A random code may lie where no clip is encoded. A Gaussian fitted to "
                "the codes makes a generative model of it, although a crude one.",
            ),
            Option(
                "It needs more training: its error is not yet zero.",
                False,
                "With error zero it would still have only the codes of given clips. "
                "The quality of reconstructions says nothing about samples.",
            ),
            Option(
                "Its code has too few axes for new clips.",
                False,
                "Test clips are new, and their codes are sufficient. More axes leave "
                "more room where no clip is encoded.",
            ),
        ),
    ),
    Question(
        "Two estimates of the gradient of E[f(z)] with respect to μ, with z ~ N(μ, "
        "σ²): reparameterization and the score function. Which statement holds?",
        (
            Option(
                "The score function is biased, so use reparameterization.",
                False,
                "Both are unbiased. The score function is noisier here, but with "
                "enough samples both agree.",
            ),
            Option(
                "Reparameterization always has the smaller variance.",
                False,
                "On parabolas, yes. On sin(kz) with a large k, no: its gradient grows "
                "with k, its value is never above 1.",
            ),
            Option(
                "The score function also needs the gradient of f.",
                False,
                "It needs the value of f and the gradient of log q, so f may be "
                "discontinuous or a black box. Reparameterization needs the gradient "
                "of f.",
            ),
            Option(
                "Both have the same mean. On every parabola the score function has at "
                "least 1.5 times the variance.",
                True,
                "This is E3.3, and 1.5 holds for the best constant added to f. The "
                "advantage of the score function is that it needs no gradient of f.",
            ),
        ),
    ),
    Question(
        "A ball goes left in 9 of 10 clips. Model A samples left 9 times in 10, model "
        "B every other time. B has the better best-of-20. What follows?",
        (
            Option(
                "B models the futures better.",
                False,
                "A has the true probabilities. If the ball goes right, all 20 samples "
                "of A are wrong in 12 % of clips; those of B once in a million.",
            ),
            Option(
                "Little, because the sample is chosen with the truth. Report one "
                "sample and trivial baselines as well.",
                True,
                "Best-of-N rewards diversity, not probabilities: one sample is correct "
                "in 82 % for A and in 50 % for B. Always left is correct in 90 %: "
                "report that baseline, too.",
            ),
            Option(
                "Use more samples: best-of-1000 would rank them correctly.",
                False,
                "With more samples any diversity is enough: both would nearly always "
                "have a correct sample. The probabilities then have no effect.",
            ),
            Option(
                "Report one sample alone: it measures calibration.",
                False,
                "It does not: always left is correct in 90 %, the true probabilities "
                "in 82 %. Compare how often each future is sampled with how often it "
                "occurs.",
            ),
        ),
    ),
    Question(
        "For one clip, model A has an ELBO of -100 nats, model B of -90. What do you "
        "know?",
        (
            Option(
                "A is better: the ELBO is minimized.",
                False,
                "The ELBO is a lower bound of log p(x), so it is maximized. Its "
                "negative is minimized.",
            ),
            Option(
                "B assigns the clip a higher probability.",
                False,
                "Perhaps. If A's gap is 20 nats and B's is 5, then log p(x) is -80 for "
                "A and -85 for B.",
            ),
            Option(
                "B's q is nearer to its posterior.",
                False,
                "The gap is log p(x) minus the ELBO, and log p(x) is unknown. B may "
                "have a larger gap under a better model.",
            ),
            Option(
                "For B, log p(x) is at least -90; for A, at least -100.",
                True,
                "The gap is KL(q ‖ posterior), which is never negative. A higher ELBO "
                "alone does not tell whether the model or q is better.",
            ),
        ),
    ),
)
