"""What `make lint` runs is what a commit runs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
HOOKS: list[dict[str, Any]] = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repository["hooks"]
]


def test_a_commit_runs_what_make_lint_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^export PYTHONPATH := plugins$", makefile, re.MULTILINE), "the hooks say it themselves"
    shown = subprocess.run(
        ["make", "--dry-run", "lint", "PYTHON=true"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    commands = [line for line in shown.splitlines() if line.startswith(".venv/bin/")]
    assert len(commands) > 4
    assert [hook["entry"].removeprefix("env PYTHONPATH=plugins ") for hook in HOOKS] == commands


def test_a_hook_looks_at_everything_with_what_the_lock_installed() -> None:
    assert {(hook["language"], hook["pass_filenames"]) for hook in HOOKS} == {("system", False)}
