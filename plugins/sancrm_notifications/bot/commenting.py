"""What a client has to say to the workshop: a comment, or «Перезвоните мне», handed to the team of the repair.

Source: docs/clients.md, Comments for the workshop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.bot import questions
from sancrm_notifications.bot.coming import ABOUT_REPAIRS, repairs_of
from sancrm_notifications.bot.messages import buttons, dead_ends, orders, requests, staff
from sancrm_notifications.bot.pressed_message import fitting, pressed_message
from sancrm_notifications.bot.response import Answer, Edit, Response
from sancrm_notifications.bot.rules import is_night
from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.crm.clients import Repair
from sancrm_notifications.ledger import bindings as ledger_bindings
from sancrm_notifications.ledger import comments
from sancrm_notifications.ledger import pressed as known_messages
from sancrm_notifications.text.buttons import Action, ActionButton, Button, stored, without_action
from sancrm_notifications.text.call_marks import with_marks
from sancrm_notifications.text.phones import dialable
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from telegram import CallbackQuery, Message

    from sancrm_notifications.bot.messages.orders import Order
    from sancrm_notifications.bot.questions import Known
    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.ledger.comments import Kind
    from sancrm_notifications.settings import BranchChat

CHOICE = "c:"
"""What the button of one order sends back begins with this: the comment's number and the repair's follow."""
_CHOSEN = re.compile(r"c:(?P<comment>[0-9]{1,18}):(?P<repair>[0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants of the workshop; ``text`` None: to be called."""

    kind: Kind
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """What a comment is about: one order, or all of a client's at one branch."""

    orders: Sequence[Order]
    branch_id: int | None

    @property
    def repair(self) -> Repair | None:
        """The repair, where it is about one."""
        only = self.orders[0] if len(self.orders) == 1 else None
        return only if isinstance(only, Repair) else None


async def on_text(turn: Turn, known: Known, message: Message) -> Response | None:
    """Return what follows from a client's own words; None: there is nobody to hand them to."""
    told: Collection[int] = ()
    replied = message.reply_to_message
    if replied is not None:
        writer = replied.from_user.id if replied.from_user else None
        found = await known_messages.message_in_chat(
            turn.ledger, ABOUT_REPAIRS, turn.chat_id, replied.message_id, writer
        )
        told = repairs_of(found.figures) if found else ()
    return await _on_wish(turn, known, Wish("comment", message.text), told)


async def on_callback(turn: Turn, known: Known) -> Response | None:
    """Return what follows from the words «Перезвоните мне»; None: there is nobody to hand them to."""
    return await _on_wish(turn, known, Wish("callback"), ())


async def on_call_me(turn: Turn, pressed: CallbackQuery, repair_id: int) -> Response:
    """Return what follows from «Перезвоните мне» under a message; it counts where the ledger knows the message."""
    message = await pressed_message(turn, pressed, *ABOUT_REPAIRS)
    if pressed.message is None or message is None or repair_id not in repairs_of(message.figures):
        return Response(notice=dead_ends.old_button())
    known = await questions.look_up(turn, await ledger_bindings.open_bindings(turn.ledger, turn.user_id))
    own = [order for order in known.orders if isinstance(order, Repair) and order.repair_id == repair_id]
    if not own:
        return Response(notice=dead_ends.not_yours())
    concern = Concern(own, own[0].branch_id)
    if _team(turn, concern.branch_id) is None:
        return Response(notice=requests.call_yourself())
    html = fitting(with_marks(message.html, [requests.callback_mark()])) if message.html else None
    left = without_action(message.buttons, Action.CALL_ME, repair_id)
    await known_messages.keep_as_marked(turn.ledger, message.message_id, html, left)
    edit = Edit(turn.chat_id, pressed.message.message_id, html, {"inline_keyboard": left})
    if await comments.is_callback_known(turn.ledger, turn.user_id, repair_id):
        return Response(edits=(edit,), notice=requests.callback_known())
    comment_id = await _note(turn, known, Wish("callback"), concern)
    told = _for_staff(turn, known, concern, Wish("callback"), comment_id)
    return Response(told, (edit,), requests.callback_notice())


async def on_choice(turn: Turn, known: Known, data: str) -> Response:
    """Return what follows when a client has said of which repair a comment is; the data may be made up."""
    numbers = _CHOSEN.fullmatch(data)
    if numbers is None:
        return Response(notice=dead_ends.old_button())
    comment_id, repair_id = int(numbers["comment"]), int(numbers["repair"])
    own = [order for order in known.orders if isinstance(order, Repair) and order.repair_id == repair_id]
    if not own:
        return Response(notice=dead_ends.not_yours())
    concern = Concern(own, own[0].branch_id)
    if not await comments.assign(turn.ledger, comment_id, turn.user_id, repair_id, concern.branch_id):
        return Response(notice=dead_ends.old_button())
    comment = await comments.comment(turn.ledger, comment_id)
    if comment is None:
        return Response(notice=dead_ends.old_button())
    told = _for_staff(turn, known, concern, Wish(comment.kind, comment.text), comment_id)
    return Response((_acknowledgement(turn, known, concern, comment.kind), *told))


async def _on_wish(turn: Turn, known: Known, wish: Wish, told: Collection[int]) -> Response | None:
    if not known.orders or not known.bindings:
        return None
    concern = concern_of(known.orders, told)
    if concern is not None and _team(turn, concern.branch_id) is None:
        return None
    if concern is None:
        comment_id = await comments.note_comment(turn.ledger, wish.kind, known.bindings[0].binding_id, text=wish.text)
        choices = [
            (orders.button_text(order), f"{CHOICE}{comment_id}:{order.repair_id}")
            for order in _present(known.orders)
            if isinstance(order, Repair)
        ]
        return Response((turn.answer(requests.which(), buttons.one_each(choices)),))
    repair_id = concern.repair.repair_id if concern.repair else None
    if wish.kind == "callback" and await comments.is_callback_known(turn.ledger, turn.user_id, repair_id):
        return Response((turn.answer(requests.callback_known(), buttons.MENU),))
    comment_id = await _note(turn, known, wish, concern)
    told_staff = _for_staff(turn, known, concern, wish, comment_id)
    return Response((_acknowledgement(turn, known, concern, wish.kind), *told_staff))


def concern_of(all_orders: Sequence[Order], told: Collection[int]) -> Concern | None:
    """Return what a comment is about; None: it may be several, and the client is asked.

    ``told`` are the repairs of the message that it replies to.
    """
    replied = [order for order in all_orders if isinstance(order, Repair) and order.repair_id in told]
    present = replied or _present(all_orders)
    branches = {order.branch_id for order in present}
    if len(present) == 1 or len(branches) == 1:
        return Concern(present, present[0].branch_id)
    # Only a repair can be named by a button; a rental that stands beside one is not asked about.
    repairs = [order for order in present if isinstance(order, Repair)]
    return Concern(repairs or present, present[0].branch_id) if len(repairs) < len(("one", "another")) else None


def _present(all_orders: Sequence[Order]) -> list[Order]:
    """Return the orders that are open; of somebody who has none, those that are still shown."""
    return [order for order in all_orders if orders.is_open(order)] or list(all_orders)


async def _note(turn: Turn, known: Known, wish: Wish, concern: Concern) -> int:
    repair_id = concern.repair.repair_id if concern.repair else None
    return await comments.note_comment(
        turn.ledger,
        wish.kind,
        known.bindings[0].binding_id,
        repair_id=repair_id,
        branch_id=concern.branch_id,
        text=wish.text,
    )


def _acknowledgement(turn: Turn, known: Known, concern: Concern, kind: Kind) -> Answer:
    branch = known.branches.get(concern.branch_id or 0)
    at_night = is_night(turn.now.astimezone(turn.zone_of(branch)))
    return turn.answer(requests.handed_over(kind, is_night=at_night), buttons.MENU)


def _for_staff(turn: Turn, known: Known, concern: Concern, wish: Wish, comment_id: int) -> tuple[Answer, ...]:
    chat = _team(turn, concern.branch_id)
    if chat is None:
        return ()
    repair = concern.repair
    phone = next((binding.phone for binding in known.bindings if binding.phone), None)
    html = staff.client_comment(
        wish.kind,
        [orders.name_of(order) for order in concern.orders],
        None if repair is None else orders.tool_of(repair),
        wish.text,
        dialable(f"+{phone}", turn.region) if phone and wish.kind == "callback" else None,
    )
    row: list[Button | ActionButton] = [ActionButton("Ответить клиенту", Action.ANSWER, comment_id)]
    markup = {"inline_keyboard": stored([[*row, *_card(turn, repair)]])}
    return (Answer(int(chat.chat_id), html, markup, chat.message_thread_id, figures={"comment_id": comment_id}),)


def _card(turn: Turn, repair: Repair | None) -> list[Button]:
    chosen = turn.settings
    if repair is None or not chosen.crm_base_url:
        return []
    address = CardLinks(chosen.crm_base_url, chosen.repair_card_path).address(repair.repair_id, None, repair.code)
    return [Button("Открыть в CRM", address)] if address is not None and can_be_button(address) else []


def _team(turn: Turn, branch_id: int | None) -> BranchChat | None:
    """Return the chat of a branch's team, else the common one; None: it is known by its @name alone."""
    own = turn.settings.team_chats.get(branch_id) if branch_id is not None else None
    return next((chat for chat in (own, turn.office) if chat is not None and not chat.chat_id.startswith("@")), None)
