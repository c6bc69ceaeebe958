"""What the bot reads of a CRM: by indexes, as the headers say, and in time."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications.crm import clients
from sancrm_notifications.crm.clients import Clients, SilentError
from tests.bot.crm import NOW, fill
from tests.include.sql.test_headers import SAMPLES, read_header

if TYPE_CHECKING:
    from tests.conftest import Databases

FOLDER = Path(clients.__file__).parent
QUERIES = sorted(FOLDER.glob("*.sql"))
BY_INDEX = [query for query in QUERIES if query.stem != "client_branches"]


@pytest.fixture(scope="module")
def crm(databases: Databases) -> str:
    return databases.create(databases.template("clients_crm", fill))


def parameters(text: str) -> dict[str, Any]:
    return {name: SAMPLES[kind] for name, kind in read_header(text).params.items()}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_a_query_keeps_what_its_header_says(crm: str, query: Path) -> None:
    text = query.read_text()
    header = read_header(text)
    with psycopg.connect(crm) as connection:
        cursor = connection.execute(text.encode(), parameters(text) or None)
    assert [column.name for column in cursor.description or ()] == [name for name, _ in header.columns]
    read = set(re.findall(r"(?:from|join)\s+(reporting\.\w+)", text))
    assert sorted(read) == sorted(header.reads)


@pytest.mark.parametrize("query", BY_INDEX, ids=lambda query: query.stem)
def test_a_query_reads_no_more_than_an_index_leads_to(crm: str, query: Path) -> None:
    text = query.read_text()
    with psycopg.connect(crm) as connection:
        # Tables of a few rows would be read whole; what is asked here is whether an index can serve at all.
        connection.execute("set enable_seqscan = off")
        plan = "\n".join(row[0] for row in connection.execute(b"explain " + text.encode(), parameters(text)))
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_a_server_that_hangs_is_left_in_time(crm: str) -> None:
    async def ask() -> float:
        asked = Clients(crm, "RU", seconds=0.3, rest_seconds=0.0)
        with psycopg.connect(crm) as other:
            other.execute("lock table reporting.branches in access exclusive mode")
            began = time.monotonic()
            with pytest.raises(SilentError, match="client_branches"):
                await asked.branches()
            lasted = time.monotonic() - began
        # The next question finds its way.
        assert len(await asked.branches()) == 2
        await asked.close()
        return lasted

    assert asyncio.run(ask()) < 3


def test_after_a_question_that_hung_the_next_ones_do_not_wait_and_one_finds_out_when_it_is_back(crm: str) -> None:
    async def silent(asked: Clients) -> float:
        began = time.monotonic()
        with pytest.raises(SilentError):
            await asked.branches()
        return time.monotonic() - began

    async def ask() -> None:
        asked = Clients(crm, "RU", seconds=0.4, rest_seconds=0.6)
        with psycopg.connect(crm) as other:
            other.execute("lock table reporting.branches in access exclusive mode")
            assert await silent(asked) >= 0.4
            assert sum([await silent(asked) for _ in range(20)]) < 0.1
            await asyncio.sleep(0.6)
            # One tries, the others are not kept.
            found_out, *others = await asyncio.gather(*(silent(asked) for _ in range(5)))
            assert found_out >= 0.4
            assert max(others) < 0.1
        await asyncio.sleep(0.6)
        assert len(await asked.branches()) == 2
        assert len(await asked.branches()) == 2
        await asked.close()

    asyncio.run(ask())


def test_a_server_that_refuses_at_once_is_asked_again_at_once() -> None:
    async def ask() -> None:
        asked = Clients("host=127.0.0.1 port=1 user=x dbname=x", "RU")
        for _ in range(2):
            with pytest.raises(SilentError, match="OperationalError"):
                await asked.branches()

    asyncio.run(ask())


def test_a_lost_connection_is_made_anew(crm: str) -> None:
    async def ask() -> None:
        asked = Clients(crm, "RU")
        assert await asked.customers_of(["79123456789"]) == {"79123456789": frozenset({1})}
        with psycopg.connect(crm) as other:
            other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'sancrm_notifications bot' and datname = current_database()"
            )
        with pytest.raises(SilentError):
            await asked.repairs_of([1], NOW)
        assert [repair.code for repair in await asked.repairs_of([1], NOW)] == ["A-12841"]
        await asked.close()

    asyncio.run(ask())


def test_a_number_too_long_for_any_repair_is_asked_of_nobody(crm: str) -> None:
    assert asyncio.run(Clients(crm, "RU").repairs_by_number("9" * 30)) == []
