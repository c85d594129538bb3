import pytest
import torch

from teaching.torch_settings import SETTINGS, preserved_settings

CHANGES = {
    "the gradient mode": lambda: torch.set_grad_enabled(False),
    "the default dtype": lambda: torch.set_default_dtype(torch.float64),
    "the choice of algorithms": lambda: torch.use_deterministic_algorithms(True),
    "the search for anomalies": lambda: torch.autograd.set_detect_anomaly(True),
}


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("name", CHANGES)
def test_changed_setting_is_named_and_restored(name):
    before = [setting.read() for setting in SETTINGS]
    with preserved_settings() as changed:
        CHANGES[name]()
        assert [setting.read() for setting in SETTINGS] != before
    assert changed == [name]
    assert [setting.read() for setting in SETTINGS] == before


def test_every_setting_has_a_test():
    assert [setting.name for setting in SETTINGS] == list(CHANGES)


def test_global_random_state_is_restored():
    torch.rand(1)
    before = torch.get_rng_state()
    with preserved_settings() as changed:
        torch.rand(5)
    assert changed == []
    assert torch.equal(torch.get_rng_state(), before)


def test_changed_seed_is_named_and_restored():
    before = torch.get_rng_state()
    with preserved_settings() as changed:
        torch.manual_seed(torch.initial_seed() + 1)
    assert changed == ["the random seed"]
    assert torch.equal(torch.get_rng_state(), before)


def test_settings_are_restored_after_an_exception():
    with pytest.raises(ZeroDivisionError), preserved_settings():
        torch.set_default_dtype(torch.float64)
        _ = 1 / 0
    assert torch.get_default_dtype() == torch.float32
