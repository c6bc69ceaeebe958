"""What is taken out comes in again; what cannot be used is refused as a whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications.ledger.wording import present_texts, write_text
from sancrm_notifications.texts.__main__ import main
from sancrm_notifications.texts.exchange import ExchangeError, exported, import_texts
from tests.notifications.workshop import connection_json

if TYPE_CHECKING:
    from tests.conftest import Databases


def file_of(*texts: dict[str, Any]) -> str:
    return json.dumps({"texts": list(texts)})


def test_what_is_taken_out_comes_in_again_elsewhere_and_writes_nothing_twice(databases: Databases, ledger):
    with psycopg.connect(ledger) as one, psycopg.connect(databases.create("ledger")) as other:
        write_text(one, "client", "ready", "Старый {{ code }}", written_by="anna")
        write_text(one, "client", "ready", "Готово: {{ code }}", written_by="anna")
        write_text(one, "client", "ready", "{{ code }}!", written_by="anna", branch_id=7, to_status="Готов")
        write_text(one, "staff", "status", "{{ code }} → {{ status }}", written_by="anna")
        write_text(one, "staff", "created", "{{ code }}", written_by="anna")
        write_text(one, "staff", "created", None, written_by="anna")
        taken = exported(one)
        assert import_texts(other, taken, "boris") == 3
        assert exported(other) == taken
        assert import_texts(other, taken, "boris") == 0
        assert {text.written_by for text in present_texts(other, "client")} == {"boris"}


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("[]", "object"),
        (file_of({"audience": "client", "event": "ready"}), "texts.0.text"),
        (file_of({"audience": "clients", "event": "ready", "text": "x"}), "texts.0.audience"),
        (file_of({"audience": "client", "event": "redy", "text": "x"}), "no such event, known are"),
        (file_of({"audience": "staff", "event": "status", "text": "x\n{{ to_pay }}"}), "строка 2: нет значения to_pay"),
        (file_of(*[{"audience": "client", "event": "ready", "text": "x"}] * 2), "twice"),
    ],
)
def test_a_file_with_a_fault_is_refused_as_a_whole(ledger, file, fault):
    good = {"audience": "client", "event": "in_work", "text": "Чиним {{ code }}"}
    if file != "[]":
        file = json.dumps({"texts": [good, *json.loads(file)["texts"]]})
        fault = fault.replace("texts.0", "texts.1")
    with psycopg.connect(ledger) as connection:
        with pytest.raises(ExchangeError) as refused:
            import_texts(connection, file, "anna")
        assert fault in str(refused.value)
        assert present_texts(connection, "client") == []


def test_the_command_says_what_it_has_done_and_what_is_wrong(ledger, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", connection_json(ledger))
    file = tmp_path / "texts.json"
    file.write_text(file_of({"audience": "client", "event": "ready", "text": "{{ code }}"}), encoding="utf-8")
    assert main(["import", str(file), "--author", "anna"]) == 0
    assert "1 texts were written" in capsys.readouterr().out
    assert main(["export"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(file.read_text(encoding="utf-8"))
    file.write_text("{}", encoding="utf-8")
    assert main(["import", str(file)]) == 1
    assert "texts: Field required" in capsys.readouterr().err
