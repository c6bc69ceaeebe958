"""What a claimed message says now: in which form, and with the notes that delivery adds to its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.channels.channel import Post
from sancrm_notifications.text.buttons import links, without_actions
from sancrm_notifications.text.delivery_notes import mark_repeat, mark_replacing, name_missing, plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.ledger.recording import Claimed


def wants_rich(claimed: Claimed) -> bool:
    """Tell whether the message has a rich form that may be used: an edit keeps the form that is in the chat."""
    has_rich = claimed.rich_html is not None and not claimed.plain
    return has_rich and (not claimed.is_edit or claimed.sent_form == "rich")


def names_missing(claimed: Claimed) -> bool:
    """Tell whether the message says which reports are missing: the summary does, its picture has no room."""
    return claimed.closes_batch and claimed.picture is None


def post_of(
    claimed: Claimed,
    missing: Sequence[tuple[str, str]],
    *,
    rich: bool,
    limit: int,
    is_protected: bool,
    picture: bytes | None = None,
) -> Post:
    """Return what is to stand in the chat for a message, new or edited.

    ``missing`` are the reports that a closing message must name (label, reason); ``rich``: in its rich form;
    ``limit`` is how long the channel lets a whole message be; ``is_protected``: it must not leave its chat;
    ``picture``: the PNG file that the text is the caption of.
    """
    form, replies_to = "rich" if rich else "html", claimed.reply_to_message_id
    # A button that nobody hears would turn for a while under the finger, and nothing would come of it.
    buttons = claimed.buttons if claimed.is_listened else without_actions(claimed.buttons)
    reply_markup = claimed.reply_markup
    text = _noted((claimed.rich_html or "") if rich else claimed.html, claimed, missing, rich=rich)
    if claimed.plain and not rich:
        # Whatever was refused, this has nothing but the words.
        form, text, buttons, replies_to = "plain", plain_text(text, links(buttons), limit), [], None
        reply_markup = None
    return Post(
        form=form,
        text=text,
        buttons=buttons,
        is_silent=claimed.silent,
        is_protected=is_protected,
        edits=claimed.telegram_message_id,
        replies_to=replies_to,
        reply_markup=reply_markup,
        receiver_user_id=claimed.receiver_user_id,
        picture=picture,
    )


def _noted(text: str, claimed: Claimed, missing: Sequence[tuple[str, str]], *, rich: bool) -> str:
    """Return the text with what delivery adds to it: missing reports where it ends, warnings on top."""
    if names_missing(claimed) and (rich or claimed.part == claimed.parts):
        text = name_missing(text, missing, rich=rich)
    if claimed.replaces_message:
        text = mark_replacing(text, rich=rich)
    return mark_repeat(text, rich=rich) if claimed.possible_repeats else text
