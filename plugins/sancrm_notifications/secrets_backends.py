"""Whether a connection or Variable that Airflow does not find is really absent.

Airflow asks its secrets backends in turn, passes over each that fails, and then says «isn't defined»: a Vault that is
down, an API server that answers 500, a Fernet key that was changed and an environment variable that is no connection
all look like something that nobody has made. Where absent means «use another address», that would misroute messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRuntimeError, AirflowSecretsBackendAccessDenied, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, GetConnection, GetVariable
from airflow.sdk.execution_time.secrets.execution_api import ExecutionAPISecretsBackend
from airflow.sdk.execution_time.supervisor import ensure_secrets_backend_loaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk.bases.secrets_backend import BaseSecretsBackend

_ABSENT = (ErrorType.CONNECTION_NOT_FOUND, ErrorType.VARIABLE_NOT_FOUND)


class UnreadableError(ValueError):
    """Something is there and cannot be read; the text names it and says what to do, and repeats no value."""


class SecretsBackendError(Exception):
    """Nobody can say whether something is there: a secrets backend has failed, and trying again may help."""


def require_absent_connection(conn_id: str) -> None:
    """Return when an Airflow connection that was not found is really absent.

    :raises UnreadableError: it is there, or must not be read
    :raises SecretsBackendError: a backend has failed
    """
    _require_absent(
        f"Airflow connection {conn_id}",
        GetConnection(conn_id=conn_id),
        lambda backend: backend.get_connection(conn_id=conn_id),
        "write it as JSON in which host, login, password and schema are text and port is a number, such as"
        ' {"conn_type": "telegram", "host": "-1001234567890"}, or remove it',
    )


def require_absent_variable(key: str) -> None:
    """Return when an Airflow Variable that was not found is really absent.

    :raises UnreadableError: it is there, or must not be read
    :raises SecretsBackendError: a backend has failed
    """
    _require_absent(
        f"Airflow Variable {key}",
        GetVariable(key=key),
        lambda backend: backend.get_variable(key=key),
        "write it as JSON, or remove it",
    )


def _require_absent(
    what: str, message: GetConnection | GetVariable, ask: Callable[[BaseSecretsBackend], object], remedy: str
) -> None:
    malformed = f"{what} is there, and Airflow cannot read it: {remedy}"
    for backend in ensure_secrets_backend_loaded():
        name = type(backend).__name__
        try:
            found = _asked_directly(message) if isinstance(backend, ExecutionAPISecretsBackend) else ask(backend)
        except AirflowSecretsBackendAccessDenied:
            raise UnreadableError(f"{what} may not be read by this task: Airflow's API server denies it") from None
        except Exception as error:
            # Its words are not repeated: they may hold the value.
            if name == "EnvironmentVariablesBackend":
                raise UnreadableError(malformed) from None
            raise SecretsBackendError(
                f"{what} cannot be read: the secrets backend {name} failed ({type(error).__name__}); look at its log"
                " and at the section [secrets] of Airflow's configuration"
            ) from None
        if found is not None:
            raise UnreadableError(malformed)


def _asked_directly(message: GetConnection | GetVariable) -> object:
    """Return what Airflow's API server has, None where it says that there is nothing.

    Airflow's own backend takes every failure for «nothing».
    """
    comms: Any = task_runner.SUPERVISOR_COMMS
    try:
        found = comms.send(message)
    except AirflowRuntimeError as error:
        found = error.error
    if not isinstance(found, ErrorResponse):
        return found
    if found.error is ErrorType.PERMISSION_DENIED:
        raise AirflowSecretsBackendAccessDenied
    if found.error not in _ABSENT:
        raise AirflowRuntimeError(found)
    return None
