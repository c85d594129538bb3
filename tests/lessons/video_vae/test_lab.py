"""The lab: each of the five faults is recognizable by its curves."""

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.data.splits import split_range
from course_lib.vae.digits_vae import BATCH_SIZE, SmallSizes, SmallVAE
from course_lib.vae.elbo import elbo, sigma_from_beta
from lessons.video_vae.lab import (
    FAULTS,
    SIGMA,
    Pipeline,
    VAECurves,
    run_fault,
    run_healthy,
    sum_over_pixels,
)

KEYS = ("A", "B", "C", "D", "E")
STEPS = 300
IMAGES = images(size=8).images
TRAIN, TEST = (IMAGES[split_range(len(IMAGES), split)] for split in ("train", "test"))
ERROR_OF_MEAN = (TEST - TRAIN.mean(dim=0)).square().flatten(1).sum(dim=1).mean().item()


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


def run(key, n_steps, seed=0):
    if key == "healthy":
        return run_healthy(TRAIN, TEST, n_steps, rng(seed))
    return run_fault(fault(key), TRAIN, TEST, n_steps, rng(seed))


def end(curve):
    """The mean of the last third: one number a curve."""
    return curve[-len(curve) // 3 :].mean().item()


@pytest.fixture(scope="module", params=[0, 1, 2])
def runs(request):
    """The curves of every fault and of the healthy run, by letter, at one seed."""
    return {key: run(key, STEPS, request.param) for key in ("healthy", *KEYS)}


def diagnosis(faulty: VAECurves, healthy: VAECurves) -> str:
    """The symptoms of all faults as rules."""
    if torch.equal(faulty.loss, healthy.loss):
        ratio = end(faulty.sample_error) / end(healthy.sample_error)
        return "D" if ratio > 1.3 else "healthy"
    if end(faulty.kl) < 0.01:
        return "A" if end(faulty.loss) > end(faulty.error) else "C"
    if end(faulty.loss) < 0.9 * end(healthy.loss):
        ratio = end(faulty.kl) / end(healthy.kl)
        return "B" if ratio < 0.4 else "E" if 0.6 < ratio < 0.8 else "?"
    return "?"


def test_each_fault_is_recognized_by_its_curves(runs):
    for key, faulty in runs.items():
        assert diagnosis(faulty, runs["healthy"]) == key


def test_in_a_healthy_run_errors_fall_while_the_kl_rises(runs):
    healthy = runs["healthy"]
    assert healthy.error[-1] < ERROR_OF_MEAN / 3 < healthy.error[0]
    assert healthy.kl[-1] > 1.1 * healthy.kl[0]
    assert end(healthy.sample_error) < healthy.sample_error[0] / 2
    assert end(healthy.sample_error) < 0.6 * ERROR_OF_MEAN
    test_loss = healthy.error / (2 * SIGMA**2) + healthy.kl
    assert end(healthy.loss) == pytest.approx(end(test_loss), rel=0.15)


def test_with_detached_z_the_posterior_collapses(runs):
    faulty = runs["A"]
    assert end(faulty.kl) < 0.001
    assert end(faulty.error) == pytest.approx(ERROR_OF_MEAN, rel=0.03)
    assert end(faulty.loss) == pytest.approx(ERROR_OF_MEAN / (2 * SIGMA**2), rel=0.03)
    assert end(faulty.sample_error) > 1.5 * end(runs["healthy"].sample_error)


def test_without_noise_error_and_kl_fall_together_and_samples_are_worse(runs):
    faulty, healthy = runs["B"], runs["healthy"]
    assert faulty.kl[-1] < 0.7 * faulty.kl[10] < 0.6 * healthy.kl[10]
    assert end(faulty.error) < 0.95 * end(healthy.error)
    assert end(faulty.loss) < 0.7 * end(healthy.loss)
    assert end(faulty.sample_error) > 1.05 * end(healthy.sample_error)


def test_a_mean_over_pixels_hides_a_sigma_at_which_the_posterior_collapses(runs):
    faulty, n_pixels = runs["C"], TRAIN[0].numel()
    hidden_sigma = sigma_from_beta(2 * SIGMA**2, n_pixels)
    largest_std = torch.linalg.eigvalsh(torch.cov(TRAIN.flatten(1).T)).amax().sqrt()
    assert hidden_sigma == pytest.approx(2.4) and hidden_sigma > 1.4 * largest_std
    assert end(faulty.kl) < 0.01
    assert end(faulty.error) == pytest.approx(ERROR_OF_MEAN, rel=0.03)
    assert end(faulty.loss) == pytest.approx(
        ERROR_OF_MEAN / (2 * hidden_sigma**2), rel=0.03
    )


def test_another_prior_changes_the_samples_alone(runs):
    faulty, healthy = runs["D"], runs["healthy"]
    for field in ("step", "loss", "error", "kl"):
        assert torch.equal(getattr(faulty, field), getattr(healthy, field))
    assert (faulty.sample_error > healthy.sample_error).all()
    assert end(faulty.sample_error) > 1.4 * end(healthy.sample_error)


def test_a_kl_of_a_larger_sigma_than_that_of_the_samples_is_too_small(runs):
    faulty, healthy = runs["E"], runs["healthy"]
    assert 0.6 < end(faulty.kl) / end(healthy.kl) < 0.8
    assert faulty.kl[-1] > 0.9 * faulty.kl[15]  # constant, while it falls in B
    for curve in ("loss", "error"):
        assert end(getattr(faulty, curve)) < 0.95 * end(getattr(healthy, curve))
    assert end(faulty.sample_error) > end(healthy.sample_error)


# The pipelines


def test_every_faulty_pipeline_differs_in_one_step():
    for fault in FAULTS:
        pairs = zip(fault.pipeline, Pipeline(), strict=True)
        assert sum(faulty is not healthy for faulty, healthy in pairs) == 1


def test_detached_latents_are_the_same_samples_without_gradient():
    mu = torch.randn(5, 3, generator=rng(1)).requires_grad_()
    healthy, faulty = (
        pipeline.sample_posterior(mu, mu, rng())
        for pipeline in (Pipeline(), fault("A").pipeline)
    )
    assert torch.equal(healthy, faulty)
    assert healthy.requires_grad and not faulty.requires_grad


def test_a_log_variance_used_as_log_sigma_gives_the_variance_as_sigma():
    mu, logvar = torch.zeros(20_000, 1), torch.full((20_000, 1), 0.5).log()
    healthy = Pipeline().sample_posterior(mu, logvar, rng())
    assert healthy.var().item() == pytest.approx(0.5, rel=0.05)
    faulty = fault("E").pipeline.sample_posterior(mu, logvar, rng())
    assert faulty.std().item() == pytest.approx(0.5, rel=0.05)


def test_without_noise_z_is_the_mean():
    mu, logvar = torch.randn(2, 5, 3, generator=rng())
    z = fault("B").pipeline.sample_posterior(mu, logvar, rng())
    assert torch.equal(z, mu)


def test_the_mean_over_pixels_is_the_sum_divided_by_their_number():
    squares = torch.rand(4, 1, 8, 8, generator=rng())
    means = fault("C").pipeline.reduce_errors(squares)
    assert torch.allclose(means * 64, sum_over_pixels(squares))
    assert sum_over_pixels(squares)[2].item() == pytest.approx(squares[2].sum().item())


# The curves


def test_the_loss_is_the_negative_elbo_up_to_a_constant():
    generator = rng(7)
    model = SmallVAE(SmallSizes(side=8), generator, sigma=SIGMA)
    index = torch.randint(len(TRAIN), (BATCH_SIZE,), generator=generator)
    batch = TRAIN[index]
    with torch.no_grad():
        posterior = model.encode(batch)
        z = Pipeline().sample_posterior(*posterior, generator)
        bound = elbo(batch, model.decoder(z), *posterior, SIGMA).bound
        constant = elbo(batch, batch, *posterior, SIGMA).log_likelihood
    first = run_healthy(TRAIN, TEST, 1, rng(7)).loss.item()
    assert first == pytest.approx((constant - bound).mean().item(), rel=1e-4)


def test_the_sample_error_of_a_collapsed_vae_is_at_most_that_of_the_mean_image(runs):
    assert end(runs["A"].sample_error) <= 1.01 * end(runs["A"].error)
    assert end(runs["healthy"].sample_error) > end(runs["healthy"].error)


def test_the_loss_is_that_of_training_images_and_all_else_of_test_images():
    original, negated, reordered = (
        run_healthy(TRAIN, test_images, 2, rng())
        for test_images in (TEST, -TEST, TEST.flip(0))
    )
    assert torch.equal(original.loss, negated.loss)
    for field in ("error", "kl", "sample_error"):
        curve = getattr(original, field)
        assert not torch.allclose(curve, getattr(negated, field), rtol=0.01)
        assert torch.allclose(curve, getattr(reordered, field), rtol=0.02)


def test_every_run_has_thirty_records_or_one_a_step():
    curves = run("D", 60)
    assert [len(curve) for curve in curves] == [30] * 5
    assert curves.step.tolist() == [*range(2, 61, 2)]
    assert run("healthy", 4).step.tolist() == [1, 2, 3, 4]


def test_an_evaluation_does_not_change_the_random_numbers_of_training():
    # of 31 steps every one is recorded, of 60 every other: the same 31 losses
    often, rarely = run("healthy", 31).loss, run("healthy", 60).loss
    pairs = often[:30].view(15, 2).mean(dim=1)
    assert torch.allclose(pairs, rarely[:15], rtol=1e-5)


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_curves_are_reproducible_by_the_seed(key):
    for one, other in zip(run(key, 3, seed=5), run(key, 3, seed=5), strict=True):
        assert torch.equal(one, other)


def test_the_letters_run_from_a_to_e_and_every_fault_is_explained():
    assert tuple(fault.key for fault in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(fault, field) for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        assert fault.symptom.endswith(".") and fault.explanation.endswith(".")
        assert fault.name not in fault.symptom
