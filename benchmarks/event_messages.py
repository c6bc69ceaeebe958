"""Ten thousand clients who are told of their repairs at once: what the task ``format`` decides and writes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.crm.clients import Branch
from sancrm_notifications.crm.event_facts import RepairFacts
from sancrm_notifications.events.clients import Clients
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger.recipients import WillingBinding
from sancrm_notifications.ledger.wording import StoredText, Switch
from sancrm_notifications.notifications.client_statuses.drafts import Facts, drafts
from sancrm_notifications.notifications.client_statuses.rules import Change
from sancrm_notifications.notifications.client_statuses.wording import SHIPPED_ON, default_text
from sancrm_notifications.settings import Settings

if TYPE_CHECKING:
    from sancrm_notifications.notifications.client_statuses.drafts import Drafts

BRANCHES = 12
_NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
_FIRST_PHONE = 79_000_000_000


def changes(number: int) -> list[Change]:
    """Return as many repairs that are ready, each of another customer."""
    return [
        Change(
            event="ready",
            repair=_repair(n),
            keys=((n, _NOW),),
            period=f"{n}@{_NOW.isoformat()}",
            happened_at=_NOW,
            former_status="В работе",
            is_released=True,
        )
        for n in range(number)
    ]


def facts(number: int, *, is_own: bool) -> Facts:
    """Return what is known of as many clients; ``is_own``: the office has a text for each branch, and switches."""
    phones = {n: str(_FIRST_PHONE + n) for n in range(number)}
    bindings = [
        WillingBinding(
            binding_id=n,
            proof="contact",
            user_id=n,
            phone=phone,
            customer_id=None,
            began_at=_NOW - timedelta(days=9),
            confirmed_at=_NOW - timedelta(days=9),
        )
        for n, phone in phones.items()
    ]
    return Facts(
        Clients(
            now=_NOW,
            settings=Settings(),
            zone="Europe/Moscow",
            branches={n: _branch(n) for n in range(BRANCHES)},
            bearers={phone: frozenset({n}) for n, phone in phones.items()},
            unwilling=frozenset(),
            bindings=bindings,
            wording=_own() if is_own else Wording(SHIPPED_ON),
        )
    )


def written(told: list[Change], known: Facts) -> Drafts:
    """Decide and write, as the task does."""
    made = drafts(told, known)
    if len(made.messages) != len(told):
        raise ValueError("messages are missing: the measurement would be of less work")
    return made


def _own() -> Wording:
    source = default_text("ready").source
    texts = [StoredText(n, "ready", n, None, "Готов", source, "office", _NOW) for n in range(BRANCHES)]
    switches = [
        Switch(n, "ready", n, n % 2 == 0 or None, None, None, _NOW - timedelta(days=1)) for n in range(BRANCHES)
    ]
    return Wording(SHIPPED_ON, texts, [each for each in switches if each.is_on])


def _repair(n: int) -> RepairFacts:
    return RepairFacts(
        repair_id=n,
        number=n,
        code=f"A-{n}",
        branch_id=n % BRANCHES,
        customer_id=n,
        status="Готов",
        status_group="ready",
        device_category="Шуруповёрт",
        device_brand="Makita",
        device_model=f"DF333D {n}",
        to_pay_kopecks=100_000 + n,
        due_at=_NOW + timedelta(days=1),
        warranty_until=None,
    )


def _branch(n: int) -> Branch:
    return Branch(
        n,
        f"Тула, ул. Ленина, {n}",
        is_active=True,
        phone="8 (4872) 30-00-07",
        address=f"ул. Ленина, {n}, вход со двора",
        opening_hours="ежедневно 9:00–19:00",
    )
