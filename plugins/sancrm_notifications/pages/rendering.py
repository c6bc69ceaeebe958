"""Turns a template and its values into an answer: one style sheet, the headers, Russian words as filters."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from sancrm_notifications.pages import links, words
from sancrm_notifications.pages.message_pictures import picture
from sancrm_notifications.pages.security import headers
from sancrm_notifications.pages.telegram_html import harmless, link
from sancrm_notifications.schedule.crons import ScheduleError, time_zone
from sancrm_notifications.text.money import grouped
from sancrm_notifications.text.russian import counted, day_text, lasting_text, span_text

if TYPE_CHECKING:
    from starlette.requests import Request

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
HEADERS = headers(_STYLE)
LOGIN = "api/v2/auth/login"
_WAY_ON, _BACK = "Дальше", "Вернуться"
_WAYS = {
    LOGIN: "Войти в Airflow",
    "log": "К журналу",
    "waiting": "К тому, что ждёт человека",
    "preview": "К предпросмотру",
    "backfill": "К пропущенному",
    "clients": "К клиентам",
    "health": "К состоянию",
    "staff": "К отчётам по дням",
    "events": "К событиям",
}


def page(request: Request, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
    """Return a page."""
    html = _environment().get_template(template).render(values, root=root(request), style=_STYLE)
    return HTMLResponse(html, status, HEADERS)


def sentence(
    request: Request, text: str, status: int, *, advice: str = "", way_on: str = "", way_name: str = "", typed: str = ""
) -> HTMLResponse:
    """Return a page that says one thing, with what to do about it and where to go on.

    ``way_on`` is a path below the pages, or ``LOGIN``; ``typed`` is what somebody has written and would lose.
    """
    address = f"{links.airflow_path() if way_on == LOGIN else root(request)}/{way_on}"
    way = {"way_on": way_on and address, "way_name": way_name or _WAYS.get(way_on, _WAY_ON)}
    return page(request, "sentence.html", {"sentence": text, "advice": advice, "typed": typed, **way}, status)


def lead_back(request: Request, path: str) -> None:
    """Note where whoever sent this form has come from: whatever refuses it leads there, with what was typed."""
    request.state.way_back = path


def refused(request: Request, text: str, status: int, typed: str = "") -> HTMLResponse:
    """Return a page that says why a form was refused, and leads back to it."""
    return sentence(request, text, status, way_on=request.state.way_back, way_name=_BACK, typed=typed)


def root(request: Request) -> str:
    """Return the path that the pages are mounted at."""
    return str(request.scope.get("root_path", ""))


def _zone() -> str:
    """Return the zone that instants are shown in; a wrong option is said by the page itself, which needs one."""
    try:
        return time_zone()
    except ScheduleError:
        return "UTC"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    zone = _zone()
    environment.filters.update(
        harmless=harmless,
        picture=picture,
        link=link,
        notification=words.notification_name,
        dag=words.dag_name,
        without_code=words.without_code,
        destination=words.destination_name,
        period=words.period_name,
        state=words.state_name,
        mark=lambda state: words.MARKS.get(state, "·"),
        result=words.result_name,
        method=words.method_name,
        form=words.form_name,
        seconds=words.seconds_text,
        moment=partial(words.moment, zone=zone),
        exact=partial(words.exact_moment, zone=zone),
        messages=partial(counted, one="сообщение", few="сообщения", many="сообщений"),
        messages_of=partial(counted, one="сообщения", few="сообщений", many="сообщений"),
        working_days=partial(counted, one="рабочий день", few="рабочих дня", many="рабочих дней"),
        number=grouped,
        times=partial(counted, one="раз", few="раза", many="раз"),
        own_texts=partial(counted, one="свой", few="своих", many="своих"),
        ago=lambda at: lasting_text(datetime.now(UTC) - at),
        clock=lambda at: f"{at.astimezone(ZoneInfo(zone)):%H:%M}",
        day=day_text,
        span=span_text,
        capitalize_first=lambda text: text[:1].upper() + text[1:],
    )
    environment.globals.update(
        run_path=links.run_path, chat_url=links.chat_message_url, query=links.query_string, zone=zone
    )
    return environment
