"""Whether what is set for ``[sancrm_notifications]`` is read at all: Airflow passes over a misspelt name."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf

from sancrm_notifications.checks.line import Line, fail, ok
from sancrm_notifications.errors.suggestions import meant
from sancrm_notifications.schedule.crons import OPTIONS, SECTION
from sancrm_notifications.settings import VARIABLE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENVIRONMENT = f"AIRFLOW__{SECTION.upper()}__"
# Names in the environment that are meant for us, however they are misspelt.
_OURS = re.compile(r"AIRFLOW_+SAN_?CRM", re.IGNORECASE)
_READ_ELSEWHERE = {f"AIRFLOW_VAR_{VARIABLE.upper()}", "AIRFLOW_CONN_SANCRM_DB"}
_SECRETS = ("_cmd", "_secret")  # Airflow reads an option's value from a command's output, or from a secrets backend


def option_lines() -> Iterator[Line]:
    """Yield a fault for each option, section or name in the environment that nobody reads."""
    what = f"options of [{SECTION}]"
    # The section of a file is known to Airflow only where there is one, and the environment needs none.
    written = set(conf.options(SECTION)) if conf.has_section(SECTION) else set()
    written |= {name.removeprefix(_ENVIRONMENT) for name in os.environ if name.startswith(_ENVIRONMENT)}
    given = set(map(_plain, written))
    faults = [_unknown_option(name) for name in sorted(given - OPTIONS)]
    faults += [_unknown_name(name) for name in sorted(os.environ) if _is_lost(name)]
    faults += [
        f"Airflow's configuration has a section [{section}], which nobody reads{meant(section, [SECTION])}"
        for section in conf.sections()
        if section != SECTION and meant(section, [SECTION])
    ]
    yield from (fail(what, sentence, "correct the name, then restart Airflow") for sentence in faults)
    if not faults:
        yield ok(what, f"sets {', '.join(sorted(given))}" if given else "sets nothing: all defaults")


def _plain(name: str) -> str:
    name = name.lower()
    return next((name.removesuffix(end) for end in _SECRETS if name.removesuffix(end) in OPTIONS), name)


def _unknown_option(name: str) -> str:
    words = f"[{SECTION}] of Airflow's configuration has no option {name}"
    if name in Settings.model_fields:
        return f"{words}: it is a field of the Airflow Variable {VARIABLE}"
    return f"{words}{meant(name, OPTIONS)}"


def _is_lost(name: str) -> bool:
    return bool(_OURS.match(name)) and not name.startswith(_ENVIRONMENT) and name not in _READ_ELSEWHERE


def _unknown_name(name: str) -> str:
    known = [*(f"{_ENVIRONMENT}{option.upper()}" for option in OPTIONS), *_READ_ELSEWHERE]
    return f"the environment sets {name}, which nobody reads{meant(name, known)}"
