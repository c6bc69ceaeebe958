"""Writes a drawing as SVG for a web page: elements and attributes alone, nothing that a page's policy would forbid."""

from __future__ import annotations

from html import escape

from sancrm_notifications.pictures.marks import Box, Drawing, Fill, Ink, Label, Line, Mark, stripes

_HAIR = 1


def svg(drawing: Drawing, words: str) -> str:
    """Return the drawing as an element of HTML; ``words`` say to those who do not see it what it shows."""
    size = f"{drawing.width:g} {drawing.height:g}"
    paper = f'<rect width="{drawing.width:g}" height="{drawing.height:g}" fill="{Ink.PAPER}"/>'
    marks = "".join(map(_element, drawing.marks))
    label = escape(words)
    return f'<svg class="picture" viewBox="0 0 {size}" role="img" aria-label="{label}">{paper}{marks}</svg>'


def _element(mark: Mark) -> str:
    match mark:
        case Box():
            return _box(mark)
        case Line(x1, y1, x2, y2, ink, width):
            ends = f'x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
            return f'<line {ends} stroke="{ink}" stroke-width="{width:g}"/>'
        case Label():
            weight = ' font-weight="bold"' if mark.is_bold else ""
            place = f'x="{mark.x:.2f}" y="{mark.y:.2f}" text-anchor="{mark.anchor}"'
            return f'<text {place} font-size="{mark.size:g}" fill="{mark.ink}"{weight}>{escape(mark.text)}</text>'


def _box(box: Box) -> str:
    place = f'x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}"'
    if box.fill is Fill.SOLID:
        return f'<rect {place} fill="{box.ink}"/>'
    outline = f'<rect {place} fill="{Ink.PAPER}" stroke="{box.ink}" stroke-width="{_HAIR}"/>'
    inside = map(_element, stripes(box)) if box.fill is Fill.HATCHED else ()
    return outline + "".join(inside)
