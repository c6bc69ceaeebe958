"""An auth manager for tests: who is not an administrator may not read the monthly report's DAG."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

MONTHLY = "profitability_monthly"


class NarrowAuthManager(SimpleAuthManager):
    """Airflow's own simple auth manager, narrowed for one DAG."""

    def is_authorized_dag(self, *, user: Any, details: Any = None, **kwargs: Any) -> bool:
        if details is not None and details.id == MONTHLY and user.role != "ADMIN":
            return False
        return bool(super().is_authorized_dag(user=user, details=details, **kwargs))
