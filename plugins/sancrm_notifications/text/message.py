"""A finished message, as it is handed to the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.text.buttons import ActionButton, Button

    Figure = int | str | bool | None | Sequence["Figure"] | Mapping[str, "Figure"]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing told to one destination.

    ``subject`` says what is told within its notification and period ("branch:7", "network", "repair:12841");
    ``destination`` is a logical name ("reports", "branch:7"), never a chat id.  ``html`` is Bot API HTML of
    any length: the ledger stores it in parts that fit.  ``rich_html`` is the same for ``sendRichMessage``,
    or None.  ``figures`` are the period's own figures, kopecks and counts, or which objects are told of: their
    change, not the wording's, makes a correction; nothing personal is among them.  ``label`` names the message in
    a sentence to staff («Центральный»).

    ``picture`` are the figures of a picture, as JSON has them, to be drawn when it is sent; then ``html`` is its
    caption, within ``CAPTION_LIMIT``.  ``belongs_to`` is the subject of the message that it follows.
    """

    subject: str
    destination: str
    label: str
    html: str
    rich_html: str | None = None
    buttons: tuple[tuple[Button | ActionButton, ...], ...] = ()
    silent: bool = False
    closes_batch: bool = False
    figures: Mapping[str, Figure] = field(default_factory=dict)
    picture: Mapping[str, Any] | None = None
    belongs_to: str | None = None
