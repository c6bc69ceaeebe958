"""A private chat: what a client sends or presses, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot import binding, commenting, questions
from sancrm_notifications.bot.commands import Command, command_of
from sancrm_notifications.bot.messages import binding as binding_words
from sancrm_notifications.bot.messages import buttons, dead_ends, privacy, staff
from sancrm_notifications.bot.response import Answer, Edit, Response
from sancrm_notifications.bot.rules import written_code
from sancrm_notifications.ledger import bindings as ledger_bindings
from sancrm_notifications.ledger import comments, dialogs, inbox, invitations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import CallbackQuery, Message

    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.ledger.bindings import Binding

_YES = frozenset({"да", "да это я", "да, это я", "это я"})
_NO = frozenset({"нет", "нет это не я", "нет, это не я"})
_GONE = {"remove_keyboard": True}


async def on_message(turn: Turn, message: Message, *, is_edited: bool) -> Response:
    """Return what follows from a message; an edited one is read as if it had just come."""
    if message.media_group_id and not await dialogs.is_first_of_album(
        turn.ledger, turn.user_id, message.media_group_id
    ):
        return Response()
    await ledger_bindings.unblock(turn.ledger, turn.user_id)
    if message.contact is not None:
        return await binding.share_contact(turn, message)
    bindings = await ledger_bindings.open_bindings(turn.ledger, turn.user_id)
    if message.text is None:
        return questions.dead_end(turn, await questions.look_up(turn, bindings), _kind(message))
    command = command_of(message.text, turn.bot_username)
    if command is not None:
        return await _on_command(turn, bindings, command)
    return await _on_text(turn, bindings, message, is_edited=is_edited)


async def on_press(turn: Turn, pressed: CallbackQuery) -> Response:
    """Return what follows from a pressed button; its data may be anything that the person's side made up."""
    data = pressed.data or ""
    bindings = await ledger_bindings.open_bindings(turn.ledger, turn.user_id)
    if data.startswith(("r:", "t:")):
        return questions.pressed(turn, await questions.look_up(turn, bindings), data)
    if data.startswith(commenting.CHOICE):
        return await commenting.on_choice(turn, await questions.look_up(turn, bindings), data)
    response = await _on_decision(turn, bindings, data)
    if response is None:
        return Response(notice=dead_ends.old_button())
    if pressed.message is None:
        return response
    # A question is answered once: its buttons go.
    edit = Edit(turn.chat_id, pressed.message.message_id, None, buttons.NO_BUTTONS)
    return Response(response.answers, (*response.edits, edit), response.notice)


async def _on_decision(turn: Turn, bindings: Sequence[Binding], data: str) -> Response | None:
    """Return the answer to a yes or no; None: nothing that waits for it."""
    response: Response | None = None
    match data:
        case buttons.IT_IS_ME | buttons.IT_IS_NOT_ME:
            asked = await dialogs.dialog(turn.ledger, turn.user_id)
            response = await binding.confirm_link(turn, asked, is_me=data == buttons.IT_IS_ME)
        case buttons.CONSENT if bindings:
            await ledger_bindings.note_consent(turn.ledger, turn.user_id, binding_words.CONSENT_VERSION)
            response = _said(turn, binding_words.consented())
        case buttons.NO_CONSENT:
            response = _said(turn, binding_words.not_consented())
        case buttons.NOT_ME:
            response = _ask_not_me(turn, bindings)
        case buttons.REALLY_NOT_ME if bindings:
            response = await _not_me(turn)
        case buttons.DELETE:
            response = await _delete(turn)
        case buttons.KEEP:
            response = _said(turn, privacy.kept())
    return response


async def _on_command(turn: Turn, bindings: Sequence[Binding], command: Command) -> Response:
    match command.name:
        case "status" | "cost" | "terms":
            known = await questions.look_up(turn, bindings)
            asked = questions.named(turn, known, command.argument) if command.argument else None
            response = asked or await questions.answer(turn, known, command.name)
        case "callback":
            known = await questions.look_up(turn, bindings)
            response = await commenting.on_callback(turn, known) or questions.dead_end(turn, known, "text")
        case "contacts":
            response = questions.contacts(turn, await questions.look_up(turn, bindings))
        case _ if (own := await _on_own_wish(turn, bindings, command)) is not None:
            response = own
        case _:
            response = questions.dead_end(turn, await questions.look_up(turn, bindings), "command")
    return response


async def _on_own_wish(turn: Turn, bindings: Sequence[Binding], command: Command) -> Response | None:
    """Return the answer to what is about the person and the bot, for which the CRM is not asked; None: it is not."""
    response: Response | None = None
    match command.name:
        case "start":
            response = await _start(turn, bindings, command.argument)
        case "help":
            keyboard = buttons.MENU if bindings else buttons.ASK_FOR_NUMBER
            response = Response((turn.answer(dead_ends.help_text(is_known=bool(bindings)), keyboard),))
        case "stop":
            await ledger_bindings.stop(turn.ledger, turn.user_id)
            response = _said(turn, privacy.stopped(is_known=bool(bindings)))
        case "delete":
            response = Response((turn.answer(privacy.ask_delete(), buttons.ASK_DELETE),))
        case "mydata":
            response = _mydata(turn, bindings)
        case "not_me":
            response = _ask_not_me(turn, bindings)
    return response


async def _on_text(turn: Turn, bindings: Sequence[Binding], message: Message, *, is_edited: bool) -> Response:
    text = message.text or ""
    asked = await dialogs.dialog(turn.ledger, turn.user_id)
    said = text.strip().lower().rstrip(".!")
    if asked.waits_for == "confirmation" and said in _YES | _NO:
        confirmed = await binding.confirm_link(turn, asked, is_me=said in _YES)
        if confirmed is not None:
            return confirmed
    if asked.waits_for == "code" and asked.phone is not None:
        return await binding.try_code(turn, bindings, asked.phone, text)
    known = await questions.look_up(turn, bindings)
    response = questions.named(turn, known, text)
    # A number alone that is none of theirs asks for a repair, and says nothing to the workshop.
    if response is None and not is_edited and written_code(text) is None:
        response = await commenting.on_text(turn, known, message)
    return response or questions.dead_end(turn, known, "edited" if is_edited else "text")


async def _start(turn: Turn, bindings: Sequence[Binding], token: str) -> Response:
    if token:
        return await binding.open_link(turn, token)
    chosen = turn.settings
    if not bindings:
        words = binding_words.greeting(chosen.company_name, chosen.public_status_url)
        return Response((turn.answer(words, buttons.ASK_FOR_NUMBER),))
    is_stopped = any(entry.stopped_at for entry in bindings)
    await ledger_bindings.resume(turn.ledger, turn.user_id)
    words = binding_words.resumed() if is_stopped else binding_words.welcome_back(chosen.company_name)
    answers: tuple[Answer, ...] = (turn.answer(words, buttons.MENU),)
    if not any(entry.consented_at for entry in bindings):
        answers = (*answers, binding.consent_question(turn))
    return Response(answers)


def _mydata(turn: Turn, bindings: Sequence[Binding]) -> Response:
    html = privacy.mydata(bindings, turn.region, turn.zone_of(None))
    return Response((turn.answer(html, buttons.DATA if bindings else buttons.ASK_FOR_NUMBER),))


def _ask_not_me(turn: Turn, bindings: Sequence[Binding]) -> Response:
    if not bindings:
        return Response((turn.answer(privacy.not_bound(), buttons.ASK_FOR_NUMBER),))
    return Response((turn.answer(privacy.ask_not_me(), buttons.ASK_NOT_ME),))


async def _not_me(turn: Turn) -> Response:
    ended = await ledger_bindings.end_as_not_me(turn.ledger, turn.user_id)
    await invitations.decline_used(turn.ledger, turn.user_id)
    await dialogs.forget(turn.ledger, turn.user_id)
    answers = [turn.answer(privacy.not_me(), buttons.ASK_FOR_NUMBER)]
    # A chat that is known by its @name alone cannot be answered by its number; the office sees it in the bindings.
    if turn.office is not None and not turn.office.chat_id.startswith("@"):
        html = staff.wrong_person(ended)
        topic = turn.office.message_thread_id
        answers.append(Answer(int(turn.office.chat_id), html, message_thread_id=topic))
    return Response(tuple(answers))


async def _delete(turn: Turn) -> Response:
    await comments.erase_person(turn.ledger, turn.user_id)
    await ledger_bindings.erase(turn.ledger, turn.user_id)
    await invitations.forget(turn.ledger, turn.user_id)
    await dialogs.forget(turn.ledger, turn.user_id)
    await inbox.erase_person(turn.ledger, turn.user_id)
    return Response((turn.answer(privacy.deleted(), _GONE),))


def _said(turn: Turn, html: str) -> Response:
    return Response((turn.answer(html),))


def _kind(message: Message) -> dead_ends.Kind:
    if message.voice or message.audio or message.video_note:
        return "voice"
    if message.photo or message.video or message.animation:
        return "picture"
    if message.sticker:
        return "sticker"
    if message.document:
        return "file"
    return "place" if message.location or message.venue else "other"
