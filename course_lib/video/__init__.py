"""Read films into clips and write clips as films."""

from course_lib.video.pixels import (
    channels_last,
    clips_from_frames,
    frames_of_clips,
    from_bytes,
    from_channels_last,
    time_and_channel_swapped,
    to_bytes,
)
from course_lib.video.reading import frames, read_video
from course_lib.video.writing import write_gif, write_video

__all__ = [
    "channels_last",
    "clips_from_frames",
    "frames",
    "frames_of_clips",
    "from_bytes",
    "from_channels_last",
    "read_video",
    "time_and_channel_swapped",
    "to_bytes",
    "write_gif",
    "write_video",
]
