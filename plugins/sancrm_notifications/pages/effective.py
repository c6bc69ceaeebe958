"""The settings that count now, each with its default and where its value comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from pydantic import BaseModel
from pydantic_core import to_json

from sancrm_notifications.schedule import crons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.settings import Settings

VARIABLE, DEFAULT, ENVIRONMENT, FILE = "переменная", "по умолчанию", "окружение", "airflow.cfg"
OPTIONS = {
    "timezone": "Europe/Moscow",
    **{f"{dag_id}_cron": times.cron for dag_id, times in crons.TIMES.items()},
    "calendar_country": "RU",
    "days_off": "",
    "working_days": "",
    "deadline_minutes": "15",
}


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting: its name, its value and default as text, where the value comes from, and what it does (English)."""

    name: str
    value: str
    default: str
    origin: str
    meaning: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether somebody has set it."""
        return self.origin != DEFAULT


def of_variable(chosen: Settings) -> list[Effective]:
    """Return every field of the Airflow Variable."""
    return list(_fields(chosen, ""))


def of_configuration() -> list[Effective]:
    """Return every option of the section in Airflow's configuration."""
    return [_option(name, default) for name, default in OPTIONS.items()]


def _fields(model: BaseModel, prefix: str) -> Iterator[Effective]:
    for name, field in type(model).model_fields.items():
        value, default = getattr(model, name), field.get_default(call_default_factory=True)
        if isinstance(value, BaseModel):
            yield from _fields(value, f"{prefix}{name}.")
            continue
        origin = VARIABLE if name in model.model_fields_set else DEFAULT
        yield Effective(f"{prefix}{name}", _text(value), _text(default), origin, field.description or "")


def _option(name: str, default: str) -> Effective:
    value = str(conf.get(crons.SECTION, name, fallback=default))
    in_environment = f"AIRFLOW__{crons.SECTION.upper()}__{name.upper()}" in os.environ
    is_set = conf.has_option(crons.SECTION, name)
    return Effective(name, value, default, ENVIRONMENT if in_environment else FILE if is_set else DEFAULT)


def _text(value: Any) -> str:  # noqa: ANN401 - as JSON is
    return to_json(value).decode()
