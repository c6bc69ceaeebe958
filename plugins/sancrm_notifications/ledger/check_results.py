"""Keeps what the checks have found last, for those who read it where neither the CRM nor Telegram can be reached.

In the ledger and not in Airflow's XCom: a task that fails returns nothing, and it is the failed ones that matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    from psycopg.rows import DictRow


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A line of a check: ``verdict`` is «ok», «note» or «FAIL»; ``chat_title`` where the line is about a group."""

    what: str
    verdict: str
    words: str
    remedy: str = ""
    chat_id: str | None = None
    chat_title: str | None = None


def keep(conninfo: str, group: str, results: Sequence[CheckResult], run_id: str | None) -> None:
    """Keep a group's lines in place of its former ones.

    :raises psycopg.Error: the ledger cannot be reached or written
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        with connection.transaction():
            connection.execute(query("forget_check_results"), {"group_name": group})
            for position, result in enumerate(results):
                fields = {name: getattr(result, name) for name in CheckResult.__slots__}
                named = {"group_name": group, "position": position, "run_id": run_id}
                connection.execute(query("store_check_result"), {**fields, **named})
                if result.chat_id and result.chat_title:
                    connection.execute(query("store_chat_title"), fields)


def kept(connection: psycopg.Connection[DictRow]) -> dict[str, list[DictRow]]:
    """Return the lines of each group, in order."""
    found: dict[str, list[DictRow]] = {}
    for row in connection.execute(query("check_results")):
        found.setdefault(row["group_name"], []).append(row)
    return found
