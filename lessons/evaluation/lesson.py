# %% [markdown]
# # 5 · Evaluation of generative models
#
# Three sources of clips, one clip of each below. Two metrics of the literature evaluate
# eight clips of every source, lower is better: the *content distance* measures whether an
# object keeps its colour, the *warping error* whether each frame fits the next one.
#
# One source is the data itself: its clips are real. It wins neither metric alone. Which row
# would you prefer, which one wins, and what do both metrics ignore? Commit yourself;
# the answer stands in the first code cell.

# %%
import torch
from torch import Generator, Tensor

from course_lib.metrics import content, corruptions, warping
from lessons.evaluation import figures
from course_lib.plotting import filmstrip, show
from course_lib.evaluation import league
from course_lib.training import sampling

real = league.real_clips(8, seed=8).videos  # (8, 16, 3, 64, 64)
vae, rng = sampling.load("clip_vae"), Generator().manual_seed(0)
sources = {
    "A": corruptions.freeze(real, rng),
    "B": real,
    "C": sampling.from_prior(vae, 8, rng).videos,
}
for name, clips in sources.items():
    distance = content.average_content_distance(clips).distance
    error = warping.warping_errors(clips).error.mean()
    print(f"{name}: content distance {distance:4.1f}, warping error {error:.5f}")
samples = torch.stack([clips[3] for clips in sources.values()])
show(filmstrip(samples, labels=[*sources], every=2))

# %% [markdown]
# A is B, frozen: one frame, sixteen times. C was sampled from lesson 03's clip VAE. Each
# metric answers one question only; which metrics answer the others?
#
# **What you will be able to do.** Write the metrics that papers report: PSNR, SSIM's
# window, inception score, Fréchet and kernel distance, precision and recall, content
# distance. State for each what it cannot detect. Compute an interval for any of them. Find what is
# wrong with a table.
#
# **What you need.** Lessons 01 to 03 (04 made some rows of the last table), covariance,
# eigenvalues; 90 minutes, of which the machine takes about 5. No GPU, no network.

# %%
from functools import partial

from course_lib.metrics.content import SHAPE_THRESHOLD, ContentDistance, median_steps
from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.feature_sets import Features, check_feature_sets
from course_lib.metrics.frechet import GaussianMoments, fit_gaussian
from course_lib.metrics.inception_score import Probabilities
from course_lib.metrics.intervals import Interval, check_interval_arguments
from course_lib.metrics.manifold import PrecisionRecall, distances
from course_lib.metrics.manifold import check_neighbour_count, check_radii
from course_lib.metrics.pixel import Clips, PerFrame, mse_per_frame
from course_lib.metrics.pixel import check_data_range, check_within_range
from course_lib.metrics.ssim import Window
from lessons import check, diagnose, hint, quiz, solution, verify
from course_lib.shapes import PerClip, Videos
from teaching.explore import choice, explore, slider
from course_lib.profile import pick

# %% [markdown]
# ## 5.1 Pixel against pixel
#
# Begin where the truth is known: a predicted frame, and the one that came. MSE is in
# squared units of a pixel. PSNR says how far the MSE lies below the largest there can
# be, in decibels: the range R, squared, over the MSE. R is 2 in [-1, 1], and 1 in [0,
# 1]: the wrong one is worth 6.02 dB. One number a frame, for errors grow with time.
# `mse_per_frame` computes the errors; `check_data_range` and `check_within_range` check
# the arguments.

# %% exercise="X5.1"

# %% [markdown]
# MSE takes pixels for strangers. SSIM looks at neighbourhoods: have both pictures the
# same mean there, the same spread, and do they vary *together*? A neighbourhood is a
# Gaussian of sigma 1.5 over 11 pixels, rows first, then columns. Only whole windows
# count. A known package averages the padded border as well: of a white rectangle, moved
# three down and two across, it says .857, the formula .799.
#
# Write the window. Then distort a frame of film, below, by noise, blur or a shift.
# Before you slide: which one would you accept on your screen? Which one has the best
# PSNR? And where do PSNR and SSIM disagree?

# %% exercise="X5.2"

# %% tags=["nbval-check-output"]
verify("E5.1")

# %%
from course_lib.data.film import FILM
from course_lib.video import read_video

frame = read_video(FILM, size=64)[0, 60]  # (3, 64, 64)
explore(
    partial(figures.distortion_scores, frame),
    distortion=choice(tuple(figures.DISTORTIONS), label="distortion"),
    strength=slider(1, 5, step=2, start=3, label="strength"),
    alt="A frame, the same distorted, the error; three metrics over the strength.",
)

# %% [markdown]
# At equal strength, nowhere. Across strengths: a shift by one pixel has 21.8 dB, a blur of 5
# has 22.9; SSIM says .64 and .54, as you do. Pixel metrics prefer a blurred image to a
# sharp one that is shifted.
#
# ## 5.2 Features of a network
#
# A *generated* clip has no target. So compare sets of clips, by the features of a network: a
# small 3-D classifier, trained in 8 minutes to predict motion, shape and size, right in all of
# 2,000 new clips. The 64 activations of its last hidden layer are a clip's **features**. Where
# will the VAE's samples lie? What does the classifier predict for a reversed clip?

# %%
from course_lib.data.shape_classes import CLASSES, class_of
from course_lib.data.shape_motion import sample_clips

n, real_features = pick(smoke=64, laptop=256), league.real_features()
fresh = sample_clips(n, Generator().manual_seed(5))
more = (sample_clips(n, Generator().manual_seed(seed)) for seed in range(1, 6))
squares = torch.cat([c.videos[class_of(c.motion, c.shape) == 0] for c in more])[:n]
features_of = {
    "fresh real clips": league.clip_features(fresh.videos),
    "squares, rightward": league.clip_features(squares),
    "clip VAE": league.clip_features(sampling.from_prior(vae, n, rng).videos),
}
classes, fake = class_of(fresh.motion, fresh.shape), features_of["clip VAE"]
fresh_features = features_of["fresh real clips"]
show(figures.features_in_plane(fresh_features, classes, CLASSES, fake=fake))
first = fresh.videos[:64, :1].expand(-1, 16, -1, -1, -1)
for name, clips in (("one frame", first), ("backwards", fresh.videos[:64].flip(1))):
    right = league.classifier()(clips).predictions()[0] == fresh.motion[:64]
    print(f"{name}: motion right in {right.double().mean():.0%}")

# %% [markdown]
# Eight clusters: two shapes, four sizes. Few samples are squares: the decoder rounds corners.
# The cluster far left are samples whose whole frame is bright. Given one frame, the classifier
# predicts 72 % of the motions correctly, chance is 50: shapes start at an edge. Reversed, none.
# Features contain what their network was trained for. "FVD" is a distance of one network's
# logits, I3D's: `course evaluate clip_vae --i3d FILE`.
#
# ## 5.3 Metrics of a set
#
# Is each sample certainly of one class, and are all classes present? The **inception score**:
# exp of the mean KL from each prediction to the mean prediction. It uses no real clip.

# %% exercise="X5.3"

# %% [markdown]
# The **Fréchet distance** uses real clips, too. Fit a Gaussian to each set of features: how
# far apart are means and covariances? Covariances count by their *roots*. For matrices the
# mixed term is the trace of a root of a product, for which libraries iterate, and differ. The
# root need not be computed.

# %% tags=["nbval-check-output"]
verify("E5.2")
verify("E5.3")

# %% [markdown]
# Write both: the distance of two Gaussians, then of two feature sets. `GaussianMoments` have a
# `mean` and a `root` R, with covariance R'R; `fit_gaussian` computes them from features, and
# `check_feature_sets` checks two sets and converts them to float64. Frequent mistakes: root of
# the elementwise product, covariances over n, single precision.

# %% exercise="X5.4"

# %% [markdown]
# Two equal distributions have distance 0. Two *samples* of one distribution do not: each has
# its own mean and covariance by chance, and their difference is what is measured. How large is
# it?
# Guess for 64 features and 256 samples each of unit variance; then look.

# %% tags=["nbval-check-output"]
verify("E5.4")

# %%
draws = pick(smoke=5, laptop=30)
bias_rng, bias = Generator().manual_seed(0), {}
for size in (128, 256, 512, 1024, 2048):
    pairs = torch.randn(draws, 2, size, 64, generator=bias_rng)
    measured = torch.tensor([frechet_distance(*pair) for pair in pairs])
    low, high = measured.quantile(torch.tensor([0.05, 0.95])).tolist()
    bias[size] = (low, measured.mean().item(), high)
show(figures.bias_by_size(bias, 64))
assert bias[128][0] > bias[2048][2]

# %% [markdown]
# At 256, equal distributions have distance 8.6; the bias falls as 1 / n. A Fréchet distance
# must be reported with its n, and two with different n cannot be compared.
#
# The **kernel distance** (KID) has no Gaussian and no bias. How alike are two samples?
# The cube of (x.y / d + 1) says. Compare the mean within the first set, within the
# second, and between them. No sample is compared with itself. So its mean is 0 for equal
# distributions, and many estimates lie below 0.

# %% exercise="X5.5"

# %%
explore(
    figures.two_feature_sets,
    shift=slider(0.0, 4.0, step=1.0, start=0.0, label="shift"),
    std=choice((1.0, 0.3), label="standard deviation"),
    right_fraction=choice((0.5, 0.0), label="fraction in the right mode"),
    alt="Real features with two modes, and fake features; four metrics of both sets.",
)

# %% [markdown]
# Below 0 at the start. Now put all fake samples into the left mode, with standard deviation
# .3: a generator with perfect samples of one mode. The Fréchet distance is 5.0, more than for
# a shift of 2. Is it low fidelity or low diversity?
#
# ## 5.4 Fidelity and diversity
#
# One distance mixes two failures: low fidelity and low diversity. Measure them separately.
# Around each real sample lies a ball that reaches its k-th neighbour; together they estimate
# the manifold of real samples. **Precision**: the fraction of fake samples in a real ball.
# **Recall**: the fraction of real samples in a fake ball. `distances` computes all distances,
# `check_neighbour_count` and `check_radii` check the arguments.

# %% exercise="X5.6"

# %% [markdown]
# An outlier has a huge ball: all fake samples in it count as precise, and a fake outlier raises
# recall by a huge ball of its own. Two metrics use the balls of real samples only. **Density**
# counts, for each fake sample, in how many real balls it lies, over k: 1 in expectation for
# equal distributions, above 1 where real samples are dense. **Coverage** is the fraction of real
# balls with a fake sample inside. Its expectation is below 1: with k = 5, one real clip of 32
# has only real neighbours.

# %% tags=["nbval-check-output"]
verify("E5.5")

# %%
from course_lib.metrics.manifold import density_coverage

print(f"{'':19}{'IS':>5}{'Fréchet':>9}{'kernel':>8}{'precision':>11}", end="")
print(f"{'recall':>8}{'coverage':>10}")
for name, features in features_of.items():
    logits = [head(features).detach() for head in league.classifier().heads]
    motion, shape, size = (x.softmax(dim=1) for x in logits)
    probabilities = torch.einsum("nm,ns,nz->nmsz", motion, shape, size).flatten(1)
    print(f"{name:19}{inception_score(probabilities):5.1f}", end="")
    print(f"{frechet_distance(real_features, features):9.0f}", end="")
    print(f"{kernel_distance(real_features, features):8.0f}", end="")
    precision, recall = precision_recall(real_features, features, k=5)
    coverage = density_coverage(real_features, features, k=5).coverage
    print(f"{precision:11.2f}{recall:8.2f}{coverage:10.2f}")

# %% [markdown]
# Which source is worse? Both distances say the squares, though another sample changes the
# VAE's kernel distance by thousands. The others say *what* is wrong: squares have recall .23;
# three of four VAE samples lie outside the real manifold. Coverage .99 is chance; its mean is
# .97.
#
# ## 5.5 Does it stay, does it move
#
# The two metrics of the introduction need no network. **Content distance** masks what is
# brighter than `SHAPE_THRESHOLD`, 25 of 255, and compares the mean colour inside, for all pairs
# of frames. The value depends on the mask: state it. Black and frozen clips have 0, so the
# fraction of empty frames and the step, by `median_steps(mask, has_shape)`, are reported with it.

# %% exercise="X5.7"

# %% tags=["nbval-check-output"]
verify("E5.6")

# %% [markdown]
# So longer clips have larger values: state T. The **warping error** computes the optical flow
# (lesson 04), warps the next frame back, and compares. A frozen clip has error 0.
#
# ## 5.6 Break the metric
#
# Take real clips, corrupt them in known ways, and see which metric detects it: whose interval
# is disjoint from that of the original clips. Guess the map first: 7 corruptions, 8 metrics.
# Which metric detects reversed clips, which a shape that changes its colour? A light cell
# lies many interval widths away. *Motion*: how often the classifier still predicts the right
# one, by chance .5.

# %%
from course_lib.evaluation import corruption_table, league_table

table = corruption_table.corruption_table(*pick(smoke=(12, 20), laptop=(128, 100)))
columns = {name: league_table.display_columns(row) for name, row in table.items()}
show(figures.corruption_map(columns, clean=corruption_table.UNCORRUPTED))
detects = partial(corruption_table.detects, table)
temporal, visual = ("freeze", "shuffle", "reverse"), ("swap one frame", "recolour")
assert not any(detects("distance", corruption) for corruption in temporal)
assert all(detects("distance", corruption) for corruption in visual)
assert not detects("warping", "reverse") and not detects("step", "reverse")
assert table["freeze"]["warping"].value == table["freeze"]["distance"].value == 0
assert not any(detects("frechet", corruption) for corruption in visual)
if pick(smoke=False, laptop=True):  # a dozen clips are too few for a distance
    assert all(
        detects("frechet", corruption) for corruption in (*temporal, "blur", "noise")
    )
    assert all(
        detects("precision", corruption) for corruption in corruptions.CORRUPTIONS
    )
    assert not detects("kernel", "recolour") and not detects("motion", "recolour")

# %% [markdown]
# Read each column from top to bottom. Content distance detects colours that change, blur and
# noise too, and nothing that happens to time. Frozen clips win it, and the warping error, at 0:
# the step reveals them. Blur wins that too. Reversed clips are detected by none of the three. The
# Fréchet distance detects changes in time, because its network was trained on motions, but no
# swapped frame and no new colour; faint noise, a twentieth of the range, raises it six times as
# much as freezing. (I3D's FVD hardly detects them: Ge et al. 2024.)
#
# Precision has a dot in every row, and was .95 for a generator of one class. **A table needs
# several metrics, and rows with known answers.**

# %% [markdown]
# ## 5.7 How sure are you
#
# Other clips would have given another value. Which? You have no others; so resample the clips
# at hand as if they were the distribution: as many as there are, *with* replacement, a
# thousand times over. The central 90 % of the means are the **bootstrap interval**. It
# accounts for other clips of this model: not for another training, nor for another network.
# `check_interval_arguments` checks the arguments.

# %% exercise="X5.8"

# %% tags=["nbval-check-output"]
verify("E5.7")

# %%
clips = sampling.from_prior(vae, pick(smoke=64, laptop=256), rng).videos
each = torch.tensor([average_content_distance(clip[None]).distance for clip in clips])
for size in (16, 64, 256):
    low, value, high = bootstrap_interval(each[:size], Generator().manual_seed(0))
    print(f"{len(each[:size]):3} clips: {value:.1f} ({low:.1f} to {high:.1f})")

# %% [markdown]
# 8.0, 4.7 and 2.0 to either side: sixteen times the clips, a quarter of the width. A
# Fréchet distance belongs to a set: no single clip has one. So halves of the set are drawn,
# each clip once: a half lies about as far from the whole as the whole from the truth; its
# larger bias is taken off.
#
# Some questions only people can answer: which of these two looks better? **Bradley and
# Terry** put one scale behind all answers: i is chosen over j with probability $s_i /
# (s_i + s_j)$. How many answers does a study need? Simulate studies whose truth you
# know: strengths .5, .3 and .2.

# %%
from course_lib.metrics.bradley_terry import strengths

truth = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
chance = truth[:, None] / (truth[:, None] + truth)  # that the row is chosen
studies = pick(smoke=20, laptop=200)
for answers in (20, 80, 320):
    n_answers = torch.full((3, 3), float(answers), dtype=torch.float64)
    estimates = []
    for _ in range(studies):
        won = torch.binomial(n_answers, chance, generator=bias_rng).triu(1)
        estimates.append(strengths(won + (answers - won.T).tril(-1)))
    estimates = torch.stack(estimates)
    right = (estimates.argsort(dim=1, descending=True) == torch.arange(3)).all(dim=1)
    low, high = estimates[:, 1].quantile(torch.tensor([0.05, 0.95]).double()).tolist()
    print(
        f"{answers:3} answers a pair: order right {right.double().mean():4.0%}",
        end=", ",
    )
    print(f"the second's .30 estimated as {low:.2f} to {high:.2f}")

# %% [markdown]
# With 20 answers a pair, one study of five has a wrong order; with 80, one of a hundred.
# And the scale is one line, for lovers of sharpness and of motion alike.
#
# ## 5.8 The league table
#
# Every model of this course that samples *shape motion*, under one protocol: the same number
# and length of clips, one seed, the same real clips and feature network, intervals, costs.
# (Predictors of digits have targets: their tables are in lessons 02 and 03.) The first row is
# *new real clips*: where a model beats them, the metric is not reliable. The last row is the
# same clips, *frozen*: a metric that they win ignores motion.

# %%
names = [*sampling.SAMPLERS][: pick(smoke=1, laptop=None)]
rows = league_table.league(names, n=pick(smoke=16, laptop=256))
cells = {name: league_table.display_columns(row.scores) for name, row in rows.items()}
models = {name: row for name, row in rows.items() if row.cost.minutes}
costs = {
    name: (row.scores["frechet"], row.cost.minutes) for name, row in models.items()
}
for row in cells.values():
    del row["kernel, thousands"]  # no room; it is in data/league.csv
better, unranked = (
    league_table.display_directions(),
    (league_table.REAL, league_table.FROZEN),
)
show(figures.league_table(cells, better=better, unranked=unranked))
show(figures.league_plot(costs, score="Fréchet distance", cost="minutes trained"))
print(f"Protocol: {league.PROTOCOL}.")
real_scores = rows[league_table.REAL].scores
assert all(score.low > real_scores["frechet"].high for score, _ in costs.values())

# %% [markdown]
# Four intervals overlap with the real row's: two steps of lesson 03, MoCoGAN's content and
# warping, because of its generator. It has the best Fréchet distance too, 285, with recall .93
# and precision .23: diverse, but not real enough. Lesson 03's models, 643 to 758, are hardly
# better than frozen clips.
#
# In bits clip VAE and autoencoder tie; the autoencoder has the better samples: 630 to 653
# in six sets, the VAE's 712 to 766. Its prior has independent axes; with the full covariance it
# comes to 625 to 636. In 4.6 MoCoGAN covered .38, here .25: report the seed of the real clips.

# %% [markdown]
# ## Lab: find the fault
#
# Four tables that could stand in a paper. Every value is correct and measured; but each
# protocol has one fault, and a fair protocol reverses the order. Copy a name to each letter:
#
# - `best of many samples against one prediction`
# - `data range of 2 for pixels in [0, 1]`
# - `sets of unequal size`
# - `the classifier was trained on the test clips`

# %%
from lessons.evaluation.lab import FAULTS

tables = {f.key: f.published(Generator().manual_seed(0)) for f in FAULTS}
show(figures.fault_tables(tables))

# %% lab="5"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option you believe in, then the others: wrong ones are
# answered too.

# %%
quiz("5")

# %% [markdown]
# ## Summary
#
# - Each metric answers one question. Ask what it cannot detect before you compare models.
# - State the range of PSNR, the window of SSIM, the mask of a content distance.
# - Features contain what their network was trained for. A Fréchet distance is named after
#   its network; FVD is that of I3D.
# - Two sets of n samples from one distribution have a distance of order 1 / n: report n with
#   each Fréchet distance, and compare at equal n only. The kernel distance has no such bias.
# - Precision measures whether fake samples look real, recall whether all real samples are
#   covered.
# - Frozen clips win content distance and warping error: the step stands beside them.
# - Corrupt real clips on purpose, and see which metric detects it.
# - An interval accounts for other clips from one training. Another training needs another
#   table.
# - Trivial rows, real rows, cost, protocol: a table without them is an advertisement.
#
# That was the course: you have built four kinds of generators, and can tell what their
# metrics mean. Bring your own: `course evaluate` evaluates any film or tensor of clips
# by the protocol of 5.8.
#
# ## Further reading
#
# - Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, *Image Quality Assessment: From Error
#   Visibility to Structural Similarity*, IEEE Transactions on Image Processing, 2004:
#   E5.1.
# - T. Salimans et al., *Improved Techniques for Training GANs*, NeurIPS 2016,
#   arXiv:1606.03498: the inception score.
# - M. Heusel et al., *GANs Trained by a Two Time-Scale Update Rule Converge to a Local
#   Nash Equilibrium*, NeurIPS 2017, arXiv:1706.08500; D. Dowson, B. Landau, *The
#   Fréchet Distance between Multivariate Normal Distributions*, Journal of Multivariate
#   Analysis, 1982: E5.2, E5.3.
# - M. Binkowski, D. Sutherland, M. Arbel, A. Gretton, *Demystifying MMD GANs*, ICLR
#   2018, arXiv:1801.01401: the kernel distance.
# - T. Unterthiner et al., *Towards Accurate Generative Models of Video: A New Metric
#   and Challenges*, 2018, arXiv:1812.01717; J. Carreira, A. Zisserman, *Quo Vadis,
#   Action Recognition?*, CVPR 2017, arXiv:1705.07750: FVD and its network. It needs 10
#   frames or more at 224 x 224 pixels.
# - S. Ge et al., *On the Content Bias in Fréchet Video Distance*, CVPR 2024,
#   arXiv:2404.12391: FVD under corruptions as in 5.6.
# - T. Kynkäänniemi et al., *Improved Precision and Recall Metric for Assessing
#   Generative Models*, NeurIPS 2019, arXiv:1904.06991; M. Naeem et al., *Reliable
#   Fidelity and Diversity Metrics for Generative Models*, ICML 2020, arXiv:2002.09797:
#   5.4, E5.5.
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz, *MoCoGAN: Decomposing Motion and Content
#   for Video Generation*, CVPR 2018, arXiv:1707.04993: the content distance.
# - W.-S. Lai et al., *Learning Blind Video Temporal Consistency*, ECCV 2018,
#   arXiv:1808.00449: the warping error.
# - B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993: E5.7. R. Bradley,
#   M. Terry, *Rank Analysis of Incomplete Block Designs*, Biometrika, 1952; D. Hunter,
#   *MM Algorithms for Generalized Bradley-Terry Models*, Annals of Statistics, 2004:
#   5.7.
