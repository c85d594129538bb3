"""The empirical statements of lesson 01, each with its measurement."""

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn.functional import softplus

from course_lib.data.mnist_digits import held_out_digits, train_digits
from course_lib.gan import dirac
from course_lib.gan.densities import (
    BIMODAL_DATA,
    GaussianMixture,
    mixture_jensen_shannon,
)
from course_lib.gan.digit_networks import DigitGenerator
from course_lib.gan.digit_scores import DigitScores, digit_scores
from course_lib.gan.objectives import NONSATURATING, SATURATING
from course_lib.gan.penalties import gradient_penalty
from course_lib.gan.ring import mode_coverage, sample_ring
from course_lib.gan.ring_networks import RingDiscriminator, RingGenerator
from course_lib.gan.steps import train_gan
from course_lib.initialization import reset_parameters
from course_lib.training import digits_gan
from course_lib.training.checkpoints import load_weights
from course_lib.training.digit_classifier import class_probabilities
from lessons.gan_math.ring_grid import R1_GAMMA, RingRun, read_grid, train_ring
from teaching.claims import Claims, Figures, Run

CLAIMS = Claims()


@CLAIMS.claim(
    "C1.1",
    "A discriminator with outputs 0.9 and 0.278 on real samples, and 0.1 and 0.722 on "
    "fake ones, has the loss log 4 although no output is 1/2.",
    seeds=1,
)
def log_4_without_one_half(run: Run) -> Figures:
    real, fake = torch.tensor([0.9, 0.2778]), torch.tensor([0.1, 0.7222])
    loss = -real.log().mean() - (1 - fake).log().mean()
    assert abs(loss - math.log(4)) < 1e-3
    return {"loss": loss.item(), "log 4": math.log(4)}


@CLAIMS.claim(
    "C1.2",
    "If a generator covers k of eight equally frequent modes perfectly, JSD is 0.50, "
    "0.38, 0.22 and 0 nats for k = 1, 2, 4 and 8.",
    seeds=1,
)
def jsd_of_missing_modes(run: Run) -> Figures:
    p, figures = torch.full((8,), 1 / 8), {}
    for k, stated in ((1, 0.50), (2, 0.38), (4, 0.22), (8, 0.0)):
        q = (torch.arange(8) < k) / k
        m = (p + q) / 2
        kl = [torch.xlogy(a, a).sum() - torch.xlogy(a, m).sum() for a in (p, q)]
        jsd = ((kl[0] + kl[1]) / 2).item()
        assert abs(jsd - stated) < 0.006
        figures[f"JSD, {k} modes"] = jsd
    return figures


@CLAIMS.claim(
    "C1.3",
    "For data with modes at -2 and 2, JSD is smallest with the generator on one mode "
    "(0.21 against 0.43 in the middle) at sigma 0.7, and in the middle (0.12) at "
    "sigma 2.2.",
    seeds=1,
)
def best_position(run: Run) -> Figures:
    def jsd(mean: float, sigma: float) -> float:
        generator = GaussianMixture((mean,), (sigma,))
        return float(mixture_jensen_shannon(BIMODAL_DATA, generator))

    means = [x / 10 for x in range(-40, 41, run.pick(short=5, full=1))]
    narrow, wide = (min(means, key=lambda m: jsd(m, s)) for s in (0.7, 2.2))
    assert abs(abs(narrow) - 2) < 0.11 and abs(wide) < 0.11
    figures = {
        "sigma 0.7, on a mode": jsd(2.0, 0.7),
        "sigma 0.7, in the middle": jsd(0.0, 0.7),
        "sigma 2.2, in the middle": jsd(0.0, 2.2),
    }
    assert [round(x, 2) for x in figures.values()] == [0.21, 0.43, 0.12]
    return figures


@CLAIMS.claim(
    "C1.4",
    "At logit -8 the saturating loss has the gradient -0.0003, the non-saturating one "
    "-0.9997.",
    seeds=1,
)
def gradients_at_minus_8(run: Run) -> Figures:
    logit = torch.tensor(-8.0, dtype=torch.float64, requires_grad=True)
    (saturating,) = torch.autograd.grad(-softplus(logit), logit)
    (other,) = torch.autograd.grad(softplus(-logit), logit)
    assert abs(saturating + 0.0003) < 5e-5 and abs(other + 0.9997) < 5e-5
    return {"saturating": saturating.item(), "non-saturating": other.item()}


@CLAIMS.claim(
    "C1.5",
    "For N(0, 1) data and an N(1, 1) generator, the chi-square divergence has the "
    "gradient 0.68 in the mean; with the discriminator held fixed it is 0.12.",
    seeds=1,
)
def chi_square_needs_to_follow(run: Run) -> Figures:
    x = torch.linspace(-15, 15, 60_001, dtype=torch.float64)
    mean = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    p, q = Normal(0.0, 1.0).log_prob(x).exp(), Normal(mean, 1.0).log_prob(x).exp()
    followed = torch.trapezoid((p - q) ** 2 / (p + q), x)
    held = torch.trapezoid((((p - q) / (p + q)).detach()) ** 2 * (p + q), x)
    (with_follow,) = torch.autograd.grad(followed, mean, retain_graph=True)
    (without,) = torch.autograd.grad(held, mean)
    assert abs(with_follow - 0.68) < 0.01 and abs(without - 0.12) < 0.01
    return {"followed": with_follow.item(), "held fixed": without.item()}


def train_wgan_gp(seed: int, steps: int, weight: float, rate: float) -> int:
    """Modes covered by a WGAN-GP on the ring, five critic steps for each other one."""
    rng = torch.Generator().manual_seed(seed)
    generator, critic = RingGenerator(), RingDiscriminator()
    for network in (generator, critic):
        reset_parameters(network, rng)
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.9))
        for network in (generator, critic)
    )
    for _ in range(steps):
        for _ in range(5):
            real = sample_ring(128, rng)
            fake = generator(torch.randn(128, 2, generator=rng)).detach()
            epsilon = torch.rand(128, generator=rng)
            loss = critic(fake).mean() - critic(real).mean()
            penalty = gradient_penalty(critic, real, fake, epsilon)
            optimizer_d.zero_grad()
            (loss + weight * penalty).backward()
            optimizer_d.step()
        loss = -critic(generator(torch.randn(128, 2, generator=rng))).mean()
        optimizer_g.zero_grad()
        loss.backward()
        optimizer_g.step()
    with torch.no_grad():
        return mode_coverage(generator(torch.randn(2048, 2, generator=rng))).modes


@CLAIMS.claim(
    "C1.6",
    "With Adam at rate 0.001 and a penalty weight of 1, WGAN-GP covers at least seven "
    "modes of the ring after 800 steps of the generator.",
    seeds=3,
)
def wgan_gp_covers_the_ring(run: Run) -> Figures:
    steps = run.pick(short=3, full=800)
    modes = [train_wgan_gp(seed, steps, 1.0, 1e-3) for seed in run.seeds]
    if run.full:
        assert min(modes) >= 7, modes
    return {"fewest modes": float(min(modes)), "most modes": float(max(modes))}


@CLAIMS.claim(
    "C1.17",
    "The first GAN of section 1.5 (Adam at rate 0.001, no R1, no average) covers at "
    "least seven modes after 3,000 steps; its discriminator's loss is then between 1.2 "
    "and 1.386, its generator's between 0.7 and 1.0.",
    seeds=3,
)
def first_gan(run: Run) -> Figures:
    modes, losses = [], []
    steps = run.pick(short=2, full=3000)
    for seed in run.seeds:
        with torch.random.fork_rng(devices=[]):  # the weights as in the notebook
            torch.default_generator.manual_seed(seed)
            networks = generator, discriminator = RingGenerator(), RingDiscriminator()
        rng = torch.Generator().manual_seed(seed)
        optimizers = [
            torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.5, 0.9))
            for network in networks
        ]
        batches = (
            (sample_ring(128, rng), torch.randn(128, 2, generator=rng))
            for _ in range(steps)
        )
        curve = train_gan(generator, discriminator, *optimizers, batches)
        losses.append(torch.tensor(curve[-50:]).mean(dim=0))
        with torch.no_grad():
            samples = generator(torch.randn(2048, 2, generator=rng))
        modes.append(mode_coverage(samples).modes)
    loss_d, loss_g = torch.stack(losses).T
    if run.full:
        assert min(modes) >= 7, modes
        assert 1.2 < loss_d.min() and loss_d.max() < 1.386
        assert 0.7 < loss_g.min() and loss_g.max() < 1.0
    return {
        "fewest modes": float(min(modes)),
        "most modes": float(max(modes)),
        "largest loss of D": loss_d.max().item(),
        "largest loss of G": loss_g.max().item(),
    }


START = torch.tensor([1.2, 0.0], dtype=torch.float64)


def radius(losses, updates, *, gamma: float = 0.0, step: float = 0.25) -> Tensor:
    """The distance from the equilibrium over 100 time units of the Dirac-GAN."""
    run = dirac.simultaneous_gradient_descent
    if updates == "alternating":
        run = dirac.alternating_gradient_descent
    states = run(START, losses, gamma=gamma, step=step, n_steps=int(100 / step))
    return states.norm(dim=-1)


@CLAIMS.claim(
    "C1.7",
    "Without R1 the Dirac-GAN with the minimax loss runs outwards under simultaneous "
    "steps, and keeps its distance within 10 % under alternating ones, for learning "
    "rates 0.25 and 0.05.",
    seeds=1,
)
def simultaneous_and_alternating(run: Run) -> Figures:
    figures = {}
    for step in (0.25, 0.05):
        outwards = radius(SATURATING, "simultaneous", step=step)
        bounded = radius(SATURATING, "alternating", step=step)
        assert (outwards.diff() > -1e-12).all() and outwards[-1] > 1.2 * outwards[0]
        late = bounded[-len(bounded) // 4 :]
        assert 0.9 * 1.2 < late.max() < 1.1 * 1.2
        figures[f"simultaneous, {step}"] = outwards[-1].item()
        figures[f"alternating, {step}"] = late.max().item()
    return figures


@CLAIMS.claim(
    "C1.8",
    "The non-saturating loss has the same imaginary eigenvalues, and yet alternating "
    "steps bring the Dirac-GAN from 1.2 to below 0.5 within 100 time units without R1.",
    seeds=1,
)
def linearization_does_not_decide(run: Run) -> Figures:
    eigenvalues = torch.linalg.eigvals(dirac.jacobian(NONSATURATING))
    assert eigenvalues.real.abs().max() < 1e-12
    figures = {}
    for step in (0.25, 0.05):
        late = radius(NONSATURATING, "alternating", step=step)[-20:].max().item()
        assert late < 0.5
        figures[f"rate {step}"] = late
    return figures


@CLAIMS.claim(
    "C1.9",
    "For f'(0) = 1/2 the critical gamma is 1: the slower eigenvalue has the real part "
    "-0.25 at gamma 0.5, -0.5 at 1 and -0.13 at 2.",
    seeds=1,
)
def critical_gamma(run: Run) -> Figures:
    figures = {}
    for gamma, stated in ((0.5, -0.25), (1.0, -0.5), (2.0, -0.13)):
        slow = torch.linalg.eigvals(dirac.jacobian(SATURATING, gamma=gamma)).real.max()
        assert abs(slow - stated) < 0.005
        figures[f"gamma {gamma}"] = slow.item()
    return figures


@CLAIMS.claim(
    "C1.10",
    "Gaussian noise of standard deviation s on real and generated samples gives the "
    "Dirac-GAN with cross-entropy eigenvalues with real part -s^2 / 4 without R1, for "
    "s up to 0.7; with the Wasserstein losses the real part stays 0.",
    seeds=1,
)
def instance_noise(run: Run) -> Figures:
    nodes = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weights = torch.exp(-nodes.square() / 2)
    weights = weights / weights.sum()
    figures = {}

    def slowest(s: float, of_logit: Callable[[Tensor], Tensor]) -> float:
        """The largest real part; the discriminator's loss is f(-real) + f(fake)."""

        def velocity(state: Tensor) -> Tensor:
            theta, psi = state
            real, fake = psi * s * nodes, psi * (theta + s * nodes)
            d_loss = (weights * (of_logit(-real) + of_logit(fake))).sum()
            g_loss = -(weights * of_logit(fake)).sum()
            (by_theta,) = torch.autograd.grad(g_loss, theta, create_graph=True)
            (by_psi,) = torch.autograd.grad(d_loss, psi, create_graph=True)
            return -torch.stack((by_theta, by_psi))

        zero = torch.zeros(2, dtype=torch.float64)
        matrix = torch.autograd.functional.jacobian(velocity, zero)
        return torch.linalg.eigvals(matrix).real.max().item()

    for s in (0.05, 0.3, 0.7):
        figures[f"s = {s}"] = slowest(s, softplus)
        figures[f"s = {s}, Wasserstein"] = slowest(s, lambda logit: logit)
        assert abs(figures[f"s = {s}"] + s * s / 4) < 1e-4
        assert abs(figures[f"s = {s}, Wasserstein"]) < 1e-9
    return figures


def recorded(optimizer: str, rate: float, *, r1: bool) -> list[RingRun]:
    """The three recorded runs of one setting."""
    gamma = R1_GAMMA if r1 else 0.0
    runs = [x for x in read_grid() if x.setting == (optimizer, rate, gamma)]
    assert len(runs) == 3
    return runs


def ends(runs: list[RingRun], which: str) -> tuple[list[int], list[float]]:
    """Modes and high-quality fraction at the end of each run."""
    parts = [getattr(run, which) for run in runs]
    return [x.modes[-1] for x in parts], [x.high_quality[-1] for x in parts]


@CLAIMS.claim(
    "C1.11",
    "SGD at rate 0.12 without R1 ends with at most one mode, and with none of the "
    "averaged generator, in all three seeds; with R1 (gamma 0.1) with eight, raw and "
    "averaged.",
    seeds=3,
)
def sgd_at_012(run: Run) -> Figures:
    plain, damped = (recorded("SGD", 0.12, r1=r1) for r1 in (False, True))
    for which in ("raw", "averaged"):
        assert max(ends(plain, which)[0]) <= (1 if which == "raw" else 0)
        assert min(ends(damped, which)[0]) == 8
    return {
        "most modes without R1": float(max(ends(plain, "raw")[0])),
        "least high quality with R1, averaged": min(ends(damped, "averaged")[1]),
        "least high quality with R1, raw": min(ends(damped, "raw")[1]),
    }


@CLAIMS.claim(
    "C1.18",
    "With SGD at rate 0.12 and without R1 the averaged generator covers up to seven "
    "modes during training, and none at the end.",
    seeds=3,
)
def modes_are_lost_again(run: Run) -> Figures:
    runs = recorded("SGD", 0.12, r1=False)
    peaks = [max(x.averaged.modes) for x in runs]
    assert max(peaks) == 7 and max(ends(runs, "averaged")[0]) == 0
    return {"highest peak": float(max(peaks)), "lowest peak": float(min(peaks))}


@CLAIMS.claim(
    "C1.12",
    "SGD at rate 0.03: the averaged generator covers eight modes with and without R1; "
    "the raw one fewer than eight in at least one seed of each; at most 60 % of the "
    "samples are of high quality.",
    seeds=3,
)
def sgd_at_003(run: Run) -> Figures:
    figures = {}
    for r1 in (False, True):
        runs, name = recorded("SGD", 0.03, r1=r1), "with R1" if r1 else "without R1"
        modes, quality = ends(runs, "averaged")
        raw_modes, raw_quality = ends(runs, "raw")
        assert min(modes) == 8 and min(raw_modes) < 8
        assert max(quality + raw_quality) < 0.6
        figures[f"fewest modes of the raw generator, {name}"] = float(min(raw_modes))
        figures[f"least high quality, averaged, {name}"] = min(quality)
        figures[f"most high quality, averaged, {name}"] = max(quality)
    return figures


@CLAIMS.claim(
    "C1.13",
    "SGD at rate 0.01 covers at most one mode and has less than 10 % high-quality "
    "samples after 3,000 steps, with and without R1.",
    seeds=3,
)
def sgd_at_001(run: Run) -> Figures:
    figures = {}
    for r1 in (False, True):
        runs = recorded("SGD", 0.01, r1=r1)
        quality = max(ends(runs, "raw")[1] + ends(runs, "averaged")[1])
        assert max(ends(runs, "raw")[0] + ends(runs, "averaged")[0]) <= 1
        assert quality < 0.1
        figures["with R1" if r1 else "without R1"] = quality
    return figures


@CLAIMS.claim(
    "C1.19",
    "With SGD for 6,000 steps at rate 0.03, and for 9,000 steps at rate 0.01, the "
    "averaged generator covers eight modes with R1, and six or seven without it.",
    seeds=2,
)
def longer_sgd(run: Run) -> Figures:
    runs = read_grid(longer=True)
    figures = {}
    for rate in (0.03, 0.01):
        for gamma in (0.0, R1_GAMMA):
            chosen = [x for x in runs if x.setting == ("SGD", rate, gamma)]
            modes, _ = ends(chosen, "averaged")
            assert len(modes) == 2
            assert set(modes) <= ({8} if gamma else {6, 7}), modes
            name = f"rate {rate}, {'with' if gamma else 'without'} R1"
            figures[f"fewest modes, averaged, {name}"] = float(min(modes))
            figures[f"fewest modes, raw, {name}"] = float(min(ends(chosen, "raw")[0]))
    return figures


@CLAIMS.claim(
    "C1.14",
    "Adam at rate 0.001 covers eight modes with and without R1, raw and averaged, with "
    "at least 75 % high-quality samples.",
    seeds=3,
)
def adam(run: Run) -> Figures:
    figures = {}
    for r1 in (False, True):
        runs = recorded("Adam", 0.001, r1=r1)
        for which in ("raw", "averaged"):
            modes, quality = ends(runs, which)
            assert min(modes) == 8 and min(quality) > 0.75
            name = f"least high quality, {which}, {'with' if r1 else 'without'} R1"
            figures[name] = min(quality)
    if run.full:  # a seed that the record does not have
        fourth = train_ring(runs[0].setting, 3)
        assert fourth.averaged.modes[-1] == 8
        figures["modes of a fourth seed"] = float(fourth.averaged.modes[-1])
    return figures


def score(images: Tensor, labels: Tensor | None) -> DigitScores:
    """The scores of digits against the training digits."""
    return digit_scores(images, labels, train_digits().images, class_probabilities)


@cache
def score_table() -> dict[str, DigitScores]:
    """The rows of the table in section 1.9, by name."""
    train, held_out = train_digits(), held_out_digits()
    rng = torch.Generator().manual_seed(1)
    labels = held_out.labels
    means = torch.stack([train.images[train.labels == k].mean(0) for k in range(10)])
    copies = torch.randperm(len(train.images), generator=rng)[:1000]
    noise = 2 * torch.rand(1000, 1, 28, 28, generator=rng) - 1
    generator = load_weights("digits_gan", DigitGenerator())
    generated = digits_gan.generate(generator, 100, rng)
    return {
        "unseen real digits": score(held_out.images, labels),
        "class means": score(means[labels], labels),
        "copies of training digits": score(train.images[copies], train.labels[copies]),
        "noise": score(noise, labels),
        "the shipped generator": score(generated.images, generated.labels),
    }


@CLAIMS.claim(
    "C1.15",
    "Of 1,000 digits of the shipped generator at least 95 % are recognized as the "
    "requested class; their spread is at least 75 % of the real one, and they lie not "
    "nearer to the training digits than unseen real digits do.",
    seeds=1,
)
def digits_pass(run: Run) -> Figures:
    table = score_table()
    real, generated = table["unseen real digits"], table["the shipped generator"]
    assert real.accuracy >= 0.97
    assert generated.accuracy >= 0.95
    assert generated.spread >= 0.75 * real.spread
    assert generated.nearest >= real.nearest
    return {
        "accuracy": generated.accuracy,
        "spread": generated.spread,
        "spread of unseen real digits": real.spread,
        "nearest": generated.nearest,
        "nearest of unseen real digits": real.nearest,
        "accuracy of unseen real digits": real.accuracy,
    }


@CLAIMS.claim(
    "C1.16",
    "Each score can be had by a trick: class means are recognized best and have spread "
    "0, copies have distance 0, noise is farther from the data than unseen digits and "
    "is not recognized.",
    seeds=1,
)
def tricks(run: Run) -> Figures:
    table = score_table()
    real = table["unseen real digits"]
    assert table["class means"].accuracy == 1.0 and table["class means"].spread < 1e-6
    assert table["copies of training digits"].nearest < 1e-3
    assert table["noise"].nearest > real.nearest and table["noise"].accuracy < 0.2
    return {
        "accuracy of class means": table["class means"].accuracy,
        "accuracy of noise": table["noise"].accuracy,
        "distance of noise": table["noise"].nearest,
    }
