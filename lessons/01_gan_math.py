# %% [markdown]
# # 1 · The mathematics of a forger
#
# Two rows of digits follow. People wrote one of them. The other was painted by a
# network that has **never seen a digit**: no picture was ever shown to it. All it
# received, a few thousand times, was the slope of somebody else's opinion.
#
# Which row is forged? And how can the slope of an opinion teach anyone to write?

# %%
import torch

from course_lib.data.handwritten_digits import images
from course_lib.gan import pictures
from course_lib.gan.networks import DigitGenerator, DigitSizes
from course_lib.gan.training import generate
from course_lib.plotting import show
from course_lib.runs.checkpoints import load_weights

rng = torch.Generator().manual_seed(1)
forger = load_weights("digits_gan", DigitGenerator(DigitSizes(), rng))
written = images().images[torch.randperm(1797, generator=rng)[:10]]
show(pictures.which_is_forged(written, generate(forger, 10, rng)))

# %% [markdown]
# **What you will be able to do.** Derive the best possible judge, and what the game
# measures once that judge sits. Write the field's losses on logits, without overflow.
# Read from eigenvalues why the game circles, and stop it. Train a generator that
# forgets none of eight modes. Name a fault in training from its curves.
#
# **What you need.** Python, a little PyTorch, derivatives and integrals; no GPU and no
# network. Plan 90 minutes with all exercises. MINUTES
#
# **How it works.** The machine checks each numbered equation where it stands. Each
# exercise is one function: write it, run its cell, read the card. What you leave open,
# the library fills in, so the notebook always runs to its end.

# %%
from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import relu, softplus

from course_lib.gan.objectives import DiscriminatorLoss
from course_lib.lessons import check, diagnose, quiz, verify
from course_lib.shapes import Densities, Distributions, Logits, PerClip, Scalar, Videos
from course_lib.teaching import profile
from course_lib.teaching.explore import choice, explore, slider
from course_lib.teaching.progress import progress

# %% [markdown]
# ## 1.1 Two players
#
# What does each player want? A *generator* $G$ turns noise $z$ into a sample $G(z)$. A
# *judge* $D$, called the discriminator, looks at one sample and answers with a number
# between 0 and 1: how probable it finds that the sample is real. One function keeps the
# score of both:
#
# The judge *ascends* $V$: it wants $D$ near 1 on data and near 0 on fakes. The
# generator *descends* it. Nobody minimises $V$ jointly. It is a game: one landscape, two
# walkers, opposite directions. Below, $p$ is the density of the data and $q$ that of the
# fakes.

# %% tags=["nbval-check-output"]
verify("E1.1")

# %% [markdown]
# That receipt compares two routes that share no code: an integral on a fine grid, and
# an average over random samples with its own error bar. A training step only ever sees
# the second.
#
# In code a judge returns a *logit* $\ell$, any real number, with $D = \sigma(\ell)$.
# Why not apply the sigmoid first and then take the logarithm, as the formula is
# written? Predict what the next cell prints for a judge that is very sure.

# %%
logit = torch.tensor(-200.0)
print("as written:    ", torch.log(torch.sigmoid(logit)).item())
print("rearranged:    ", -softplus(-logit).item())

# %% [markdown]
# The sigmoid of -200 is smaller than any float32, so it became 0 and its logarithm
# $-\infty$: one confident judgement, and the whole batch is lost. The identity
# $\log\sigma(\ell) = -\mathrm{softplus}(-\ell)$ computes the same number without the
# detour, and $1 - \sigma(\ell) = \sigma(-\ell)$ does it for fakes.
#
# Optimisers descend. So the judge's loss is $-V$, kept in its two parts: what real
# samples cost, and what fakes cost. Each is a mean over its own batch.

# %% exercise="X1.1"

# %% [markdown]
# A first number to remember: a judge who cannot tell always says ½, logit 0, and pays
# log 2 on either side. A loss of log 4 ≈ 1.386 therefore means "no idea", whether the
# fakes are perfect or the judge is asleep. The loss of a GAN is a score *between* two
# players. It does not fall as pictures improve, and reading it like the loss of a
# classifier is the first way to be misled.

# %%
undecided = discriminator_loss(torch.zeros(64), torch.zeros(64))
print(f"undecided judge: {undecided.real:.4f} + {undecided.fake:.4f} nats")

# %% [markdown]
# ## 1.2 The best judge
#
# Suppose the generator holds still. What is the best any judge could say at one point
# $x$? Real samples come by with density $a = p(x)$, fakes with density $b = q(x)$, and
# the judge must answer both with the same number $y$. At this point it earns
# $a \log y + b \log(1-y)$. The points do not interact, so the best judge solves each on
# its own.

# %%
show(pictures.best_verdict(real=3.0, fake=1.0))

# %% [markdown]
# Set the derivative $a/y - b/(1-y)$ to zero: $y = a/(a+b)$. The second derivative,
# $-a/y^2 - b/(1-y)^2$, is negative wherever $a + b > 0$, so this is the maximum. No
# appeal to entropy or symmetry is needed; two lines of calculus are the whole proof.

# %% tags=["nbval-check-output"]
verify("E1.2")

# %% [markdown]
# Read it as a bet. Where data are three times as dense as fakes, the best judge says ¾.
# Where only data live it says 1. Where both are equally dense it says ½, and if that is
# so everywhere, the forger has won.
#
# Densities of pictures are astronomically small, so we carry their logarithms. Dividing
# $e^{-700}$ by $e^{-700} + e^{-690}$ is hopeless; but $p/(p+q)$ depends only on the
# *difference* of the two logarithms.

# %% exercise="X1.2"

# %% [markdown]
# ## 1.3 What the game measures
#
# With the best judge seated, what is left of $V$? Put $D^* = p/(p+q)$ into **both**
# terms, and write $m = (p+q)/2$ for the density of a fair mixture:
#
# $$\int p \log\frac{p}{2m} + q \log\frac{q}{2m}
#   = \underbrace{\mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m)}_{2\,\mathrm{JSD}}
#   - 2\log 2 .$$
#
# Each term gives up one $\log 2$. The two Kullback-Leibler divergences are twice the
# Jensen-Shannon divergence by its definition. So the forger facing a perfect judge
# descends a genuine distance between distributions.

# %% tags=["nbval-check-output"]
verify("E1.3")

# %% [markdown]
# Stop after the first term, as several tutorials do, and you get
# $\mathrm{KL}(q \,\|\, m) - \log 2$: the same minimum, another value, another gradient.
# The second line of the receipt is the *envelope theorem*: when $q$ moves, $D^*$ moves
# too, but its motion adds nothing to the slope, because $V$ is flat in $D$ at the top.
# That is why training may freeze the judge while the generator steps.
#
# Slide the forger. Where is JSD 0, and where does it stop growing?

# %%
explore(
    pictures.two_players,
    mean=slider(-4.0, 4.0, step=0.5, start=1.0, label="forger's mean"),
    width=choice((0.4, 0.8, 2.0), start=0.8, label="forger's width"),
    alt="Data with two humps, a forger with one; the best judge, V and JSD answer.",
)

# %% [markdown]
# Push the forger out to the side: JSD comes to rest at log 2 ≈ 0.693, its ceiling,
# and stays there. Disjoint is disjoint, near or far. Section 1.5 returns to that
# plateau. And no single bump can copy two: the best place for it is a compromise.
#
# For two lists of probabilities the integrals become sums. One trap: an outcome that
# never occurs contributes $0 \log 0$, which is 0 in mathematics and `nan` in floating
# point.

# %% exercise="X1.3"

# %% [markdown]
# ## 1.4 A loss that lets go
#
# At the start every fake is obvious: $D(G(z)) \approx 0$. Which slope does the forger
# get then? Its own side of $V$ is $\log(1 - D)$. The original paper proposed another
# target: descend $-\log D$, the surprise of being called real. It has the same fixed
# point. The two are often called the same loss. Look at the slopes before you agree.

# %%
show(pictures.two_slopes(logit=-8.0))

# %% tags=["nbval-check-output"]
verify("E1.4")

# %% [markdown]
# At logit -8 the judge is sure of a fake. The saturating loss answers with a slope of
# -0.0003, the non-saturating one with -0.9997: three thousand times more, at the very
# moment when the forger needs it. As the forger improves, the roles swap: the first
# loss pulls with $-D$, the second lets go with $-(1-D)$. It stops pushing what is
# already good.
#
# In the language of labels: the generator's fakes get the label 1 *in its own step*.

# %% exercise="X1.4"

# %% [markdown]
# ## 1.5 Other referees
#
# Must the judge speak in probabilities? Drop the sigmoid, call the output a *score*,
# and other games appear. **Least squares** pulls real scores to 1 and fakes to 0, and
# charges the generator for its distance to 1. The **hinge** charges real scores below
# +1 and fakes above -1, and nothing beyond: what is safely judged gets no more
# attention. The **Wasserstein** critic is not charged for anything but the gap.

# %%
show(pictures.referee_losses())

# %% [markdown]
# Least squares measures something, too. With labels $a$ for fake, $b$ for real and a
# target $c$ for the generator, the best score is a weighted mean of the labels, and if
# $b - c = 1$ and $b - a = 2$, the generator descends a Pearson chi-square. They are two
# losses: written as one min-max the generator would be pushed towards the label "fake".
# The usual 0/1 labels share the best-score formula but not the chi-square.

# %% tags=["nbval-check-output"]
verify("E1.5")

# %% exercise="X1.5"

# %% [markdown]
# And the hinge. Its signs go wrong more often than any other loss's: the judge
# *descends* the two charges, and the generator has no hinge at all. Before you write
# it, say what a real sample with score +3 should cost, and what a fake with score -3.

# %% exercise="X1.6"

# %% [markdown]
# Now the plateau. Let the data be one point and the fakes another, some distance away.
# That is no toy: pictures lie on thin sheets in a space of thousands of pixels, and two
# thin sheets hardly ever meet. Which of JSD, KL and the *earth mover's* distance $W_1$
# (least mass times way) would tell the forger where to go? Predict, then slide.

# %%
explore(
    pictures.two_points,
    distance=slider(-3.0, 3.0, step=0.5, start=1.0, label="distance"),
    blur=choice((0.0, 0.3, 1.0), start=0.0, label="noise on both"),
    alt="Two points at a distance; JSD, KL and W1 as functions of that distance.",
)

# %% tags=["nbval-check-output"]
verify("E1.6")

# %% [markdown]
# JSD jumps to log 2 and is flat; KL is infinite; $W_1$ is the distance, with slope 1
# everywhere. The third line of the receipt is Kantorovich's duality: the cheapest
# transport costs exactly what the best *1-Lipschitz* function can tell apart. So a
# critic measures $W_1$ only if its slope never exceeds 1. Unconstrained, it scales its
# scores without end, and the "distance" with them.
#
# Clipping weights enforces that crudely. A *gradient penalty* asks for slope 1 on the
# lines between real and fake: one random share per **clip**, the norm over **all** axes
# of that clip.

# %% exercise="X1.7"

# %% [markdown]
# ## 1.6 Why it circles
#
# So far the judge was perfect. In training, both learn at once. Does that converge? Take
# the smallest game there is: the data sit at 0, the fakes at one point $\theta$, and the
# judge is a line, $D(x) = \psi x$. The equilibrium is (0, 0). Each player sees only its
# own slope. Choose a loss and a penalty, and watch.

# %%
explore(
    pictures.phase_portrait,
    loss=choice(("minimax", "non-saturating", "Wasserstein"), label="loss"),
    gamma=slider(0.0, 2.0, step=0.25, start=0.0, label="R1 gamma"),
    alt="The two players' motion in the plane, and the eigenvalues at the centre.",
)

# %% tags=["nbval-check-output"]
verify("E1.7")

# %% [markdown]
# Near the equilibrium a game does what the eigenvalues of its Jacobian say. Without a
# penalty they are purely imaginary: the motion turns, and nothing pulls it in. Not the
# capacity, not the data, not the learning rate is to blame; the finite steps of an
# optimiser even drive it outwards. "GANs converge to the data" is a theorem about
# perfect judges, not about this.
#
# R1 charges the judge for any slope *at the data*. The real part becomes $-\gamma/2$, and
# the circle a spiral home.

# %% exercise="X1.8"

# %% [markdown]
# ## 1.7 Collapse
#
# Eight Gaussian spots on a ring are the fruit fly of this field. A judge that looks at
# one sample at a time is satisfied by a generator that paints two spots well: *mode
# collapse*. We call a sample good when it lies within three standard deviations of a
# spot, and a spot covered when it holds its share of good samples.
#
# Both players descend by plain gradient steps. Your own losses go in. Predict: with the
# same networks, data and steps, how many of eight spots does each loss find?

# %%
STEPS, EVERY = profile.pick(smoke=(SMOKE_STEPS, 50), laptop=(LAPTOP_STEPS, 100))


def play(losses, r1_gamma, seed=0):
    rng = torch.Generator().manual_seed(seed)
    players, curve, clouds = ring_players(rng), [], {}
    for step in progress(range(1, STEPS + 1), "ring"):
        real = sample_ring(256, rng)
        players, _ = train_step(players, real, rng, losses, r1_gamma=r1_gamma)
        if step % EVERY == 0:
            clouds[step] = generate(players.average, 2048, rng)  # (2048, 2)
            curve.append(coverage(clouds[step]))
    return clouds, curve


# %% [markdown]
# RESULT TEXT

# %%
TABLE

# %% [markdown]
# ## 1.8 First pictures
#
# Nothing in the mathematics cares that a sample is a point. Replace the two small
# networks by convolutional ones, the ring by 1,797 handwritten digits, and keep the step,
# the loss and the penalty.

# %%
DIGITS

# %% [markdown]
# DIGIT TEXT

# %% [markdown]
# ## Lab: name the fault
#
# Five training steps follow, each with one line changed; a healthy one runs beside them.
# All five faults were found in published tutorials. You see only what an engineer sees:
# curves. Three questions help. Which player's loss moves? What does the judge say about
# real samples, and what about fakes? Do good samples appear at all?

# %%
CURVES

# %% [markdown]
# Copy a name from this list to each letter, then run the cell:
#
# FAULT LIST

# %% lab="1"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option you believe in, and then the others: the wrong ones are
# answered too.

# %%
quiz("1")

# %% [markdown]
# ## Summary
#
# - A GAN is a game: the judge ascends $V$, the generator descends it. Its losses compare
#   two players and do not measure quality.
# - The best judge is $p/(p+q)$; against it the generator descends $2\,\mathrm{JSD} - \log 4$.
# - The saturating loss is flat where the generator is bad; $-\log D$ is steep there.
# - Least squares, hinge and Wasserstein change the referee. $W_1$ keeps a slope between
#   distributions that do not meet, at the price of a constraint on the critic.
# - Simultaneous descent circles, because eigenvalues are imaginary. R1 damps it.
# - Count modes and good samples. Then look.
#
# Next, lesson 02 gives the pictures a past and asks what comes next.

# %% [markdown]
# ## Further reading
#
# - I. Goodfellow et al., *Generative Adversarial Nets*, NeurIPS 2014. arXiv:1406.2661.
#   The game, E1.1 to E1.3.
# - X. Mao et al., *Least Squares Generative Adversarial Networks*, ICCV 2017.
#   arXiv:1611.04076. E1.5.
# - M. Arjovsky, S. Chintala, L. Bottou, *Wasserstein GAN*, ICML 2017. arXiv:1701.07875.
# - I. Gulrajani et al., *Improved Training of Wasserstein GANs*, NeurIPS 2017.
#   arXiv:1704.00028. The gradient penalty.
# - J. H. Lim, J. C. Ye, *Geometric GAN*, 2017. arXiv:1705.02894. The hinge.
# - T. Miyato et al., *Spectral Normalization for Generative Adversarial Networks*, ICLR
#   2018. arXiv:1802.05957.
# - L. Mescheder, A. Geiger, S. Nowozin, *Which Training Methods for GANs do actually
#   Converge?*, ICML 2018. arXiv:1801.04406. Section 1.6 whole.
# - L. Metz et al., *Unrolled Generative Adversarial Networks*, ICLR 2017.
#   arXiv:1611.02163. The ring.
