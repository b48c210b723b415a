"""A factory whose parts stop and go on as a test says, on the real server: several things then come to a run in one moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor, UnsandboxedWorkflowRunner, Worker

from activities.errors import interceptors
from benchmarks.durability import InstantSteps
from models.costs.contracts import Decision as Money
from models.costs.contracts import Verdict
from models.errors import Misconfigured
from models.settings import Settings
from models.videos.decisions import Decision
from models.videos.publishing import ExtraDone, ExtraTask
from tests.workflows.factory import Factory, Handle
from workers.flows import WORKFLOWS
from workers.runner import BUILD
from workers.wiring import Wiring
from workflows.policies import CONTROL, RENDER_CPU

Scene = Callable[..., Awaitable[object]]
"""What happens before an activity does its work, or instead of it, with its argument; it may wait, and it may raise."""


async def raise_misconfigured(*_: object) -> None:
    """A scene in which a step needs a person."""
    raise Misconfigured("A test broke it.")


def going_cheap() -> Scene:
    """A scene of verdicts: the video may go on, and from the second one on it goes the economy way."""
    verdicts = iter([Money.GO, Money.ECONOMY])

    async def judge(_: object) -> Verdict:
        return Verdict(decision=next(verdicts, Money.ECONOMY), reason="little is left", scope="video")

    return judge


class Staged(Interceptor):
    """Runs a scene before, or instead of, the activities that have one; counts how often each was asked for."""

    def __init__(self) -> None:
        self.before: dict[str, Scene] = {}
        self.instead: dict[str, Scene] = {}
        self.asked: Counter[str] = Counter()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap `next`."""
        staged = self

        class Inbound(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:
                name = activity.info().activity_type
                staged.asked[name] += 1
                if name in staged.instead:
                    return await staged.instead[name](*input.args)
                if name in staged.before:
                    await staged.before[name](*input.args)
                return await super().execute_activity(input)

        return Inbound(next)


class Steps(InstantSteps):
    """With extras, for publishers that have some."""

    def all(self) -> list[Any]:
        """The activities of queue `control`."""
        return [*super().all(), self.add_extra]

    @activity.defn
    async def add_extra(self, task: ExtraTask) -> ExtraDone:
        """Done."""
        return ExtraDone(extra=task.extra, done=True)


class Studio(Factory):
    """A factory with instant steps: `minds` decide (the workflows' worker), `hands` make (the activities' workers)."""

    def __init__(self, wiring: Wiring, client: Client) -> None:
        super().__init__(wiring, client, None)
        self.staged = Staged()
        self._minds = AsyncExitStack()

    @asynccontextmanager
    async def hands(self) -> AsyncIterator[None]:
        """The activities are carried out."""
        steps = Steps(4)
        others = {each.__name__ for each in steps.all()}
        control = [each for each in self.wiring.control() if each.__name__ not in others] + steps.all()
        async with (
            self._worker(CONTROL, activities=[each for each in control if asyncio.iscoroutinefunction(each)]),
            self._worker(RENDER_CPU, activities=[steps.render_film, steps.check_film]),
        ):
            yield

    async def begin(self) -> None:
        """The workflows go on."""
        await self._minds.enter_async_context(
            Worker(
                self.client,
                task_queue=CONTROL,
                workflows=list(WORKFLOWS),
                build_id=BUILD,
                workflow_runner=UnsandboxedWorkflowRunner(),  # a test's own policies are seen
                max_cached_workflows=0,  # every task is a replay, and none waits for a worker that is gone
                identity=f"minds-{uuid4().hex[:6]}",
            )
        )

    async def halt(self) -> None:
        """Nothing is decided until `begin`."""
        await self._minds.aclose()

    async def in_one_moment(self, handle: Handle, *decisions: tuple[Any, Decision]) -> list[object]:
        """What these decisions, that come while nothing is decided, mostly in this order, are answered when the workflows go on."""
        await self.halt()
        waiting = []
        for update, decision in decisions:
            waiting.append(asyncio.ensure_future(handle.execute_update(update, decision)))
            await asyncio.sleep(0.3)  # the server has it; if not yet, it comes a task later, which must end as well
        await self.begin()
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 60)

    def _worker(self, queue: str, **work: Any) -> Worker:
        return Worker(
            self.client,
            task_queue=queue,
            build_id=BUILD,
            interceptors=[*interceptors(), self.staged],
            identity=f"hands-{uuid4().hex[:6]}",
            **work,
        )


@asynccontextmanager
async def studio(settings: Settings, client: Client) -> AsyncIterator[Studio]:
    """A studio whose workflows go on, and whose hands are still."""
    async with Wiring(settings) as wiring:
        made = Studio(wiring, client)
        await made.begin()
        try:
            yield made
        finally:
            await made.halt()


async def so_many(handle: Handle, what: str, count: int) -> None:
    """Return when the run's history has `count` events of the kind `what`."""
    for _ in range(600):
        if sum(event.HasField(what) for event in (await handle.fetch_history()).events) >= count:  # type: ignore[arg-type]
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"there never were {count} of {what}")


async def tasks_of(handle: Handle) -> int:
    """How many workflow tasks the run has done."""
    events = (await handle.fetch_history()).events
    return sum(event.HasField("workflow_task_completed_event_attributes") for event in events)
