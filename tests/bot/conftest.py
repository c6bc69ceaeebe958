"""A bot over a real ledger and a real CRM, and the people who write to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.crm import fill
from tests.bot.phone import Bot, Person

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture
def crm(databases: Databases) -> str:
    """A CRM of its own for each test."""
    return databases.create(databases.template("clients_crm", fill))


@pytest.fixture
def bot(ledger: str, crm: str) -> Bot:
    """The bot."""
    return Bot(ledger, crm)


@pytest.fixture
def anna(bot: Bot) -> Person:
    """A client with one repair."""
    return Person(bot, 101, "Анна", "79123456789")


@pytest.fixture
def boris(bot: Bot) -> Person:
    """A client with two repairs and a rental."""
    return Person(bot, 102, "Борис", "79000000002")
