"""Figures as PNG files and as output of a notebook, with alternative text."""

import base64
import io
from html import escape

import numpy as np
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from course_lib.plotting.style import SCREEN_DPI, Figure, Number, course_style

PRINT_DPI = 2 * SCREEN_DPI  # of figures in the text, sharp also on a printed page
PALETTE = 128  # colours of a drawing's PNG: a third of the bytes of full colour


def describe(drawing: Figure, text: str) -> Figure:
    """Attach alternative text to a figure and return the figure."""
    drawing.set_label(text)
    return drawing


def alt_text(drawing: Figure) -> str:
    """The alternative text that ``describe`` attached, or an empty string."""
    return str(drawing.get_label())


@course_style
def png(drawing: Figure, dpi: Number = SCREEN_DPI) -> bytes:
    """The figure as a PNG file without metadata: equal figures give equal bytes.

    Drawings are stored with a palette of 128 colours; each is at most 16 of 255 away
    from the original colour. Figures with colour images are stored in full colour.
    """
    canvas, usual = FigureCanvasAgg(drawing), drawing.dpi
    drawing.set_dpi(dpi)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    drawing.set_dpi(usual)
    if not _has_colour_image(drawing):
        method = Image.Quantize.MAXCOVERAGE  # keeps the colours of thin lines best
        image = image.quantize(PALETTE, method, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def show(drawing: Figure, alt: str | None = None) -> None:
    """Display a figure in a notebook; ``alt`` replaces its own alternative text.

    The output is an HTML image, because JupyterLab 4.6 drops the alternative text of a
    plain PNG output.

    Raises:
        ValueError: if neither ``alt`` nor the figure itself has alternative text.
    """
    text = alt or alt_text(drawing)
    if not text.strip():
        raise ValueError(
            "show needs alternative text for readers who cannot see the figure. Say in "
            'a sentence what it shows: show(figure, alt="...").'
        )
    code = base64.b64encode(png(drawing, PRINT_DPI)).decode()
    width = round(drawing.get_figwidth() * SCREEN_DPI)
    tag = (
        f'<img alt="{escape(text)}" width="{width}" style="max-width: 100%" '
        f'src="data:image/png;base64,{code}">'
    )
    display({"text/html": tag, "text/plain": text}, raw=True)


def _has_colour_image(drawing: Figure) -> bool:
    images = [image for axes in drawing.axes for image in axes.images]
    return any(np.ndim(image.get_array()) == 3 for image in images)
