"""One sentence on what went wrong: our own words as they are, of any other error its kind alone."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from sancrm_notifications.errors.redaction import kind, masked
from sancrm_notifications.text.markup import beginning, one_line

_PACKAGE = __name__.partition(".")[0]
_SHOWN_CHARACTERS = 700
_IN_THE_LOG = "Подробности — в журнале задачи."


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


def _is_ours(error: BaseException) -> bool:
    """Tell whether the error's text was written in this package: where it was raised says so."""
    if type(error) not in (AirflowException, AirflowFailException):
        return False
    raised = error.__traceback__
    while raised is not None and raised.tb_next is not None:
        raised = raised.tb_next
    return raised is not None and str(raised.tb_frame.f_globals.get("__name__")).startswith(f"{_PACKAGE}.")
