"""What may be said of any error outside the logs: its kind, and of a text what is neither a token nor a phone.

Texts of foreign exceptions may hold names, phones or values of a query.
"""

from __future__ import annotations

import re

# Braces around what should never be there: our sentences name neither.
_SECRETS = (
    re.compile(r"\d+:[\w-]{20,}"),  # a bot's token
    re.compile(r"\+\d[\d\s().-]{7,16}\d"),  # a phone as written for abroad
    re.compile(r"(?<![\d-])[78]?[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)"),  # and as written at home
)


def kind(error: BaseException) -> str:
    """Return the error's type, with SQLSTATE where there is one: what may be said of any error."""
    its_type = type(error)
    name = its_type.__qualname__
    if its_type.__module__ != "builtins":
        name = f"{its_type.__module__}.{name}"
    sqlstate = getattr(error, "sqlstate", None)
    return f"{name} (SQLSTATE {sqlstate})" if sqlstate else name


def masked(text: str) -> str:
    """Return the text without anything that looks like a bot's token or a phone number."""
    for secret in _SECRETS:
        text = secret.sub("***", text)
    return text
