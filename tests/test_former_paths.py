"""Import paths of the release before the rooms lead to what is there now."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from local.airflow_environment import ROOT
from sancrm_notifications.former_paths import FORMER_PATHS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("former", "present"), FORMER_PATHS.items())
def test_a_former_module_has_what_is_in_its_place_now(former: str, present: list[str]) -> None:
    here = {name: value for path in present for name, value in vars(import_module(path)).items() if name[0].isupper()}
    there = vars(import_module(former))
    assert here
    assert {name: there[name] for name in here} == here


def test_the_notifier_that_people_name_in_their_own_dags_is_the_one_there_is() -> None:
    from sancrm_notifications.alerts.notifier import OperatorsNotifier

    assert import_module("sancrm_notifications.notifier").OperatorsNotifier is OperatorsNotifier


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    program = "import sys, sancrm_notifications; print(sorted(name for name in sys.modules if 'sancrm' in name))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "['sancrm_notifications', 'sancrm_notifications.former_paths']\n"


def test_a_file_that_an_upgrade_has_left_behind_is_not_what_is_imported(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "plugins", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sancrm_notifications" / "notifier.py").write_text("raise ImportError('of the earlier release')\n")
    program = "from sancrm_notifications.notifier import OperatorsNotifier; print(OperatorsNotifier.__module__)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path), "AIRFLOW_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "sancrm_notifications.alerts.notifier\n"), done.stderr


def test_what_never_was_is_still_not_there() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'sancrm_notifications\.never'"):
        import_module("sancrm_notifications.never")
