"""The provider's operators that query and check the CRM's database, fitted to this package.

Apart from those that deliver: to import the provider takes longer than to read a DAG file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator, SQLValueCheckOperator
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.airflow.source_hook import SourceHook


class _OfSource:
    """Has an operator of the provider reach the CRM's database the way everything else does."""

    conn_id: str | None

    def get_db_hook(self) -> SourceHook:
        """Return the hook that the statement runs through."""
        from sancrm_notifications.airflow.source_hook import SourceHook

        return SourceHook(self.conn_id)


class SourceQueryOperator(_OfSource, SQLExecuteQueryOperator):
    """Asks the CRM's database, in a transaction that only reads."""

    template_fields: Sequence[str] = ("sql", "parameters")


class SourceCheckOperator(_OfSource, SQLValueCheckOperator):
    """Stops the run, without retries, unless the query answers «ok»; its answer is the sentence in the log.

    Unlike its base it takes ``parameters`` from another task (templated).
    """

    template_fields: Sequence[str] = ("sql", "parameters")
    template_fields_renderers: ClassVar[dict[str, str]] = {"sql": "sql", "parameters": "json"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pass_value="ok", retry_on_failure=False, **kwargs)

    def check_value(self, records: Sequence[object] | None) -> None:
        """Hold the query's only row against «ok».

        :raises AirflowFailException: with the answer, or that there was none
        """
        verdict = str(records[0]) if records else "the check's query returned no row"
        if verdict != self.pass_value:
            raise AirflowFailException(verdict)
