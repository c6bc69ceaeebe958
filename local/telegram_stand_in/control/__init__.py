"""The control API: what a test, a demo or a person may look at and change; its routes are listed in the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from local.telegram_stand_in.control.answering import answering
from local.telegram_stand_in.control.chats import ChatsControl
from local.telegram_stand_in.control.people import PeopleControl
from local.telegram_stand_in.control.plans import PlansControl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from starlette.requests import Request

    from local.telegram_stand_in.messenger import Messenger


def routes(messenger: Messenger) -> list[Route]:
    """Return the routes of the control API."""
    chats, people, plans = ChatsControl(messenger), PeopleControl(messenger), PlansControl(messenger)
    listed: list[tuple[str, str, Callable[[Request], Awaitable[Any]]]] = [
        ("GET", "/messages", chats.messages),
        ("GET", "/chats", chats.chats),
        ("POST", "/chats", chats.create_chat),
        ("POST", "/chats/{chat_id}/status", chats.set_status),
        ("POST", "/chats/{chat_id}/members", chats.set_member),
        ("POST", "/chats/{chat_id}/permissions", chats.set_permissions),
        ("POST", "/chats/{chat_id}/migrate", chats.migrate),
        ("POST", "/chats/{chat_id}/topics", chats.set_topic),
        ("DELETE", "/chats/{chat_id}/messages/{message_id}", chats.delete_message),
        ("GET", "/people", people.people),
        ("POST", "/people", people.add_person),
        ("POST", "/chats/{chat_id}/start", people.start),
        ("POST", "/chats/{chat_id}/incoming", people.incoming),
        ("POST", "/chats/{chat_id}/edit", people.edit),
        ("POST", "/incoming", people.many_incoming),
        ("POST", "/press", people.press),
        ("GET", "/queries", people.queries),
        ("POST", "/queries/expire", people.expire_queries),
        ("GET", "/requests", plans.requests),
        ("POST", "/clear", plans.clear),
        ("POST", "/faults", plans.plan_fault),
        ("GET", "/faults", plans.faults),
        ("DELETE", "/faults", plans.drop_faults),
        ("GET", "/updates", plans.updates),
        ("POST", "/updates", plans.inject_update),
        ("POST", "/updates/plan", plans.plan_updates),
        ("POST", "/updates/release", plans.release_updates),
        ("POST", "/tokens", plans.set_token),
        ("POST", "/settings", plans.set_settings),
    ]
    return [Route(f"/control{path}", answering(run), methods=[verb]) for verb, path, run in listed]
