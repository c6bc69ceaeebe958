"""Import paths of an earlier release that an installation still remembers, and what they lead to now.

Airflow's metadata holds paths: of the callback of a deadline that is pending, of the timetable of a DAG's earlier
versions, of the operators of their tasks. And people name the notifier in DAGs of their own. The modules are imported
when they are asked for, not before.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PACKAGE = "sancrm_notifications"
FORMER_PATHS = {
    f"{PACKAGE}.notifier": [f"{PACKAGE}.alerts.notifier"],
    f"{PACKAGE}.working_day_timetable": [f"{PACKAGE}.schedule.working_day_timetable"],
    f"{PACKAGE}.operators": [f"{PACKAGE}.airflow.operators", f"{PACKAGE}.airflow.source_operators"],
    f"{PACKAGE}.resend_operator": [f"{PACKAGE}.airflow.operators"],
}


class FormerPathFinder(MetaPathFinder, Loader):
    """Finds a module under its former path: another one, with the contents of those that are in its place."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Say that the former paths are ours."""
        return ModuleSpec(fullname, self) if fullname in FORMER_PATHS else None

    def exec_module(self, module: ModuleType) -> None:
        """Give the module what the present ones have."""
        for path in FORMER_PATHS[module.__name__]:
            present = vars(import_module(path))
            vars(module).update({name: value for name, value in present.items() if not name.startswith("__")})


def install() -> None:
    """Let former paths be imported, also where an upgrade has copied today's files over those of then."""
    if not any(isinstance(finder, FormerPathFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, FormerPathFinder())


def under_former_path(kind: type, former: str) -> type:
    """Return the same class for whoever goes by its path: Airflow finds timetables by what the class says it is."""
    return type(kind.__name__, (kind,), {"__module__": former, "__doc__": kind.__doc__})
