"""What may be said of an error outside the logs: our own sentences as they are, of any other error its kind alone.

Texts of foreign exceptions may hold names, phones or values of a query; ours are written to be read.
"""

from __future__ import annotations

import re

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from sancrm_notifications.text.markup import beginning, one_line

_PACKAGE = __name__.partition(".")[0]
_SHOWN_CHARACTERS = 700
_IN_THE_LOG = "Подробности – в журнале задачи."
# Braces around what should never be there: our sentences name neither.
_SECRETS = (
    re.compile(r"\d+:[\w-]{20,}"),  # a bot's token
    re.compile(r"\+\d[\d\s().-]{7,16}\d"),  # a phone as written for abroad
    re.compile(r"(?<![\d-])[78]?[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)"),  # and as written at home
)


def sentence(error: BaseException | None, conn_id: str | None = None) -> str:
    """Return one sentence on what went wrong; None stands for a process that left no error behind.

    ``conn_id`` is the connection to a database that the failed task works with.
    """
    if error is None:
        return f"Процесс задачи был остановлен или пропал. {_IN_THE_LOG}"
    if _is_ours(error):
        return beginning(masked(one_line(str(error))), _SHOWN_CHARACTERS)
    if type(error).__name__ == "OperationalError" and not getattr(error, "sqlstate", None) and conn_id:
        return f"База данных (подключение {conn_id}) не отвечает: {kind(error)}. {_IN_THE_LOG}"
    return f"{kind(error)}. {_IN_THE_LOG}"


def kind(error: BaseException) -> str:
    """Return the error's type, with SQLSTATE where there is one: what may be said of any error."""
    its_type = type(error)
    name = its_type.__qualname__
    if its_type.__module__ != "builtins":
        name = f"{its_type.__module__}.{name}"
    sqlstate = getattr(error, "sqlstate", None)
    return f"{name} (SQLSTATE {sqlstate})" if sqlstate else name


def masked(text: str) -> str:
    """Return the text without anything that looks like a bot's token or a phone number."""
    for secret in _SECRETS:
        text = secret.sub("***", text)
    return text


def _is_ours(error: BaseException) -> bool:
    """Tell whether the error's text was written in this package: where it was raised says so."""
    if type(error) not in (AirflowException, AirflowFailException):
        return False
    raised = error.__traceback__
    while raised is not None and raised.tb_next is not None:
        raised = raised.tb_next
    return raised is not None and str(raised.tb_frame.f_globals.get("__name__")).startswith(f"{_PACKAGE}.")
