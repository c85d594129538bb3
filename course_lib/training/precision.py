"""Mixed precision: forward passes in bfloat16 where the hardware is faster so."""

import torch


def short_floats(device: torch.device) -> torch.autocast:
    """A context in which matrix products and convolutions compute in bfloat16.

    On a processor without instructions for it, nothing changes: emulated, 16 bits are
    slower than 32. Weights, losses and optimizers stay in 32 bits.
    """
    fast = device.type == "cuda" or _processor_has_bfloat16()
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


def _processor_has_bfloat16() -> bool:
    ask = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(ask())
