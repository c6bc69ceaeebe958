"""What delivery knows of any channel: where a message goes, who speaks, how it is sent and what came of it.

A channel is three small classes: an :class:`Address`, its :class:`Sender` and the :class:`Channel` that the sender
opens.  Everything a server says is turned into an ``Outcome`` before it leaves the channel, so that neither delivery
nor the ledger knows its errors; users are Telegram (``telegram/``) and e-mail (``mail.py``).

A picture is one more field of :class:`Post`, with the text as its caption; ``build_request`` chooses the method that
uploads it, and the same field in a Post with ``edits`` replaces the picture in the chat.  It is drawn only for a
channel that ``takes_pictures``; any other gets the caption as a text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sancrm_notifications.ledger.outcome import Outcome
    from sancrm_notifications.text.buttons import Rows


class DestinationError(ValueError):
    """A destination has no address; the text names the connection and what to fill in, never a token."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is to stand in a chat.

    ``form`` is «html» (Bot API HTML), «rich» (HTML for a channel that ``has_rich_form``) or «plain», and ``text`` is
    in it.  ``buttons`` are rows of ``text`` and ``url``, or ``callback_data`` where somebody listens; a channel without
    such buttons leaves those out.  ``edits`` is the channel's number of the message that gets this text, None for a
    new one; ``replies_to`` that of the one it follows.  What ``is_protected`` must not be forwarded, copied or saved,
    as far as the channel can help it; an edit leaves that as it is.

    ``reply_markup`` is Telegram's own object, of answers, in place of buttons: an edit whose text is empty changes
    nothing else.  ``receiver_user_id`` is the one member of a group who sees it.

    ``picture`` is a PNG file, the text is its caption; None for a text alone.
    """

    form: str
    text: str
    buttons: Rows = ()
    is_silent: bool = False
    is_protected: bool = False
    edits: int | None = None
    replies_to: int | None = None
    reply_markup: dict[str, Any] | None = None
    receiver_user_id: int | None = None
    picture: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a channel, ready to be made: its method's name, the form of its text and its parameters."""

    method: str
    form: str
    parameters: dict[str, Any]


class Sender(Protocol):
    """Who speaks, through which server; equal senders share one channel, so they can be keys of a dictionary."""

    @property
    def bot_id(self) -> int:
        """The sender's number in the ledger, public; limits and chats are counted by it."""

    def channel(self) -> Channel:
        """Return the way out, to be opened in the event loop that uses it."""

    def __hash__(self) -> int:
        """Return the same for equal senders."""


class Address(Protocol):
    """One chat, or one topic of it, as its sender reaches it."""

    @property
    def bot(self) -> Sender:
        """Who speaks there."""

    @property
    def chat_id(self) -> str:
        """The chat's id in the channel, as the ledger keeps it."""

    @property
    def message_thread_id(self) -> int | None:
        """The topic, in a chat that has topics."""

    @property
    def is_group(self) -> bool:
        """Whether the limits of groups apply."""

    def of_chat(self, chat_id: str, message_thread_id: int | None) -> Address:
        """Return another chat's address, through the same sender."""


class Connection(Protocol):
    """What is read of an Airflow connection; what its fields mean is the channel's business."""

    @property
    def conn_type(self) -> str | None:
        """The channel's name."""

    @property
    def host(self) -> str | None:
        """Of type telegram: the chat id."""

    @property
    def login(self) -> str | None:
        """Of type telegram: nothing."""

    @property
    def password(self) -> str | None:
        """Of type telegram: the bot's token."""

    @property
    def schema(self) -> str | None:
        """Of type telegram: nothing."""

    @property
    def port(self) -> int | None:
        """Of type telegram: nothing."""

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """Of type telegram: ``base_url``, ``proxy`` and ``message_thread_id``, each optional."""


class AddressReader(Protocol):
    """A channel's function ``address``."""

    def __call__(self, conn_id: str, found: Connection, default: Connection | None, /) -> Address | None:
        """Return the address that a connection says, None where it names no receiver.

        ``default`` is the connection ``telegram_default``, which a channel may take what is left out from.

        :raises DestinationError: a field has not its form; the text names it and what to fill in
        """


class Channel(Protocol):
    """The way out for one sender: one event loop, one client. It never raises for its server or the network."""

    @property
    def name(self) -> str:
        """What people call it: «Telegram cannot be reached»."""

    @property
    def server(self) -> str:
        """The server's name as the ledger keeps it, without any login or password."""

    @property
    def message_limit(self) -> int:
        """How long a whole message may be; see ``text/limits.py``, whose limits must fit."""

    @property
    def has_rich_form(self) -> bool:
        """Whether it may know messages in their rich form; that a server does not is UNKNOWN_METHOD."""

    @property
    def takes_pictures(self) -> bool:
        """Whether a Post may have a picture."""

    async def open(self) -> Outcome:
        """Begin: SENT when the sender is accepted, BAD_TOKEN when not, else what hindered."""

    async def close(self) -> None:
        """End."""

    def build_request(self, chat_id: str, message_thread_id: int | None, post: Post) -> Request:
        """Return the request that brings a post into a chat."""

    async def send(self, request: Request) -> Outcome:
        """Make the request and return what came of it."""
