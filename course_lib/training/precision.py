"""Mixed precision: forward passes in bfloat16 where the hardware computes it faster."""

import torch


def bfloat16_autocast(device: torch.device) -> torch.autocast:
    """A context in which matrix products and convolutions are computed in bfloat16.

    It changes nothing on a processor without bfloat16 instructions, which would emulate
    them more slowly than float32. Weights, losses and optimizer states stay in float32.
    """
    fast = device.type == "cuda" or _processor_has_bfloat16()
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


def _processor_has_bfloat16() -> bool:
    is_supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(is_supported())
