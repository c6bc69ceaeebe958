"""How long from a run's tick to its last message, for forty branches, through Airflow and by a plain script?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.delivery_bound import Load, soonest_seconds
from benchmarks.demo_airflow import BRANCHES, branch_chats, demo_airflow
from benchmarks.measurement import Answer, Row, Sample

if TYPE_CHECKING:
    from benchmarks.demo_airflow import AirflowRun, DemoAirflow
    from benchmarks.measurement import Options

RUNS = 3
ONE_GROUP_RUNS = 2  # each takes two minutes, which are Telegram's
MESSAGES = BRANCHES + 1


def measure(options: Options) -> Answer:
    """Measure with a chat for each branch, and, unless it is to be quick, with one group for all."""
    runs = options.times(RUNS)
    with demo_airflow(options.cache / "airflow") as running:
        answer = _own_chats(running, runs)
        if not options.quick:
            one_group = _one_group(running, min(runs, ONE_GROUP_RUNS))
            answer = Answer([*answer.rows, *one_group.rows], [*answer.remarks, *one_group.remarks])
    return answer


def _own_chats(running: DemoAirflow, runs: int) -> Answer:
    settings = {"branch_chats": branch_chats()}
    through_airflow, plain = _in_turns(running, settings, runs)
    what = f"tick to last of {MESSAGES} messages, own chats, Airflow"
    spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in _spent(through_airflow[-1]).items())
    return Answer(
        [Row(what, _seconds(through_airflow), "a plain script", plain)],
        [f"Bottleneck with own chats: Airflow's steps, one after the other. The last run's seconds: {spent}."],
    )


def _one_group(running: DemoAirflow, runs: int) -> Answer:
    running.choose({})
    through_airflow, plain = _in_turns(running, {}, runs)
    seconds = _seconds(through_airflow)
    bound = Sample((float(soonest_seconds([Load(MESSAGES)])),), "s")
    what = f"tick to last of {MESSAGES} messages, one group, Airflow"
    return Answer(
        [Row(what, seconds, "a plain script", plain), Row(what, seconds, "Telegram's limits alone", bound)],
        [f"Bottleneck with one group: Telegram's 20 a minute, {bound.median:.0f} s of {seconds.median:.0f} s."],
    )


def _in_turns(running: DemoAirflow, settings: dict[str, Any], runs: int) -> tuple[list[AirflowRun], Sample]:
    """Return the runs through Airflow, and the seconds of the plain script between them."""
    through_airflow: list[AirflowRun] = []
    plain: list[float] = []
    for _ in range(runs):
        running.forget_messages()
        through_airflow.append(running.through_airflow())
        running.forget_messages()
        plain.append(running.through_plain_script(settings))
    return through_airflow, Sample(tuple(plain), "s")


def _seconds(runs: list[AirflowRun]) -> Sample:
    return Sample(tuple(run.seconds for run in runs), "s")


def _spent(run: AirflowRun) -> dict[str, float]:
    """Return what a run's seconds were spent on: in each task, and waiting for the next one to begin."""
    busy, until = 0.0, 0.0
    for task in run.tasks:
        busy += max(task.ended - max(task.started, until), 0.0)
        until = max(until, task.ended)
    in_tasks = {task.task_id: task.ended - task.started for task in run.tasks}
    return {**in_tasks, "waiting for tasks to begin": until - busy}
