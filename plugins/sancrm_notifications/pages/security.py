"""What keeps the pages safe: headers, signed forms, and whom a request that changes something may come from.

Airflow gives none of it here: its cookie is sent by every page of the same site, and a plugin's page has the origin of
Airflow's own, so a script in it would be a script in Airflow.
Source: docs/pages.md, Security.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FORM_SECONDS = 3600
_SALT = "sancrm_notifications.pages.form"
# Airflow's session.
COOKIE = "_token"
# What a browser says of a request that a page of this very origin, or its user, has made.
_OWN_SITES = frozenset({"same-origin", "none"})


class FormError(Exception):
    """A form cannot be accepted; ``is_stale``: it was right, and is to be opened again."""

    def __init__(self, *, is_stale: bool = False) -> None:
        super().__init__("the form is too old" if is_stale else "the form is not one that this page has given out")
        self.is_stale = is_stale


class ForeignRequestError(Exception):
    """A request that changes something comes from a page of another site."""


def headers(style: str) -> dict[str, str]:
    """Return the headers of every page; ``style`` is the one style sheet, which stands in the page."""
    style_hash = b64encode(sha256(style.encode()).digest()).decode()
    return {
        # No script, no picture, no other site; forms lead to these pages only.
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style_hash}'; frame-ancestors 'self'; base-uri 'none';"
            " form-action 'self'"
        ),
        "Cache-Control": "no-store",
        # Without a referrer browsers say «Origin: null» when a form is sent.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form that was accepted: ``number`` tells this copy from all others, ``issued_at`` is when it was given out."""

    number: str
    issued_at: datetime


class Forms:
    """Gives out and accepts the hidden field of forms: who may send which form, once, within the hour."""

    def __init__(self, secret_key: str) -> None:
        self._signer = URLSafeTimedSerializer(secret_key, salt=_SALT)

    def token(self, user_id: str, form: str) -> str:
        """Return a new hidden field for a user's form."""
        return str(self._signer.dumps([user_id, form, secrets.token_hex(8)]))

    def accepted(self, token: str, user_id: str, form: str) -> SentForm:
        """Return the form that a hidden field stands for.

        :raises FormError: it is too old, was made for somebody else or for another form, or by somebody else
        """
        try:
            signed, issued_at = self._signer.loads(token, max_age=FORM_SECONDS, return_timestamp=True)
        except SignatureExpired:
            raise FormError(is_stale=True) from None
        except BadSignature:
            raise FormError from None
        if signed[:2] != [user_id, form]:
            raise FormError
        return SentForm(str(signed[2]), issued_at)


def require_own_site(given: Mapping[str, str], own_hosts: frozenset[str]) -> None:
    """Let only requests through that a page of Airflow's own site has made, or no page at all.

    ``own_hosts`` are the hosts, with their ports, at which people reach Airflow.

    :raises ForeignRequestError: the browser says that another site has made it
    """
    site = given.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITES:
        raise ForeignRequestError
    origin = given.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() not in own_hosts:
        raise ForeignRequestError


def needs_form(given: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
    """Tell whether a request must carry a form: one that brings its own credentials was made by no foreign page."""
    return COOKIE in cookies or "authorization" not in given
