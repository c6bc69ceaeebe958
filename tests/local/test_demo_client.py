"""The demo's client binds by a link, consents, shares the number, asks, and is answered; also at the next start."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from local import demo_client
from local.demo_client import CLIENT, ask_the_bot, switch_on
from local.demo_error import DemoError
from local.progress import Progress
from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.ledger.invitations import make
from sancrm_notifications.settings import Limits, Settings
from tests.bot.crm import fill
from tests.bot.listening.conftest import CLIENT as PERSON
from tests.bot.listening.conftest import Ear
from tests.bot.listening.responder import MAKE_EFFECTS
from tests.desk import LIMITS

if TYPE_CHECKING:
    from local.telegram_stand_in import StandIn
    from tests.conftest import Databases


@pytest.fixture
def ear(ledger: str, stand_in: StandIn) -> Ear:
    stand_in.add_person(PERSON, "Ольга")
    stand_in.start(PERSON)
    ear = Ear(ledger, stand_in)
    ear.rows(MAKE_EFFECTS)
    return ear


@pytest.fixture
def services(ear: Ear, databases: Databases) -> Any:
    """What the demo starts: of Airflow only what the client needs."""
    api = SimpleNamespace(
        parsed_at=lambda _: "2026-11-26",
        unpause=lambda _: None,
        trigger=lambda _: None,
        invite=lambda customer_id: f"https://t.me/bot?start={make(ear.conninfo, customer_id, 'demo').token}",
    )
    return SimpleNamespace(
        api=lambda: api,
        crm=databases.create(databases.template("clients_crm", fill)),
        ledger=ear.conninfo,
        chat_url=f"{ear.stand_in.url}/",
        require_alive=lambda: None,
        logs="logs",
    )


def test_a_client_asks_and_is_answered_at_each_start(ear: Ear, services: Any) -> None:
    zone = ZoneInfo("Europe/Moscow")
    respond = partial(responder, services.crm, Settings(limits=LIMITS), clock=lambda: datetime.now(zone))

    switch_on(services)

    # A second from one message in a chat to the next, about as in the demo: answers come one by one.
    ear.settings = Settings(limits=Limits(chat_gap_seconds=1.0))

    async def started_twice() -> list[str]:
        async with ear.listening(responder=respond):
            return [await asyncio.to_thread(ask_the_bot, services, Progress()) for _ in range(2)]

    for answer in asyncio.run(started_twice()):
        assert answer.replace("\N{NO-BREAK SPACE}", " ").startswith("Ремонт A-12841 · Шуруповёрт Makita DF333D")
    for binding in ear.rows("select * from notifications.bindings"):
        assert (binding["user_id"], binding["consented_at"] is not None) == (CLIENT, True)
    assert ear.rows("select proof from notifications.bindings order by 1") == [{"proof": "contact"}, {"proof": "link"}]


def test_when_nobody_listens_it_says_so(services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_client, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(DemoError, match="nobody listens to the bot"):
        ask_the_bot(services, Progress())
