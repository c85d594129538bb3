# %% [markdown]
# # 3 · A code for motion
#
# Two handwritten digits drift through a black frame. At a wall, each draws a new
# direction: nobody can know which. Five frames have been shown, row "seen"; four rows go
# on from there. One of them happened. The others were dreamt by a network that has never
# seen these two digits.
#
# Which one happened? And if you cannot tell, is that a success or a failure? Commit
# yourself; the answer stands in the first code cell.

# %%
import torch
from torch import Tensor

from course_lib.data import restless_digits
from course_lib.plotting import filmstrip, show
from lessons.lstm_predictor.figures import possible_futures
from course_lib.training import clip_vae, stochastic_predictor
from course_lib.vae import sampled_futures
from lessons.video_vae import figures

dreamer = stochastic_predictor.shipped()
clip = restless_digits.test_clips(3)[2:]  # (1, 15, 1, 64, 64)
rows = {"C": clip[0, 5:]}
for letter, seed in (("A", 1), ("B", 2), ("D", 3)):
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        rows[letter] = sampled_futures.sample_future(dreamer, clip[:, :5], 10, rng)[0]
show(possible_futures(clip[0, :5], dict(sorted(rows.items()))))

# %% [markdown]
# **What you will be able to do.** Say why an autoencoder is no generator. Derive the
# ELBO twice, and compute both terms with the right sums. Let gradients flow through a
# random draw. Choose the width of a pixel on purpose, and see what a nat buys. Squeeze a
# clip into one code, dream many futures of one past, and ask for what you want. Judge all
# of it beside rivals that know nothing.
#
# **What you need.** Lessons 01 and 02, Gaussians, KL; 90 minutes, of which the machine
# takes about 3. No GPU, no network.

# %%
from functools import partial
from math import log, pi

from jaxtyping import Float

from course_lib.data import handwritten_digits, splits
from course_lib.data.shape_classes import CLASSES, class_of
from course_lib.data.shape_motion import sample_clips
from lessons import check, diagnose, hint, quiz, solution, verify
from course_lib.training import presets
from course_lib.shapes import Latents, PerClip, Videos
from teaching.explore import choice, explore, slider
from course_lib.profile import pick
from course_lib.vae.elbo import SMALL_VARIANCE, Elbo, PerUnit
from lessons.video_vae.lab import FAULTS, run_fault, run_healthy
from course_lib.vae.sampled_futures import Future
from course_lib.vae.gaussian import Data, Widths
from course_lib.vae.sequential import SequentialVAE

# %% [markdown]
# ## 3.1 Squeezing
#
# A clip of our coloured shapes has 16 x 3 x 64 x 64 = 196,608 numbers, but little
# happens in it: one shape, one size, one colour, one smooth path. So squeeze it. An
# **encoder** of four 3-D convolutions, each of which halves time, height and width, ends
# in 16 numbers, the *code*; a decoder goes the same way back, and is told the code again
# at every layer. All that is asked is that the clip return; a small price on long codes
# keeps them from running away.

# %%
squeezer = clip_vae.shipped("autoencoder")
clips = sample_clips(256, torch.Generator().manual_seed(5))
with torch.no_grad():
    codes = torch.cat([squeezer.encode(part).mu for part in clips.videos.split(32)])
    drawn = torch.randn(codes.shape, generator=torch.Generator().manual_seed(0))
    kept = torch.cat((clips.videos[:2], squeezer.decode(codes[:2])))
    strips = torch.cat((kept, squeezer.decode(drawn[:2])))
classes = class_of(clips.motion, clips.shape)
show(figures.codes_and_prior(codes, classes, CLASSES, drawn=drawn))
names = [f"{kind} {i}" for kind in ("clip", "rebuilt", "nowhere") for i in (1, 2)]
show(filmstrip(strips, labels=names, every=2))

# %% [markdown]
# It rebuilds clips that it never saw. Is it a generator? To draw a clip, you need a code,
# and nobody says which codes are likely. Standard normal draws lie further from the codes
# than these from each other: of two, one is nearly a clip, the other nothing that ever was.
# Squeezing is half of the work. The other half is a **law over codes**, known beforehand.

# %% [markdown]
# ## 3.2 The bound
#
# So promise one: $z \sim N(0, I)$, and a clip is what the decoder makes of $z$, plus
# Gaussian noise. Then $p(x)$ is an integral over *all* codes: nobody can take it. But an
# encoder can *guess* which codes explain the clip: $q(z \mid x)$. Multiply and divide by
# $q$, pull the logarithm inside the mean: what comes out is at most $\log p(x)$, the
# **evidence lower bound**, ELBO. What is lost is the KL from guess to truth.
#
# The check has a straight line for a decoder. Move the guess below: which two numbers must
# it hit, and what never moves?

# %% tags=["nbval-check-output"]
verify("E3.1")

# %%
explore(
    figures.bound_gap,
    mean=slider(-1.0, 3.0, step=0.5, start=-1.0, label="guessed mean"),
    width=slider(0.3, 1.8, step=0.3, start=1.2, label="guessed width"),
    alt="A guessed code beside the posterior; log p(x), the ELBO and the gap in nats.",
)

# %% [markdown]
# $\log p(x)$ never moves. A larger ELBO means a better guess, or a better decoder: from
# one number you cannot tell which.
#
# Now the terms. The second is a price: how many nats does it cost to name this code
# instead of a draw from the prior? Independent axes add up. Networks emit the *logarithm
# of the variance*, for any number is a valid one.

# %% exercise="X3.1"

# %% [markdown]
# The first term says how well the decoded clip explains the pixels. Pixels are independent
# given the code, so log densities add up, over height, width, colour *and time*. Return
# both terms, one number a clip. `sigma` is the width of a pixel: one number, or a map
# of the last axes. (One code leaves no gap at all, the best that any encoder can do: E3.2,
# below.)

# %% exercise="X3.2"

# %% tags=["nbval-check-output"]
verify("E3.2")

# %% [markdown]
# ## 3.3 The trick
#
# The ELBO is a mean over random codes, and the encoder decides *where they are drawn*. How
# does a gradient pass through a dice roll? Two ways.
#
# Weigh: draw codes, and make those more probable that did well. It needs no slope of
# $f$ at all, and is called score function or REINFORCE. Move: write
# $z = \mu + \sigma\,\varepsilon$ with noise from *outside*. Then $z$ is a plain formula of
# what is learnt, and its slope flows. Both are right in the mean. Which one spreads
# more, and when?

# %%
explore(
    figures.two_estimators,
    mu=slider(-1.5, 1.5, step=0.75, start=0.75, label="mean"),
    width=slider(0.25, 1.0, step=0.25, start=0.5, label="width"),
    function=choice(tuple(figures.FUNCTIONS), label="f"),
    alt="A function, codes drawn under it, and two histograms of slope estimates.",
)

# %% tags=["nbval-check-output"]
verify("E3.3")

# %% [markdown]
# On every parabola the score function has at least 1.5 times the variance, and add a
# constant to $f$, which changes no slope, and it explodes. A whole VAE is learnt from *one*
# draw a clip, so this is the difference between learning and not.
#
# Write it. The noise comes from the generator `rng`, one number for every clip and
# axis. A famous mistake decodes $\mu$ itself; another cuts the gradient; a third takes
# `logvar` for $\log \sigma$.

# %% exercise="X3.3"

# %% [markdown]
# ## 3.4 The price of a nat
#
# Published losses often read "mean squared error plus beta times KL", beta found by trial.
# A beta is a **hidden sigma**, E3.4. SVG, the model behind 3.6, states .0001 beside a mean
# over D = 4,096 pixels: a width of .45. A harmless beta = 1 beside the mean over our clips'
# numbers is a width of 313, where the whole range is 2.
#
# So state sigma. It is an exchange rate: a nat pays if it removes $2\sigma^2$ of squared
# error. Below, six small VAEs on digits, one for each width. Which draws the best new ones?

# %% tags=["nbval-check-output"]
verify("E3.4")

# %%
from course_lib.vae.rate_distortion import compare_recipes, sweep

digits = handwritten_digits.images(size=16).images
seen, unseen = (digits[splits.part(len(digits), p)] for p in ("train", "test"))
length = pick(smoke=presets.SWEEP_SMOKE, laptop=presets.SWEEP_LAPTOP)
WIDTHS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
points = sweep(seen, unseen, WIDTHS, length.steps, torch.Generator().manual_seed(0))
explore(
    partial(figures.rate_distortion, points, unseen[:8]),
    sigma=choice(WIDTHS, label="sigma"),
    alt="Distortion against rate, one point a width; digits rebuilt and drawn.",
)

# %% [markdown]
# At .1 the code takes 40 nats and rebuilds best, but draws debris: its codes fill a shape
# that the prior does not have. At .4, 18 nats rebuild nearly as well, and the draws look
# like digits. At 1.6 all are ghosts; at 3.2 nothing is bought. That is **posterior
# collapse**: every image gets the prior, and the decoder paints the mean.
#
# How many axes speak? One that says nothing has the same mean for every clip. Count
# those whose mean varies.

# %% exercise="X3.4"

# %% [markdown]
# Collapse has a cause besides the price: at the start the decoder ignores codes, so a
# code is all cost, and an axis once closed stays closed. Two remedies. *Annealing* lets
# the price rise from 0. *Free bits* charge nothing up to a floor: mean over clips first,
# then the floor for every axis, then the sum.

# %% exercise="X3.5"

# %%
rng = torch.Generator().manual_seed(0)
recipes = compare_recipes(seen, unseen, max(length.steps, 300), rng)
show(figures.kl_by_unit(recipes))
for name, found in recipes.items():
    print(f"{name:12}{active_units(found.mu):3} active units, bound {found.bound:.1f}")
assert active_units(recipes["free bits"].mu) == 10

# %% [markdown]
# Paying at once, one axis of a deep VAE opens. Annealed, three. Free bits keep all ten,
# if most for free only.
#
# ## 3.5 A clip at once
#
# Now the whole clip: the networks of 3.1, the bound for a loss, sigma .3. Late in
# training widths are **calibrated**: at each place and time, the root of the mean squared
# error.
#
# At that sigma nats are cheap, and codes wander off, to four or six times the prior's
# width: its draws would miss. So at the end each axis is brought to mean 0, variance 1,
# and the decoder undoes it.

# %%
vae = clip_vae.shipped("clip_vae")
with torch.no_grad():
    code = vae.encode(clips.videos[:64])
    axes = code.mu.var(dim=0).argsort(descending=True)[:6]
    ways = code.mu[:1].repeat(6, 7, 1)  # (axis, value, latent)
    ways[torch.arange(6), :, axes] = torch.linspace(-3, 3, 7)
    walks = vae.decode(ways.flatten(0, 1)).unflatten(0, (6, 7))
    shares = torch.linspace(0, 1, 5).view(-1, 1)
    line = vae.decode(torch.lerp(code.mu[:1], code.mu[1:2], shares))
    drawn = vae.sample(6, torch.Generator().manual_seed(0))
show(figures.width_map(vae.sigma))
show(filmstrip(line, every=2, title="From one clip to another"))
show(filmstrip(drawn, every=2, title="Six draws from the prior"))
explore(
    partial(figures.axis_walk, walks),
    axis=choice((0, 1, 2, 3, 4, 5), label="axis"),
    time=slider(0, 15, step=5, start=5, label="frame"),
    alt="One clip decoded while one axis of its code moves from -3 to 3.",
)

# %% [markdown]
# Between two clips, colour and path slide. The entrance cannot slide from the upper edge
# to the left one, so there are two for a while. Draws from the prior are one thing of one
# colour on one path, its corners off. But of 256 draws, 22 set the whole frame alight:
# axis by axis the codes are as the prior wants, together they are not, and in a hole the
# decoder was never taught.
#
# Axis 1 leads from cream over red to green; axis 2 bends the path; axis 4 ends in a
# blaze. All 16 axes speak: a clip has about as many free numbers.

# %% [markdown]
# ## 3.6 A clip step by step
#
# One code for the whole clip fixes its length, and cannot answer "what next?". So give
# every frame a code: for what is *new* in it. Three memories read the film. The **prior**
# has seen the frames before, and guesses the code. The **posterior** has seen the frame
# itself as well. The **painter** draws the frame from the last one and the code. A
# frame pays for what the prior did not guess: a KL between two Gaussians, both learnt.

# %% exercise="X3.6"

# %% tags=["nbval-check-output"]
verify("E3.5")

# %% [markdown]
# In training the posterior draws the codes, for it may look. At test there is no frame to
# look at, and whoever asks the posterior anyway, or takes the standard normal for the
# learned prior, tests another model. Write the dream. `model.start(context)` are
# states that have read the first frame; `model.tell(states, last, truth, rng)` steps
# with a teacher; `model.dream(states, last, rng)` steps without, and returns new states
# and a frame.

# %% exercise="X3.7"

# %%
rival = stochastic_predictor.shipped_rival()
clip = restless_digits.test_clips(8)[7:]
with torch.no_grad():
    rng = torch.Generator().manual_seed(0)
    dreams = sample_future(dreamer, clip[:, :5].expand(20, -1, -1, -1, -1), 10, rng)
    answer = stochastic_predictor.foresees(rival)(clip[:, :5], 10)[0]
show(figures.spread_by_place(clip[0, :5], dreams, (1, 4, 7, 10)))
explore(
    partial(figures.many_futures, clip[0, :5], clip[0, 5:], dreams, answer),
    horizon=slider(1, 10, step=3, start=1, label="frames ahead"),
    alt="The truth, three dreams, their mean and spread, and a predictor's answer.",
)

# %% [markdown]
# One frame ahead all dreams agree, but for an outline. Behind a wall they part, and the
# map shows where. The predictor has one answer for all futures: their mean, a fog. Fog is
# cheap in squared error, and no film. Dreams keep digits, if soft ones.
#
# ## 3.7 With a condition
#
# "A circle that falls" is a wish, not a draw. Tell encoder, decoder *and prior* what is
# wished. Our condition has two parts, class and first frame; in training each is left out
# of every second clip, so one model answers all questions. Rows share a wish, columns
# share a noise. What stays down a column?

# %%
from course_lib.evaluation.clip_model_table import recognised
from course_lib.training.classifier import shipped as shipped_classifier
from course_lib.vae.conditional import of_classes, of_frames

wishing = clip_vae.shipped("conditional_vae")
with torch.no_grad():
    told = wishing.read(of_classes(torch.arange(4), wishing.clips.sizes))
    mu, logvar = wishing.prior(told.repeat_interleave(6, dim=0))
    noise = torch.randn(6, 16, generator=torch.Generator().manual_seed(0))
    codes = mu + (0.5 * logvar).exp() * noise.repeat(4, 1)  # one noise a column
    grid = wishing.clips.decode(codes, told.repeat_interleave(6, dim=0))
    grid = grid.unflatten(0, (4, 6))  # (4, 6, 16, 3, 64, 64)
explore(
    partial(figures.condition_grid, grid, names=CLASSES),
    time=slider(0, 15, step=5, start=5, label="frame"),
    alt="Clips in a grid: one row for each class asked for, one column a noise.",
)

# %%
with torch.no_grad():
    first = clips.videos[:1, 0]
    asked = of_frames(first.expand(5, -1, -1, -1))
    show(figures.from_one_frame(first[0], wishing.sample(asked, rng), time=8))
n = pick(smoke=60, laptop=500)
motion, shape, both = recognised(wishing, shipped_classifier(), n=n)
print(f"as asked, of {n}: motion {motion:.0%}, shape {shape:.0%}, both {both:.0%}")
assert motion > 0.8

# %% [markdown]
# A column keeps its colour and its bend; the row turns it. A classifier that never errs on
# real clips recognises the motion in 91 % of 500, the shape in 52 %: chance. The wish is
# not to blame. Of *rebuilt* clips it names 57 % rightly, too: our decoder rounds all
# corners off.
#
# ## 3.8 The table
#
# Two tables, for two questions. What does a clip of shape motion cost, in bits for each of
# its numbers? A VAE's figure is an upper bound. Its rivals: a Gaussian for every pixel,
# which is a VAE without a code, and the autoencoder of 3.1 with a Gaussian over its codes.

# %%
from course_lib.evaluation import clip_model_table

held = clip_model_table.test_clips(pick(smoke=32, laptop=256))
law = clip_model_table.law_of(squeezer, fitted_to=pick(smoke=128, laptop=1024))
fitted = pick(smoke=500, laptop=4000)
nats = {
    "pixels alone": clip_model_table.nats_of_pixels(held, fitted_to=fitted),
    "autoencoder": clip_model_table.nats_of_autoencoder(squeezer, law, held),
    "clip VAE": clip_model_table.nats_of_vae(vae, held),
}
rows = {name: clip_model_table.price(each, held) for name, each in nats.items()}
show(figures.bits_bars(rows))
for name in ("pixels alone", "autoencoder"):
    low, mean, high = clip_model_table.price(nats[name] - nats["clip VAE"], held)
    print(f"the VAE saves {mean:.3f} bits on {name}  ({low:.3f} to {high:.3f})")
assert clip_model_table.price(nats["pixels alone"] - nats["clip VAE"], held).low > 0

# %% [markdown]
# Bits can be negative: a density can be above 1. The VAE saves .84 on pixels alone. On the
# autoencoder .017, an interval above 0: a win? Two of the 256 clips carry most of it. On
# 1,024 others it saves -.001 (-.004 to .002): a **tie**. An interval knows its sample only.
# And with a thousandth of a bit for the code, these bits ask who *rebuilds* best. Who
# *draws*? See 5.8.
#
# And the futures: five frames seen, ten dreamt. One dream at random, and the best of twenty
# *chosen by looking at the truth*: an oracle's choice, which says what is possible, never
# how often.

# %%
from course_lib.evaluation.future_table import score, trivial_rows

n = pick(smoke=10, laptop=60, gpu=200)
table = {name: score(row, n=n, tries=1) for name, row in trivial_rows().items()}
table["ConvLSTM"] = score(stochastic_predictor.foresees(rival), n=n, tries=1)
table["dreamer"] = score(stochastic_predictor.dreams(dreamer), n=n)
print(f"{'':22}{'MSE':>6}{'SSIM':>7}{'best of 20':>13}{'SSIM':>7}")
for name, row in table.items():
    mse, ssim, best, best_ssim = (values.mean() for values in row[:4])
    print(f"{name:22}{mse:6.0f}{ssim:7.2f}{best:13.0f}{best_ssim:7.2f}")
best = {name: row.best_mse.mean().item() for name, row in table.items()}
curve = {"dreamer": table["dreamer"].best_so_far}
trivial = {name: best[name] for name in trivial_rows()}
show(figures.best_of_many(curve, best["ConvLSTM"], trivial))
assert best["dreamer"] == min(best.values())

# %% [markdown]
# One dream at random costs 248, little less than the mean frame; the predictor's fog 156.
# Among twenty dreams is one for 153, in SSIM far ahead: the dreamer holds the truth
# possible.
#
# ## Lab: name the fault
#
# Five small VAEs, each with one thing wrong; the healthy one is dashed. Sigma is .3, the loss
# `error / (2 sigma^2) + KL`. Of unseen digits: error, KL, how far the nearest of 500 samples
# lies. Copy a name to each letter:
#
# - `log variance is taken for log sigma`
# - `the errors are averaged, the KL is summed`
# - `the noise is left out of z`
# - `the prior is forgotten at test`
# - `z is detached`

# %%
steps = pick(smoke=presets.VAE_LAB_SMOKE, laptop=presets.VAE_LAB_LAPTOP).steps
digits = handwritten_digits.images(size=8).images
parts = [digits[splits.part(len(digits), p)] for p in ("train", "test")]
healthy = run_healthy(*parts, steps, torch.Generator().manual_seed(0))
faulty = {
    f.key: run_fault(f, *parts, steps, torch.Generator().manual_seed(0)) for f in FAULTS
}
show(figures.fault_curves(faulty, healthy))

# %% lab="3"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option you believe in, then the others: wrong ones are answered
# too.

# %%
quiz("3")

# %% [markdown]
# ## Summary
#
# - An autoencoder has codes and no law over them: it cannot draw.
# - The ELBO is what a code explains, less what it costs. The gap is the KL to the true
#   posterior.
# - Noise from outside lets gradients through. The score function needs no slope, and pays in
#   variance.
# - A beta is a hidden sigma. State sigma; sum over pixels and time.
# - A KL of 0 is a collapse: count active units. Anneal, or leave some bits free.
# - A learned prior guesses what is new in a frame; the posterior may look only in training.
# - Best-of-N is an oracle's choice. One sample and the trivial rows stand beside it.
#
# Next, lesson 04 gives the pen to a forger: no likelihood, two judges, and content apart
# from motion.
#
# ## Further reading
#
# - D. Kingma, M. Welling, *Auto-Encoding Variational Bayes*, ICLR 2014, arXiv:1312.6114:
#   E3.1, E3.3, E3.5.
# - D. Rezende, S. Mohamed, D. Wierstra, *Stochastic Backpropagation*, ICML 2014,
#   arXiv:1401.4082.
# - R. Williams, *Simple Statistical Gradient-Following Algorithms*, Machine Learning, 1992.
# - I. Higgins et al., *beta-VAE*, ICLR 2017; O. Rybkin, K. Daniilidis, S. Levine, *Simple
#   and Effective VAE Training with Calibrated Decoders*, ICML 2021, arXiv:2006.13202: E3.4.
# - D. Kingma et al., *Improving Variational Inference with Inverse Autoregressive Flow*,
#   NeurIPS 2016, arXiv:1606.04934: free bits.
# - Y. Burda, R. Grosse, R. Salakhutdinov, *Importance Weighted Autoencoders*, ICLR 2016,
#   arXiv:1509.00519: active units.
# - A. Alemi et al., *Fixing a Broken ELBO*, ICML 2018, arXiv:1711.00464: rate and
#   distortion.
# - E. Denton, R. Fergus, *Stochastic Video Generation with a Learned Prior*, ICML 2018,
#   arXiv:1802.07687: 3.6.
# - K. Sohn, H. Lee, X. Yan, *Learning Structured Output Representation using Deep
#   Conditional Generative Models*, NeurIPS 2015: 3.7.
