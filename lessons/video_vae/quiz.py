"""Ask what lesson 03 is most often misread to say; answer every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "In training the KL rises from near 0 to 40 nats a clip and never falls. The "
        "ELBO rises, too. A fault?",
        (
            Option(
                "Yes: the KL is part of the loss, so it must fall.",
                False,
                "Only the sum must fall. Nats are spent where they save more than they "
                "cost: the likelihood gained more than that.",
            ),
            Option(
                "Yes: q leaves the prior, so codes from the prior decode to nothing.",
                False,
                "The q of one clip has to leave it, or all clips share one code. What "
                "should cover the prior is q over all clips: look at samples.",
            ),
            Option(
                "No: the codes begin to tell clips apart.",
                True,
                "The KL is what a code costs, and a code that says something costs. "
                "The fault is KL → 0, posterior collapse: every clip gets the prior.",
            ),
            Option(
                "No: the KL only regularises, its value says nothing.",
                False,
                "It is a price in nats, and its mean bounds what codes can tell of "
                "clips. Read it beside the likelihood and the active units.",
            ),
        ),
    ),
    Question(
        "Pixels are in [-1, 1]. The loss is the mean squared error over all 3 · 16 · "
        "64 · 64 numbers of a clip, plus the KL, summed, with beta = 1. Every "
        "reconstruction is the same grey. Why?",
        (
            Option(
                "The decoder is too small.",
                False,
                "It was given nothing to decode. A larger one is under the same price: "
                "a nat pays only if it takes more than 1 off the mean squared error.",
            ),
            Option(
                "Beta = 1 is the true ELBO: these clips hold no more than that.",
                False,
                "It is true if both terms are in nats. A mean over pixels is not: the "
                "likelihood was divided by D, the KL was not.",
            ),
            Option(
                "The loss hides a sigma of about 313: a fog as wide as the picture, "
                "and far wider.",
                True,
                "σ² = beta D / 2 = 98,304. The whole error of the mean clip is at most "
                "1, so a code saves 1 nat at best: the KL wins. State sigma; sum over "
                "pixels.",
            ),
        ),
    ),
    Question(
        "A plain autoencoder rebuilds test clips well. Why is it not a generator?",
        (
            Option(
                "Its decoder draws nothing at random.",
                False,
                "Nor does a GAN's. A fixed function is enough, if its input is drawn "
                "from a known law.",
            ),
            Option(
                "It has no law over codes: nobody says which are likely.",
                True,
                "A code drawn at will may lie where no clip ever was. A Gaussian "
                "fitted to the codes makes a generator of it, if a crude one.",
            ),
            Option(
                "It needs more training: its error is not yet zero.",
                False,
                "At error zero it would still know only codes of clips that it was "
                "given. How well it copies says nothing of what to draw.",
            ),
            Option(
                "Its code is too narrow for new clips.",
                False,
                "Test clips are new, and they fit. A wider code leaves more room "
                "where no clip lives.",
            ),
        ),
    ),
    Question(
        "Two estimates of the slope of E[f(z)] along μ, with z ~ N(μ, σ²): move the "
        "samples (reparameterise), or weigh them (score function). What holds?",
        (
            Option(
                "The score function is biased, so reparameterise.",
                False,
                "Both means are the slope, exactly. It is noisier here, not wrong: "
                "enough samples agree.",
            ),
            Option(
                "Reparameterising always has the smaller variance.",
                False,
                "On parabolas, yes. On a fast ripple, no: the slope of sin(kz) grows "
                "with k, its value is never above 1.",
            ),
            Option(
                "The score function, too, needs the slope of f.",
                False,
                "It needs the value of f and the slope of log q. So f may have jumps, "
                "or be a black box. Reparameterising needs f's slope.",
            ),
            Option(
                "Same mean. On every parabola the score function has at least 1.5 "
                "times the variance.",
                True,
                "E3.3, and 1.5 takes the luckiest constant added to f. Its merit lies "
                "elsewhere: it needs no slope of f.",
            ),
        ),
    ),
    Question(
        "A ball goes left in 9 clips of 10. Model A draws left 9 times in 10, model B "
        "every other time. B wins best-of-20. What follows?",
        (
            Option(
                "B knows the futures better.",
                False,
                "A has the true odds. On a ball that goes right, its 20 samples all "
                "miss in 12 % of clips; those of B once in a million.",
            ),
            Option(
                "Little: the truth chose the sample. One sample and trivial rows "
                "belong beside it.",
                True,
                "An oracle's choice rewards spread, not odds: one sample hits in 82 % "
                "for A, 50 % for B. Always left hits 90 %: that row, too.",
            ),
            Option(
                "Draw more: best-of-1000 would rank them rightly.",
                False,
                "More draws make any spread succeed: both would then hit nearly "
                "always. The odds vanish from the score.",
            ),
            Option(
                "Report one sample alone: it measures calibration.",
                False,
                "It does not, either: always left hits 90 %, the true odds 82 %. "
                "Compare how often each future is drawn with how often it comes.",
            ),
        ),
    ),
    Question(
        "Of one clip, model A has an ELBO of -100 nats, model B of -90. What is known?",
        (
            Option(
                "A is better: the ELBO is minimised.",
                False,
                "It lies below log p(x), so it is maximised. What is minimised is its "
                "negative.",
            ),
            Option(
                "B gives the clip the higher probability.",
                False,
                "Perhaps. If A's gap is 20 nats and B's is 5, A gives it -80 and B "
                "-85.",
            ),
            Option(
                "B's q is nearer to its posterior.",
                False,
                "The gap is log p(x) less the ELBO, and log p(x) is not known. B may "
                "have the wider gap under a better model.",
            ),
            Option(
                "For B, log p(x) is at least -90; for A, at least -100.",
                True,
                "The gap is KL(q ‖ posterior): never negative, 0 at the posterior. A "
                "better bound alone does not say if model or q is better.",
            ),
        ),
    ),
)
