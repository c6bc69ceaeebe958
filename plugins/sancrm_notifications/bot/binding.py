"""How an account comes to be bound: by its contact, by a link, by the code of a repair of a shared number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sancrm_notifications.bot import questions
from sancrm_notifications.bot.messages import binding as words
from sancrm_notifications.bot.messages import buttons
from sancrm_notifications.bot.response import Answer, Response
from sancrm_notifications.bot.rules import MOST_TRIES, is_code, judge_link, own_number, written_code
from sancrm_notifications.ledger import bindings as ledger_bindings
from sancrm_notifications.ledger import dialogs, invitations, samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message

    from sancrm_notifications.bot.rules import LinkVerdict
    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.ledger.bindings import Binding
    from sancrm_notifications.ledger.dialogs import Dialog
    from sancrm_notifications.ledger.invitations import Invitation


async def share_contact(turn: Turn, message: Message) -> Response:
    """Bind the number of a contact, if it is the sender's own."""
    contact = message.contact
    if contact is None:
        raise ValueError("the message has no contact")
    is_forwarded = message.forward_origin is not None
    number = own_number(
        shared=contact.phone_number,
        owner_id=contact.user_id,
        sender_id=turn.user_id,
        is_private=message.chat.type == "private",
        is_forwarded=is_forwarded,
    )
    if number is None:
        return await _useless_contact(turn, is_foreign=is_forwarded or contact.user_id != turn.user_id)
    # Whether the CRM answers is known before anything is written.
    await turn.crm.customers_of([number])
    await ledger_bindings.bind_contact(turn.ledger, turn.user_id, number)
    await dialogs.wait_no_more(turn.ledger, turn.user_id)
    return await _bound(turn, words.number_confirmed())


async def open_link(turn: Turn, token: str) -> Response:
    """Answer a start link: «Это вы?», or why it does not bind."""
    invitation = await invitations.find(turn.ledger, token)
    if invitation is None:
        sample = await samples.find(turn.ledger, token)
        if sample is not None:
            return Response((turn.answer(sample),))
        return Response((turn.answer(words.link_unknown(), buttons.ASK_FOR_NUMBER),))
    verdict = judge_link(invitation, turn.user_id)
    if verdict != "ask":
        return await _useless_link(turn, invitation, verdict)
    name = await turn.crm.name_of(invitation.customer_id)
    await dialogs.wait_for_confirmation(turn.ledger, turn.user_id, invitation.invitation_id)
    return Response((turn.answer(words.is_it_you(name), buttons.IS_IT_YOU),))


async def confirm_link(turn: Turn, dialog: Dialog, *, is_me: bool) -> Response | None:
    """Bind the customer of the link that this person was asked about; None: nothing was asked.

    Which link it is says what we noted when it was opened, never the button: its text comes from the person's side.
    """
    if dialog.waits_for != "confirmation" or dialog.invitation_id is None:
        return None
    invitation = await invitations.lock(turn.ledger, dialog.invitation_id)
    if invitation is None:
        return None
    verdict = judge_link(invitation, turn.user_id)
    if verdict != "ask":
        await dialogs.wait_no_more(turn.ledger, turn.user_id)
        return await _useless_link(turn, invitation, verdict)
    # Whether the CRM answers is known before anything is written.
    await turn.crm.name_of(invitation.customer_id)
    await dialogs.wait_no_more(turn.ledger, turn.user_id)
    if not is_me:
        await invitations.note_declined(turn.ledger, invitation.invitation_id)
        return Response((turn.answer(words.link_declined(), buttons.ASK_FOR_NUMBER),))
    binding_id = await ledger_bindings.bind_customer(turn.ledger, turn.user_id, "link", invitation.customer_id)
    await invitations.note_used(turn.ledger, invitation.invitation_id, turn.user_id, binding_id)
    return await _bound(turn, words.link_binds())


async def _useless_link(turn: Turn, invitation: Invitation, verdict: LinkVerdict) -> Response:
    """Return why a link does not bind, and the way on."""
    match verdict:
        case "bound":
            await ledger_bindings.resume(turn.ledger, turn.user_id)
            return Response((turn.answer(words.already_bound(), buttons.MENU),))
        case "refused":
            await invitations.note_refused(turn.ledger, invitation.invitation_id)
            return Response((turn.answer(words.link_refused(), buttons.ASK_FOR_NUMBER),))
        case "expired":
            return Response((turn.answer(words.link_expired(), buttons.ASK_FOR_NUMBER),))
        case _:
            return Response((turn.answer(words.link_unknown(), buttons.ASK_FOR_NUMBER),))


async def try_code(turn: Turn, bindings: Sequence[Binding], phone: str, text: str) -> Response:
    """Bind the customer whose repair's code this is, among those of a shared number."""
    if phone not in {binding.phone for binding in bindings if binding.proof == "contact"}:
        await dialogs.wait_no_more(turn.ledger, turn.user_id)
        return await questions.answer(turn, await questions.look_up(turn, bindings), "status")
    tries = await dialogs.code_tries(turn.ledger, turn.user_id)
    branch = (await questions.look_up(turn, [])).only_branch
    if tries >= MOST_TRIES:
        return Response((turn.answer(words.no_tries(branch, turn.region), buttons.MENU),))
    code = written_code(text)
    if code is None:
        return Response((turn.answer(words.ask_code(), buttons.MENU),))
    customer_id = await _customer_of_code(turn, phone, *code)
    if customer_id is None:
        await dialogs.note_code_try(turn.ledger, turn.user_id)
        left = MOST_TRIES - tries - 1
        return Response((turn.answer(words.wrong_code(left, branch, turn.region), buttons.MENU),))
    await ledger_bindings.bind_customer(turn.ledger, turn.user_id, "code", customer_id, phone)
    await dialogs.wait_no_more(turn.ledger, turn.user_id)
    return await _bound(turn, words.code_fits())


async def _customer_of_code(turn: Turn, phone: str, prefix: str, number: str) -> int | None:
    """Return the one customer of the number who has the repair; None: no one, or it is not clear whose it is."""
    repairs = await turn.crm.repairs_by_number(number)
    bearers = (await turn.crm.customers_of([phone]))[phone]
    found = {
        repair.customer_id
        for repair in repairs
        if repair.customer_id in bearers and is_code(repair.code, prefix, number)
    }
    return found.pop() if len(found) == 1 else None


async def _bound(turn: Turn, greeting: str) -> Response:
    """Return what follows a binding: the orders it opens, and the question whether we may write first."""
    bindings = await ledger_bindings.open_bindings(turn.ledger, turn.user_id)
    known = await questions.look_up(turn, bindings)
    response = await questions.answer(turn, known, "status", before=greeting)
    if not known.proven.customers or any(binding.consented_at for binding in bindings):
        return response
    return replace(response, answers=(*response.answers, consent_question(turn)))


def consent_question(turn: Turn) -> Answer:
    """Return the question whether the business may write first."""
    chosen = turn.settings
    return turn.answer(words.ask_consent(chosen.company_name, chosen.consent_url), buttons.ASK_CONSENT)


async def _useless_contact(turn: Turn, *, is_foreign: bool) -> Response:
    if is_foreign:
        return Response((turn.answer(words.foreign_contact(), buttons.ASK_FOR_NUMBER),))
    branch = (await questions.look_up(turn, [])).only_branch
    return Response((turn.answer(words.unusable_number(branch, turn.region), buttons.ASK_FOR_NUMBER),))
