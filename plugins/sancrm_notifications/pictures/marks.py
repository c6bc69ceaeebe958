"""What a picture is made of: boxes, lines and words at their places, in pixels of a phone's screen.

The vertical axis grows downwards, as in SVG.  Meaning never hangs on an ink alone: each fill is seen without colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

_STRIPES = 3.5  # pixels between two stripes of a hatched box, along its sides


class Ink(StrEnum):
    """The few colours, each readable on the paper; the paper goes with the picture, whatever the chat's theme."""

    PAPER = "#fcfbf8"
    TEXT = "#1d2530"
    MUTED = "#57616e"
    RULE = "#c3c9d1"
    PROFIT = "#1f6f8b"
    FORMER = "#a9cbd6"
    LOSS = "#b3400e"


class Fill(StrEnum):
    """How a box is filled."""

    SOLID = "solid"
    HATCHED = "hatched"
    HOLLOW = "hollow"


@dataclass(frozen=True, slots=True)
class Box:
    """A bar."""

    x: float
    y: float
    width: float
    height: float
    ink: Ink
    fill: Fill = Fill.SOLID


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    ink: Ink
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Label:
    """Words; ``y`` is their base line, ``x`` where they start, end or have their middle."""

    x: float
    y: float
    text: str
    size: float
    ink: Ink = Ink.TEXT
    anchor: Literal["start", "middle", "end"] = "start"
    is_bold: bool = False


Mark = Box | Line | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def stripes(box: Box) -> list[Line]:
    """Return the lines that fill a hatched box, rising from the left, each cut off at the box's sides."""
    lines = []
    right, bottom = box.x + box.width, box.y + box.height
    reach = _STRIPES
    while reach < box.width + box.height:
        # A stripe goes from a point of the left or the bottom side to one of the top or the right side.
        x1, y1 = box.x + max(reach - box.height, 0), min(box.y + reach, bottom)
        x2, y2 = min(box.x + reach, right), box.y + max(reach - box.width, 0)
        lines.append(Line(x1, y1, x2, y2, box.ink))
        reach += _STRIPES
    return lines
