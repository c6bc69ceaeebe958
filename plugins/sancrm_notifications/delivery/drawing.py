"""Draws a message's picture when it is about to be sent: in a thread, so that other chats are served meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

METHOD = "drawing"
"""What the log of requests calls an attempt that ended before there was a request."""


class UndrawableError(Exception):
    """A picture cannot be drawn; its text says why, without any figure."""

    @property
    def outcome(self) -> Outcome:
        """What came of the attempt: the picture alone is parked, and a person is told."""
        advice = "look at the figures of the picture and at matplotlib here; the setting «pictures» off does without"
        return Outcome(
            Result.PICTURE_REFUSED, description=str(self), advice=advice, for_staff="картинку не удалось нарисовать"
        )


class Drawings:
    """Draws the pictures of one delivery, and keeps the last.

    On a machine so busy that drawing outlasts the reservation, the next attempt would draw again and be late again.
    """

    def __init__(self) -> None:
        self._figures: Mapping[str, Any] | None = None
        self._picture = b""

    async def drawn(self, figures: Mapping[str, Any]) -> bytes:
        """Return the picture of these figures as a PNG file.

        :raises UndrawableError: the figures cannot be read, or matplotlib cannot be used on this machine
        """
        if figures != self._figures:
            try:
                self._picture = await asyncio.to_thread(_draw, figures)
            except Exception as error:
                # Whatever is wrong with a picture: the texts of its batch must not wait for it.
                raise UndrawableError(f"the picture cannot be drawn: {type(error).__name__}: {error}") from error
            self._figures = figures
        return self._picture


def _draw(figures: Mapping[str, Any]) -> bytes:
    from sancrm_notifications.pictures.arrangement import arranged
    from sancrm_notifications.pictures.chart import Chart
    from sancrm_notifications.pictures.png import png

    return png(arranged(Chart.from_json(figures)))
