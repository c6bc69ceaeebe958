"""Turns what can go wrong in a task into one sentence, and says whether trying again may help."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.connections import LEDGER, SOURCE, DatabaseConnectionError
from sancrm_notifications.errors.databases import database_fault
from sancrm_notifications.ledger.schema import SchemaError
from sancrm_notifications.secrets_backends import SecretsBackendError, UnreadableError
from sancrm_notifications.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator


_DATABASES = {LEDGER: "the ledger's database", SOURCE: "the CRM's database"}


@contextmanager
def explained(*permanent: type[Exception], database: str = LEDGER) -> Iterator[None]:
    """Re-raise the errors this package knows, without their tracebacks.

    ``permanent`` are further errors that no retry mends; ``database`` is the connection that is asked.

    :raises AirflowFailException: a person must act; Airflow does not retry
    :raises AirflowException: the database is away or refuses a statement, or a secrets backend has failed; a retry
        goes on
    """
    ours = (DatabaseConnectionError, DestinationError, SettingsError, UnreadableError)
    known: tuple[type[Exception], ...] = (*ours, *permanent)
    try:
        yield
    except known as error:
        raise AirflowFailException(str(error)) from None
    except AirflowNotFoundException as error:
        raise AirflowFailException(f"{error}: make this connection, docs/settings.md says with which fields") from None
    except (SchemaError, SecretsBackendError) as error:
        raise AirflowException(str(error)) from None
    except psycopg.Error as error:
        raise AirflowException(database_fault(_DATABASES[database], database, error)) from None
