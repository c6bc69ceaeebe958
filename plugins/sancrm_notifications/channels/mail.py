"""E-mail, the channel through Airflow's own SMTP connection: within seconds or not at all.

An e-mail is sent once and cannot be edited; its receivers are the addresses that :func:`address` is given.
"""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk.exceptions import AirflowException

from sancrm_notifications.channels.channel import Request
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.buttons import links
from sancrm_notifications.text.delivery_notes import plain_text
from sancrm_notifications.text.markup import escape
from sancrm_notifications.time_limit import in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.channels.channel import Post

CONNECTION = SmtpHook.default_conn_name
_LONGEST_SECONDS = 4  # for each answer of the server
_MOST_SECONDS = 6.0  # for all of them
_PERMANENT = 500  # an SMTP status from here on will be the same the next time. Source: RFC 5321, 4.2.1.


class _PatientHook(SmtpHook):
    """The provider's hook with an end to its patience: an alert must not hang whoever sends it."""

    @property
    def timeout(self) -> int:
        """Seconds, as the connection's Extra says but no more than ``_LONGEST_SECONDS``."""
        return min(super().timeout, _LONGEST_SECONDS)

    @property
    def smtp_retry_limit(self) -> int:
        """How often a server that hangs up, or does not take the e-mail, is asked again."""
        return 0


@dataclass(frozen=True, slots=True)
class MailAccount:
    """Who sends e-mail: the account of Airflow's SMTP connection."""

    bot_id: int = 0

    def channel(self) -> Mail:
        """Return the way out."""
        return Mail()


@dataclass(frozen=True, slots=True)
class MailAddress:
    """One or more mailboxes, which get the same e-mail."""

    chat_id: str
    bot: MailAccount = MailAccount()
    message_thread_id: int | None = None
    is_group: bool = False

    def of_chat(self, chat_id: str, message_thread_id: int | None) -> MailAddress:  # noqa: ARG002 - mail has no topics
        """Return the address of other mailboxes."""
        return MailAddress(chat_id)


def address(mailboxes: Sequence[str]) -> MailAddress:
    """Return where an e-mail to all these mailboxes goes."""
    return MailAddress(", ".join(mailboxes))


class Mail:
    """The channel; each e-mail has a conversation with the server of its own."""

    name = "e-mail"
    server = CONNECTION
    message_limit = 1_000_000
    has_rich_form = False
    takes_pictures = False

    async def open(self) -> Outcome:
        """Return SENT: who speaks is only asked with an e-mail."""
        return Outcome(Result.SENT)

    async def close(self) -> None:
        """Do nothing: there is nothing open between two e-mails."""

    def build_request(self, chat_id: str, message_thread_id: int | None, post: Post) -> Request:  # noqa: ARG002 - see above
        """Return an e-mail whose subject is the text's first line, with the buttons' links below the text."""
        first_line = plain_text(post.text).splitlines()[0]
        addresses = "".join(f"\n{text}: {url}" for text, url in links(post.buttons))
        text = escape(post.text) if post.form == "plain" else post.text
        html = f"{text}{escape(addresses)}".replace("\n", "<br>\n")
        parameters = {"to": chat_id.split(", "), "subject": f"SanCRM: {first_line}", "html_content": html}
        return Request("edit" if post.edits is not None else "mail", post.form, parameters)

    async def send(self, request: Request) -> Outcome:
        """Send the e-mail to all its receivers."""
        if request.method == "edit":
            return Outcome(Result.UNEDITABLE, description="an e-mail cannot be edited")

        def to_its_end() -> None:
            with _PatientHook() as hook:
                hook.send_email_smtp(**request.parameters)

        try:
            await asyncio.to_thread(in_time, _MOST_SECONDS, to_its_end)
        except (AirflowException, OSError) as error:
            return outcome_of(error)
        return Outcome(Result.SENT)


def outcome_of(error: Exception) -> Outcome:
    """Return what an error of the provider's hook, of smtplib or of the network means for the e-mail.

    The server's own words are not repeated: they may quote the receivers.
    """
    name = type(error).__name__
    code = getattr(error, "smtp_code", None)
    said = f"{name} {code}" if code else name
    match error:
        case AirflowException():
            advice = f"e-mail has no server or no sender: fill in the Airflow connection {CONNECTION}"
            return Outcome(Result.BAD_TOKEN, description=f"{name}: {error}", advice=advice)
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPSenderRefused():
            advice = f"the mail server refuses the login or the sender: correct the Airflow connection {CONNECTION}"
            return Outcome(Result.BAD_TOKEN, description=said, advice=advice)
        case smtplib.SMTPRecipientsRefused():
            advice = "the mail server refuses the receivers: correct their addresses"
            return Outcome(Result.CHAT_GONE, description=said, advice=advice, for_staff="почтовый ящик не найден")
        case smtplib.SMTPDataError(smtp_code=status) if status >= _PERMANENT:
            return Outcome(Result.BAD_MESSAGE, description=said)
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return Outcome(Result.UNKNOWN, description=said)
    # Refused, not found, no TLS, or a server that is busy: the text was not taken.
    return Outcome(Result.NOT_SENT, description=said)
