# %% [markdown]
# # 1 · The mathematics of a forger
#
# Two rows of digits follow. People wrote one of them. The other was painted by a
# network that has **never seen a digit**: no picture was ever shown to it. All it
# received, some thousand times, was the slope of somebody else's opinion.
#
# Which row is forged? And how can the slope of an opinion teach anyone to write?

# %%
import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from course_lib.data.handwritten_digits import images
from lessons.gan_math import figures
from course_lib.gan.networks import DigitGenerator, DigitSizes
from course_lib.gan.training import generate
from course_lib.plotting import show
from course_lib.training.checkpoints import load_weights

rng = torch.Generator().manual_seed(1)
forger = load_weights("digits_gan", DigitGenerator(DigitSizes(), rng))
written = images().images[torch.randperm(1797, generator=rng)[:10]]
show(figures.which_is_forged(written, generate(forger, 10, rng)))

# %% [markdown]
# **What you will be able to do.** Derive the best possible judge, and what the game
# then measures. Write the field's losses on logits, without overflow. Read from
# eigenvalues why the game circles, and stop it. Train a generator that forgets none of
# eight modes. Name a fault in training from its curves.
#
# **What you need.** Python, a little PyTorch, derivatives and integrals; 90 minutes, of
# which the machine takes about 4. No GPU, no network.
#
# **How it works.** Numbered equations are checked by the machine where they stand. An
# exercise is one function: write it, run its cell, read the card. What you leave open,
# the library fills in.

# %%
from collections.abc import Callable

from course_lib.gan import ring_training, training
from course_lib.gan import ring as rings
from course_lib.gan.digit_scores import digit_scores
from lessons.gan_math.lab import FAULTS, run_fault, run_healthy
from course_lib.gan.objectives import DiscriminatorLoss
from lessons import check, diagnose, hint, quiz, solution, verify
from course_lib.training.bands import read_band
from course_lib.training import presets
from course_lib.shapes import Densities, Distributions, Logits, PerClip, Scalar, Videos
from teaching.explore import choice, explore, slider
from course_lib.profile import pick
from course_lib.progress import progress

# %% [markdown]
# ## 1.1 Two players
#
# What does each player want? A *generator* $G$ turns noise $z$ into a sample $G(z)$. A
# *judge* $D$, in the papers the discriminator, looks at one sample and answers with a
# number between 0 and 1: how probable it finds that the sample is real. One function
# $V$ keeps the score of both. The judge *ascends* it: it wants $D$ near 1 on data and
# near 0 on fakes. The generator *descends* it. Nobody minimises $V$ jointly. It is a
# game: one landscape, two walkers, opposite directions.
#
# Let $p$ be the density of the data and $q$ that of the fakes.

# %% tags=["nbval-check-output"]
verify("E1.1")

# %% [markdown]
# The receipt compares three routes that share no code; a training step only ever sees
# the one with samples and an error bar.
#
# In code a judge returns a *logit* $\ell$, any real number, with $D = \sigma(\ell)$. A
# judge who is sure says -200. The sigmoid of that is too small for a float32, so it
# rounds to 0, and its logarithm is $-\infty$: one confident verdict, and the batch is
# lost. Yet $\log\sigma(\ell) = -\mathrm{softplus}(-\ell)$, without the detour, and
# $1 - \sigma(\ell) = \sigma(-\ell)$. Optimizers descend, so the judge's loss is $-V$,
# kept in two parts.

# %% exercise="X1.1"

# %% [markdown]
# Remember: a judge who cannot tell says logit 0 and pays log 2 on either side. A loss of
# log 4 ≈ 1.386 means "no idea", whether the fakes are perfect or the judge is asleep. A
# game's loss compares two players; it does not fall as pictures improve.
#
# ## 1.2 The best judge
#
# Hold the generator still. At a point $x$, real samples come by with density $p$, fakes
# with density $q$, and the judge must answer both with one number $y$. It earns
# $p \log y + q \log(1-y)$. Points do not interact: the best judge solves each on its
# own. Where is the top?

# %% tags=["nbval-check-output"]
show(figures.best_verdict(real=3.0, fake=1.0))
verify("E1.2")

# %% [markdown]
# The slope $p/y - q/(1-y)$ is zero at $y = p/(p+q)$, and the curve bends down
# everywhere, so this is the maximum. Two lines of calculus are the whole proof; no
# entropy is needed. Where data are three times as dense as fakes, the best judge says
# ¾. Where both are equally dense, ½; and if that is so everywhere, the forger has won.
#
# Densities of pictures are tiny, so we carry their logarithms. Dividing $e^{-700}$ by
# $e^{-700} + e^{-690}$ is hopeless in floating point, but $p/(p+q)$ depends only on a
# *difference* of logarithms.

# %% exercise="X1.2"

# %% [markdown]
# ## 1.3 What the game measures
#
# With the best judge seated, what is left of $V$? Put $D^*$ into **both** terms and write
# $m = (p+q)/2$. The first becomes $\int p \log \frac{p}{2m}$, which is
# $\mathrm{KL}(p\,\|\,m) - \log 2$; the second is the same with $q$. Each gives up one
# log 2, and half the sum of the two Kullback-Leibler divergences is, by definition, the
# Jensen-Shannon divergence. Facing a perfect judge, the forger descends a genuine
# distance between distributions.

# %% tags=["nbval-check-output"]
verify("E1.3")

# %% [markdown]
# Stop after one term, as several tutorials do, and you get
# $\mathrm{KL}(q\,\|\,m) - \log 2$: the same minimum, another value, another gradient.
#
# The second line is the *envelope theorem*. When the forger moves, $D^*$ moves along,
# but that adds nothing to the slope, since $V$ is flat in $D$ at the top. So the judge
# may be held still while the generator steps.
#
# Predict first: where should one narrow hump stand to fool the judge of two? Then slide.
# Where is JSD smallest, and where does it stop growing?

# %%
explore(
    figures.two_players,
    mean=slider(-4.0, 4.0, step=0.5, start=1.0, label="forger's mean"),
    width=choice((0.7, 2.2), label="forger's width"),
    alt="Data with two humps, a forger with one; the best judge, V and JSD answer.",
)

# %% [markdown]
# Pushed aside, JSD comes to rest near its ceiling, log 2 ≈ 0.693, and stays: disjoint is
# disjoint, near or far. Section 1.5 returns to that plateau. And a narrow hump does best
# on top of *one* of the two: the judge of single samples rewards half the truth, told
# well.
#
# For lists of probabilities the integrals become sums. One trap: an outcome that never
# occurs adds $0 \log 0$, which is 0 in mathematics and `nan` in floating point.

# %% exercise="X1.3"

# %% [markdown]
# ## 1.4 A loss that lets go
#
# At the start every fake is obvious: $D(G(z)) \approx 0$. What slope does the forger get
# then? Its own side of $V$ is $\log(1 - D)$. The first GAN paper also proposed another
# target: descend $-\log D$, the surprise of being called real. The fixed point is the
# same, and the two are often called the same loss. Look at the slopes before you agree.

# %% tags=["nbval-check-output"]
show(figures.two_slopes(logit=-8.0))
verify("E1.4")

# %% [markdown]
# At logit -8 the judge is sure. The saturating loss answers with a slope of -0.0003, the
# non-saturating one with -0.9997: three thousand times more, at the very moment when the
# forger needs it. As fakes improve the roles swap: the first pulls with $D$, the second
# with $1 - D$, and lets go of what is already good.
#
# In the language of labels: in its own step, the generator's fakes get the label 1.

# %% exercise="X1.4"

# %% [markdown]
# ## 1.5 Other referees
#
# Must a judge speak in probabilities? Drop the sigmoid, call the output a *score*, and
# other games appear. **Least squares** pulls real scores to a label $b$, fakes to $a$, and
# the generator's fakes to $c$. The **hinge** charges real scores below +1 and fakes
# above -1; what is safely judged gets no more attention. **Wasserstein** charges nothing
# but the gap. Each is a pair of losses: one shared min-max would push the least-squares
# generator towards the label for fakes.

# %% tags=["nbval-check-output"]
show(figures.referee_losses())
verify("E1.5")

# %% [markdown]
# So least squares measures something too: with $b - c = 1$ and $b - a = 2$ the generator
# descends a Pearson chi-square. Most code takes the labels $a = 0$, $b = c = 1$. They
# share the formula for the best score, but not the chi-square. Write that pair: the
# factor ½ belongs to each squared term, and each term is a mean over its own batch.

# %% exercise="X1.5"

# %% [markdown]
# And the hinge, whose signs go wrong more often than any other's: the judge *descends*
# its two charges, and the generator has no hinge at all. Before you write, say what a
# real sample with score +3 should cost the judge, and what a fake with score +3.

# %% exercise="X1.6"

# %% [markdown]
# Now the plateau of 1.3. Let all data be one point and all fakes another. That is less of
# a toy than it looks: pictures lie on thin sheets in a space of thousands of pixels, and
# two thin sheets hardly ever meet. Which measure tells the forger where to go: JSD, KL,
# or the *earth mover's* distance $W_1$, the least mass times way? Predict, then slide.

# %%
explore(
    figures.two_points,
    distance=slider(0.0, 3.0, step=0.25, start=1.0, label="distance"),
    blur=choice((0.0, 0.3), label="noise on both"),
    alt="Two points at a distance; JSD, KL and W1 as functions of that distance.",
)

# %% tags=["nbval-check-output"]
verify("E1.6")

# %% [markdown]
# JSD jumps to log 2 and is flat, KL is infinite, and $W_1$ *is* the distance. The last two
# lines are Kantorovich's duality: the cheapest transport costs exactly what the best
# *1-Lipschitz* function can tell apart. So a critic measures $W_1$ only if its slope
# stays within 1. Without that, it scales its scores, and the "distance", at will.
#
# The *gradient penalty* asks for slope 1 on the lines between real and fake: one random
# share for each **clip**, the norm over **all** its axes.

# %% exercise="X1.7"

# %% [markdown]
# ## 1.6 Why it circles
#
# So far the judge was perfect. In training, both learn at once. Does that converge? Take
# the smallest game there is, the Dirac-GAN: the data sit at 0, the fakes at one point
# $\theta$, and the judge is a line, with logit $\psi x$. The equilibrium is (0, 0). Choose
# a loss and watch; then turn up $\gamma$, the weight of a penalty named R1.

# %%
explore(
    figures.phase_portrait,
    loss=choice(("minimax", "non-saturating", "Wasserstein"), label="loss"),
    gamma=slider(0.0, 2.0, step=0.5, start=0.0, label="R1 gamma"),
    moves=choice(("in turn", "at once"), label="players move"),
    alt="The two players' motion in the plane, and the eigenvalues at the centre.",
)

# %% tags=["nbval-check-output"]
verify("E1.7")

# %% [markdown]
# Near its equilibrium a game does what the eigenvalues of its Jacobian say. Without a
# penalty they are purely imaginary: the motion turns, and nothing pulls it in. Neither
# data nor capacity is to blame, and no choice of loss mends it; if both step at once,
# finite steps even drive it outwards. "GANs converge to the data" is a theorem about
# perfect judges.
#
# R1 charges the judge for any slope *at the data*. The real part becomes $-\gamma/2$, and
# the circle a spiral home.

# %% exercise="X1.8"

# %% [markdown]
# ## 1.7 Collapse
#
# Eight Gaussian spots on a ring are the fruit fly of this field. A forger who paints two
# of them well satisfies a judge of single samples: *mode collapse*. We call a sample good
# within three standard deviations of a spot, and a spot covered when it holds at least
# 1 % of all samples as good ones.
#
# Both players take plain gradient steps. Adam would divide each slope by its own size
# and so hide section 1.4. Your own losses go in. Predict for each of the three games: how
# many of eight spots?

# %%
ring = pick(smoke=presets.RING_SMOKE, laptop=presets.RING_LAPTOP)


def play(losses, r1_gamma):
    rng = torch.Generator().manual_seed(0)
    players, clouds = training.init_ring_gan(rng), {}
    for step in progress(range(1, ring.steps + 1), "ring"):
        real = rings.sample_ring(ring.batch, rng)  # (128, 2)
        players, _ = training.train_step(players, real, rng, losses, r1_gamma=r1_gamma)
        if step % ring.every == 0:
            clouds[step] = training.generate(players.ema_generator, 2048, rng)
    return clouds


mine = ring_training.GANLosses(discriminator_loss, nonsaturating_generator_loss)
runs = {
    "saturating": play(ring_training.SATURATING, 0.0),
    "non-saturating": play(mine, 0.0),
}
runs["non-saturating, R1"] = play(mine, training.RING_GAMMA)
show(figures.ring_progress(runs))

# %%
bands = {
    "saturating": read_band("ring_saturating").curves,
    "non-saturating, R1": read_band("ring_recommended").curves,
}
show(figures.coverage_curves(runs, bands))

rng = torch.Generator().manual_seed(0)
table = {
    "the data themselves": rings.sample_ring(2048, rng),
    "noise on the square": rings.sample_square(2048, rng),
    "one spot, perfectly": rings.sample_single_mode(2048, rng),
    **{name: clouds[ring.steps] for name, clouds in runs.items()},
}
for name, points in table.items():
    found = rings.mode_coverage(points)
    print(
        f"{name:20} {found.modes} of 8 spots, {found.high_quality_fraction:4.0%} good"
    )
assert found.modes == 8 and found.high_quality_fraction > pick(smoke=0.3, laptop=0.9)

# %% [markdown]
# The saturating game ends on one spot or none, and without R1 the other loss circles
# and collapses as well. With R1, eight seeds of eight find eight spots (the grey band).
# Mind the table: one perfect spot is 99 % good, so quality without a count of modes
# means nothing.
#
# ## 1.8 First pictures
#
# No equation cares that a sample is a point. Take convolutional networks and 1,797
# handwritten digits; keep step, loss and penalty. Row A at the top came from
# this loop. Three numbers judge it: can a digit be read, do all ten occur, is it new?

# %%
digits = pick(smoke=presets.DIGITS_SMOKE, laptop=presets.DIGITS_LAPTOP)
rng = torch.Generator().manual_seed(0)
players, (people, labels) = training.init_digit_gan(rng), images()
noise, sheets = torch.randn(8, forger.latent_dim, generator=rng), {}
for step in progress(range(digits.steps + 1), "digits"):
    if step % digits.every == 0:
        sheets[step] = players.ema_generator(noise).detach()  # (8, 1, 32, 32)
    real = people[torch.randint(len(people), (digits.batch,), generator=rng)]
    players, _ = training.train_step(
        players, real, rng, mine, r1_gamma=training.DIGIT_GAMMA
    )
show(figures.samples_over_time(sheets))

# %%
rows = {
    "copies of the data": people[:500],
    "the mean digit": people.mean(0, keepdim=True).expand(500, -1, -1, -1),
    "noise": 2 * torch.rand(500, 1, 32, 32, generator=rng) - 1,
    "your forger": generate(players.ema_generator, 500, rng),
    "the shipped forger": generate(forger, 500, rng),
}
for name, row in rows.items():
    found = digit_scores(row, people, labels)
    print(
        f"{name:20} readable {found.label_agreement:4.0%}  variety {found.label_entropy:4.2f}  "
        f"distance to the data {found.nearest_distance:4.2f}"
    )

# %% [markdown]
# ## Lab: name the fault
#
# Five training steps on the ring, each with one line wrong, as found in published code.
# You see what an engineer sees: curves, with the healthy run in grey. Whose loss moves?
# What does the judge say of real samples, and of fakes? Do good samples appear at all?
# Copy a name to each letter:
#
# - `a sigmoid before a loss on logits`
# - `the data come in another range`
# - `the generator wants to be caught`
# - `the judge learns that fakes are real`
# - `the wrong optimizer is stepped`

# %%
steps = pick(smoke=presets.LAB_SMOKE, laptop=presets.LAB_LAPTOP).steps
healthy = run_healthy(steps, torch.Generator().manual_seed(0))
faulty = {f.key: run_fault(f, steps, torch.Generator().manual_seed(0)) for f in FAULTS}
show(figures.fault_curves(faulty, healthy))

# %% lab="1"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option you believe in, then the others: wrong ones are answered
# too.

# %%
quiz("1")

# %% [markdown]
# ## Summary
#
# - A GAN is a game: the judge ascends $V$, the generator descends it. Its losses compare
#   two players and do not measure quality.
# - The best judge is $p/(p+q)$; against it the generator descends
#   $2\,\mathrm{JSD} - \log 4$.
# - The saturating loss is flat where the generator is bad; $-\log D$ is steep there.
# - Least squares, hinge and Wasserstein change the referee. $W_1$ keeps a slope between
#   distributions that do not meet, at the price of a bound on the critic's slope.
# - Descent circles because eigenvalues are imaginary; R1 damps it.
# - Count modes and good samples. Then look at them.
#
# Next, lesson 02 gives the pictures a past and asks what comes next.
#
# ## Further reading
#
# - I. Goodfellow et al., *Generative Adversarial Nets*, NeurIPS 2014, arXiv:1406.2661:
#   the game, E1.1 to E1.4.
# - X. Mao et al., *Least Squares Generative Adversarial Networks*, ICCV 2017,
#   arXiv:1611.04076: E1.5.
# - M. Arjovsky, S. Chintala, L. Bottou, *Wasserstein GAN*, ICML 2017, arXiv:1701.07875:
#   E1.6.
# - I. Gulrajani et al., *Improved Training of Wasserstein GANs*, NeurIPS 2017,
#   arXiv:1704.00028: the gradient penalty.
# - J. H. Lim, J. C. Ye, *Geometric GAN*, 2017, arXiv:1705.02894: the hinge.
# - T. Miyato et al., *Spectral Normalization for Generative Adversarial Networks*, ICLR
#   2018, arXiv:1802.05957: the hinge at scale.
# - L. Mescheder, A. Geiger, S. Nowozin, *Which Training Methods for GANs do actually
#   Converge?*, ICML 2018, arXiv:1801.04406: the Dirac-GAN, R1, E1.7.
# - L. Metz et al., *Unrolled Generative Adversarial Networks*, ICLR 2017,
#   arXiv:1611.02163: the ring.
