"""What a run tells people in the Temporal UI: search attributes and current details, kept up to date by the workflow."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.costs.contracts import Verdict
    from models.money import shown
    from models.videos.contracts import VideoInput
    from models.videos.decisions import Parked, VideoState
    from models.videos.finishing import QualityReport
    from models.videos.status import ParkReason, Step
    from workflows import attributes
    from workflows.policies import PAUSE_LOOK


def begin(video: VideoInput) -> None:
    """Make the run findable by channel, user and tier."""
    workflow.upsert_search_attributes(
        [
            attributes.CHANNEL.value_set(str(video.channel_id)),
            attributes.USER.value_set(str(video.user_id)),
            attributes.TIER.value_set(video.request.level.value),
        ]
    )


def tell(state: VideoState) -> None:
    """Bring details and search attributes up to the run's state."""
    workflow.set_current_details(details_of(state))
    told = workflow.info().typed_search_attributes
    wanted = [
        (attributes.STATUS, state.status.value),
        (attributes.STEP, state.step.value if state.step else "none"),
    ]
    changes = [key.value_set(value) for key, value in wanted if told.get(key) != value]
    if changes:
        workflow.upsert_search_attributes([*changes, attributes.COST.value_set(float(state.spent))])


def details_of(state: VideoState) -> str:
    """Markdown for the UI: state, money, who served, why it waits."""
    lines = [
        f"**{state.title or 'Untitled'}** is **{state.status.replace('_', ' ')}**" + (f" at *{state.step}*" if state.step else "")
    ]
    if state.parked is not None:
        until = f"{state.parked.until:%Y-%m-%d %H:%M} UTC" if state.parked.until else "a person decides"
        lines += [f"- waits for **{state.parked.reason}** until {until}", f"- {state.parked.detail}", f"- {state.parked.hint}"]
    if state.economy:
        lines.append(f"- economy: {state.economy}")
    lines.append(f"- spent {shown(state.spent)}")
    for step, provided in state.providers.items():
        reused = ", reused" if provided.cached else ""
        lines.append(f"- {step}: {provided.provider}, {shown(provided.cost)}{reused}")
        lines += [f"  - passed over {line}" for line in provided.passed_over]
    return "\n".join(lines)


def refused_film(report: QualityReport) -> Parked:
    """A film that failed its check waits for a person, who reads what is wrong and where."""
    fatal = [problem for problem in report.problems if problem.fatal]
    return Parked(
        reason=ParkReason.PERSON,
        step=Step.QUALITY,
        detail=f"The film did not pass its check (score {report.score:.0f}): " + " ".join(each.message for each in fatal),
        hint="Edit the script, retry, publish it all the same (skip the check), or cancel.",
    )


def out_of_money(verdict: Verdict, step: Step | None, now: datetime) -> Parked:
    """A video that may not spend: until the budget renews, somebody raises it, or the platform is resumed."""
    if verdict.scope == "paused":
        hint, until = "It goes on by itself when the platform is resumed.", now + PAUSE_LOOK
        return Parked(reason=ParkReason.PAUSED, step=step, detail=verdict.reason, hint=hint, until=until)
    hint = "Raise the budget, or cancel. What exists is kept."
    return Parked(reason=ParkReason.BUDGET, step=step, detail=verdict.reason, hint=hint, until=verdict.until)
