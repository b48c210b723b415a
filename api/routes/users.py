"""You, and what you prefer."""

from __future__ import annotations

from zoneinfo import available_timezones

from fastapi import APIRouter, Request

from api.deps import AccountReader, AccountWriter, AnyServices, audit
from api.problems import declared
from api.schemas.users import Limits, Preferences, UserAnswer, UserChange
from api.services import Services
from models.errors import NotFound
from models.users.callers import Known

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me", summary="See your account", operation_id="getUser", responses=declared(401, 403))
async def see(caller: AccountReader, parts: AnyServices) -> UserAnswer:
    """Your account with the limits of its plan."""
    return await _answer(parts, caller)


@router.patch("/me", summary="Change your account", operation_id="changeUser", responses=declared(401, 403, 404, 422))
async def change(body: UserChange, request: Request, caller: AccountWriter, parts: AnyServices) -> UserAnswer:
    """Name and time zone; what is left out stays."""
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    require_zone(body.time_zone)
    await parts.stores.registration.change_profile(caller.user_id, changes)
    audit(request, caller, "account.changed", "account", caller.user_id, **changes)
    return await _answer(parts, caller)


@router.get("/me/preferences", summary="See your preferences", operation_id="getPreferences", responses=declared(401, 403))
async def preferences(caller: AccountReader, parts: AnyServices) -> Preferences:
    """The defaults where you have set nothing."""
    return Preferences.model_validate(await parts.stores.preferences.get(caller.user_id))


@router.put("/me/preferences", summary="Set your preferences", operation_id="setPreferences", responses=declared(401, 403, 422))
async def set_preferences(body: Preferences, request: Request, caller: AccountWriter, parts: AnyServices) -> Preferences:
    """All of them: what is left out goes back to its default."""
    values = body.model_dump(mode="json")
    await parts.stores.preferences.put(caller.user_id, values)
    audit(request, caller, "account.preferences_set", "account", caller.user_id, **values)
    return body


def require_zone(name: str | None) -> None:
    """Go on when there is such a time zone, or none is named.

    Raises:
        NotFound: there is none.
    """
    if name is not None and name not in available_timezones():
        raise NotFound(f"There is no time zone {name}.", hint="Write one as Europe/Berlin or UTC.", field="body.time_zone")


async def _answer(parts: Services, caller: Known) -> UserAnswer:
    row = dict(await parts.stores.registration.profile(caller.user_id))
    limits = Limits(**{name: caller.limit(name) for name in Limits.model_fields})
    return UserAnswer.model_validate({**row, "limits": limits})
