"""Gives a piece of work an end by the clock, whatever it waits for: a frozen server answers no timeout of its own."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def in_time(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what the work returns, or raise what it raises; work that hangs is left in a thread that ends with us.

    :raises TimeoutError: it is not done within these seconds; it may still be
    """
    results: list[Result] = []
    errors: list[Exception] = []

    def to_its_end() -> None:
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)

    thread = Thread(target=to_its_end, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"not done within {seconds:g} s")
    return results[0]
