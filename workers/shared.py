"""What the API and the workers of the laptop stack both need: its loader imports this once for all of them."""

# ruff: noqa: F401 - each is imported to be there

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

import activities.artifacts
import activities.http
import activities.upload.upkeep
import models.costs.estimate
import models.costs.store
import models.encryption
import models.system.webhooks
import models.videos.decisions
import models.videos.markdown
import models.videos.metadata
import models.videos.store
import workflows.connecting
import workflows.starting

configure_mappers()  # else each process does it at its first query
