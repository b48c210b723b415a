"""A film to find footage for, with the real ledger, breakers, memory and limits behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore, open_store
from activities.breaker import Breakers
from activities.budget import Charges
from activities.calls import Calls
from activities.drawing import OpenAIPictures
from activities.footage.activity import FootageActivity
from activities.footage.designed import DesignedFootage
from activities.footage.libraries import Library, LibraryFootage
from activities.footage.media import look_at
from activities.footage.openai_image import OpenAIImageFootage
from activities.footage.pexels import Pexels
from activities.footage.pixabay import Pixabay
from activities.footage.port import FootagePort
from activities.footage.shutterstock import Shutterstock
from models.costs.ledger import Ledger
from models.costs.prices import PriceList
from models.costs.store import PriceStore
from models.database import Database
from models.settings import Settings
from models.system.breakers import BreakerStore
from models.system.provider_calls import ProviderCalls
from models.videos.contracts import FootageMade, FootageTask, SceneKind, Script, ScriptScene, Take, VideoInput, VideoRequest
from models.videos.footage_uses import FootageUses
from tests.fakes.openai_images import FakeOpenAIImages
from tests.fakes.pexels import FakePexels
from tests.fakes.pixabay import FakePixabay
from tests.fakes.shutterstock import FakeShutterstock
from tests.models.money import OPEN, a_video

SHOWN = ("waves at a beach", "a lighthouse in fog", "gulls over cliffs", "boats in a harbour", "storm clouds at sea", "sand dunes")


def a_script(scenes: int = 2, *, kind: SceneKind = SceneKind.PICTURE, language: str = "en") -> Script:
    """A script whose scenes want pictures."""
    return Script(
        title="How tides work",
        language=language,
        scenes=tuple(
            ScriptScene(index=at, kind=kind, narration=f"The sea rises and falls, part {at}.", visual=SHOWN[at % len(SHOWN)])
            for at in range(scenes)
        ),
    )


@dataclass
class Studio:
    """Everything that the footage step leans on, and the step itself."""

    database: Database
    store: ArtifactStore
    calls: Calls
    limits: ProviderCalls
    pexels: FakePexels
    pixabay: FakePixabay
    shutterstock: FakeShutterstock
    images: FakeOpenAIImages
    hourly: int = 200
    environment: ActivityEnvironment = field(default_factory=ActivityEnvironment)

    async def prices(self) -> PriceList:
        """Those of the database."""
        async with self.database.session() as session:
            return await PriceStore().all(session)

    def providers(self) -> dict[str, FootagePort]:
        """All of them, with the servers of this test behind."""
        libraries: list[Library] = [
            Pexels(self.pexels.key, base_url=self.pexels.url, hourly=self.hourly, seconds=3),
            Pixabay(self.pixabay.key, base_url=self.pixabay.url, seconds=3),
            Shutterstock(
                self.shutterstock.token, self.store, self.calls, self.prices, base_url=self.shutterstock.url, seconds=3
            ),
        ]  # fmt: skip
        found = {one.name: LibraryFootage(one, self.store, self.calls, self.limits, download_seconds=3) for one in libraries}
        images = OpenAIPictures(
            "openai-image",
            self.images.model,
            api_key=self.images.key,
            prices=self.prices,
            base_url=f"{self.images.url}/v1",
            seconds=3,
        )
        return {**found, "openai-image": OpenAIImageFootage(images, self.calls), "designed": DesignedFootage()}

    async def film(self, provider: str, script: Script, video: VideoInput, scenes: tuple[int, ...] | None = None) -> FootageMade:
        """What the step makes of the scenes of a script."""
        ref = self.store.put_content("script", script.model_dump_json().encode())
        task = FootageTask(
            video=video, provider=provider, script=ref, scenes=tuple(range(len(script.scenes))) if scenes is None else scenes
        )
        step = FootageActivity(self.store, self.providers(), look_at, FootageUses(self.database))
        made: FootageMade = await self.environment.run(step.find_footage, task)
        return made

    def takes(self, made: FootageMade) -> list[Take]:
        """The contents."""
        return [self.store.read_model(ref, Take) for ref in made.takes]

    async def spent(self) -> Decimal:
        """In all, with what is still reserved."""
        found: Decimal = await self.database.value("select coalesce(sum(spent + reserved), 0) from costs.entries")
        return found


@pytest.fixture
def servers() -> Iterator[tuple[FakePexels, FakePixabay, FakeShutterstock, FakeOpenAIImages]]:
    """The four providers."""
    with FakePexels() as pexels, FakePixabay() as pixabay, FakeShutterstock() as shutterstock, FakeOpenAIImages() as images:
        yield pexels, pixabay, shutterstock, images


@pytest_asyncio.fixture
async def studio(
    database: Database, settings: Settings, servers: tuple[FakePexels, FakePixabay, FakeShutterstock, FakeOpenAIImages]
) -> Studio:
    """The step with its servers."""
    calls = Calls(Charges(Ledger(database, OPEN)), Breakers(BreakerStore(database)))
    return Studio(database, open_store(settings), calls, ProviderCalls(database), *servers)


Video = Callable[[], Awaitable[VideoInput]]


@pytest.fixture
def another(database: Database) -> Video:
    """Accepts another video of one channel."""

    async def make() -> VideoInput:
        video = await a_video(database)
        return video.model_copy(update={"request": VideoRequest(topic="Tides")})

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for files."""
    return tmp_path
