"""Paints a drawing as PNG.  The only file that knows matplotlib, which is loaded when something is painted.

Figure and canvas are made by hand: ``pyplot`` keeps a list of all figures and is for one thread.  The font is the one
that matplotlib brings, by its file, so that the same figures look the same on each machine.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sancrm_notifications.pictures.marks import Box, Drawing, Fill, Ink, Label, Line, stripes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.transforms import Transform

SCALE = 3
"""Pixels of the image for each of the drawing's, as phones have."""
_PER_INCH = 100  # of the drawing's pixels
_POINTS_PER_INCH = 72
_HAIR = 1.0
_ANCHORS: dict[str, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}


def png(drawing: Drawing) -> bytes:
    """Return the drawing as a PNG file: the same bytes for the same drawing and version of matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

    size = (drawing.width / _PER_INCH, drawing.height / _PER_INCH)
    figure = Figure(figsize=size, dpi=_PER_INCH * SCALE, facecolor=Ink.PAPER.value)
    canvas = FigureCanvasAgg(figure)
    places = Affine2D().scale(1, -1).translate(0, drawing.height).scale(SCALE)
    painter = _Painter(places)
    artists = [artist for mark in drawing.marks for artist in painter.artists(mark)]
    for order, artist in enumerate(artists):
        # A figure draws patches, lines and texts kind by kind: the order of the marks is the one meant.
        artist.set_zorder(order)
        figure.add_artist(artist)
    written = io.BytesIO()
    canvas.print_png(written, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return written.getvalue()


class _Painter:
    """Turns marks into what matplotlib draws; every property is said, so that no configuration file has a say."""

    def __init__(self, places: Transform) -> None:
        import matplotlib
        from matplotlib.font_manager import FontProperties

        fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
        self._places = places
        self._fonts = {
            is_bold: FontProperties(fname=str(fonts / name))
            for is_bold, name in ((False, "DejaVuSans.ttf"), (True, "DejaVuSans-Bold.ttf"))
        }
        self._known = _characters(fonts / "DejaVuSans.ttf")

    def artists(self, mark: Box | Line | Label) -> list[Artist]:
        """Return what a mark is drawn with."""
        match mark:
            case Box():
                return self._box(mark)
            case Line():
                return [self._line(mark)]
            case Label():
                return [self._label(mark)]

    def _box(self, box: Box) -> list[Artist]:
        from matplotlib.patches import Rectangle

        is_solid = box.fill is Fill.SOLID
        rectangle = Rectangle(
            (box.x, box.y),
            box.width,
            box.height,
            facecolor=box.ink.value if is_solid else Ink.PAPER.value,
            edgecolor="none" if is_solid else box.ink.value,
            linewidth=0 if is_solid else _points(_HAIR),
            transform=self._places,
        )
        inside = [self._line(line) for line in stripes(box)] if box.fill is Fill.HATCHED else []
        return [rectangle, *inside]

    def _line(self, line: Line) -> Artist:
        from matplotlib.lines import Line2D

        return Line2D(
            (line.x1, line.x2),
            (line.y1, line.y2),
            color=line.ink.value,
            linewidth=_points(line.width),
            linestyle="solid",
            marker="None",
            solid_capstyle="butt",
            transform=self._places,
        )

    def _label(self, label: Label) -> Artist:
        from matplotlib.text import Text

        font = self._fonts[label.is_bold].copy()
        font.set_size(_points(label.size))
        return Text(
            label.x,
            label.y,
            self._drawable(label.text),
            color=label.ink.value,
            fontproperties=font,
            horizontalalignment=_ANCHORS[label.anchor],
            verticalalignment="baseline",
            usetex=False,
            # A dollar sign in a branch's name is no formula.
            parse_math=False,
            transform=self._places,
        )

    def _drawable(self, text: str) -> str:
        """Return the text without what the font has no letters for, such as emoji: they would be empty boxes."""
        return "".join(character for character in text if ord(character) in self._known)


def _characters(font: Path) -> set[int]:
    from matplotlib.ft2font import FT2Font

    return set(FT2Font(str(font)).get_charmap())


def _points(pixels: float) -> float:
    return pixels * _POINTS_PER_INCH / _PER_INCH
