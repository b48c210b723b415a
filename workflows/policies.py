"""Every timeout, retry and queue of the platform, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

CONTROL = "control"
RENDER_CPU = "render-cpu"
RENDER_GPU = "render-gpu"

PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=30), maximum_attempts=0
)
"""For our own parts (database, store): they come back, and the video waits for them."""

PROVIDER = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=1), maximum_attempts=12
)
"""For providers. Each kind of error ends sooner by its own count (`models.errors`); lost workers count against this one."""


@dataclass(frozen=True)
class Policy:
    """How an activity is run."""

    queue: str = CONTROL
    once: timedelta = timedelta(minutes=2)
    """Longest single try."""
    heartbeat: timedelta | None = None
    picked_up: timedelta | None = None
    """Longest wait for a worker; None: as long as it takes."""
    retry: RetryPolicy = field(default_factory=lambda: PROVIDER)
    cancellation: ActivityCancellationType = ActivityCancellationType.TRY_CANCEL


LOST = timedelta(seconds=20)
"""A worker that is silent for this long is lost; its activity goes to another one. `activities.pulse` beats four times in it."""

RECORD = Policy(once=timedelta(seconds=15), retry=PATIENT)
VERDICT = Policy(once=timedelta(seconds=15), retry=PATIENT)
CHOOSE = Policy(once=timedelta(seconds=15), retry=PATIENT)
SCRIPT = Policy(once=timedelta(minutes=2), heartbeat=LOST)
VOICE = Policy(once=timedelta(minutes=10), heartbeat=LOST)
FOOTAGE = Policy(once=timedelta(minutes=10), heartbeat=LOST)
THUMBNAIL = Policy(once=timedelta(minutes=3), heartbeat=LOST)
CAPTIONS = Policy(once=timedelta(minutes=2), heartbeat=LOST)
METADATA = Policy(once=timedelta(minutes=1), heartbeat=LOST)
PLAN = Policy(once=timedelta(minutes=2), heartbeat=LOST)
RENDER_ON_CPU = Policy(
    queue=RENDER_CPU,
    once=timedelta(hours=3),
    heartbeat=LOST,
    cancellation=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)
RENDER_ON_GPU = Policy(
    queue=RENDER_GPU,
    once=timedelta(hours=1),
    heartbeat=LOST,
    picked_up=timedelta(minutes=2),
    retry=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=3),
    cancellation=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)
QUALITY = Policy(queue=RENDER_CPU, once=timedelta(minutes=30), heartbeat=LOST)
UPLOAD = Policy(
    once=timedelta(hours=6),
    heartbeat=LOST,
    cancellation=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
)
EXTRA = Policy(once=timedelta(minutes=5), heartbeat=LOST)

SCENES_A_BATCH = 4
"""Scenes an activity speaks or films at least; a film has at most `BATCHES` of them, so that the history stays short."""
BATCHES = 16

PROVIDER_PAUSE = timedelta(minutes=5)
"""How long a video waits when every provider of a step failed and none said when it is back."""
LONGEST_PROVIDER_PAUSE = timedelta(hours=1)
"""The pauses grow to this while a provider stays away."""
LONG_HISTORY = 600
"""Events after which a run that was parked goes on as a new run: its history does not grow with every pause."""
PAUSE_LOOK = timedelta(minutes=30)
"""How often a video that waits for money or for the pause switch looks again by itself."""
CONFIRM_FIRST = timedelta(seconds=10)
CONFIRM_PAUSE = timedelta(minutes=30)
CONFIRM_LONGEST = timedelta(days=2)
"""A published film is looked at with growing pauses, this long at most after it should be public."""
PERSON_WAIT = timedelta(days=30)
"""How long a video waits for a person before it ends as failed; everything that it made stays."""
