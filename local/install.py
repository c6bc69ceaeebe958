"""Make the virtual environment from the hashed lock: `python3 local/install.py`, instant when nothing changed.

Runs on the machine's own Python with nothing installed, so it uses the standard library only.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed-lock.sha256"
OLDEST, NEWEST = (3, 11), (3, 13)

# uv does not read pip's configuration. A machine that reaches its package index through a mirror says so to pip.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


def main() -> int:
    """Install what the lock names; return 0, or 1 after one sentence on what is wrong."""
    # Files compiled once start twice as fast, whatever the caller's habit is.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    problem = python_problem(sys.version_info[:2], sys.executable)
    if problem:
        return fail(problem)
    wanted = fingerprint(LOCK.read_text(encoding="utf-8"))
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted and python_in(VENV).exists():
        return 0
    started_at = time.monotonic()
    try:
        install(wanted)
    except subprocess.CalledProcessError as error:
        return fail(f"installing failed at `{shlex.join(error.cmd)}`: its own words are above.")
    print(f"installed in {time.monotonic() - started_at:.0f} s", flush=True)
    return 0


def python_problem(version: tuple[int, ...], executable: str) -> str | None:
    """Return the sentence that refuses this version of Python, or None."""
    if OLDEST <= version <= NEWEST:
        return None
    return (
        f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed, and {executable} is "
        f"{version[0]}.{version[1]}: install one of them and name it, for example `make demo PYTHON=python3.12`."
    )


def fingerprint(lock: str) -> str:
    """Return what must match for an installed environment to be the lock's: its content and the Python."""
    return hashlib.sha256(f"{sys.version_info[:2]} {lock}".encode()).hexdigest()


def install(wanted: str) -> None:
    """Create the environment, put uv into it, let uv install everything; every file is held against its hash."""
    STAMP.unlink(missing_ok=True)
    if version_of(VENV) != sys.version_info[:2]:
        say(f"creating {VENV.name} with Python {sys.version_info[0]}.{sys.version_info[1]}")
        create_venv()
    say("installing uv, which installs the rest")
    uv_requirement = VENV / "uv-requirement.txt"
    uv_requirement.write_text(requirement("uv", LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    pip = [str(python_in(VENV)), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-qq", "--require-hashes", "-r", str(uv_requirement)], check=True)
    say("installing the packages of requirements.lock and compiling them (about a minute)")
    configured = subprocess.run([*pip, "config", "list"], check=True, capture_output=True, text=True).stdout
    uv = [str(python_in(VENV).with_name("uv")), "pip", "sync", "--require-hashes", "--compile-bytecode"]
    if not sys.stderr.isatty():
        uv.append("--quiet")
    subprocess.run(
        [*uv, "--python", str(python_in(VENV)), str(LOCK)],
        check=True,
        env={**uv_settings(configured), **os.environ},
    )
    STAMP.write_text(wanted, encoding="utf-8")


def create_venv() -> None:
    """Create the virtual environment anew, explaining the one way in which that usually fails."""
    venv = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(venv, check=False, capture_output=True, text=True)
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        print("On Debian and Ubuntu the module venv is the package python3-venv.", file=sys.stderr)
        raise subprocess.CalledProcessError(made.returncode, venv)


def requirement(name: str, lock: str) -> str:
    """Return the lock's entry of one package: its pinned version and hashes."""
    lines = lock.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


def uv_settings(pip_config: str) -> dict[str, str]:
    """Return uv's environment variables for what `pip config list` printed; the environment's lines come first."""
    settings: dict[str, str] = {}
    for line in pip_config.splitlines():
        key, _, value = line.partition("=")
        name = PIP_TO_UV.get(key.rpartition(".")[2])
        if name:
            settings.setdefault(name, ast.literal_eval(value).strip().replace("\n", " "))
    if "UV_INDEX" in settings:
        # pip looks into all indexes at once; the hashes make that safe here.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def version_of(venv: Path) -> tuple[int, ...] | None:
    """Return the Python version of a virtual environment, or None when it is missing or broken."""
    if not python_in(venv).exists():
        return None
    question = [str(python_in(venv)), "-c", "import sys, pip; print(*sys.version_info[:2])"]
    answer = subprocess.run(question, check=False, capture_output=True, text=True)
    return tuple(map(int, answer.stdout.split())) if answer.returncode == 0 else None


def python_in(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / "bin" / "python"


def say(what: str) -> None:
    """Print what is being done."""
    print(f"install: {what}", flush=True)


def fail(sentence: str) -> int:
    """Print why it cannot go on; return the exit status."""
    print(f"error: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
