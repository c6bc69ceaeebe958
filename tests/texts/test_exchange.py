"""What is taken out comes in again; what cannot be used is refused as a whole."""

from __future__ import annotations

import json
from datetime import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications.events.quiet_hours import QuietHours
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger.wording import present_texts, switch, switches, write_text
from sancrm_notifications.texts.__main__ import main
from sancrm_notifications.texts.exchange import ExchangeError, exported, import_texts
from tests.notifications.workshop import connection_json

if TYPE_CHECKING:
    from tests.conftest import Databases


def file_of(*texts: dict[str, Any]) -> str:
    return json.dumps({"texts": list(texts)})


def switched(*switches: dict[str, Any]) -> str:
    return json.dumps({"texts": [], "switches": switches})


def test_what_is_taken_out_comes_in_again_elsewhere_and_writes_nothing_twice(databases: Databases, ledger):
    with psycopg.connect(ledger) as one, psycopg.connect(databases.create("ledger")) as other:
        write_text(one, "client", "ready", "Старый {{ code }}", written_by="anna")
        write_text(one, "client", "ready", "Готово: {{ code }}", written_by="anna")
        write_text(one, "client", "ready", "{{ code }}!", written_by="anna", branch_id=7, to_status="Готов")
        write_text(one, "staff", "status", "{{ code }} → {{ status }}", written_by="anna")
        write_text(one, "staff", "created", "{{ code }}", written_by="anna")
        write_text(one, "staff", "created", None, written_by="anna")
        switch(one, "client", "ready", switched_by="anna", is_on=True)
        switch(one, "client", "ready", switched_by="anna", is_on=False)
        switch(one, "client", "ready", switched_by="anna", branch_id=7, is_on=True)
        switch(one, "client", "ready", switched_by="anna", branch_id=7, quiet_hours=(time(21, 30), time(9)))
        switch(one, "client", None, switched_by="anna", quiet_hours=(time(0), time(0)))
        switch(one, "client", "pickup_reminder", switched_by="anna", reminders=(5, 1))
        switch(one, "staff", "status", switched_by="anna", is_on=False)
        switch(one, "client", "ready", switched_by="anna", branch_id=8, is_on=True)
        switch(one, "client", "ready", switched_by="anna", branch_id=8, takes_back="told")
        switch(one, "staff", "missed_calls", switched_by="anna", is_on=True)
        taken = exported(one)
        assert import_texts(other, taken, "boris") == (3, 7)
        assert exported(other) == taken
        assert import_texts(other, taken, "boris") == (0, 0)
        assert {said.switched_by for said in switches(other, "client")} == {"boris"}
        assert Wording((), (), switches(other, "staff")).is_on("missed_calls", None)
        theirs = [Wording(frozenset({"ready"}), (), switches(each, "client")) for each in (one, other)]
        assert [each.is_on("ready", None) for each in theirs] == [False, False]
        assert [each.quiet_hours("ready", 7) for each in theirs] == [QuietHours(time(21, 30), time(9))] * 2
        # A file of an earlier release has texts alone.
        assert import_texts(other, file_of({"audience": "client", "event": "ready", "text": "x"}), "boris") == (1, 0)
        assert {text.written_by for text in present_texts(other, "client")} == {"boris"}


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("[]", "object"),
        (file_of({"audience": "client", "event": "ready"}), "texts.0.text"),
        (file_of({"audience": "clients", "event": "ready", "text": "x"}), "texts.0.audience"),
        (file_of({"audience": "client", "event": "redy", "text": "x"}), "no such event, known are"),
        (file_of({"audience": "staff", "event": "status", "text": "x\n{{ to_pay }}"}), "строка 2: нет значения to_pay"),
        (file_of(*[{"audience": "client", "event": "ready", "text": "x"}] * 2), "client ready: stands there twice"),
        (switched({"audience": "client", "event": "ready"}), "says none or several of is_on, quiet_hours"),
        (switched({"audience": "client", "event": "ready", "is_on": True, "reminders": [1, 1]}), "none or several"),
        (switched({"audience": "client", "event": "redy", "is_on": True}), "no such event, known are"),
        (switched({"audience": "client", "is_on": True}), "all events: it cannot be switched"),
        (switched({"audience": "client", "event": "several_ready", "is_on": True}), "cannot be switched by itself"),
        (switched({"audience": "staff", "quiet_hours": ["22:00", "09:00"]}), "quiet hours are the clients'"),
        (switched({"audience": "client", "quiet_hours": ["22:00", "25:00"]}), "switches.0.quiet_hours.1"),
        (switched({"audience": "client", "event": "ready", "reminders": [3, 2]}), "client pickup_reminder"),
        (switched({"audience": "client", "event": "pickup_reminder", "reminders": [3, 4]}), "less than or equal to 3"),
        (
            switched(*[{"audience": "client", "event": "ready", "is_on": True}] * 2),
            "client ready is_on: stands there twice",
        ),
        (
            switched({"audience": "staff", "event": "missed_calls", "branch_id": 7, "is_on": True}),
            "staff missed_calls: it is switched for the whole network",
        ),
        (switched({"audience": "staff", "event": "missed_calls", "quiet_hours": ["22:00", "09:00"]}), "the clients'"),
        (switched({"audience": "client", "event": "missed_calls", "is_on": True}), "no such event, known are"),
        (file_of({"audience": "staff", "event": "missed_calls", "text": "x"}), "no such event, known are"),
    ],
)
def test_a_file_with_a_fault_is_refused_as_a_whole(ledger, file, fault):
    good = {"audience": "client", "event": "in_work", "text": "Чиним {{ code }}"}
    if file != "[]":
        read = json.loads(file)
        file = json.dumps({**read, "texts": [good, *read["texts"]]})
        fault = fault.replace("texts.0", "texts.1")
    with psycopg.connect(ledger) as connection:
        with pytest.raises(ExchangeError) as refused:
            import_texts(connection, file, "anna")
        assert fault in str(refused.value)
        assert present_texts(connection, "client") == []
        assert switches(connection, "client") == []


def test_the_command_says_what_it_has_done_and_what_is_wrong(ledger, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", connection_json(ledger))
    file = tmp_path / "texts.json"
    text = {"audience": "client", "event": "ready", "text": "{{ code }}"}
    said = {"audience": "client", "event": "ready", "quiet_hours": ["21:00:00", "09:00:00"]}
    file.write_text(json.dumps({"texts": [text], "switches": [said]}), encoding="utf-8")
    assert main(["import", str(file), "--author", "anna"]) == 0
    assert "1 texts and 1 switches were written" in capsys.readouterr().out
    assert main(["export"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(file.read_text(encoding="utf-8"))
    file.write_text("{}", encoding="utf-8")
    assert main(["import", str(file)]) == 1
    assert "texts: Field required" in capsys.readouterr().err
    for written, fault in ((b"x", "error: the file: Invalid JSON"), (b"\xff\xfe", "texts.json is no text in UTF-8")):
        file.write_bytes(written)
        assert main(["import", str(file)]) == 1
        assert fault in capsys.readouterr().err
