"""A client asks about the own orders: status, cost, terms, contacts. Only what is proven at this moment is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages import binding as binding_words
from sancrm_notifications.bot.messages import branches as branch_words
from sancrm_notifications.bot.messages import buttons, dead_ends, orders
from sancrm_notifications.bot.response import Response
from sancrm_notifications.bot.rules import MOST_TRIES, SHOWN_FOR, Proven, is_code, is_night, proven, written_code
from sancrm_notifications.crm.clients import Rental
from sancrm_notifications.ledger import bindings as ledger_bindings
from sancrm_notifications.ledger import dialogs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.bot.messages.orders import Order, Question
    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.ledger.bindings import Binding


@dataclass(frozen=True, slots=True)
class Known:
    """What an account has proven, and the orders and branches that this opens to it."""

    bindings: Sequence[Binding]
    proven: Proven
    orders: list[Order]
    branches: dict[int, Branch]

    def branch_of(self, order: Order) -> Branch | None:
        """Return the branch that has the order."""
        return self.branches.get(order.branch_id or 0)

    @property
    def own_branches(self) -> list[Branch]:
        """The branches of the person's orders; of somebody without orders all that are open."""
        found = {branch.branch_id: branch for branch in map(self.branch_of, self.orders) if branch is not None}
        return list(found.values()) or [branch for branch in self.branches.values() if branch.is_active]

    @property
    def only_branch(self) -> Branch | None:
        """The branch to call, where there is no doubt which."""
        return self.own_branches[0] if len(self.own_branches) == 1 else None


async def look_up(turn: Turn, bindings: Sequence[Binding]) -> Known:
    """Return what the account knows to be its own now.

    :raises SilentError: the CRM does not answer
    """
    bearers = await turn.crm.customers_of({binding.phone for binding in bindings if binding.phone})
    state = proven(bindings, bearers, turn.now)
    since = turn.now - SHOWN_FOR
    repairs = await turn.crm.repairs_of(state.customers, since)
    rentals = await turn.crm.rentals_of(state.customers, since)
    branches = {branch.branch_id: branch for branch in await turn.crm.branches()}
    crowded = {binding.phone for binding in bindings if binding.crowded_at and binding.proof == "contact"}
    if crowded != state.crowded:
        await ledger_bindings.note_crowded(turn.ledger, turn.user_id, state.crowded)
    all_orders: list[Order] = [*repairs, *rentals]
    return Known(bindings, state, list(filter(orders.is_shown, all_orders)), branches)


async def answer(turn: Turn, known: Known, question: Question, *, before: str = "") -> Response:
    """Return the answer to a question about the own orders; ``before`` stands above it."""
    if not known.proven.customers and (known.proven.outdated or not known.bindings):
        words = binding_words.share_again() if known.bindings else _first_bind(turn)
        return Response((turn.answer(_joined(before, words), buttons.ASK_FOR_NUMBER),))
    if not known.proven.customers and known.proven.crowded:
        return await ask_code(turn, known, before=before)
    if not known.proven.customers:
        words = binding_words.number_without_orders(known.only_branch, turn.region)
        return Response((turn.answer(_joined(before, words), buttons.MENU),))
    if not known.orders:
        return Response((turn.answer(_joined(before, orders.no_orders()), buttons.MENU),))
    if len(known.orders) == 1:
        return Response((turn.answer(_joined(before, _card(turn, known, known.orders[0], question)), buttons.MENU),))
    pressed = [(orders.button_text(order), f"{_key(order)}:{question}") for order in known.orders]
    listed = turn.answer(orders.order_list(known.orders, _view(turn, None)), buttons.one_each(pressed))
    return Response((turn.answer(before, buttons.MENU), listed) if before else (listed,))


async def ask_code(turn: Turn, known: Known, *, before: str = "") -> Response:
    """Ask for the code of a repair: the number alone is several customers'."""
    if await dialogs.code_tries(turn.ledger, turn.user_id) >= MOST_TRIES:
        words = binding_words.no_tries(known.only_branch, turn.region)
        return Response((turn.answer(_joined(before, words), buttons.MENU),))
    await dialogs.wait_for_code(turn.ledger, turn.user_id, min(known.proven.crowded))
    return Response((turn.answer(_joined(before, binding_words.ask_code()), buttons.MENU),))


def pressed(turn: Turn, known: Known, data: str) -> Response:
    """Return the answer to the button of one order; of an order that is not the person's it says nothing."""
    key, _, question = data.rpartition(":")
    found = next((order for order in known.orders if _key(order) == key), None)
    if found is None:
        return Response(notice=dead_ends.not_yours())
    match question:
        case "status" | "cost" | "terms":
            return Response((turn.answer(_card(turn, known, found, question), buttons.MENU),))
        case _:
            return Response(notice=dead_ends.old_button())


def named(turn: Turn, known: Known, text: str) -> Response | None:
    """Return the answer to an order's number sent as text; None: it is none of the person's."""
    code = written_code(text)
    if code is None:
        return None
    for order in known.orders:
        is_it = order.rental_id == int(code[1]) if isinstance(order, Rental) else is_code(order.code, *code)
        if is_it:
            return Response((turn.answer(_card(turn, known, order, "status"), buttons.MENU),))
    return None


def contacts(turn: Turn, known: Known) -> Response:
    """Return the answer to /contacts."""
    return Response((turn.answer(branch_words.contacts(known.own_branches, turn.region), _keyboard(known)),))


def dead_end(turn: Turn, known: Known, kind: dead_ends.Kind) -> Response:
    """Return the answer to what is not understood: what can be asked, and who helps."""
    html = dead_ends.dead_end(
        kind,
        branch_words.contacts(known.own_branches, turn.region),
        is_known=bool(known.bindings),
        is_night=is_night(turn.now.astimezone(turn.zone_of(known.only_branch))),
    )
    return Response((turn.answer(html, _keyboard(known)),))


def _first_bind(turn: Turn) -> str:
    return binding_words.first_bind(turn.settings.public_status_url)


def _keyboard(known: Known) -> buttons.Markup:
    return buttons.MENU if known.bindings else buttons.ASK_FOR_NUMBER


def _key(order: Order) -> str:
    return f"t:{order.rental_id}" if isinstance(order, Rental) else f"r:{order.repair_id}"


def _card(turn: Turn, known: Known, order: Order, question: Question) -> str:
    return orders.card(order, question, _view(turn, known.branch_of(order)))


def _view(turn: Turn, branch: Branch | None) -> orders.View:
    return orders.View(turn.now, turn.zone_of(branch), turn.region, branch, turn.settings.whole_roubles)


def _joined(before: str, words: str) -> str:
    return f"{before}\n\n{words}" if before else words
