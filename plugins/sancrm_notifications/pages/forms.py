"""Forms of the pages inside Airflow: signed with Airflow's own secret, accepted from Airflow's own site only."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.configuration import conf

from sancrm_notifications.pages.security import Forms, SentForm, needs_form, require_own_site

if TYPE_CHECKING:
    from starlette.requests import Request


def token(user: Any, form: str) -> str:  # noqa: ANN401 - each auth manager has its own user
    """Return the hidden field of a user's form."""
    return _forms().token(_id(user), form)


def accepted(request: Request, user: Any, form: str, given: str) -> SentForm:  # noqa: ANN401
    """Return the form that was sent: with the same number for each copy that a double click has sent.

    :raises ForeignRequestError: a page of another site has sent it
    :raises FormError: the hidden field is missing, too old, or another's
    """
    require_own_site(request.headers, _own_hosts(request))
    if not needs_form(request.headers, request.cookies):
        return SentForm(secrets.token_hex(8), datetime.now(UTC))
    return _forms().accepted(given, _id(user), form)


def secret_of(sent: SentForm, purpose: str) -> str:
    """Return 128 secret bits, fit for an address, that only a copy of this form leads to: a second click, the same."""
    key = conf.get_mandatory_value("api", "secret_key").encode()
    digest = hmac.digest(key, f"sancrm_notifications/{purpose}/{sent.number}".encode(), "sha256")
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def user_name(user: Any) -> str:  # noqa: ANN401
    """Return the name under which Airflow notes what a user has done."""
    return str(user.get_name())


def _id(user: Any) -> str:  # noqa: ANN401
    return str(user.get_id())


def _forms() -> Forms:
    return Forms(conf.get_mandatory_value("api", "secret_key"))


def _own_hosts(request: Request) -> frozenset[str]:
    """Return where people reach Airflow: as this request says, and as its configuration does behind a proxy."""
    configured = urlsplit(str(conf.get("api", "base_url", fallback="") or "")).netloc
    return frozenset(filter(None, (request.headers.get("host", "").lower(), configured.lower())))
