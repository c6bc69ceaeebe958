"""Asks the CRM about clients from a page, as the bot asks it: a few questions, each within two seconds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from sancrm_notifications import connections
from sancrm_notifications.crm.clients import Clients, SilentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Answer = TypeVar("Answer")


def asked(questions: Callable[[Clients], Awaitable[Answer]], region: str) -> Answer:
    """Return what questions to the CRM find; ``region`` is where numbers without a country code are.

    To be called where no event loop runs, as in a page that is a plain function.

    :raises SilentError: the CRM does not answer, or Airflow has no connection to it
    """
    try:
        conninfo = connections.source_conninfo()
        return asyncio.run(_asked(questions, conninfo, region))
    except AirflowNotFoundException:
        raise SilentError(f"Airflow has no connection {connections.SOURCE}") from None
    except psycopg.Error as error:
        raise SilentError(f"the CRM's database does not answer: {type(error).__name__}") from None


async def _asked(questions: Callable[[Clients], Awaitable[Answer]], conninfo: str, region: str) -> Answer:
    clients = Clients(conninfo, region)
    try:
        return await questions(clients)
    finally:
        await clients.close()
