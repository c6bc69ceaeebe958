"""The page's own files and answers: complete, and closed against whatever a message may bring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from local.telegram_stand_in.chat_page import FILES, PAGE
from tests.local.telegram_stand_in.conftest import GROUP, HTTP, PERSON, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn


@pytest.mark.parametrize("path", sorted(FILES))
def test_every_file_of_the_page_comes_with_a_strict_policy(stand_in: StandIn, path: str) -> None:
    answer = HTTP.get(stand_in.url + path)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_uses_nothing_from_elsewhere_and_never_writes_markup() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in PAGE.iterdir()}
    assert set(sources) == set(FILES.values())
    for name, source in sources.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source), name
        assert not re.search(r"(src|href|import|url)\W{1,3}https?:", source), name
        assert not re.search(r"\sstyle=|\son\w+=\"", source), name


def test_all_scripts_that_scripts_import_are_served() -> None:
    imported = set()
    for path in PAGE.glob("*.js"):
        imported |= set(re.findall(r'from "\./([\w.]+)"', path.read_text(encoding="utf-8")))
    assert imported
    assert {f"/page/{name}" for name in imported} <= set(FILES)


def test_news_are_all_chats_and_what_changed_in_the_open_one(stand_in: StandIn, call: Callable[..., Any]) -> None:
    def news(after: int) -> dict[str, Any]:
        answer = HTTP.get(f"{stand_in.url}/page/news", params={"chat_id": GROUP, "after": after})
        return dict(answer.json())

    first = call("sendMessage", chat_id=GROUP, text="<b>1</b>", parse_mode="HTML")["result"]["message_id"]
    call("sendMessage", chat_id=PERSON, text="чужое")
    seen = news(0)
    assert [message["text"] for message in seen["messages"]] == ["1"]
    assert {chat["title"]: chat["last"]["text"] for chat in seen["chats"]} == {"Штаб": "1", "Ольга": "чужое"}
    assert news(seen["last_change"])["messages"] == []
    call("editMessageText", chat_id=GROUP, message_id=first, text="2")
    (edited,) = news(seen["last_change"])["messages"]
    assert (edited["text"], edited["edits"][0]["text"]) == ("2", "1")


def test_a_group_that_moved_is_shown_once(stand_in: StandIn) -> None:
    stand_in.migrate(GROUP)
    titles = [chat["title"] for chat in HTTP.get(f"{stand_in.url}/page/news").json()["chats"]]
    assert titles.count("Штаб") == 1


def test_only_pictures_are_shown_and_everything_else_is_saved(stand_in: StandIn) -> None:
    address = f"{stand_in.base_url}{TOKEN}/sendDocument"
    for name, mime in (("страница.html", "text/html"), ("рисунок.svg", "image/svg+xml")):
        files = {"document": (name, b"<script>alert(1)</script>", mime)}
        file_id = HTTP.post(address, data={"chat_id": GROUP}, files=files).json()["result"]["document"]["file_id"]
        answer = HTTP.get(f"{stand_in.url}/page/files/{file_id}")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert HTTP.get(f"{stand_in.url}/page/files/unknown").status_code == 404


def test_the_button_to_the_crm_leads_to_a_page_that_says_what_it_stands_for(stand_in: StandIn) -> None:
    answer = HTTP.get(f"{stand_in.url}/crm/repairs/%3Cb%3E12841")
    assert answer.status_code == 200
    assert "Ремонт &lt;b&gt;12841" in answer.text
    assert "crm_base_url" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
