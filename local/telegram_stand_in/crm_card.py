"""A page in place of the CRM's repair card, so that the button «Открыть в CRM» leads somewhere in the demo."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.telegram_stand_in.chat_page import SECURITY

if TYPE_CHECKING:
    from starlette.requests import Request

PAGE = """<!doctype html>
<html lang="ru">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/page/icon.svg">
<link rel="stylesheet" href="/page/theme.css">
<title>Ремонт {repair}</title>
<h1>Ремонт {repair}</h1>
<p>Здесь откроется карточка ремонта в вашей CRM: её адрес задают настройки <code>crm_base_url</code>
и <code>repair_card_path</code>.</p>
"""


def routes() -> list[Route]:
    """Return the route of the page."""
    return [Route("/crm/repairs/{repair}", _card)]


async def _card(request: Request) -> Response:
    return HTMLResponse(PAGE.format(repair=escape(request.path_params["repair"])), headers=SECURITY)
