"""Put a picture on the page together with the words for those who cannot see it."""

import base64
import io
from html import escape

import numpy as np
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from course_lib.plotting.style import SCREEN, Figure, Number, styled

PRINT = 2 * SCREEN  # dots per inch of a picture that stands in the text
PALETTE = 128  # colours that a drawing needs: a third of the bytes of a full picture


def describe(drawing: Figure, words: str) -> Figure:
    """Attach alternative text to a figure, and hand the figure on."""
    drawing.set_label(words)
    return drawing


def alt_text(drawing: Figure) -> str:
    """What ``describe`` attached; empty if nothing was."""
    return str(drawing.get_label())


@styled
def png(drawing: Figure, dpi: Number = SCREEN) -> bytes:
    """The figure as PNG: the same bytes for the same drawing, without a date or name.

    Drawings are stored with a palette of 128 colours, of which none is further than
    16 of 255 from the one meant; grids of images in full colour.
    """
    canvas, usual = FigureCanvasAgg(drawing), drawing.dpi
    drawing.set_dpi(dpi)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    drawing.set_dpi(usual)
    if not _photographic(drawing):
        truest = Image.Quantize.MAXCOVERAGE  # of Pillow's, for thin lines
        picture = picture.quantize(PALETTE, truest, dither=Image.Dither.NONE)
    file = io.BytesIO()
    picture.save(file, "png")
    return file.getvalue()


def show(drawing: Figure, alt: str | None = None) -> None:
    """Display a figure in a notebook; ``alt`` says in words what is to be seen.

    Stored as an HTML image, because JupyterLab drops the alternative text of a plain
    PNG output (seen in 4.6).

    Raises:
        ValueError: if neither ``alt`` nor the figure itself says anything.
    """
    words = alt or alt_text(drawing)
    if not words.strip():
        raise ValueError(
            "show needs alternative text for those who cannot see the picture; "
            'say in a sentence what it shows: show(figure, alt="...").'
        )
    code = base64.b64encode(png(drawing, PRINT)).decode()
    width = round(drawing.get_figwidth() * SCREEN)
    tag = (
        f'<img alt="{escape(words)}" width="{width}" style="max-width: 100%" '
        f'src="data:image/png;base64,{code}">'
    )
    display({"text/html": tag, "text/plain": words}, raw=True)


def _photographic(drawing: Figure) -> bool:
    images = [image for axes in drawing.axes for image in axes.images]
    return any(np.ndim(image.get_array()) == 3 for image in images)
