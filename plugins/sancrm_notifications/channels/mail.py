"""Sends e-mail through Airflow's own SMTP connection, within seconds or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.smtp.hooks.smtp import SmtpHook

from sancrm_notifications.time_limit import in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECTION = SmtpHook.default_conn_name
_LONGEST_SECONDS = 4  # for each answer of the server
_MOST_SECONDS = 6.0  # for all of them


class _PatientHook(SmtpHook):
    """The provider's hook with an end to its patience: news of a failure must not hang whoever brings it."""

    @property
    def timeout(self) -> int:
        """Seconds, as the connection's Extra says but no more than ``_LONGEST_SECONDS``."""
        return min(super().timeout, _LONGEST_SECONDS)

    @property
    def smtp_retry_limit(self) -> int:
        """How often a server that hangs up, or does not take the e-mail, is asked again."""
        return 0


def send(recipients: Sequence[str], subject: str, html: str) -> None:
    """Send one e-mail to all recipients.

    :raises AirflowException: there is no connection ``smtp_default``, or no sender in its field From email
    :raises TimeoutError: it is not sent within ``_MOST_SECONDS``; it may still be, by what is left behind
    :raises OSError: the server cannot be reached or refuses; smtplib's own errors among them
    """

    def to_its_end() -> None:
        with _PatientHook() as hook:
            hook.send_email_smtp(to=list(recipients), subject=subject, html_content=html)

    in_time(_MOST_SECONDS, to_its_end)
