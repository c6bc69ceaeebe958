"""Busy and impossible ports are told in one sentence, before anything is started."""

from __future__ import annotations

import socket

import pytest

from local import ports


def test_a_taken_port_is_named_with_its_purpose_and_the_way_out():
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ports.PortError) as caught:
            ports.require_free(port, "Airflow", "AIRFLOW_PORT")

    assert f"Port {port}, meant for Airflow, is taken" in str(caught.value)
    assert "make demo AIRFLOW_PORT=" in str(caught.value)


def test_a_port_that_was_just_closed_is_free():
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with socket.create_connection((ports.LOOPBACK, port)):
            other.accept()[0].close()

    ports.require_free(port, "Airflow", "AIRFLOW_PORT")


def test_the_port_comes_from_the_environment_or_is_the_default(monkeypatch):
    monkeypatch.setenv("CHAT_PORT", "9191")
    assert ports.chosen("CHAT_PORT", 8081) == 9191
    monkeypatch.setenv("CHAT_PORT", "")
    assert ports.chosen("CHAT_PORT", 8081) == 8081


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_what_is_no_port_is_refused_by_name(monkeypatch, text):
    monkeypatch.setenv("CHAT_PORT", text)

    with pytest.raises(ports.PortError, match=f"CHAT_PORT={text} is no port"):
        ports.chosen("CHAT_PORT", 8081)
