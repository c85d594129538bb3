# %% [markdown]
# # 5 · Judging what nobody has seen
#
# Three makers of clips, one clip of each below. Two scores of the literature rate eight
# clips of every maker, lower is better: the *content distance* asks whether a thing
# keeps its colour, the *warping error* whether each frame fits the next one.
#
# One maker is the data itself: its clips are real. It wins neither score alone. Which row
# would you pay for, which one wins, and what are both scores blind to? Commit yourself;
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
makers = {
    "A": corruptions.freeze(real, rng),
    "B": real,
    "C": sampling.from_prior(vae, 8, rng).videos,
}
for name, clips in makers.items():
    distance = content.average_content_distance(clips).distance
    error = warping.warping_errors(clips).error.mean()
    print(f"{name}: content distance {distance:4.1f}, warping error {error:.5f}")
show(filmstrip(torch.stack([m[3] for m in makers.values()]), labels=[*makers], every=2))

# %% [markdown]
# A is B, stopped: one frame, sixteen times. C was drawn by lesson 03's clip VAE. A score
# is a question; who asks the others?
#
# **What you will be able to do.** Write the scores that papers print: PSNR, SSIM's
# window, inception score, Fréchet and kernel distance, precision and recall, content
# distance. Say of each what it cannot see. Put an interval on any of them. Find what is
# wrong with a table.
#
# **What you need.** Lessons 01 to 03 (04 made some rows of the last table), covariance,
# eigenvalues; 90 minutes, of which the machine takes about 5. No GPU, no network.

# %%
from functools import partial

from course_lib.metrics.content import SEEN, ContentDistance, median_steps
from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.feature_sets import Features, two_sets
from course_lib.metrics.frechet import Crowd, fitted
from course_lib.metrics.inception_score import Probabilities
from course_lib.metrics.intervals import Interval, refuse_no_interval
from course_lib.metrics.manifold import PrecisionRecall, distances
from course_lib.metrics.manifold import refuse_no_neighbour, refuse_points
from course_lib.metrics.pixel import Clips, PerFrame, mse_per_frame
from course_lib.metrics.pixel import refuse_narrow, refuse_range
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
# `mse_per_frame` compares; `refuse_range` and `refuse_narrow` refuse.

# %% exercise="X5.1"

# %% [markdown]
# MSE takes pixels for strangers. SSIM looks at neighbourhoods: have both pictures the
# same mean there, the same spread, and do they vary *together*? A neighbourhood is a
# Gaussian of width 1.5 over 11 pixels, rows first, then columns. Only whole windows
# count. A known package averages the padded border as well: of a white rectangle, moved
# three down and two across, it says .857, the formula .799.
#
# Write the window. Then damage a frame of film, below, by noise, blur or a shift.
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
    partial(figures.three_scores, frame),
    damage=choice(tuple(figures.DAMAGES), label="damage"),
    strength=slider(1, 5, step=2, start=3, label="strength"),
    alt="A frame, the same damaged, the error; three scores over the strength.",
)

# %% [markdown]
# At equal strength, nowhere. Across strengths: a shift by one pixel has 21.8 dB, a blur of 5
# has 22.9; SSIM says .64 and .54, as you do. Scores of pixels forgive fog, and
# punish what is sharp, but elsewhere.
#
# ## 5.2 A net that knows the world
#
# A *drawn* clip has no truth beside it. So compare crowds, in what a net sees: a small 3-D
# classifier, trained in 8 minutes to name motion, shape and size, right in all of 2,000
# fresh clips. The 64 numbers behind its verdicts are a clip's **features**. Where will the
# VAE's draws lie? What is a clip run backwards?

# %%
from course_lib.data.shape_classes import CLASSES, class_of
from course_lib.data.shape_motion import sample_clips

n, world = pick(smoke=64, laptop=256), league.real_features()
fresh = sample_clips(n, Generator().manual_seed(5))
more = (sample_clips(n, Generator().manual_seed(seed)) for seed in range(1, 6))
squares = torch.cat([c.videos[class_of(c.motion, c.shape) == 0] for c in more])[:n]
seen = {
    "fresh real clips": league.features_of(fresh.videos),
    "squares, rightward": league.features_of(squares),
    "clip VAE": league.features_of(sampling.from_prior(vae, n, rng).videos),
}
kinds, fake = class_of(fresh.motion, fresh.shape), seen["clip VAE"]
show(figures.features_in_plane(seen["fresh real clips"], kinds, CLASSES, fake=fake))
first = fresh.videos[:64, :1].expand(-1, 16, -1, -1, -1)
for name, clips in (("one frame", first), ("backwards", fresh.videos[:64].flip(1))):
    right = league.classifier()(clips).named()[0] == fresh.motion[:64]
    print(f"{name}: motion right in {right.double().mean():.0%}")

# %% [markdown]
# Eight islands: two shapes, four sizes. Few draws are squares: the decoder rounds corners.
# The clump far left are draws that set the whole frame alight. Shown one frame, the net names
# 72 % of the motions, a coin 50: shapes start at an edge. Backwards, none. Features see
# what their net was taught. "FVD" is a distance of one net's logits, I3D's: `course
# evaluate clip_vae --i3d FILE`.
#
# ## 5.3 Scores of a set
#
# Is each sample surely one thing, and are all together many? The **inception score**: exp
# of the mean KL from each verdict to the mean verdict. It never looks at a real clip.

# %% exercise="X5.3"

# %% [markdown]
# The **Fréchet distance** looks at real clips, too. Take each crowd of features for a
# Gaussian: how far apart are means and spreads? Spreads count by their *roots*. In
# matrices the mixed term is the trace of a root of a product, for which libraries
# iterate, and differ. It need not be taken.

# %% tags=["nbval-check-output"]
verify("E5.2")
verify("E5.3")

# %% [markdown]
# Write both: the distance of two crowds, then of two sets of features. A `Crowd` has a
# `mean` and a `root` R, with covariance R'R; `fitted` makes one of features, `two_sets`
# makes doubles and refuses. Famous mistakes: root of the elementwise product,
# covariances over n, single precision.

# %% exercise="X5.4"

# %% [markdown]
# Two equal crowds are 0 apart. Two *samples* of one crowd are not: each has its own
# mean and spread by chance, and disagreement is what is measured. How large is it?
# Guess for 64 features and 256 samples each of unit variance; then look.

# %% tags=["nbval-check-output"]
verify("E5.4")

# %%
draws = pick(smoke=5, laptop=30)
dice, bias = Generator().manual_seed(0), {}
for size in (128, 256, 512, 1024, 2048):
    pairs = torch.randn(draws, 2, size, 64, generator=dice)
    found = torch.tensor([frechet_distance(*pair) for pair in pairs])
    low, high = found.quantile(torch.tensor([0.05, 0.95])).tolist()
    bias[size] = (low, found.mean().item(), high)
show(figures.bias_by_size(bias, 64))
assert bias[128][0] > bias[2048][2]

# %% [markdown]
# At 256, equal crowds are 8.6 apart; the bias falls as 1 / n. A Fréchet distance
# without its n is no figure, and two of unlike n are not compared.
#
# The **kernel distance** (KID) has no Gaussian and no bias. How alike are two samples?
# The cube of (x.y / d + 1) says. Compare the mean within the first set, within the
# second, and between them. No sample is compared with itself. So its mean is 0 where the
# crowds are one, and many an answer lies below 0.

# %% exercise="X5.5"

# %%
explore(
    figures.two_clouds,
    shift=slider(0.0, 4.0, step=1.0, start=0.0, label="shift"),
    width=choice((1.0, 0.3), label="width"),
    share=choice((0.5, 0.0), label="share on the right"),
    alt="Real features in two hills, fakes among them; four scores of both sets.",
)

# %% [markdown]
# Below 0 at the start. Now let all fakes stand on the left hill, .3 wide: a flawless
# forger of one thing. Fréchet says 5.0, more than a shift of 2 would cost. Which is it,
# debris or monotony?
#
# ## 5.4 Fidelity and diversity
#
# One distance mixes two failures: debris, and all alike. Ask apart. Around each real
# sample lies a ball that reaches its k-th neighbour; together they stand for the real
# world. **Precision**: the share of fakes in a real ball. **Recall**: the share of real
# ones in a ball of the fakes. `distances` measures, `refuse_no_neighbour` and
# `refuse_points` refuse.

# %% exercise="X5.6"

# %% [markdown]
# One outlier has a huge ball: all fakes in it count as precise, and a far fake lends recall
# a huge ball of its own. Two answers use the balls of the real ones only. **Density**
# counts, for each fake, in how many real balls it lies, over k: 1 in the mean for equal
# laws, above 1 in a crowd. **Coverage** is the share of real balls with a fake inside. It
# cannot reach 1 in the mean: with k = 5, one real clip of 32 has only real neighbours.

# %% tags=["nbval-check-output"]
verify("E5.5")

# %%
from course_lib.metrics.manifold import density_coverage

print(f"{'':19}{'IS':>5}{'Fréchet':>9}{'kernel':>8}{'precision':>11}", end="")
print(f"{'recall':>8}{'coverage':>10}")
for name, features in seen.items():
    logits = [head(features).detach() for head in league.classifier().heads]
    motion, shape, size = (x.softmax(dim=1) for x in logits)
    verdicts = torch.einsum("nm,ns,nz->nmsz", motion, shape, size).flatten(1)
    print(f"{name:19}{inception_score(verdicts):5.1f}", end="")
    print(f"{frechet_distance(world, features):9.0f}", end="")
    print(f"{kernel_distance(world, features):8.0f}", end="")
    precision, recall = precision_recall(world, features, k=5)
    coverage = density_coverage(world, features, k=5).coverage
    print(f"{precision:11.2f}{recall:8.2f}{coverage:10.2f}")

# %% [markdown]
# Which maker is worse? Both distances say the squares, though another draw moves the VAE's
# kernel distance by thousands. The others say *what* is wrong: squares have recall .23;
# three of four draws are debris. Coverage .99 is luck; its mean is .97.
#
# ## 5.5 Does it stay, does it move
#
# The hook's scores need no net. **Content distance** masks what is brighter than
# `SEEN`, 25 of 255, and compares the mean colour inside, for all pairs of frames. The
# mask decides the figure: state it. Black and frozen clips have 0, so empty frames and the
# step, by `median_steps(mask, seen)`, stand beside it.

# %% exercise="X5.7"

# %% tags=["nbval-check-output"]
verify("E5.6")

# %% [markdown]
# So longer clips look worse: state T. The **warping error** finds where each pixel goes
# (lesson 04's flow), brings the next frame back, and compares. A film that stands still
# fits itself best.
#
# ## 5.6 Break the metric
#
# Take real clips, break them in known ways, and see which score notices: whose interval
# leaves that of the whole clips. Guess the map first: 7 ways to break a clip, 8 scores.
# Which score sees a film run backwards, which a shape that changes its colour? A light cell
# lies many interval widths away. *Motion*: how often the net still names the right one, by
# chance .5.

# %%
from course_lib.evaluation import corruption_table, league_table

table = corruption_table.corruption_table(*pick(smoke=(12, 20), laptop=(128, 100)))
scores = {name: league_table.columns(rating) for name, rating in table.items()}
show(figures.corruption_map(scores, clean=corruption_table.WHOLE))
sees = partial(corruption_table.sees, table)
in_time, in_looks = ("freeze", "shuffle", "reverse"), ("swap one frame", "recolour")
assert not any(sees("distance", broken) for broken in in_time)
assert all(sees("distance", broken) for broken in in_looks)
assert not sees("warping", "reverse") and not sees("step", "reverse")
assert table["freeze"].warping.value == table["freeze"].distance.value == 0
assert not any(sees("frechet", broken) for broken in in_looks)
if pick(smoke=False, laptop=True):  # a dozen clips are too few for a distance
    assert all(sees("frechet", broken) for broken in (*in_time, "blur", "noise"))
    assert all(sees("precision", broken) for broken in corruptions.CORRUPTIONS)
    assert not sees("kernel", "recolour") and not sees("motion", "recolour")

# %% [markdown]
# Read a column down. Content distance sees colours that change, blur and noise too, and
# nothing that happens to time. Frozen clips win it, and the warping error, at 0: the step
# gives them away. Blur wins that too. A film played backwards passes all
# three. Fréchet sees time, for its net was taught motions, but no odd frame, no new
# colour; faint noise, a twentieth of the range, costs it six times a standstill. (I3D's FVD
# hardly sees time: Ge et al. 2024.)
#
# Precision has a dot in every row, and gave .95 to a maker of one kind. **A table needs
# several scores, and rows with known answers.**

# %% [markdown]
# ## 5.7 How sure are you
#
# Other clips would have given another figure. Which? You have no others; so draw from
# those at hand as if they were the world: as many as there are, *with* replacement, a
# thousand times over. The middle 90 % of the means are the **bootstrap interval**. It
# speaks of other clips of this model: not of another training, nor of another net.
# `refuse_no_interval` refuses.

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
# Fréchet distance belongs to a set: no clip has one. So halves of the set are drawn, each
# clip once: a half lies about as far from the whole as the whole from the truth; its
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
    asked = torch.full((3, 3), float(answers), dtype=torch.float64)
    found = []
    for _ in range(studies):
        won = torch.binomial(asked, chance, generator=dice).triu(1)
        found.append(strengths(won + (answers - won.T).tril(-1)))
    found = torch.stack(found)
    right = (found.argsort(dim=1, descending=True) == torch.arange(3)).all(dim=1)
    low, high = found[:, 1].quantile(torch.tensor([0.05, 0.95]).double()).tolist()
    print(
        f"{answers:3} answers a pair: order right {right.double().mean():4.0%}",
        end=", ",
    )
    print(f"the second's .30 found as {low:.2f} to {high:.2f}")

# %% [markdown]
# With 20 answers a pair, one study of five has a wrong order; with 80, one of a hundred.
# And the scale is one line, for lovers of sharpness and of motion alike.
#
# ## 5.8 The league table
#
# Every model of this course that draws *shape motion*, under one protocol: as many clips,
# as long, one seed, the same real ones, the same net, intervals, costs. (Digits have a truth: their tables stand in 02 and 03.) Above all, *fresh real
# clips*: where a model beats them, the score is at fault. Below all, the same clips,
# *frozen*: what they win is worth nothing by itself.

# %%
names = [*sampling.SAMPLERS][: pick(smoke=1, laptop=None)]
rows = league_table.league(names, n=pick(smoke=16, laptop=256))
cells = {name: league_table.columns(row.rating) for name, row in rows.items()}
made = {name: row for name, row in rows.items() if row.cost.minutes}
costs = {name: (row.rating.frechet, row.cost.minutes) for name, row in made.items()}
for row in cells.values():
    del row["kernel, thousands"]  # no room; it is in data/league.csv
lower = dict.fromkeys(("content, of 255", "warping, 1e-4", "Fréchet"), "lower")
higher = dict.fromkeys(("precision", "coverage", "motion"), "higher")
outside = (league_table.REAL, league_table.FROZEN)
show(figures.league_table(cells, better=lower | higher, outside=outside))
show(figures.league_plot(costs, score="Fréchet distance", cost="minutes trained"))
print(f"Protocol: {league.PROTOCOL}.")
real_row = rows[league_table.REAL].rating
assert all(score.low > real_row.frechet.high for score, _ in costs.values())

# %% [markdown]
# Four figures meet the real row's: two steps of lesson 03, MoCoGAN's content and warping,
# gifts of its painter. It has the best Fréchet distance too, 285, with recall .93 and
# precision .23: all there is, but off. Lesson 03's codes, 643 to 758, are hardly nearer
# than clips that stand still.
#
# In bits clip VAE and autoencoder tie; the autoencoder has the better draws: 630 to 653
# in six sets, the VAE's 712 to 766. Its prior takes each axis alone; with a Gaussian that knows
# how axes hang together it comes to 625 to 636. In 4.6 MoCoGAN covered .38, here .25:
# name the real clips' seed.

# %% [markdown]
# ## Lab: find the fault
#
# Four tables that could stand in a paper. Every figure is right, and measured; but each
# protocol has one fault, and an honest one turns the order round. Copy a name to each
# letter:
#
# - `a range of 2 for pixels in [0, 1]`
# - `sets of unequal size`
# - `the best of many beside one answer`
# - `the classifier has learnt the test clips`

# %%
from lessons.evaluation.lab import FAULTS

printed = {f.key: f.published(Generator().manual_seed(0)) for f in FAULTS}
show(figures.fault_tables(printed))

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
# - A score is a question. Ask what it cannot see before you ask who wins.
# - State the range of PSNR, the window of SSIM, the mask of a content distance.
# - Features see what their net was taught. A Fréchet distance is named after its net;
#   FVD is I3D's alone.
# - Sets of n from one law are apart by about 1 / n: no Fréchet distance without its n,
#   and none compared at unlike n. The kernel distance has no such bias.
# - Precision asks whether fakes are real, recall whether all that is real is there.
# - Frozen clips win content distance and warping error: the step stands beside them.
# - Break real clips on purpose, and see which score notices.
# - An interval speaks of other clips from one training. Another training is another
#   table.
# - Trivial rows, real rows, cost, protocol: a table without them is an advertisement.
#
# That was the course: you have built four kinds of generators, and can tell what their
# figures are worth. Bring your own: `course evaluate` rates any film or tensor of clips
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
#   Action Recognition?*, CVPR 2017, arXiv:1705.07750: FVD and its net. It needs 10
#   frames or more at 224 x 224 pixels.
# - S. Ge et al., *On the Content Bias in Fréchet Video Distance*, CVPR 2024,
#   arXiv:2404.12391: FVD, broken as in 5.6.
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
