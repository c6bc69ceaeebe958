"""The provider's operators that query and check the CRM's database, fitted to this package.

Apart from those that deliver: to import the provider takes longer than to read a DAG file.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator, SQLValueCheckOperator
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow.sdk import Context

    from sancrm_notifications.airflow.source_hook import SourceHook


class _OfSource:
    """Has an operator of the provider reach the CRM's database the way everything else does."""

    conn_id: str | None
    query: str  # the name of its file, which templating replaces by the text
    log: Any

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Log which query was asked and how long it took, not its text.

        :raises AirflowException: the database is away or refuses the statement, as one sentence
        """
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.connections import SOURCE

        began = time.monotonic()
        with explained(database=SOURCE):
            yield
        self.log.info("%s answered within %.2f s", self.query, time.monotonic() - began)

    def get_db_hook(self) -> SourceHook:
        """Return the hook that the statement runs through."""
        from sancrm_notifications.airflow.source_hook import SourceHook

        return SourceHook(self.conn_id)


class SourceQueryOperator(_OfSource, SQLExecuteQueryOperator):
    """Asks the CRM's database, in a transaction that only reads."""

    template_fields: Sequence[str] = ("sql", "parameters")

    def __init__(self, *, sql: str, **kwargs: Any) -> None:
        super().__init__(sql=sql, **kwargs)
        self.query = sql

    def execute(self, context: Context) -> Any:  # noqa: ANN401, ARG002 - as the base's
        """Return what the handler makes of the rows."""
        hook = self.get_db_hook()
        with self.asked():
            rows = hook.run(self.sql, parameters=self.parameters, handler=self.handler)
        return self._process_output([rows], hook.descriptions)[-1]


class SourceCheckOperator(_OfSource, SQLValueCheckOperator):
    """Stops the run, without retries, unless the query answers «ok»; its answer is the sentence in the log.

    Unlike its base it takes ``parameters`` from another task (templated).
    """

    template_fields: Sequence[str] = ("sql", "parameters")
    template_fields_renderers: ClassVar[dict[str, str]] = {"sql": "sql", "parameters": "json"}

    def __init__(self, *, sql: str, **kwargs: Any) -> None:
        super().__init__(sql=sql, pass_value="ok", retry_on_failure=False, **kwargs)
        self.query = sql

    def execute(self, context: Context) -> None:  # noqa: ARG002 - as the base's
        """Ask, and hold the answer against «ok»."""
        with self.asked():
            records = self.get_db_hook().get_first(self.sql, self.parameters)
        self.check_value(records)

    def check_value(self, records: Sequence[object] | None) -> None:
        """Hold the query's only row against «ok».

        :raises AirflowFailException: with the answer, or that there was none
        """
        verdict = str(records[0]) if records else "the check's query returned no row"
        if verdict != self.pass_value:
            raise AirflowFailException(verdict)
