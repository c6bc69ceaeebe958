"""Addresses that pages lead to: messages in Telegram, runs in Airflow."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from airflow.configuration import conf

_SUPERGROUP = "-100"


def chat_message_url(chat_id: str | None, thread_id: int | None, message_id: int | None) -> str | None:
    """Return the address of a message in Telegram; None where a chat's messages have none.

    Source: https://core.telegram.org/api/links#message-links. Private chats and small groups have none.
    """
    if chat_id is None or message_id is None:
        return None
    topic = f"{thread_id}/" if thread_id else ""
    if chat_id.startswith("@"):
        return f"https://t.me/{quote(chat_id[1:], safe='')}/{topic}{message_id}"
    if chat_id.startswith(_SUPERGROUP) and chat_id[len(_SUPERGROUP) :].isdecimal():
        return f"https://t.me/c/{chat_id[len(_SUPERGROUP) :]}/{topic}{message_id}"
    return None


def run_path(dag_id: str | None, run_id: str | None) -> str | None:
    """Return the path of a run's page in Airflow's UI, from the server's root."""
    if not dag_id or not run_id:
        return None
    return f"{airflow_path()}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def airflow_path() -> str:
    """Return the path under which Airflow is served, without a slash at its end."""
    from urllib.parse import urlsplit

    return urlsplit(str(conf.get("api", "base_url", fallback="") or "")).path.rstrip("/")


def query_string(values: dict[str, str]) -> str:
    """Return the part of an address behind the path; empty values are left out."""
    kept = {name: value for name, value in values.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
