"""A secrets backend as an outage leaves it: it fails for what it is asked."""

from __future__ import annotations

from airflow.sdk.bases.secrets_backend import BaseSecretsBackend


class FailingBackend(BaseSecretsBackend):
    """Fails as a Vault does that is sealed, with words that nobody should read."""

    def get_connection(self, conn_id: str, team_name: str | None = None) -> None:
        """Fail."""
        raise ConnectionError(f"vault sealed, token hvs.SECRET, {conn_id} {team_name}")

    def get_variable(self, key: str, team_name: str | None = None) -> None:
        """Fail."""
        raise ConnectionError(f"vault sealed, token hvs.SECRET, {key} {team_name}")
