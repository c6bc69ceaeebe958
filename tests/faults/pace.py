"""How fast time runs: the product's own waits and leases, or all of them scaled down for a quick look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sancrm_notifications.channels.telegram import hook
from sancrm_notifications.delivery import attempt, batch
from sancrm_notifications.ledger import claiming, connecting
from sancrm_notifications.settings import Limits, Settings

SCALE = 0.04


@dataclass(frozen=True, slots=True)
class Pace:
    """The waits of delivery, all in seconds; ``time_scale`` is the stand-in's clock against a real one.

    ``ahead`` is how far ahead a moment may be reserved, None for the product's own.
    ``retry`` stands for the wait of Airflow's own retries.
    """

    time_scale: float
    limits: Limits
    ahead: float | None
    attempt_lease: float
    turn_lease: float
    latest_start: float
    longest_pause: float
    read: float
    request: float
    backoff: tuple[float, float, float]
    summary_wait: float
    retry: float
    long_answer: float

    @property
    def settings(self) -> Settings:
        """The package's settings at this pace."""
        return Settings(limits=self.limits, summary_wait_minutes=self.summary_wait / 60)

    def impose(self) -> None:
        """Set the product's waits in this process, which delivers and does nothing else."""
        if self.ahead is not None:
            claiming.AHEAD = claiming.NEAR = timedelta(seconds=self.ahead)
            batch._WAKE_FOR_BOT_SECONDS = batch._WAKE_FOR_CHAT_SECONDS = self.ahead / 2
            attempt._LOOK_AGAIN_SECONDS = self.ahead / 4
        claiming.ATTEMPT_LEASE = timedelta(seconds=self.attempt_lease)
        claiming.TURN_LEASE = timedelta(seconds=self.turn_lease)
        connecting.LONGEST_PAUSE = timedelta(seconds=self.longest_pause)
        hook.READ_SECONDS = self.read
        hook.REQUEST_SECONDS = self.request
        attempt._BACKOFF_SECONDS = self.backoff
        attempt._LATEST_START_SECONDS = self.latest_start


TRUE = Pace(
    time_scale=1.0,
    limits=Limits(),
    ahead=None,
    attempt_lease=claiming.ATTEMPT_LEASE.total_seconds(),
    turn_lease=claiming.TURN_LEASE.total_seconds(),
    latest_start=attempt._LATEST_START_SECONDS,
    longest_pause=connecting.LONGEST_PAUSE.total_seconds(),
    read=hook.READ_SECONDS,
    request=hook.REQUEST_SECONDS,
    backoff=attempt._BACKOFF_SECONDS,
    summary_wait=600.0,
    retry=5.0,
    long_answer=30.0,
)
SCALED = Pace(
    time_scale=SCALE,
    # Slack for a computer that does something else besides: an audit finds these limits, not Telegram's, too narrow.
    limits=Limits(chat_gap_seconds=0.1, group_window_seconds=60 * SCALE + 0.1, bot_messages=29, bot_window_seconds=0.1),
    ahead=0.05,
    attempt_lease=2.5,
    turn_lease=0.8,
    latest_start=0.6,
    longest_pause=1.0,
    read=1.5,
    request=1.8,
    backoff=(0.05, 0.1, 0.2),
    summary_wait=60.0,
    retry=0.1,
    long_answer=0.8,
)
