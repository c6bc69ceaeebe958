"""Why a client heard nothing: what is known of one, step by step, in sentences that show nothing personal.

Source: docs/clients.md, Why a client heard nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sancrm_notifications.bot.rules import MOST_CUSTOMERS
from sancrm_notifications.pages.words import state_name
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sancrm_notifications.crm.clients import Customer
    from sancrm_notifications.ledger.clients import KnownBinding, KnownInvitation, KnownMessage

    Clock = Callable[[datetime], str]

STATES = {
    "active": "подключён",
    "no_consent": "нет согласия",
    "stopped": "попросил не писать",
    "blocked": "заблокировал бота",
    "crowded": "номер у многих клиентов",
    "outdated": "номер подтверждён больше года назад",
    "superseded": "номер подключил другой аккаунт",
    "other_number": "подключил другой номер",
    "not_me": "ответил «Это не я»",
    "deleted": "попросил удалить данные",
}
"""The states of ``notifications.client_bindings`` in words."""
PROOFS = {"contact": "по телефону", "link": "по ссылке", "code": "по номеру ремонта"}
_ENDED = frozenset({"superseded", "other_number", "not_me", "deleted"})
_START_IS_ENOUGH = frozenset({"no_consent", "stopped", "blocked"})
"""The account is known: what is missing the person does in the bot."""
_REMEDIES = {
    "no_consent": "он не нажал «Согласен»: пусть отправит боту /start и согласится, на вопросы бот и так отвечает",
    "stopped": "написал /stop: пусть откроет бота и отправит /start",
    "blocked": "заблокировал бота: пусть разблокирует и отправит /start",
    "crowded": f"этот номер больше чем у {MOST_CUSTOMERS} клиентов: нужна ссылка или номер ремонта",
    "outdated": "номер подтверждён больше года назад: пусть поделится им в боте ещё раз",
    "superseded": "номер подключил другой аккаунт: если он прежний, пусть поделится им снова",
    "other_number": "в его аккаунте теперь другой номер: исправьте телефон в CRM или сделайте ссылку",
    "not_me": "ответил «Это не я»: сверьте телефон в CRM",
    "deleted": "попросил удалить свои данные: пусть подключится заново",
}


Verdict = Literal["ok", "note", "stop"]


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence: ``ok`` is as it should be, ``note`` may matter, ``stop`` is why nothing comes."""

    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True)
class Known:
    """What CRM and ledger know of one client; numbers are E.164 without «+».

    ``customer`` is None where the CRM has none of this id. ``crowded`` are those of ``phones`` that too many have,
    ``unwatched`` says why nobody hears of any repair.
    """

    customer_id: int
    customer: Customer | None
    phones: frozenset[str] = frozenset()
    crowded: frozenset[str] = frozenset()
    bindings: Collection[KnownBinding] = ()
    invitation: KnownInvitation | None = None
    message: KnownMessage | None = None
    unwatched: Step | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps about one client, and about the latest changes of each repair, by its code.

    ``customer_id`` is None where there is none to make a link for, or a link is not what is missing.
    """

    steps: list[Step] = field(default_factory=list)
    customer_id: int | None = None
    repairs: dict[str, list[Step]] = field(default_factory=dict)


def chain_of(known: Known, when: Clock) -> Chain:
    """Return all that stands between one client and a message, in the order in which it is looked at."""
    if known.customer is None:
        return Chain([Step("stop", f"Клиента №\N{NO-BREAK SPACE}{known.customer_id} в CRM нет: сообщать некому.")])
    steps = [
        Step("ok", f"Клиент №\N{NO-BREAK SPACE}{known.customer_id} в CRM есть."),
        _allowed(known.customer),
        _phones(known),
        *_bindings(known, when),
    ]
    if known.message is not None:
        state = state_name(known.message.state)
        said = f"Последнее сообщение ему, {when(known.message.stored_at)}: {state}."
        steps.append(Step("ok" if known.message.state == "sent" else "note", said))
    if known.unwatched is not None:
        steps.append(known.unwatched)
    if all(step.verdict != "stop" for step in steps):
        steps.append(Step("ok", "Препятствий не видно: о том, что случится с его ремонтами, бот может написать."))
    if _is_start_enough(known):
        steps.append(Step("note", "Ссылка не нужна: аккаунт уже подключён, а /start может отправить только клиент."))
        return Chain(steps)
    return Chain(steps, known.customer_id)


def of_unknown_phone(bindings: Collection[KnownBinding], when: Clock) -> Chain:
    """Return what is said of a number that no customer has."""
    steps = [Step("stop", "Этого телефона в CRM нет ни у одного клиента: проверьте, как он там записан.")]
    return Chain([*steps, *(_binding(binding, when) for binding in bindings)])


def of_crowded_phone(customers: int, bindings: Collection[KnownBinding], when: Clock) -> Chain:
    """Return what is said of a number that proves nobody."""
    said = f"Этот телефон записан у\N{NO-BREAK SPACE}{customers} клиентов: по нему никого не узнать."
    steps = [Step("stop", f"{said} Спросите номер ремонта.")]
    return Chain([*steps, *(_binding(binding, when) for binding in bindings)])


def _allowed(customer: Customer) -> Step:
    match customer.messages_allowed:
        case False:
            said = "В CRM отмечено, что сообщений он не хочет: бот отвечает на вопросы, но сам не пишет."
            return Step("stop", said)
        case True:
            return Step("ok", "В CRM отмечено, что писать ему можно.")
        case _:
            return Step("ok", "CRM писать ему не запрещает.")


def _phones(known: Known) -> Step:
    if not known.phones:
        said = "В CRM у него нет телефона, по которому можно узнать его в Telegram: подключиться можно по ссылке."
        return Step("note", said)
    if known.phones <= known.crowded:
        said = f"Его телефон записан больше чем у {MOST_CUSTOMERS} клиентов: одного номера боту мало, нужна ссылка."
        return Step("note", said)
    return Step("ok", "Телефон у него в CRM есть.")


def _bindings(known: Known, when: Clock) -> list[Step]:
    steps = [_binding(binding, when, known) for binding in known.bindings]
    opened = [binding for binding in known.bindings if binding.state not in _ENDED]
    if any(step.verdict == "ok" for step in steps):
        # One way that works is enough.
        return [step if step.verdict == "ok" else Step("note", step.sentence) for step in steps]
    if not opened:
        steps.append(Step("stop", "К боту он сейчас не подключён: дайте ему ссылку."))
    if known.invitation is not None and not opened:
        steps.append(_invitation(known.invitation, when))
    return steps


def _is_start_enough(known: Known) -> bool:
    """Tell whether an account is bound that rests, and none hears: a link would bind it to what it is bound to."""
    states = {binding.state for binding in known.bindings if _is_proven(binding, known)}
    return "active" not in states and not states.isdisjoint(_START_IS_ENOUGH)


def _is_proven(binding: KnownBinding, known: Known) -> bool:
    match binding.proof:
        case "code":
            return binding.phone in known.phones
        case "contact":
            return binding.phone in known.phones - known.crowded
        case _:
            return True


def _binding(binding: KnownBinding, when: Clock, known: Known | None = None) -> Step:
    how, since = PROOFS.get(binding.proof, binding.proof), when(binding.state_since)
    if binding.state in _ENDED:
        return Step("note", f"Раньше был подключён {how}, до {since} — {_REMEDIES[binding.state]}.")
    if known is not None and binding.proof == "code" and binding.phone not in known.phones:
        said = "того телефона у него в CRM уже нет, и подключение не действует"
        return Step("stop", f"Подключался {how}, но {said}: нужна ссылка.")
    if known is not None and binding.proof == "contact" and binding.phone in known.crowded:
        return Step("stop", f"Подключён {how}, но {_REMEDIES['crowded']}.")
    if binding.state == "active":
        return Step("ok", f"Подключён {how}, согласие дано: {since}.")
    return Step("stop", f"Подключён {how}, но с {since} молчим — {_REMEDIES.get(binding.state, binding.state)}.")


def _invitation(invitation: KnownInvitation, when: Clock) -> Step:
    made = f"Последняя ссылка сделана {when(invitation.made_at)}"
    tried = counted(invitation.refused_count, "раз", "раза", "раз")
    others = f" Её пробовал другой аккаунт: {tried}." if invitation.refused_count else ""
    if invitation.declined_at is not None:
        return Step("note", f"{made}, открывший её ответил «Это не я»: она попала не к тому.{others}")
    if invitation.used_at is not None:
        return Step("note", f"{made}, ею воспользовались {when(invitation.used_at)}.{others}")
    if invitation.is_expired:
        return Step("note", f"{made}, её срок прошёл {when(invitation.expires_at)}.")
    return Step("note", f"{made}, ею ещё не воспользовались, она действует до {when(invitation.expires_at)}.")
