# %% [markdown]
# # 4 · Content and motion
#
# Four generated clips, all from one network. It was trained on real clips and on one label
# of each: whether its object crosses or falls. It was never told which clips share an
# object or a motion. Yet two of these rows show the *same object* with different motions,
# and two show different objects with the *same motion*, or nearly. In fact every row has
# one partner of each kind.
#
# Pair them, twice. Then say what the network must keep separate to do this, and what may
# be built in. The answer is in the first code cell: a pair of indices for each row, the
# content and the motion.

# %%
import torch
from torch import Tensor, nn

from lessons.mocogan import figures
from course_lib.mocogan.video_gan import content_by_motion, sample
from course_lib.plotting import filmstrip, show
from course_lib.training import video_gan

mocogan = video_gan.load_pretrained("mocogan")
contents = mocogan.sample_latents(5, torch.Generator().manual_seed(1))
motions = mocogan.sample_latents(6, torch.Generator().manual_seed(2))
motions = motions._replace(category=torch.arange(6) % 2)
grid = content_by_motion(mocogan, contents, motions)  # (5, 6, 16, 3, 64, 64)
clips = torch.stack([grid[0, 0], grid[2, 3], grid[0, 3], grid[2, 0]])
show(filmstrip(clips, labels="ABCD", every=2))

# %% [markdown]
# **What you will be able to do.** Sample a latent with a constant and a moving part.
# Generate a clip frame by frame, in the right order. Compute the receptive field of a
# discriminator, and say why a video GAN has two of them. Train three networks, each in its
# own step. Condition a generator on a category, and notice when the condition has no
# effect. Exchange content and motion, compare the model with baselines, and write a clip to
# disk.
#
# **What you need.** Lessons 01 to 03, and 90 minutes, of which the machine takes about
# 10. No GPU, no network.

# %%
from collections.abc import Callable, Sequence
from functools import partial

from course_lib.metrics.optical_flow import OtherImages, image_gradients
from course_lib.gan.objectives import nonsaturating_generator_loss
from lessons import check, diagnose, hint, quiz, solution, verify
from lessons.mocogan.experiments import moving_bars as bars
from lessons.mocogan.lab import FAULTS, run_fault, run_healthy
from course_lib.mocogan.latents import ClipLatents, LatentPath, one_hot
from course_lib.mocogan.discriminators import build_video_discriminator
from course_lib.mocogan.objectives import CategoryLogits
from lessons.mocogan.figures.tables import Metric
from course_lib.mocogan.receptive_field import ReceptiveField, conv_specs
from course_lib.mocogan.training import Gradients, StepMetrics, frames_at, train_step
from course_lib.mocogan.frame_views import Times
from course_lib.training.bands import read_band
from course_lib.shapes import Images, Labels, Points, Scalar, Videos
from teaching.explore import explore, slider
from course_lib.profile import pick

# %% [markdown]
# ## 4.1 Two latents
#
# One code for a whole clip (3.5) mixes everything. One independent code for each frame
# keeps nothing together. So split the latent: $z_C$, the **content code**, is sampled once
# and used in every frame. $z_M^t$, the **motion code**, changes from frame to frame: it is
# the state of a recurrent network that reads noise. Our noise has a tenth of the paper's
# standard deviation, so that objects move smoothly.
#
# A **category** is a condition: the requested motion. The motion RNN reads it at every
# step. Write the path. `motion_rnn(x, h)` is a GRU cell, `one_hot(labels, n)` makes the
# category an input for it.

# %% exercise="X4.1"

# %% tags=["nbval-check-output"]
sizes = mocogan.sizes.latents
latents = mocogan.sample_latents(64, torch.Generator().manual_seed(0))
path = latent_path(latents, mocogan.motion_rnn, sizes.categories)
show(figures.latent_lines(path, sizes.content))
verify("E4.1")

# %% [markdown]
# Left, constant lines: the content code has a standard deviation of 1 over clips, and of 0
# over time. Right, the state of the trained motion RNN drifts: objects cross the frame. In
# the paper's text the category is an input of the motion RNN, as here; in its released
# code, of the image generator. Keep that in mind until 4.6.
#
# ## 4.2 An image generator
#
# The image generator maps *one* latent to *one* frame. It does not know about time, so all
# frames of all clips can be generated in one call. Then every frame must be put back into
# its clip. A common mistake splits the batch along the wrong axis. Below, the numbers of
# parameters of motion RNN, image generator, image discriminator and video discriminator.

# %% exercise="X4.2"

# %% tags=["nbval-check-output"]
from course_lib.mocogan.generator import count_parameters
from course_lib.mocogan.train_state import init_laptop_mocogan, init_paper_mocogan

for name, init in (("released", init_paper_mocogan), ("laptop", init_laptop_mocogan)):
    generator, *discriminators = init(torch.Generator().manual_seed(0))[:3]
    networks = (generator.motion_rnn, generator.image_generator, *discriminators)
    print(f"{name}: ", *(f"{count_parameters(network):,}" for network in networks))
verify("E4.2")

# %% [markdown]
# The released networks are reimplemented here with exactly their parameters; their category
# is an input of the image generator. On two cores one of their training steps takes
# seconds, and they need 100,000. So our image generator is smaller, and has a prior: it
# computes the *position* of an object, in whole pixels, and then, from $z_C$ alone, which
# pixels around that position belong to the object, and their *one* colour.
#
# Be clear about what this prior determines. The colour cannot change within a clip: the
# content distance is 0 by construction, not by learning. Which shapes, which sizes, which
# paths, which speed, and whether the category has an effect: that has to be learned.

# %% [markdown]
# ## 4.3 Two discriminators
#
# A video discriminator reads all 16 frames at once. Its convolutions are
# three-dimensional: each has a kernel of four frames in time. Move the slider for the
# length of the clip. How short may it be? How many outputs does a longer clip have?

# %%
discriminator = build_video_discriminator(4, 2, torch.Generator().manual_seed(0))
TIME, SPACE = conv_specs(discriminator, 0), conv_specs(discriminator, 1)
explore(
    partial(figures.receptive_field_pyramid, layers=TIME),
    n_frames=slider(12, 24, step=1, start=16, label="frames"),
    alt="Rows of dots: frames, then the outputs of each layer of the discriminator.",
)

# %% [markdown]
# Now as arithmetic, for any stack of layers, in time as in space: the output length, the
# size of the **receptive field** (the inputs on which one output depends), and the **jump**
# between the receptive fields of neighbouring outputs. Padding counts as input. For a clip
# that is too short, raise an error with a clear message.

# %% exercise="X4.3"

# %% tags=["nbval-check-output"]
print(f"in time {receptive_field(16, TIME)}, in space {receptive_field(64, SPACE)}")
try:
    receptive_field(15, TIME)
except ValueError as error:
    print(f"15 frames: {error}")
verify("E4.3")

# %% [markdown]
# So the released video discriminator covers all 16 frames, and 94 pixels where there are
# 64. The laptop's is cheaper: the frames at half their size are the 48 channels of one
# image. Why a second discriminator? A blurred frame within a smooth motion is a small fault
# of a clip, and a plain one of a frame. An **image discriminator** gets single, randomly
# chosen frames.
#
# A discriminator that is too confident too early gives little gradient. The released code
# adds Gaussian noise of standard deviation 0.1 to the input of each layer. Ours has no
# noise; R1 (1.6) regularizes it.
#
# Pick frames so that gradients reach those that were picked, and only those.

# %% exercise="X4.4"

# %% [markdown]
# ## 4.4 Three training steps
#
# The training of lesson 01, with three networks. The discriminators minimize their
# classification loss; the generator makes both of them classify its samples as real. There
# is one more term, which is not adversarial: which category does this clip show? The video
# discriminator learns it from labelled real clips. The generator minimizes the loss of its
# own clips for the category that they were conditioned on.
#
# The category loss is a cross-entropy. It must stay finite for logits of 800.

# %% exercise="X4.5"

# %% [markdown]
# And now the step that most code gets wrong. Compute the gradients of all three terms, each
# a mean, with the non-saturating loss of 1.4, and change no other network. `backward` would
# accumulate gradients in the discriminators, which their next step would include. Return
# the generator's gradients only. `frames_at(videos, times)` picks the frames for you.

# %% exercise="X4.6"

# %% [markdown]
# Does it learn? On a small data set we can measure it exactly: bars of 2 x 4 pixels on a
# torus; horizontal ones move right, vertical ones move down. Every possible frame can be
# listed, so the metrics of a generated clip are *exact*.
#
# Train twice. The second time, leave out one thing: the video discriminator is not trained
# on the categories of *real* clips. The generator still has its category loss. Which curve
# do you expect?

# %%
from math import log
from statistics import fmean

from course_lib.training import presets
from course_lib.progress import progress

length = pick(smoke=presets.BARS_SMOKE, laptop=presets.BARS_LAPTOP)
band = read_band("moving_bars").curves["fake_category"]


def train(config):
    rng = torch.Generator().manual_seed(0)
    state, losses, recent = bars.init_small_mocogan(rng), {}, []
    for step in progress(range(1, length.steps + 1), "moving bars"):
        real = bars.moving_bars(bars.BATCH, rng)
        state, metrics = train_step(state, real, config, rng)
        recent.append(metrics.fake_category)
        if step % length.every == 0:
            losses[step], recent = fmean(recent), []
    return state, losses


# %%
_, losses = train(bars.BASELINE)
state, without_labels = train(bars.BASELINE._replace(category_weight=0.0))
initial = bars.init_small_mocogan(torch.Generator().manual_seed(0))
final_norm, initial_norm = (
    x.video_discriminator.layers[-1].weight[1:].norm() for x in (state, initial)
)
ratio = final_norm / initial_norm
print(f"without real categories: category weights at {ratio:.1%} of their initial norm")
show(
    figures.category_loss_curves(
        {"yours": losses, "no real labels": without_labels}, band
    )
)
assert losses[length.steps] < pick(smoke=0.5, laptop=0.2)
assert abs(without_labels[length.steps] - log(2)) < 0.05

# %% [markdown]
# Your curve falls, with a spike now and then, as in the eight grey reference trainings.
# Without real labels it stays at log 2, a uniform prediction. L2 has a tiny gradient, and
# Adam divides even the smallest gradient by its own size: the category weights shrink at
# the full learning rate. It looks like convergence, but the term has no effect.
#
# The training of the shipped model took one core 61 minutes. More than sizes changed: no
# norms in the discriminators, R1 every fourth step, a tenth of it on frames, two frames a
# clip, twice the learning rate for the generator, and a moving average of its weights.
# Which of these matter? For the bars, the results of 80 trainings are stored: five seeds a
# row, one change each.

# %%
from course_lib.training.checkpoints import read_card
from lessons.mocogan.trial_table import read_trials

show(figures.bar_metrics_panels(read_trials()))

curve = read_card("mocogan").curve
steps = [int(step) for step in curve["step"]]
readings = zip(*(curve[name] for name in StepMetrics._fields), strict=True)
metrics = {step: StepMetrics(*row) for step, row in zip(steps, readings, strict=True)}
clip_metrics = {
    "accuracy": curve["category_accuracy"],
    "speed : real": [speed / 3.64 for speed in curve["speed"]],
    "coverage": curve["coverage"],
    "empty": curve["empty_fraction"],
}
clip_metrics = {
    name: dict(zip(steps, values, strict=True)) for name, values in clip_metrics.items()
}
sample_clips_of = video_gan.VIDEO_GANS["mocogan"].sampler(mocogan)
samples = sample_clips_of(3, torch.Generator().manual_seed(1)).videos
show(figures.training_monitor(metrics, clip_metrics, samples))

# %% [markdown]
# A larger learning rate of the generator helps, weak discriminators hurt: with 64 clips
# (half of all), only these leave the first row's range of error. R1 raises the category
# accuracy of the worst seed from 20 % to 36 %; noise does not. Lazy R1, initial weights,
# the moving average: no visible difference. The two settings of the last row but one, twice
# the learning rate and R1 every fourth step, reach the category accuracy of all together,
# with a pixel error .02 larger. At 64 x 64 such a table would take too long.
#
# *Coverage*: the share of real clips with a generated one near. Objects move slowly at
# first, too fast at 2,250 steps, and at 1.05 of the real speed in the end.

# %% [markdown]
# ## 4.5 Exchange content and motion
#
# Rows share a content, columns a motion; every second column has the category "fall". Move
# the time slider. What is constant along a row? What along a column? Then generate more
# frames than any discriminator was trained on.

# %%
display(
    explore(
        partial(figures.content_grid, grid),
        time=slider(0, 15, step=3, start=12, label="frame"),
        alt="Clips in a grid, trails behind them: a content a row, a motion a column.",
    )
)
longer = sample(mocogan, 3, torch.Generator().manual_seed(3), 48)
explore(
    partial(figures.longer_clips, longer),
    length=slider(8, 48, step=8, start=32, label="frames"),
    alt="Three clips that go on beyond the sixteen frames that were trained.",
)

# %% [markdown]
# A row keeps colour and outline; a column nearly keeps the path. Some objects jump at the
# first step, one of 256 by 35 pixels (real ones: 17). Beyond frame 16 most come to rest: no
# discriminator was trained on motion there.
#
# ## 4.6 Comparison with baselines
#
# **VGAN** generates the clip at once, over a static background. **TGAN** turns one code
# into 16. All have the same video discriminator and as many steps; MoCoGAN alone has a
# second discriminator, labels, and an image generator of one object. Which keeps its
# colours? Which moves? (The paper: VGAN 5.02, TGAN 2.08, MoCoGAN 1.79, with another mask:
# never rank them together.)

# %%
from course_lib.evaluation.video_gan_table import (
    frozen_clips,
    measure_model,
    real_clips,
)

n, repeats = pick(smoke=(32, 2), laptop=(256, 5))
samplers = {"real clips": real_clips, "frozen": frozen_clips}
for name, key in (("MoCoGAN", "mocogan"), ("TGAN", "tgan"), ("VGAN", "vgan")):
    samplers[name] = video_gan.VIDEO_GANS[key].sampler(video_gan.load_pretrained(key))
table = {name: measure_model(x, n=n, repeats=repeats) for name, x in samplers.items()}
real = table.pop("real clips")
best = {
    "content_distance": "low",
    "speed": "real",
    "coverage": "high",
    "colour_ks": "low",
}
panels = {
    name.replace("_", " "): Metric(
        {model: row[name] for model, row in table.items()}, real[name][1], end
    )
    for name, end in best.items()
}
show(figures.metric_panels(panels))

# %%
meanings = {
    "content_distance": "of a clip's colours, on 0 to 255",
    "empty_fraction": "of frames without a shape",
    "speed": "median step of its centre, pixels",
    "category_accuracy": "fraction; by chance .5",
    "coverage": "fraction of real clips with one near",
    "square_fraction": "of clips; .5 in the data",
    "rarest_size_fraction": "of clips; four sizes",
    "colour_ks": "largest distance from uniform",
}
print(f"{'':20}" + "".join(f"{name:>11}" for name in samplers))
for name, meaning in meanings.items():
    values = (row[name].value for row in (real, *table.values()))
    print(f"{name:20}" + "".join(f"{x:11.2f}" for x in values) + f"  {meaning}")
row = table["MoCoGAN"]
assert row["content_distance"].high < 0.01 and row["empty_fraction"].high < 0.05
assert row["speed"].low > 0.7 * real["speed"].value
assert row["category_accuracy"].value > 0.85
strips = [x(1, torch.Generator().manual_seed(0)) for x in samplers.values()]
show(filmstrip(torch.cat([x.videos for x in strips]), labels=[*samplers], every=2))

# %% [markdown]
# Frozen clips win two panels. MoCoGAN's distance of 0 comes from its prior. What it
# learned: 3.85 pixels a step, a category accuracy of 95 %, all sizes. What it did not: 20 %
# squares where half are; 38 % of real clips have one near. VGAN has as good a speed, but
# its colours change. TGAN collapsed: the same coloured noise in every clip. Noise has a
# speed, too. The baselines have no condition: their accuracy of one half is chance.
#
# And which parts matter? On the bars, where metrics are exact: no image discriminator, or
# the category as an input of the image generator. The paper's faces: both discriminators
# matter, and the motion RNN is the better input.

# %%
from lessons.mocogan.experiments.ablation import run_ablation

length = pick(smoke=presets.ABLATION_SMOKE, laptop=presets.ABLATION_LAPTOP)
runs = [*progress(run_ablation(length.steps, range(3)), "twelve trainings")]
show(figures.bar_metrics_panels(runs))
for name, row in bars.reference_metrics().items():
    print(f"{name:8}", *(f"{key} {x:.2f}" for key, x in row._asdict().items()))

# %% [markdown]
# Minimum to maximum of three seeds, half trained: a pixel error of .17 to .21; black frames
# have .25. With both discriminators the image generator is the better input, with a
# category accuracy of 34 % against 17 %, the *reverse* of the paper, but the ranges
# overlap. In 4.4 the category loss fell to .01! A bar's orientation gives its category
# away, whether it moves or not. Look at the clips.
#
# ## 4.7 Motion, explicitly
#
# A discriminator could get motion as a second stream: the displacement of each pixel, its
# **optical flow**. A pixel that moves by $(u, v)$ changes as its gradients say,
# $I_t = -(I_x u + I_y v)$: one equation, two unknowns. A *window* has many pixels, and
# least squares gives the answer. How far can the blob move before the flow is wrong?

# %%
explore(
    figures.flow_of_a_shift,
    right=slider(0.0, 6.0, step=1.5, start=1.5, label="right"),
    down=slider(0.0, 3.0, step=1.5, start=0.0, label="down"),
    window=slider(3, 15, step=4, start=7, label="window"),
    alt="A blob before and after a shift, and arrows of the flow that windows find.",
)

# %% [markdown]
# Image gradients are valid for about a pixel or two, as far as the blob is smooth. Write it
# for one window; `image_gradients(before, after)` returns the gradients. All inner pixels and
# channels have equal weight. A window with a straight edge has no unique solution: raise an
# error.

# %% exercise="X4.7"

# %% tags=["nbval-check-output"]
verify("E4.4")

# %% [markdown]
# Sixteen frames are 48 channels, fifteen flows 30 more: `build_flow_discriminator` makes a
# network that reads both. Which optimizer trains such a stream? A flow *network* that the
# generator's optimizer trained would learn to output the same flow for every clip. It
# belongs to the discriminators, or to neither. Least squares has no parameters, and
# gradients still flow through it to the frames.
#
# ## 4.8 Out of the notebook
#
# Write clips to files. `denoise` takes the median of three frames, `steady_colours` gives
# the shape one colour over time. Use both on the baseline with the largest content
# distance, and measure before and after. What have you measured?

# %%
import tempfile
from pathlib import Path as File

from IPython.display import Image, display

from course_lib.metrics.content import average_content_distance
from course_lib.mocogan.cleaning import denoise, steady_colours
from course_lib.video import write_gif, write_video

raw = samplers["VGAN"](64, torch.Generator().manual_seed(0)).videos
clean = steady_colours(denoise(raw))
before, after = (average_content_distance(x).distance for x in (raw, clean))
print(f"VGAN's content distance: {before:.1f}, cleaned {after:.1f}")
folder = File(tempfile.mkdtemp())
videos = sample(mocogan, 6, torch.Generator().manual_seed(5), 32)
write_video(folder / "clips.mp4", videos, fps=8)
write_gif(folder / "clips.gif", videos, fps=8)
display(Image(folder / "clips.gif", alt="Six clips of a MoCoGAN, 32 frames each."))

# %% [markdown]
# The distance falls to a third, and the model is the same: you measured the
# post-processing. (Not to 0: values beyond black or white are clipped, and then the mask is
# another one.) Post-process for viewing, never before measuring.
#
# Last, a clip from a photograph. A generator has no encoder, but it has gradients: start
# from the best of 64 samples, minimize the error of the *first frame* over the latents with
# fixed weights (**GAN inversion**), then let the motion RNN continue. Which of three
# photographs is lost?

# %%
from course_lib.data.shape_motion import sample_clips
from course_lib.mocogan.inversion import invert_first_frames

first = sample_clips(3, torch.Generator().manual_seed(5)).videos[:, 0]
with torch.enable_grad():
    latents = invert_first_frames(mocogan, first, torch.Generator().manual_seed(0))
with torch.no_grad():
    continuation = mocogan(latents)
repeated = first.unsqueeze(1).expand(-1, 16, -1, -1, -1)
pairs = torch.stack((repeated, continuation), dim=1).flatten(0, 1)
names = [f"{kind} {i}" for i in (1, 2, 3) for kind in ("photo", "clip")]
show(filmstrip(pairs, labels=names, every=2))

# %% [markdown]
# The pale dot is lost, though the best of the samples began almost on it, in dark violet.
# Gradient descent could have made it lighter; it made it black. It found a local minimum.
# The others are reconstructed, if rounder, and move on.
#
# ## Lab: name the fault
#
# Four trainings on the bars, each with one fault; the healthy training is grey. Read the
# discriminators' outputs, the category losses, and the brightness of generated clips. Copy
# a name to each letter:
#
# - `frames are assembled into the wrong clips`
# - `real clips have another value range`
# - `the generator's optimizer also updates the discriminators`
# - `the discriminator is not trained on real categories`

# %%
length = pick(smoke=presets.BARS_LAB_SMOKE, laptop=presets.BARS_LAB_LAPTOP)
healthy = run_healthy(length.steps, torch.Generator().manual_seed(0))
faulty = {
    f.key: run_fault(f, length.steps, torch.Generator().manual_seed(0)) for f in FAULTS
}
show(figures.fault_curves(faulty, healthy))

# %% lab="4"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option you believe in, then the others: wrong ones are answered
# too.

# %%
quiz("4")

# %% [markdown]
# ## Summary
#
# - The content code is sampled once a clip; the motion code is the state of an RNN that
#   reads noise.
# - An image generator does not know about time. All frames are one batch, and must be put
#   back into their clips.
# - The video discriminator sees motion, the image discriminator single frames; each
#   training step updates one network.
# - A condition needs a trained discriminator: train it on the categories of *real* clips, or
#   the category loss stays at log 2.
# - Report the content distance with the fraction of empty frames and the speed. A prior can
#   make it 0: say so.
# - A flow is fixed, or the discriminators': the generator's optimizer never trains it.
# - Post-process for viewing, never before measuring.
#
# Next, lesson 05 asks which of all these numbers deserve your trust.
#
# ## Further reading
#
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz, *MoCoGAN: Decomposing Motion and Content for
#   Video Generation*, CVPR 2018, arXiv:1707.04993: E4.1, E4.2.
# - C. Vondrick, H. Pirsiavash, A. Torralba, *Generating Videos with Scene Dynamics*, NeurIPS
#   2016, arXiv:1609.02612: VGAN.
# - M. Saito, E. Matsumoto, S. Saito, *Temporal Generative Adversarial Nets with Singular
#   Value Clipping*, ICCV 2017, arXiv:1611.06624: TGAN.
# - A. Odena, C. Olah, J. Shlens, *Conditional Image Synthesis with Auxiliary Classifier
#   GANs*, ICML 2017, arXiv:1610.09585: the category term.
# - L. Mescheder, A. Geiger, S. Nowozin, *Which Training Methods for GANs Do Actually
#   Converge?*, ICML 2018, arXiv:1801.04406: R1.
# - T. Karras et al., *Analyzing and Improving the Image Quality of StyleGAN*, CVPR 2020,
#   arXiv:1912.04958: styles, and R1 now and then.
# - I. Anokhin et al., *Image Generators with Conditionally-Independent Pixel Synthesis*,
#   CVPR 2021, arXiv:2011.13775: pixels from coordinates.
# - A. Araujo, W. Norris, J. Sim, *Computing Receptive Fields of Convolutional Neural
#   Networks*, Distill, 2019: E4.3.
# - B. Lucas, T. Kanade, *An Iterative Image Registration Technique*, IJCAI 1981: E4.4.
# - J.-Y. Zhu et al., *Generative Visual Manipulation on the Natural Image Manifold*, ECCV
#   2016, arXiv:1609.03552: latents of a picture.
