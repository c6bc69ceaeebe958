"""From when on the CRM's rows are looked at, as the command line says it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime

_FIRST_YEAR = 1990  # before it no instant keeps the contract


def since(text: str) -> datetime:
    """Return the moment that ``YYYY-MM-DD`` or ``YYYY-MM-DDTHH:MM+ZZ:ZZ`` means; without a zone it is this machine's.

    :raises ArgumentTypeError: it is none, or one from which on every row or none would be looked at
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        words = f"{text!r} is no day and no moment: write YYYY-MM-DD or YYYY-MM-DDTHH:MM+ZZ:ZZ"
        raise ArgumentTypeError(words) from None
    # What stands at the ends of time has no counterpart in another zone, so the year is looked at first.
    if moment.year < _FIRST_YEAR:
        words = f"{text!r} is before {_FIRST_YEAR}, where the contract begins: leave --since out to look at every row"
        raise ArgumentTypeError(words)
    if moment.year > datetime.now().astimezone().year + 1 or moment.astimezone() > datetime.now().astimezone():
        raise ArgumentTypeError(f"{text!r} is in the future, so no row would be looked at: write a day that has passed")
    return moment.astimezone()
