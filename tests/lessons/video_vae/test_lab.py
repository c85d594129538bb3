"""The lab: five faults, each told from the others and from health by its curves."""

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.data.splits import split_range
from course_lib.vae.digits_vae import BATCH, SmallSizes, SmallVAE
from course_lib.vae.elbo import Elbo, elbo, sigma_of
from lessons.video_vae.lab import (
    FAULTS,
    SIGMA,
    Recipe,
    VAECurves,
    run_fault,
    run_healthy,
    summed,
)

KEYS = ("A", "B", "C", "D", "E")
STEPS = 300
EVERY = images(size=8).images
SEEN, UNSEEN = (EVERY[split_range(len(EVERY), split)] for split in ("train", "test"))
GUESSED = (UNSEEN - SEEN.mean(dim=0)).square().flatten(1).sum(dim=1).mean().item()


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


def run(key, n_steps, seed=0):
    if key == "healthy":
        return run_healthy(SEEN, UNSEEN, n_steps, rng(seed))
    return run_fault(fault(key), SEEN, UNSEEN, n_steps, rng(seed))


def end(curve):
    """The mean of the last third: one number a curve."""
    return curve[-len(curve) // 3 :].mean().item()


@pytest.fixture(scope="module", params=[0, 1, 2])
def runs(request):
    """The curves of every fault and of the healthy run, by letter, at one seed."""
    return {key: run(key, STEPS, request.param) for key in ("healthy", *KEYS)}


def diagnosis(seen: VAECurves, healthy: VAECurves) -> str:
    """What a learner reads off the curves, written as rules."""
    if torch.equal(seen.loss, healthy.loss):
        return "D" if end(seen.miss) > 1.3 * end(healthy.miss) else "healthy"
    if end(seen.kl) < 0.01:
        return "A" if end(seen.loss) > end(seen.error) else "C"
    if end(seen.loss) < 0.9 * end(healthy.loss):
        ratio = end(seen.kl) / end(healthy.kl)
        return "B" if ratio < 0.4 else "E" if 0.6 < ratio < 0.8 else "?"
    return "?"


def test_each_fault_is_named_by_its_curves_alone(runs):
    for key, seen in runs.items():
        assert diagnosis(seen, runs["healthy"]) == key


def test_a_healthy_run_buys_less_error_with_more_nats_and_samples_better(runs):
    healthy = runs["healthy"]
    assert healthy.error[-1] < GUESSED / 3 < healthy.error[0]
    assert healthy.kl[-1] > 1.1 * healthy.kl[0]
    assert end(healthy.miss) < healthy.miss[0] / 2
    assert end(healthy.miss) < 0.6 * GUESSED
    paid = healthy.error / (2 * SIGMA**2) + healthy.kl  # by unseen images
    assert end(healthy.loss) == pytest.approx(end(paid), rel=0.15)


def test_an_encoder_that_no_error_reaches_buys_nothing(runs):
    seen = runs["A"]
    assert end(seen.kl) < 0.001
    assert end(seen.error) == pytest.approx(GUESSED, rel=0.03)
    assert end(seen.loss) == pytest.approx(GUESSED / (2 * SIGMA**2), rel=0.03)
    assert end(seen.miss) > 1.5 * end(runs["healthy"].miss)


def test_codes_without_noise_shrink_and_tell_more_for_less(runs):
    seen, healthy = runs["B"], runs["healthy"]
    assert seen.kl[-1] < 0.7 * seen.kl[10] < 0.6 * healthy.kl[10]
    assert end(seen.error) < 0.95 * end(healthy.error)
    assert end(seen.loss) < 0.7 * end(healthy.loss)
    assert end(seen.miss) > 1.05 * end(healthy.miss)


def test_a_mean_over_pixels_hides_a_sigma_at_which_every_code_collapses(runs):
    seen, n_pixels = runs["C"], SEEN[0].numel()
    hidden = sigma_of(2 * SIGMA**2, n_pixels)
    spread = torch.linalg.eigvalsh(torch.cov(SEEN.flatten(1).T)).amax().sqrt()
    assert hidden == pytest.approx(2.4) and hidden > 1.4 * spread
    assert end(seen.kl) < 0.01
    assert end(seen.error) == pytest.approx(GUESSED, rel=0.03)
    assert end(seen.loss) == pytest.approx(GUESSED / (2 * hidden**2), rel=0.03)


def test_codes_of_another_law_harm_samples_alone(runs):
    seen, healthy = runs["D"], runs["healthy"]
    for field in ("step", "loss", "error", "kl"):
        assert torch.equal(getattr(seen, field), getattr(healthy, field))
    assert (seen.miss > healthy.miss).all()
    assert end(seen.miss) > 1.4 * end(healthy.miss)


def test_who_pays_for_wider_noise_than_is_drawn_pays_too_little(runs):
    seen, healthy = runs["E"], runs["healthy"]
    assert 0.6 < end(seen.kl) / end(healthy.kl) < 0.8
    assert seen.kl[-1] > 0.9 * seen.kl[15]  # at rest, where B falls
    for curve in ("loss", "error"):
        assert end(getattr(seen, curve)) < 0.95 * end(getattr(healthy, curve))
    assert end(seen.miss) > end(healthy.miss)


# What a recipe is


def test_every_faulty_recipe_has_one_thing_wrong():
    for known in FAULTS:
        assert sum(a is not b for a, b in zip(known.recipe, Recipe(), strict=True)) == 1


def test_detached_codes_are_the_same_draws_and_carry_no_slope():
    mu = torch.randn(5, 3, generator=rng(1)).requires_grad_()
    drawn, cut = (r.z(mu, mu, rng()) for r in (Recipe(), fault("A").recipe))
    assert torch.equal(drawn, cut)
    assert drawn.requires_grad and not cut.requires_grad


def test_log_variance_taken_for_log_sigma_draws_with_the_square_of_the_width():
    mu, logvar = torch.zeros(20_000, 1), torch.full((20_000, 1), 0.5).log()
    assert Recipe().z(mu, logvar, rng()).var().item() == pytest.approx(0.5, rel=0.05)
    drawn = fault("E").recipe.z(mu, logvar, rng())
    assert drawn.std().item() == pytest.approx(0.5, rel=0.05)


def test_left_out_noise_leaves_the_mean():
    mu, logvar = torch.randn(2, 5, 3, generator=rng())
    assert torch.equal(fault("B").recipe.z(mu, logvar, rng()), mu)


def test_a_mean_over_pixels_is_the_sum_divided_by_their_number():
    squares = torch.rand(4, 1, 8, 8, generator=rng())
    meaned = fault("C").recipe.error(squares)
    assert torch.allclose(meaned * 64, summed(squares))
    assert summed(squares)[2].item() == pytest.approx(squares[2].sum().item())


# What is reported


def test_the_loss_is_the_negative_bound_less_a_constant():
    dice = rng(7)
    model = SmallVAE(SmallSizes(side=8), dice, sigma=SIGMA)
    batch = SEEN[torch.randint(len(SEEN), (BATCH,), generator=dice)]
    with torch.no_grad():
        code = model.encode(batch)
        decoded = model.decode(Recipe().z(*code, dice))
        here: Elbo = elbo(batch, decoded, *code, SIGMA)
        perfect = elbo(batch, batch, *code, SIGMA).log_likelihood
    first = run_healthy(SEEN, UNSEEN, 1, rng(7)).loss.item()
    assert first == pytest.approx((perfect - here.bound).mean().item(), rel=1e-4)


def test_collapsed_samples_miss_by_what_the_mean_image_misses_at_most(runs):
    assert end(runs["A"].miss) <= 1.01 * end(runs["A"].error)
    assert end(runs["healthy"].miss) > end(runs["healthy"].error)


def test_the_loss_is_of_seen_images_and_all_else_of_unseen_ones_in_any_order():
    here, mirrored, shuffled = (
        run_healthy(SEEN, unseen, 2, rng())
        for unseen in (UNSEEN, -UNSEEN, UNSEEN.flip(0))
    )
    assert torch.equal(here.loss, mirrored.loss)
    for field in ("error", "kl", "miss"):
        seen = getattr(here, field)
        assert not torch.allclose(seen, getattr(mirrored, field), rtol=0.01)
        assert torch.allclose(seen, getattr(shuffled, field), rtol=0.02)


def test_every_run_has_thirty_readings_or_one_a_step():
    seen = run("D", 60)
    assert [len(curve) for curve in seen] == [30] * 5
    assert seen.step.tolist() == [*range(2, 61, 2)]
    assert run("healthy", 4).step.tolist() == [1, 2, 3, 4]


def test_a_report_throws_no_dice_of_the_training():
    # 31 steps are read one by one, 60 every other step: the same 31 losses
    often, rarely = run("healthy", 31).loss, run("healthy", 60).loss
    pairs = often[:30].view(15, 2).mean(dim=1)
    assert torch.allclose(pairs, rarely[:15], rtol=1e-5)


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_a_seed_gives_the_same_curves_again(key):
    for one, other in zip(run(key, 3, seed=5), run(key, 3, seed=5), strict=True):
        assert torch.equal(one, other)


def test_the_letters_run_from_a_to_e_and_every_fault_is_explained():
    assert tuple(known.key for known in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(known, field) for known in FAULTS}) == len(FAULTS)
    for known in FAULTS:
        assert known.symptom.endswith(".") and known.explanation.endswith(".")
        assert known.name not in known.symptom
