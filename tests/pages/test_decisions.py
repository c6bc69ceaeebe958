"""Decisions about messages that wait: asked once, done by one run, refused to whom they are not for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.pages.scene import fill

if TYPE_CHECKING:
    from tests.pages.airflow_site import Site
    from tests.pages.scene import Scene

HOME = "/sancrm-notifications"
RUNS = "select run_id, conf::text as conf, triggering_user_name from dag_run where dag_id = 'resend_parked' order by id"


@pytest.fixture(autouse=True)
def no_runs(site: Site) -> None:
    site.change("delete from dag_run where dag_id = 'resend_parked'")


def hidden_fields(page: str) -> dict[str, str]:
    """Return what a form would send by itself."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def asked(site: Site, address: str, user: str = "editor") -> dict[str, str]:
    page = site.get(f"{HOME}/decide?{address}", user)
    assert page.status_code == 200, page.text
    return hidden_fields(page.text)


def runs(site: Site) -> list[dict[str, Any]]:
    return site.rows(RUNS)


def test_one_message_is_sent_again_by_a_run_in_the_users_name(site: Site, scene: Scene):
    ids = fill(scene)
    form = asked(site, f"do=send&message={ids['parked']}")
    answer = site.post(f"{HOME}/decide", "editor", form, origin=site.url, sec_fetch_site="same-origin")
    assert answer.status_code == 303
    (run,) = runs(site)
    assert answer.headers["location"] == f"{HOME}/decisions/{run['run_id']}"
    assert run["triggering_user_name"] == "editor"
    assert f'"message_ids": [{ids["parked"]}]' in run["conf"]
    assert '"decision": "send"' in run["conf"]
    outcome = site.get(answer.headers["location"], "editor").text
    assert "Отправить снова: выполняется" in outcome
    site.change("update dag_run set state = 'success' where dag_id = 'resend_parked'")
    scene.change(ids["parked"], state="sent")
    page = site.get(answer.headers["location"], "editor").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Сделано. Из 1 сообщения: в чате — 1." in page


def test_a_group_and_all_are_asked_about_with_their_number(site: Site, scene: Scene):
    ids = fill(scene)
    log = site.get(f"{HOME}/log", "editor").text
    (group,) = re.findall(
        r"decide\?do=send&amp;group=(\w+)\">Отправить снова <span class=\"count\">\(2\)", log
    ) or re.findall(r"decide\?do=send&group=(\w+)\">Отправить снова <span class=\"count\">\(2\)", log)
    form = asked(site, f"do=send&group={group}")
    assert site.post(f"{HOME}/decide", "editor", form).status_code == 303
    everything = site.get(f"{HOME}/decide?do=send", "editor").text
    assert "Отправить снова? 3\N{NO-BREAK SPACE}сообщения" in everything
    assert site.post(f"{HOME}/decide", "editor", hidden_fields(everything)).status_code == 303
    chosen = [set(map(int, re.findall(r"\d+", run["conf"].split('"message_ids"')[1]))) for run in runs(site)]
    parked = {ids["parked"], ids["parked_too"]}
    assert chosen == [parked, parked | {ids["held"]}]


def test_a_double_click_and_a_replayed_form_have_one_effect(site: Site, scene: Scene):
    ids = fill(scene)
    form = asked(site, f"do=send&message={ids['parked']}")
    answers = [site.post(f"{HOME}/decide", "editor", form) for _ in range(2)]
    scene.change(ids["parked"], state="sent")
    answers.append(site.post(f"{HOME}/decide", "editor", form))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(runs(site)) == 1


def test_a_choice_that_has_changed_since_is_a_conflict(site: Site, scene: Scene):
    ids = fill(scene)
    form = asked(site, "do=send")
    scene.report(5, state="parked", reason="chat_gone: later")
    answer = site.post(f"{HOME}/decide", "editor", form)
    assert answer.status_code == 409
    assert "Ничего не сделано" in answer.text
    scene.change(ids["held"], state="sent")
    single = asked(site, f"do=send&message={ids['parked']}")
    scene.change(ids["parked"], state="stored")
    assert site.post(f"{HOME}/decide", "editor", single).status_code == 409
    assert runs(site) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "same-origin"}, 303),
        ({"sec_fetch_site": "none"}, 303),
    ],
)
def test_another_sites_request_changes_nothing(site: Site, scene: Scene, headers: dict[str, str], status: int):
    ids = fill(scene)
    form = asked(site, f"do=send&message={ids['parked']}")
    assert site.post(f"{HOME}/decide", "editor", form, **headers).status_code == status
    assert len(runs(site)) == (status == 303)


def test_a_form_of_somebody_else_or_none_changes_nothing(site: Site, scene: Scene):
    ids = fill(scene)
    form = asked(site, f"do=send&message={ids['parked']}")
    theirs = asked(site, f"do=send&message={ids['parked']}", "admin")
    for token in (theirs["token"], "", form["token"][:-1], "x.y.z"):
        assert site.post(f"{HOME}/decide", "editor", {**form, "token": token}).status_code == 403
    assert runs(site) == []


def test_a_request_with_its_own_credentials_needs_no_form(site: Site, scene: Scene):
    ids = fill(scene)
    form = asked(site, f"do=send&message={ids['parked']}")
    del form["token"]
    credentials = {"Authorization": f"Bearer {site.token('editor')}"}
    assert site.http.post(f"{HOME}/decide", data=form, headers=credentials).status_code == 303
    # A browser's cookie beside it is a page's request again.
    both = {**credentials, **site.session("editor")}
    assert site.http.post(f"{HOME}/decide", data=form, headers=both).status_code == 403
    assert len(runs(site)) == 1


def test_who_may_edit_one_dag_does_not_resend_anothers(site: Site, scene: Scene):
    ids = fill(scene)
    assert site.get(f"{HOME}/decide?do=send&message={ids['parked']}", "calls").status_code == 403
    assert site.get(f"{HOME}/decide?do=send&message={ids['parked']}", "viewer").status_code == 403
    # The own token, with another's message put into the form.
    form = asked(site, f"do=send&message={ids['held']}", "calls")
    assert site.post(f"{HOME}/decide", "calls", {**form, "message": str(ids["parked"])}).status_code == 403
    assert runs(site) == []
    everything = asked(site, "do=send", "calls")
    assert site.post(f"{HOME}/decide", "calls", everything).status_code == 303
    (run,) = runs(site)
    assert f'"message_ids": [{ids["held"]}]' in run["conf"]
    # Nor is its outcome for those who may not read these messages.
    assert site.get(f"{HOME}/decisions/{run['run_id']}", None).status_code == 401


def test_a_paused_dag_is_a_sentence(site: Site, scene: Scene):
    ids = fill(scene)
    form = asked(site, f"do=send&message={ids['parked']}")
    site.change("update dag set is_paused = true where dag_id = 'resend_parked'")
    try:
        answer = site.post(f"{HOME}/decide", "editor", form)
    finally:
        site.change("update dag set is_paused = false where dag_id = 'resend_parked'")
    assert answer.status_code == 409
    assert "на паузе" in answer.text
    assert runs(site) == []


def test_what_is_no_longer_wanted_may_be_expired_and_a_run_without_effect_says_so(site: Site, scene: Scene):
    ids = fill(scene)
    assert "Больше не нужно? 4\N{NO-BREAK SPACE}сообщения" in site.get(f"{HOME}/decide?do=not_wanted", "editor").text
    form = asked(site, f"do=not_wanted&message={ids['expired']}")
    decided = site.post(f"{HOME}/decide", "editor", form)
    assert decided.status_code == 303
    assert '"decision": "not_wanted"' in runs(site)[0]["conf"]
    sent = site.post(f"{HOME}/decide", "editor", asked(site, f"do=send&message={ids['parked']}"))
    site.change("update dag_run set state = 'success'")
    assert "Ничего не изменилось" in site.get(sent.headers["location"], "editor").text
    scene.change(ids["expired"], state="not_wanted")
    assert (
        "больше не нужно\N{NO-BREAK SPACE}—\N{NO-BREAK SPACE}1." in site.get(decided.headers["location"], "editor").text
    )
    assert f'/messages/{ids["expired"]}"' not in site.get(f"{HOME}/waiting", "editor").text
