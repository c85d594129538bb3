"""Count a judge's reach in other ways than asked for, wrong and right."""

from collections.abc import Callable
from math import prod

from course_lib.mocogan.receptive_field import Reach
from teaching.exercise import Answer


def room(places, kernel, stride, padding):
    return (places + 2 * padding - kernel) // stride + 1


def gain(seen, kernel, stride, padding, apart):
    return seen + (kernel - 1) * apart


def counted(
    room: Callable[..., int] = room,
    gain: Callable[..., int] = gain,
    step: Callable[[int, int], int] = lambda apart, stride: apart * stride,
    least: int = 1,
) -> Answer:
    """What is left, what is gained, how the step grows; refuses below ``least``."""

    def answer(size, windows):
        places, seen, apart = size, 1, 1
        for window in windows:
            places = room(places, *window)
            if places < least:
                raise ValueError(f"Only {places} places would be left of {size}.")
            seen = gain(seen, *window, apart)
            apart = step(apart, window[1])
        return places, seen, apart

    return answer


def own_stride_first(size, windows):
    places, _, apart = counted()(size, windows)
    factors = [prod(w[1] for w in windows[: i + 1]) for i in range(len(windows))]
    gained = ((w[0] - 1) * step for w, step in zip(windows, factors, strict=True))
    return places, 1 + sum(gained), apart


def from_the_end(size, windows):
    """Right: what one place of the last layer needs of each layer before."""
    places = counted()(size, windows)[0]
    seen = 1
    for kernel, stride, _ in reversed(windows):
        seen = (seen - 1) * stride + kernel
    return places, seen, prod(stride for _, stride, _ in windows)


def by_trying(size, windows):
    """Right: kernels laid out one by one."""
    starts, seen, apart = [*range(size)], 1, 1
    for kernel, stride, padding in windows:
        wide = len(starts) + 2 * padding
        starts = [i for i in range(0, wide, stride) if i + kernel <= wide]
        if not starts:
            raise ValueError("Nothing fits any more; hand in a longer clip.")
        seen, apart = seen + kernel * apart - apart, apart * stride
    return Reach(len(starts), seen, apart)
