"""A message's picture for a page: the same marks as in the chat, as SVG in the page, so that no image is fetched.

The pages' policy lets no image in, and nothing of matplotlib is loaded by Airflow's server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sancrm_notifications.pictures.arrangement import arranged
from sancrm_notifications.pictures.chart import Chart
from sancrm_notifications.pictures.svg import svg
from sancrm_notifications.text.delivery_notes import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNREADABLE = "Цифры этой картинки не читаются."


def picture(figures: Mapping[str, Any], caption: str) -> Markup:
    """Return the picture of these figures, with its caption (Bot API HTML) for those who do not see it."""
    try:
        drawing = arranged(Chart.from_json(figures))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        # The page has more to show than its picture.
        return Markup('<p class="problem">{}</p>').format(_UNREADABLE)
    return Markup(svg(drawing, plain_text(caption)))  # noqa: S704 - every word in it was escaped
