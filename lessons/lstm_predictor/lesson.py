# %% [markdown]
# # 2 · Predicting the next frame
#
# Two handwritten digits drift through a black frame and bounce off its walls. Ten
# frames are given, the **context**. Three rows go on from there. One is what really
# happened. The others were predicted by networks from the same ten frames; these two
# digits were not in their training data.
#
# Which row is the truth? And by what do you recognise the others: by the positions of the
# digits, or by their shapes? Decide before you read on; the answer is in the first code
# cell.

# %%
import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv2d, pad

from course_lib.data.moving_digits import test_clips
from course_lib.plotting import filmstrip, show
from lessons.lstm_predictor import figures
from course_lib.predictor.rollout import rollout
from course_lib.training.predictor import load_pretrained

clip = test_clips(3)[2:]  # (1, 20, 1, 64, 64)
futures = {"B": clip[0, 10:]}
for letter, name in (("A", "predictor"), ("C", "predictor_lstm")):
    with torch.no_grad():
        futures[letter] = rollout(load_pretrained(name), clip[:, :10], 10)[0]
show(figures.possible_futures(clip[0, :10], dict(sorted(futures.items()))))

# %% [markdown]
# **What you will be able to do.** Cut films into clips without leaking the test. Say what
# a model of sequences promises, and check it by brute force. Build an LSTM, a causal
# convolution and a ConvLSTM by hand. Roll a predictor out on its own frames. Say why it
# blurs. Warp pixels instead of predicting them anew. Compare all of it in one table.
#
# **What you need.** Lesson 01's PyTorch, the chain rule, a little probability; 90
# minutes, of which the machine takes about 3. No GPU, no network.

# %%
from functools import partial

from course_lib.data.film import FILM, LongTake, course_clips, check_positive
from lessons import check, diagnose, hint, quiz, solution, verify
from lessons.lstm_predictor.lab import FAULTS, run_fault, run_healthy
from course_lib.predictor.hidden_markov import HiddenMarkovModel, ancestral_sample
from course_lib.predictor.hidden_markov import LogEmission, LogInitial, LogTransition
from course_lib.predictor.hidden_markov import SymbolSequences
from course_lib.predictor.lstm_cell import CellState, LSTMState, PreActivations
from course_lib.predictor.model import FramePredictor
from course_lib.predictor.rollout import Future
from course_lib.predictor.recurrent_cell import CellWeights
from course_lib.predictor.temporal_convolution import Bias, Filtered, Kernel, Signal
from course_lib.predictor.warping import Flow
from course_lib.training import presets
from course_lib.shapes import Images, PerClip, Points, Videos
from teaching.explore import choice, explore, slider
from course_lib.profile import pick
from course_lib.progress import progress

# %% [markdown]
# ## 2.1 From film to clips
#
# A film on disk is H.264: compressed bytes, 1280 pixels wide, 0 to 255. A network
# wants clips: `(batch, time, channel, height, width)`, float32, from -1 to 1. In
# between lie four decisions: how small, how long (T frames), how far apart (stride s),
# and where the next clip begins.
#
# Ten frames that lie 3 apart span 28 frames of film, not 30: the last one needs no gap
# behind it. Get the span wrong, and you lose the last clips or read past the end. Cut
# all clips that lie within a film.

# %% exercise="X2.1"

# %% tags=["nbval-check-output"]
from course_lib.video import read_video

film = read_video(FILM, size=64)[0]  # (132, 3, 64, 64)
show(filmstrip(film[None, ::12], title="Every twelfth frame of the film"))
print("all clips:", tuple(windows(film, length=10, stride=3).shape))
for split in ("train", "validation", "test"):
    part = course_clips(split, length=10, size=64)
    print(f"{split:12}{len(part)} clips of neighbouring frames")

# %% [markdown]
# Neighbouring windows share nine frames of ten. Shuffle them, then split, and nearly
# every test clip has a near copy in training: the score then measures memorization. So
# split by **source** first: by film, by person, by scene, then cut. Choose checkpoints on
# validation clips; the test is for the table at the end. Our moving digits keep apart the
# handwritten images themselves.

# %% [markdown]
# ## 2.2 A clip is a chain
#
# What is a predictor of, mathematically? Any joint probability is a chain: the first
# frame, times the second given the first, and so on. Nothing is assumed yet. Assumptions
# begin with what represents the past. The oldest answer is a **hidden state** with random
# transitions that emits a symbol at every step: a **hidden Markov model**.
#
# To sample from one is easy: sample each variable given its parents. The probability of
# ten symbols is harder, because every hidden path can have emitted them: $2^{10}$ paths
# here, and for a hundred frames more than anyone can list.

# %% tags=["nbval-check-output"]
initial = torch.tensor([0.6, 0.4])
transition = torch.tensor([[0.9, 0.1], [0.2, 0.8]])  # from row to column
emission = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
weather = HiddenMarkovModel(initial.log(), transition.log(), emission.log())
sample = ancestral_sample(weather, 1, 10, torch.Generator().manual_seed(4))
show(figures.hidden_path(sample, weather))
verify("E2.1")

# %% [markdown]
# The sum can be taken frame by frame. Carry, for each state, the probability of
# *all symbols so far and this state now*. One step applies the transitions and multiplies
# by the probability of the new symbol: T steps of a small matrix product in place of
# exponentially many paths. After 300 frames such numbers lie below the smallest float,
# so carry their **logarithms**, and add with `logsumexp`.

# %% exercise="X2.2"

# %% [markdown]
# A table of states is enough for weather, and hopeless for pictures: 64 x 64 bits have
# more states than any table has rows. So let the state be a *vector*, and learn how it
# moves.
#
# ## 2.3 Vanishing gradients
#
# The plain recurrent network replaces the table by $h_t = \tanh(W x_t + U h_{t-1} + b)$:
# the transition is the whole right side. How long does an input influence such a state?
# The gradient tells: how much does the last state change when an input *lag* steps
# earlier changes? Predict: which untrained network loses half of its gradient at every
# step?

# %%
from course_lib.predictor.gradient_flow import jacobians_by_lag, jacobian_norms
from course_lib.predictor.gru_cell import gru
from course_lib.predictor.lstm_cell import lstm
from course_lib.predictor.recall import RecallModel, recall_accuracy, recall_step
from course_lib.predictor.recall import sample_recall
from course_lib.predictor.recurrent_cell import rnn
from course_lib.predictor.temporal_convolution import TemporalConvolution, TemporalSizes

rng = torch.Generator().manual_seed(0)
x = sample_recall(16, 64, rng).inputs  # (16, 65, 8)
models = {"RNN": rnn(8, 32, rng), "GRU": gru(8, 32, rng)}
for bias in (1.0, 5.0):
    models[f"LSTM, bias {bias:.0f}"] = lstm(8, 32, rng, forget_bias=bias)
models["convolution"] = TemporalConvolution(8, TemporalSizes(depth=5), rng)
norms = {
    n: jacobian_norms(jacobians_by_lag(m.last_output, x)) for n, m in models.items()
}
show(figures.gradient_norm_by_lag(norms))

# %% tags=["nbval-check-output"]
verify("E2.2")

# %% [markdown]
# One more Jacobian a step: the norm decays exponentially. The RNN keeps 51 % of its
# gradient a step, the GRU 62 %, an LSTM as much as its forget gate: 84 % with a bias of
# 1, all of it with 5. A convolution has no state; beyond its **receptive field** the
# gradient is 0.
#
# ## 2.4 Gates
#
# An LSTM *adds* to its **cell state** $c$ in place of replacing it. The **forget gate**
# scales the old cell state, the **input gate** scales the candidate that is added, and
# the **output gate** scales what becomes the hidden state $h$. Gates are **sigmoids**;
# they multiply elementwise, ⊙, while $W x$ is a matrix product. Tutorials use one sign
# for both, or ReLU gates, which do not stop at 1.

# %% tags=["nbval-check-output"]
verify("E2.3")

# %% [markdown]
# Look at the line $\partial c_t / \partial c_{t-1}$: the derivative along the cell state
# is just the forget gate. No matrix, no tanh. A gate at 0.99 keeps half after 69 steps;
# one at 0.5, which is where training starts without a forget bias, keeps a millionth
# after 20.
#
# The unit below has to store the sign of one input and to output it at the end. Which two
# settings does it need?

# %%
explore(
    figures.gates_over_time,
    forget_bias=slider(0.0, 5.0, step=1.0, start=1.0, label="forget bias"),
    input_gate_gain=slider(0.0, 4.0, step=1.0, start=2.0, label="input gate gain"),
    alt="One LSTM unit's input, gates and cell state over a short sequence of signs.",
)

# %% [markdown]
# The cell state must not decay (a high forget bias), and distractors must not be added to
# it (an input gate with a high gain). Now write both functions: first the gates, given
# their **pre-activations**, then the cell. The four blocks are in PyTorch's order.

# %% exercise="X2.3"

# %% [markdown]
# The alternative to a state is a *causal* convolution over time: an output depends on the
# present frame and on some before it. With dilations 1, 2, 4, ... a stack of $d$ layers
# with kernel size $k$ has a receptive field of $1 + (k-1)(2^d-1)$ frames, and all outputs
# are computed at once. No output may depend on a later frame: that frame is the answer.

# %% exercise="X2.4"

# %% [markdown]
# The test of memory is recall: after a sequence of symbols, name the first one. Chance
# names one in eight. Each model is trained anew for each lag. The convolution has five
# layers: a receptive field of 63 frames. Predict the row of each, at 8, 16, 32 and 64.

# %%
recall = pick(smoke=presets.RECALL_SMOKE, laptop=presets.RECALL_LAPTOP)
LAGS = (8, 16, 32, 64)
MODELS = {
    "RNN": partial(rnn, 8, 32),
    "LSTM": partial(lstm, 8, 32, forget_bias=5.0),
    "convolution": partial(TemporalConvolution, 8, TemporalSizes(depth=5)),
}


def learn(make, lag):
    rng = torch.Generator().manual_seed(0)
    model = RecallModel(make(rng=rng), 32, rng)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in progress(range(recall.steps), f"lag {lag}"):
        recall_step(model, adam, lag, rng)
    return recall_accuracy(model, lag, rng)


# %%
accuracy = {n: {lag: learn(m, lag) for lag in LAGS} for n, m in MODELS.items()}
show(figures.recall_accuracy_by_lag(accuracy))
for name, row in accuracy.items():
    print(f"{name:13}" + "".join(f"  lag {lag}: {row[lag]:4.0%}" for lag in LAGS))
assert accuracy["convolution"][64] < 0.3 and accuracy["RNN"][64] < 0.3
assert accuracy["LSTM"][32] > pick(smoke=0.0, laptop=0.9)

# %% [markdown]
# Over five seeds the RNN solves lag 8 in four, lag 16 in two, and is at chance beyond.
# The LSTM solves 32 in all; at 64 it reaches 46 to 99 %, and with a bias of 1 only
# chance. The convolution is perfect up to 32, and at chance one frame beyond its
# receptive field.
#
# ## 2.5 The ConvLSTM
#
# To an LSTM, a digit one pixel to the right is another vector. So give every pixel of a
# feature map an LSTM, and let it depend on its neighbours: convolutions replace the
# matrix products, with zero padding. Our **ConvLSTM** moves 8 x 8 pixels of a frame into
# the channels of one pixel (space-to-depth).

# %% exercise="X2.5"

# %% tags=["nbval-check-output"]
verify("E2.4")

# %% [markdown]
# With 1 x 1 kernels every pixel is an LSTM of its own.
#
# ## 2.6 Teacher forcing and rollouts
#
# In training, the model reads true frames and predicts the next: `model(x[:, :-1])`
# against `x[:, 1:]`. (Compare with `x[:, :-1]`, and copying its input becomes perfect.)
# This is **teacher forcing**. In use the true frames are unknown: after the context the
# model reads its own predictions, errors included, and such inputs did not occur in
# training. This difference is **exposure bias**.
#
# Write the loop that is used at test time, the **autoregressive rollout**: read the
# context, then use each prediction as the next input. The state is an argument and a
# result; the model stores nothing between calls.

# %% exercise="X2.6"

# %% [markdown]
# Now train one, live: a small ConvLSTM, on fresh clips at every step. After ten frames of
# context its inputs are its own predictions, from the first step on. Clips start with two
# frames to predict and grow to ten. The grey band is the range of six other seeds.

# %%
from statistics import fmean

from course_lib.training.bands import read_band
from course_lib.training.predictor import small_predictor_run

live = pick(smoke=presets.LIVE_SMOKE, laptop=presets.LIVE_LAPTOP)
run = small_predictor_run(live, torch.Generator().manual_seed(0))
state, losses, recent = run.state, {}, []
for number in progress(range(1, live.steps + 1), "moving digits"):
    state, metrics = run.step(state, number)
    recent.append(metrics["squared_error"])
    if number % live.every == 0:
        losses[number], recent = fmean(recent), []
band = read_band("predictor_small").curves["squared_error"]
show(figures.learning_curve(losses, band, {"black": 333, "mean frame": 240}))
assert losses[live.steps] < pick(smoke=1000, laptop=200)

# %% [markdown]
# Where the curve crosses "black", other trainings stay: a network that predicts black is
# on the plateau that many a question on the net calls "my ConvLSTM does not learn".
#
# The same training, with a larger model and for an hour, gave the shipped model, which
# your `rollout` uses below. How few frames of context does it need? Two give a direction;
# what do ten add?

# %%
predictor, clip = load_pretrained("predictor"), test_clips(6)[5:]  # (1, 20, 1, 64, 64)
predictions = {}
for n in (2, 4, 6, 8, 10):
    with torch.no_grad():
        predictions[n] = rollout(predictor, clip[:, :n], 10)[0]  # (10, 1, 64, 64)
explore(
    partial(figures.forecast, clip[0], predictions),
    context=choice((10, 8, 6, 4, 2), label="frames of context"),
    horizon=slider(1, 10, step=3, start=1, label="frames ahead"),
    alt="What follows, what the shipped ConvLSTM predicts, and its error by horizon.",
)

# %% [markdown]
# ## 2.7 Why it blurs
#
# The further ahead, the softer. Is the network too small? Suppose a ball may go left or
# right, and nothing before determines which. The model must predict *one* frame, and the
# loss is squared error. Change the probability; which frame has the least error?

# %%
explore(
    figures.two_futures,
    p_left=slider(0.0, 1.0, step=0.1, start=0.5, label="probability of left"),
    alt="Two futures, the frame of least expected error, and the error by weight.",
)

# %% tags=["nbval-check-output"]
verify("E2.5")

# %% [markdown]
# It is the mean of all futures, with both squares half bright. Blur is the *optimum* of
# squared error, and no larger network will remove it; the error that remains is the
# variance of the futures. For sharp frames the model must not predict one answer: lesson
# 03 samples a future, and in lesson 04 a discriminator recognises blurred frames.
#
# ## 2.8 Warping
#
# Digits do not change, they move. So why predict all pixels anew ten times? Predict a
# **flow**: for each pixel of the next frame, its source in the present one. To read the
# sources is *backward* warping. To move pixels forward would leave holes, and two pixels
# may land on one position.

# %% exercise="X2.7"

# %% tags=["nbval-check-output"]
warper = load_pretrained("predictor_warp")
with torch.no_grad():
    context = clip[:, :10]
    hidden_states, _ = warper.extract_features(warper.initial_state(context), context)
    features, present = hidden_states[:, -1], context[:, -1]
    parameters = warper.warp_parameters(features)
    predicted = warper.decode(features, present)
show(figures.predicted_flow(present, parameters, predicted))
verify("E2.6")

# %% [markdown]
# The flow points back, from a pixel to its source. A mask is the weight of the warped
# pixel; the rest are new pixels, because what was hidden behind an object has no source.
#
# ## 2.9 The table
#
# Ten frames of context, ten predicted, on fixed test clips of digits that are in no
# training clip.
# Squared error is summed over a frame, pixels in [0, 1]. Before you run it: order black,
# the mean frame and a copy of the last frame. Which is worst?

# %%
from course_lib.evaluation.prediction_table import score, trivial_rows

n = pick(smoke=10, laptop=200, gpu=1000)
rows = trivial_rows() | {"your ConvLSTM": state.model}
for name, suffix in (("LSTM", "_lstm"), ("warp", "_warp"), ("ConvLSTM", "")):
    rows[name] = load_pretrained(f"predictor{suffix}")
scores = {name: score(predict, n=n) for name, predict in rows.items()}
errors = {name: result.mse for name, result in scores.items()}
show(figures.error_by_horizon(errors, trivial=tuple(trivial_rows())))
print(f"{'':22}{'MSE':>6}{'first':>7}{'tenth':>7}{'PSNR':>7}{'SSIM':>7}")
for name, (mse, psnr, ssim) in scores.items():
    print(f"{name:22}{mse.mean():6.0f}{mse[0]:7.0f}{mse[9]:7.0f}", end="")
    print(f"{psnr.mean():7.2f}{ssim.mean():7.2f}")
best = min(errors[name].mean() for name in trivial_rows())
assert errors["ConvLSTM"].mean() < best / 2

# %% [markdown]
# A copy of the last frame is *worse than black*: it is wrong where the digit was, and
# again where the digit is. Black has an SSIM of .61 and is useless: one score alone means
# nothing. The LSTM over codes hardly beats the mean frame: its state has no spatial axes,
# and it does not learn to move the digits. The warp, trained a ninth as long, halves the
# mean frame's error, and the ConvLSTM quarters it.
#
# Published errors on Moving MNIST are lower (about 30), from larger models, a hundred
# times the training and other digits. Never put the two in one table.

# %% [markdown]
# ## Lab: name the fault
#
# Five trainings with one fault each, as found in published code. The data are clips of a
# square that moves a pixel a frame, so a healthy run (grey) ends near zero. Read the
# training loss, the error that the run reports, and that error by horizon. Copy a name to
# each letter:
#
# - `frames of different clips are mixed`
# - `the clips come in another range`
# - `the state is not reset between clips`
# - `the target is the input itself`
# - `the truth leaks into the score`

# %%
steps = pick(
    smoke=presets.PREDICTOR_LAB_SMOKE, laptop=presets.PREDICTOR_LAB_LAPTOP
).steps
healthy = run_healthy(steps, torch.Generator().manual_seed(0))
faulty = {f.key: run_fault(f, steps, torch.Generator().manual_seed(0)) for f in FAULTS}
show(figures.fault_curves(faulty, healthy))

# %% lab="2"

# %% [markdown]
# ## Quiz
#
# Six questions. Open the option that you think is right, then the others: wrong ones are
# answered too.

# %%
quiz("2")

# %% [markdown]
# ## Summary
#
# - Split by source, then cut; the test chooses nothing.
# - A clip's probability is a chain. The forward algorithm sums over all hidden paths, in
#   logarithms.
# - Gradients of a recurrent network vanish exponentially. Along an LSTM's cell state they
#   are multiplied by the forget gate alone; a convolution depends on its receptive field.
# - A ConvLSTM is an LSTM whose matrix products are convolutions.
# - Train on rollouts, because rollouts are what the model is used for.
# - Blur is the mean of the futures, and the optimum of squared error.
# - Every table shows black, the mean frame and the copied last frame.
#
# Next, lesson 03 samples one of many possible futures.
#
# ## Further reading
#
# - L. Rabiner, *A Tutorial on Hidden Markov Models*, Proceedings of the IEEE, 1989: E2.1.
# - S. Hochreiter, J. Schmidhuber, *Long Short-Term Memory*, Neural Computation, 1997; F.
#   Gers, J. Schmidhuber, F. Cummins, *Learning to Forget*, Neural Computation, 2000: E2.3.
# - R. Pascanu, T. Mikolov, Y. Bengio, *On the Difficulty of Training Recurrent Neural
#   Networks*, ICML 2013, arXiv:1211.5063: E2.2.
# - X. Shi et al., *Convolutional LSTM Network*, NeurIPS 2015, arXiv:1506.04214: E2.4.
# - N. Srivastava, E. Mansimov, R. Salakhutdinov, *Unsupervised Learning of Video
#   Representations using LSTMs*, ICML 2015, arXiv:1502.04681: moving digits.
# - S. Bengio et al., *Scheduled Sampling for Sequence Prediction with Recurrent Neural
#   Networks*, NeurIPS 2015, arXiv:1506.03099.
# - S. Bai, J. Z. Kolter, V. Koltun, *An Empirical Evaluation of Generic Convolutional and
#   Recurrent Networks for Sequence Modeling*, 2018, arXiv:1803.01271.
# - M. Jaderberg et al., *Spatial Transformer Networks*, NeurIPS 2015, arXiv:1506.02025:
#   E2.6.
# - C. Finn, I. Goodfellow, S. Levine, *Unsupervised Learning for Physical Interaction
#   through Video Prediction*, NeurIPS 2016, arXiv:1605.07157: masks and motion.
