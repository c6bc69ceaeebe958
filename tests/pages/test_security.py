"""Signed forms and own sites, without Airflow."""

from __future__ import annotations

import time

import pytest

from sancrm_notifications.pages.security import (
    FORM_SECONDS,
    ForeignRequestError,
    FormError,
    Forms,
    headers,
    require_own_site,
)

HOSTS = frozenset({"airflow.example.org", "127.0.0.1:8080"})


def test_a_form_is_accepted_from_its_user_for_its_form_within_the_hour(monkeypatch: pytest.MonkeyPatch):
    forms = Forms("secret")
    token = forms.token("anna", "decide")
    assert forms.accepted(token, "anna", "decide") == forms.accepted(token, "anna", "decide")
    assert (
        forms.accepted(forms.token("anna", "decide"), "anna", "decide").number
        != forms.accepted(token, "anna", "decide").number
    )
    for user, form, key in (("boris", "decide", "secret"), ("anna", "check", "secret"), ("anna", "decide", "other")):
        with pytest.raises(FormError) as refused:
            Forms(key).accepted(token, user, form)
        assert not refused.value.is_stale
    later = time.time() + FORM_SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(FormError) as refused:
        forms.accepted(token, "anna", "decide")
    assert refused.value.is_stale


@pytest.mark.parametrize("own", [{}, {"origin": "https://airflow.example.org"}, {"origin": "http://127.0.0.1:8080"}])
def test_own_pages_and_programs_come_through(own: dict[str, str]):
    require_own_site(own, HOSTS)


@pytest.mark.parametrize(
    "foreign",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://airflow.example.org.evil.example"},
        {"origin": "http://127.0.0.1:8081"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://airflow.example.org"},
    ],
)
def test_other_sites_do_not(foreign: dict[str, str]):
    with pytest.raises(ForeignRequestError):
        require_own_site(foreign, HOSTS)


def test_the_headers_allow_own_forms_and_no_script():
    found = headers("a { color: red }")
    policy = dict(part.strip().split(" ", 1) for part in found["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == policy["frame-ancestors"] == "'self'"
    assert "script-src" not in policy
    assert found["Referrer-Policy"] == "same-origin"
