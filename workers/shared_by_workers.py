"""What the workers of the laptop stack need besides `workers.shared`: the loader imports it while the API loads its own."""

# ruff: noqa: F401 - each is imported to be there

from __future__ import annotations

import activities.footage.media
import activities.render.engine
import activities.render.plan
import activities.upload.folder
import activities.webhooks.sender
import workers.adapters
import workers.control
import workers.picture_adapters
import workers.render
