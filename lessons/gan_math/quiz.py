"""Ask what lesson 01 is most often misread to say; answer every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "Training has run for an hour and the judge's loss stands still at 1.386 "
        "(log 4). What do you know?",
        (
            Option(
                "The fakes are perfect.",
                False,
                "They might be. But a judge that learns nothing, or one whose output "
                "is stuck at logit 0, pays the same log 4. Look at the samples.",
            ),
            Option(
                "The judge answers ½ everywhere, and you do not know why.",
                True,
                "log 4 is the price of indecision: log 2 on real samples, log 2 on "
                "fakes. A loss in a game says how two players stand to each other, "
                "not how good the pictures are.",
            ),
            Option(
                "Training has converged to the data distribution.",
                False,
                "That theorem speaks of a perfect judge and a generator without "
                "limits. Section 1.6 shows a game that circles for ever.",
            ),
        ),
    ),
    Question(
        "Descending log(1 - D) and descending -log D lead to the same fixed point. "
        "Why prefer the second?",
        (
            Option(
                "Because -log(1 - D) vanishes when D is near 1.",
                False,
                "At D = 0.999 it is 6.9, far from vanishing. The weak spot is the "
                "other end: D near 0, where every generator starts.",
            ),
            Option(
                "Because its slope is near -1 where the judge is sure of a fake.",
                True,
                "At logit -8 it is -0.9997; the saturating loss offers -0.0003.",
            ),
            Option(
                "Because it minimises the Jensen-Shannon divergence and the other "
                "does not.",
                False,
                "The other way round: the saturating loss is the generator's own side "
                "of V, so with the best judge it is the one that descends JSD.",
            ),
            Option(
                "No reason: the same fixed point means the same training.",
                False,
                "Where you end says nothing about whether you get there: the slopes "
                "on the way differ by a factor of three thousand.",
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
                "It has the same minimiser, but another value and another gradient.",
            ),
            Option(
                "D* went into one of the two terms only.",
                True,
                "Each expectation gives up one log 2 and one KL. Leave one out and "
                "half of the game is missing.",
            ),
            Option(
                "A factor of two in the definition of JSD.",
                False,
                "JSD is half the sum of two KLs, so a factor could only rescale the "
                "sum. Here one of the two KLs is gone.",
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
                "True of the distance, but this number measures the size of the "
                "weights: double the critic and it doubles.",
            ),
            Option(
                "No: the supremum runs over 1-Lipschitz critics, and nothing here "
                "bounds the slope.",
                True,
                "Without clipping, a gradient penalty or spectral normalisation, the "
                "gap can be scaled at will and means nothing.",
            ),
            Option(
                "No: a sigmoid on the output is missing.",
                False,
                "A Wasserstein critic has no sigmoid. What is missing is a bound on "
                "its slope.",
            ),
        ),
    ),
    Question(
        "You compute the gradient penalty on clips of shape (B, T, C, H, W). Which "
        "is right?",
        (
            Option(
                "One random share per pixel, so that the line is sampled densely.",
                False,
                "A share per pixel leaves the straight line between the two clips "
                "and fills the box around it.",
            ),
            Option(
                "The norm of the gradient over the channel axis, averaged over the "
                "rest.",
                False,
                "The constraint is on the critic's slope as a function of the whole "
                "clip: one norm over T, C, H and W together.",
            ),
            Option(
                "One share per clip, one norm per clip over all its axes, and no "
                "batch normalisation in the critic.",
                True,
                "Batch normalisation lets one clip's score depend on its neighbours, "
                "so that the slope of a single clip is no longer defined.",
            ),
        ),
    ),
    Question(
        "A ring GAN with the plain losses keeps jumping between three of the eight "
        "spots. What do you reach for first?",
        (
            Option(
                "Labels for the eight spots.",
                False,
                "They would help, but nothing in the game needs them: an "
                "unconditional generator learns from unlabelled samples.",
            ),
            Option(
                "A smaller network, because it overfits.",
                False,
                "Overfitting would show as copies of training samples. Jumping from "
                "spot to spot is the rotation of section 1.6.",
            ),
            Option(
                "A penalty on the judge's slope at the data.",
                True,
                "R1 turns the imaginary eigenvalues into damped ones: the judge no "
                "longer chases, and the generator has time to find all spots.",
            ),
            Option(
                "Two steps of the judge for each of the generator.",
                False,
                "A sharper judge gives a better slope, but the rotation stays: no "
                "term pulls the players in.",
            ),
        ),
    ),
)
