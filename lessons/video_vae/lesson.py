# %% [markdown]
# # 3 · A code for motion
#
# Two handwritten digits move through a black frame. At a wall, each gets a random new
# direction, which nobody can know. The row "seen" shows five frames; four rows continue
# it. One of them is the true future. The others were sampled by a network that was not
# trained on these two digits.
#
# Which one is the true future? And if you cannot tell, is that a success or a failure?
# Decide first; the answer stands in the first code cell.

# %%
import torch
from torch import Tensor

from course_lib.data import restless_digits
from course_lib.plotting import filmstrip, show
from lessons.lstm_predictor.figures import possible_futures
from course_lib.training import clip_vae, stochastic_predictor
from course_lib.vae import sampled_futures
from lessons.video_vae import figures

svg = stochastic_predictor.load_pretrained()
clip = restless_digits.test_clips(3)[2:]  # (1, 15, 1, 64, 64)
rows = {"C": clip[0, 5:]}
for letter, seed in (("A", 1), ("B", 2), ("D", 3)):
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        rows[letter] = sampled_futures.sample_future(svg, clip[:, :5], 10, rng)[0]
show(possible_futures(clip[0, :5], dict(sorted(rows.items()))))

# %% [markdown]
# **What you will be able to do.** Say why an autoencoder is no generative model. Derive
# the ELBO twice, and compute both terms with the right sums. Differentiate through random
# samples. Choose sigma of the likelihood deliberately, and measure how much error one more
# nat saves. Encode a clip as one latent vector, sample many futures of one context, and
# condition on a class. Compare all results with trivial baselines.
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
from course_lib.vae.elbo import MIN_ACTIVE_VARIANCE, Elbo, PerUnit
from lessons.video_vae.lab import FAULTS, run_fault, run_healthy
from course_lib.vae.sampled_futures import Future
from course_lib.vae.gaussian import Data, Sigma
from course_lib.vae.sequential import SequentialVAE

# %% [markdown]
# ## 3.1 The autoencoder
#
# A clip of our coloured shapes has 16 x 3 x 64 x 64 = 196,608 numbers, but little
# happens in it: one shape, one size, one colour, one smooth path. So compress it. An
# **encoder** of four 3-D convolutions, each of which halves time, height and width, ends
# in 16 numbers, the **code**. A **decoder** maps the code back to a clip; every layer of
# it gets the code as input (FiLM). The loss is the squared error of the reconstruction,
# plus a small L2 penalty on the code, without which codes grow without bound.

# %%
autoencoder = clip_vae.load_pretrained("autoencoder")
clips = sample_clips(256, torch.Generator().manual_seed(5))
with torch.no_grad():
    codes = torch.cat([autoencoder.encoder(x).mu for x in clips.videos.split(32)])
    samples = torch.randn(codes.shape, generator=torch.Generator().manual_seed(0))
    latents = torch.cat((codes[:2], samples[:2]))
    strips = torch.cat((clips.videos[:2], autoencoder.decoder(latents)))
classes = class_of(clips.motion, clips.shape)
show(figures.codes_and_prior(codes, classes, CLASSES, samples=samples))
names = [f"{kind} {i}" for kind in ("clip", "decoded", "sample") for i in (1, 2)]
show(filmstrip(strips, labels=names, every=2))

# %% [markdown]
# It reconstructs clips that it was not trained on. Is it a generative model? To generate a
# clip, you need a code, and it is not known which codes are likely. Samples of a standard
# normal lie further from the codes than these from each other: of two, one decodes to
# nearly a clip, the other to no clip at all. Compression is half of the work. The other
# half is a distribution over codes that is known beforehand, the **prior**.

# %% [markdown]
# ## 3.2 The bound
#
# Fix the prior $z \sim N(0, I)$, and let a clip be the decoded $z$ plus Gaussian noise.
# Then $p(x)$ is an integral over *all* $z$, which cannot be computed. But an encoder can
# approximate the posterior, the distribution of $z$ given the clip, by $q(z \mid x)$.
# Multiply and divide by $q$, and move the logarithm inside the expectation: the result is
# at most $\log p(x)$, the **evidence lower bound**, ELBO. The difference is the KL from
# $q$ to the true posterior.
#
# The check has a linear decoder. Change $q$ below: for which two numbers is the gap 0, and
# what never changes?

# %% tags=["nbval-check-output"]
verify("E3.1")

# %%
explore(
    figures.bound_gap,
    mean=slider(-1.0, 3.0, step=0.5, start=-1.0, label="mean of q"),
    sigma=slider(0.3, 1.8, step=0.3, start=1.2, label="sigma of q"),
    alt="q beside the posterior; log p(x), the ELBO and the gap in nats.",
)

# %% [markdown]
# $\log p(x)$ never changes. A larger ELBO means a better $q$ or a better decoder: one
# number does not tell which.
#
# Now the two terms. The second one is the KL from $q$ to the prior, the **rate**: the
# number of nats that the code contains about the clip. Independent axes add up. Networks
# output the *logarithm of the variance*, because every real number is a valid one.

# %% exercise="X3.1"

# %% [markdown]
# The first term is the log likelihood of the clip given the decoded clip. Pixels are
# independent given the code, so log densities add up, over height, width, colour *and
# time*. Return both terms, one number for each clip. `sigma` is the standard deviation of a
# pixel: one number, or a tensor of the last axes. (For one $q$ the gap is 0, the best that
# any encoder can do: E3.2, below.)

# %% exercise="X3.2"

# %% tags=["nbval-check-output"]
verify("E3.2")

# %% [markdown]
# ## 3.3 The reparameterization trick
#
# The ELBO is an expectation over random codes, and the encoder determines *their
# distribution*. How does one differentiate such an expectation? There are two methods.
#
# The **score-function estimator** (REINFORCE) samples codes and raises the log probability
# of each in proportion to $f(z)$. It needs no gradient of $f$. **Reparameterization** writes
# $z = \mu + \sigma\,\varepsilon$ with noise $\varepsilon \sim N(0, 1)$. Then $z$ is a
# differentiable function of the parameters. Both estimators are unbiased. Which one has
# the larger variance, and when?

# %%
explore(
    figures.two_estimators,
    mu=slider(-1.5, 1.5, step=0.75, start=0.75, label="mean of q"),
    sigma=slider(0.25, 1.0, step=0.25, start=0.5, label="sigma of q"),
    function=choice(tuple(figures.FUNCTIONS), label="f"),
    alt="A function with samples of z, and two histograms of gradient estimates.",
)

# %% tags=["nbval-check-output"]
verify("E3.3")

# %% [markdown]
# On every parabola the score function has at least 1.5 times the variance. Add a constant
# to $f$, which changes no gradient, and its variance grows without bound. A VAE is trained
# with *one* sample of $z$ a clip, so a large variance makes training slow or impossible.
#
# Write it. The noise comes from the generator `rng`, one number for every clip and
# axis. Frequent mistakes are to decode $\mu$ itself, to detach $z$, and to use `logvar` as
# $\log \sigma$.

# %% exercise="X3.3"

# %% [markdown]
# ## 3.4 Rate and distortion
#
# Published losses often read "mean squared error plus beta times KL", beta found by trial.
# A beta is a **hidden sigma**, E3.4. SVG, the model of 3.6, states .0001 beside a mean
# over D = 4,096 pixels: a sigma of .45. A beta of 1 beside the mean over our clips' numbers
# looks harmless, but is a sigma of 313, where the whole range is 2.
#
# So state sigma. It sets the exchange rate between both terms: one more nat raises the ELBO
# if it lowers the squared error by more than $2\sigma^2$. Below, six small VAEs on digits,
# one for each sigma. Which one generates the best new digits?

# %% tags=["nbval-check-output"]
verify("E3.4")

# %%
from course_lib.vae.rate_distortion import compare_kl_terms, sweep_sigma

digits = handwritten_digits.images(size=16).images
train, test = (digits[splits.split_range(len(digits), p)] for p in ("train", "test"))
length = pick(smoke=presets.SWEEP_SMOKE, laptop=presets.SWEEP_LAPTOP)
SIGMAS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
rng = torch.Generator().manual_seed(0)
points = sweep_sigma(train, test, SIGMAS, length.steps, rng)
explore(
    partial(figures.rate_distortion, points, test[:8]),
    sigma=choice(SIGMAS, label="sigma"),
    alt="Distortion over rate, one point a sigma; reconstructed and sampled digits.",
)

# %% [markdown]
# At .1 the code has 40 nats and the reconstructions are best, but the samples are
# fragments: the codes of all images together do not fill the prior. At .4, 18 nats
# reconstruct nearly as well, and the samples look like digits. At 1.6 all images are
# blurred; at 3.2 the rate is 0. That is **posterior collapse**: $q$ is the prior for every
# image, and the decoder outputs the mean image.
#
# How many axes contain information? An axis without any has the same mean for every clip.
# Count the **active units**, the axes whose mean varies.

# %% exercise="X3.4"

# %% [markdown]
# Collapse has a second cause besides a large sigma: at the start the decoder ignores the
# code, so a code only adds KL, and an axis that has collapsed stays collapsed. There are
# two remedies. **KL annealing** raises the weight of the KL from 0 to 1. **Free bits** give
# the KL of each axis a floor, below which it has no gradient: mean over clips first, then
# the floor for every axis, then the sum.

# %% exercise="X3.5"

# %%
rng = torch.Generator().manual_seed(0)
results = compare_kl_terms(train, test, max(length.steps, 300), rng)
show(figures.kl_by_unit(results))
for name, result in results.items():
    print(f"{name:12}{active_units(result.mu):3} active units, ELBO {result.elbo:.1f}")
assert active_units(results["free bits"].mu) == 10

# %% [markdown]
# With the full KL from the start, one axis of a deep VAE becomes active. With annealing,
# three. Free bits keep all ten active, but most of them only within their free nats.
#
# ## 3.5 One code for a clip
#
# Now the whole clip: the networks of 3.1, the negative ELBO as the loss, sigma .3. Late in
# training sigma is **calibrated**: at each pixel and time, it becomes the root of the mean
# squared error.
#
# At that sigma the KL hardly matters, and the standard deviation of the codes grows to four
# or six times that of the prior: samples of the prior would not be typical codes. So at the
# end each axis is standardized to mean 0 and variance 1, and the decoder undoes it.

# %%
vae = clip_vae.load_pretrained("clip_vae")
with torch.no_grad():
    mu = vae.encoder(clips.videos[:64]).mu
    axes = mu.var(dim=0).argsort(descending=True)[:6]
    z = mu[:1].repeat(6, 7, 1)  # (axis, value, latent)
    z[torch.arange(6), :, axes] = torch.linspace(-3, 3, 7)
    traversals = vae.decoder(z.flatten(0, 1)).unflatten(0, (6, 7))
    weights = torch.linspace(0, 1, 5).view(-1, 1)
    interpolation = vae.decoder(torch.lerp(mu[:1], mu[1:2], weights))
    samples = vae.sample(6, torch.Generator().manual_seed(0))
show(figures.sigma_map(vae.sigma))
show(filmstrip(interpolation, every=2, title="From one clip to another"))
show(filmstrip(samples, every=2, title="Six samples of the prior"))
explore(
    partial(figures.latent_traversal, traversals),
    axis=choice((0, 1, 2, 3, 4, 5), label="axis"),
    time=slider(0, 15, step=5, start=5, label="frame"),
    alt="One clip decoded while one axis of its code goes from -3 to 3.",
)

# %% [markdown]
# Between two clips, colour and path change continuously. The entrance cannot move
# continuously from the upper edge to the left one, so there are two for a while. Samples of
# the prior are one object of one colour on one path, with rounded corners. But in 22 of 256
# samples the whole frame is bright: axis by axis the codes have the moments of the prior,
# but their joint distribution is not the prior, and where no code lies the decoder was not
# trained.
#
# Axis 1 leads from cream over red to green; axis 2 bends the path; axis 4 ends in a bright
# frame. All 16 axes are active: a clip has about as many degrees of freedom.

# %% [markdown]
# ## 3.6 One code for each frame
#
# One code for the whole clip fixes its length, and cannot predict the next frame. So give
# every frame a code $z_t$ for what is *new* in it. Three recurrent networks read the video
# (SVG-LP). The **learned prior** $p(z_t \mid x_{<t})$ has read the frames before frame $t$.
# The **posterior** $q(z_t \mid x_{\le t})$ has read frame $t$ as well. The **decoder**
# predicts frame $t$ from the last frame and $z_t$. The KL of a frame is that between
# posterior and prior, two Gaussians that are both learned.

# %% exercise="X3.6"

# %% tags=["nbval-check-output"]
verify("E3.5")

# %% [markdown]
# In training $z_t$ is sampled from the posterior, because the frame is known. In a test the
# frame is unknown, so $z_t$ must be sampled from the learned prior; the posterior or a
# standard normal in its place would test another model. Write the sampling of a future.
# `model.initial_states(context)` returns states that have read the first frame;
# `model.posterior_step(states, last, target, rng)` is a step with a known target frame;
# `model.prior_step(states, last, rng)` is a step without, and returns the new states and
# the decoded frame.

# %% exercise="X3.7"

# %%
baseline = stochastic_predictor.load_pretrained_baseline()
clip = restless_digits.test_clips(8)[7:]
with torch.no_grad():
    rng = torch.Generator().manual_seed(0)
    futures = sample_future(svg, clip[:, :5].expand(20, -1, -1, -1, -1), 10, rng)
    predict = stochastic_predictor.deterministic_future(baseline)
    prediction = predict(clip[:, :5], 10)[0]
show(figures.future_spread(clip[0, :5], futures, (1, 4, 7, 10)))
explore(
    partial(figures.many_futures, clip[0, :5], clip[0, 5:], futures, prediction),
    horizon=slider(1, 10, step=3, start=1, label="frames ahead"),
    alt="Truth, three samples, mean, deviation, and a deterministic prediction.",
)

# %% [markdown]
# One frame ahead all samples agree, except at the outlines. After a wall they differ, and
# the map of deviations shows where. The deterministic predictor has one prediction for all
# futures, close to their mean, which is blurred. A blurred mean has a small squared error,
# but it is no plausible future. The samples keep digits, if soft ones.
#
# ## 3.7 With a condition
#
# How do you generate a circle that falls? Give the class to encoder, decoder *and prior*:
# a **conditional VAE**. Our condition has two parts, class and first frame; in training each
# is dropped for a random half of the clips, so that one model serves all conditions. Rows
# share a condition, columns share a noise. What is the same within a column?

# %%
from course_lib.evaluation.clip_model_table import class_accuracy
from course_lib.training.classifier import load_pretrained as load_classifier
from course_lib.vae.conditional import condition_on_class, condition_on_first_frame

cvae = clip_vae.load_pretrained("conditional_vae")
with torch.no_grad():
    condition = condition_on_class(torch.arange(4), cvae.vae.sizes)
    embedding = cvae.embed(condition).repeat_interleave(6, dim=0)
    mu, logvar = cvae.prior(embedding)
    noise = torch.randn(6, 16, generator=torch.Generator().manual_seed(0))
    z = mu + (0.5 * logvar).exp() * noise.repeat(4, 1)  # one noise a column
    grid = cvae.vae.decoder(z, embedding)
    grid = grid.unflatten(0, (4, 6))  # (4, 6, 16, 3, 64, 64)
explore(
    partial(figures.condition_grid, grid, names=CLASSES),
    time=slider(0, 15, step=5, start=5, label="frame"),
    alt="Clips in a grid: one row for each class, one column for each noise.",
)

# %%
with torch.no_grad():
    first = clips.videos[:1, 0]
    condition = condition_on_first_frame(first.expand(5, -1, -1, -1))
    show(figures.from_one_frame(first[0], cvae.sample(condition, rng), time=8))
n = pick(smoke=60, laptop=500)
motion, shape, both = class_accuracy(cvae, load_classifier(), n=n)
print(
    f"class accuracy, {n} clips: motion {motion:.0%}, shape {shape:.0%}, both {both:.0%}"
)
assert motion > 0.8

# %% [markdown]
# Within a column colour and curvature stay the same; the condition of the row changes the
# direction. A classifier without errors on real clips recognizes the requested motion in
# 91 % of 500 clips, but the requested shape in 52 %, which is chance. The condition is not
# the reason. Of *reconstructed* clips the classifier names only 57 % of the shapes
# correctly, because our decoder rounds all corners.
#
# ## 3.8 The table
#
# There are two tables, for two questions. How many bits per dimension does a clip of shape
# motion have under a model? For a VAE the number is an upper bound. The baselines are a
# Gaussian for every pixel, which is a VAE without a code, and the autoencoder of 3.1 with a
# Gaussian fitted to its codes.

# %%
from course_lib.evaluation import clip_model_table

test = clip_model_table.test_clips(pick(smoke=32, laptop=256))
n_train = pick(smoke=128, laptop=1024)
prior = clip_model_table.code_distribution(autoencoder, n_train=n_train)
n_train = pick(smoke=500, laptop=4000)
nats = {
    "pixel Gaussian": clip_model_table.pixel_gaussian_nats(test, n_train=n_train),
    "autoencoder": clip_model_table.autoencoder_nats(autoencoder, prior, test),
    "clip VAE": clip_model_table.vae_nats(vae, test),
}
rows = {name: clip_model_table.bits_interval(x, test) for name, x in nats.items()}
show(figures.bits_intervals(rows))
saved = {
    name: clip_model_table.bits_interval(nats[name] - nats["clip VAE"], test)
    for name in ("pixel Gaussian", "autoencoder")
}
for name, (low, mean, high) in saved.items():
    print(f"{name} minus VAE: {mean:.3f} bits  ({low:.3f} to {high:.3f})")
assert saved["pixel Gaussian"].low > 0

# %% [markdown]
# Bits can be negative, because a density can exceed 1. The VAE is .84 bits below the pixel
# Gaussian, and .017 bits below the autoencoder, with an interval above 0. Is the VAE better
# than the autoencoder? Two of the 256 clips contribute most of the difference. On 1,024
# other clips it is -.001 (-.004 to .002): a **tie**. An interval describes only the
# population of its own sample. And as the code takes a thousandth of a bit, these bits
# measure *reconstruction*. Section 5.8 compares the *samples*.
#
# The second table is about futures: five frames of context, a horizon of ten. It holds the
# error of one random sample, and of the best of twenty, *chosen with the truth*. The best of
# twenty says which futures a model considers possible, but not how probable they are.

# %%
from course_lib.evaluation.future_table import score, trivial_rows

n = pick(smoke=10, laptop=60, gpu=200)
table = {name: score(row, n=n, n_samples=1) for name, row in trivial_rows().items()}
table["ConvLSTM"] = score(predict, n=n, n_samples=1)
table["SVG-LP"] = score(stochastic_predictor.future_sampler(svg), n=n)
print(f"{'':22}{'MSE':>6}{'SSIM':>7}{'best of 20':>13}{'SSIM':>7}")
for name, row in table.items():
    mse, ssim, best, best_ssim = (values.mean() for values in row[:4])
    print(f"{name:22}{mse:6.0f}{ssim:7.2f}{best:13.0f}{best_ssim:7.2f}")
best = {name: row.best_mse.mean().item() for name, row in table.items()}
curve = {"SVG-LP": table["SVG-LP"].best_so_far}
trivial = {name: best[name] for name in trivial_rows()}
show(figures.best_of_n(curve, best["ConvLSTM"], trivial))
assert best["SVG-LP"] == min(best.values())

# %% [markdown]
# One random sample has an error of 248, little less than the mean frame; the blurred
# prediction of the ConvLSTM has 156. The best of twenty samples has 153, and by far the best
# SSIM: the true future is among those that SVG-LP considers possible.
#
# ## Lab: name the fault
#
# Five small VAEs with one fault each; the healthy one is dashed. Sigma is .3, the loss is
# `error / (2 sigma^2) + KL`. Error and KL are those of test digits; the sample error is the
# squared error between a test digit and the nearest of 500 samples. Copy a name to each
# letter:
#
# - `samples come from another prior`
# - `the errors are averaged over pixels, the KL is summed`
# - `the log variance is used as log sigma`
# - `z is detached`
# - `z is the mean, without noise`

# %%
steps = pick(smoke=presets.VAE_LAB_SMOKE, laptop=presets.VAE_LAB_LAPTOP).steps
digits = handwritten_digits.images(size=8).images
parts = [digits[splits.split_range(len(digits), p)] for p in ("train", "test")]
healthy = run_healthy(*parts, steps, torch.Generator().manual_seed(0))
faulty = {
    f.key: run_fault(f, *parts, steps, torch.Generator().manual_seed(0)) for f in FAULTS
}
show(figures.fault_curves(faulty, healthy))

# %% lab="3"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option that you consider right, then the others: every option has
# an answer.

# %%
quiz("3")

# %% [markdown]
# ## Summary
#
# - An autoencoder has no distribution over its codes, so it cannot generate clips.
# - The ELBO is the expected log likelihood minus the KL to the prior. The gap to log p(x) is
#   the KL to the true posterior.
# - Reparameterization gives low-variance gradients. The score function needs no gradient of
#   f, but has a larger variance.
# - A beta is a hidden sigma. State sigma; sum over pixels and time.
# - A KL of 0 is posterior collapse: count active units. Anneal the KL, or use free bits.
# - A learned prior predicts what is new in a frame; the posterior needs the frame itself.
# - Best-of-N is chosen with the truth. Report one sample and trivial baselines beside it.
#
# Next, lesson 04 trains a video GAN: no likelihood, two discriminators, and content
# separated from motion.
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
