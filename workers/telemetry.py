"""Logs of a process: one JSON object a line, secrets masked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from models.settings import Settings

SECRET_NAMES = re.compile(r"(password|secret|token|authorization|api[_-]?key|cookie|credential)", re.IGNORECASE)
SECRET_VALUES = re.compile(r"(postgres(?:ql)?://[^:/\s]+:)[^@\s]+(@)|(Bearer\s+)\S+", re.IGNORECASE)
MASK = "***"


def begin_logging(settings: Settings, process: str) -> None:
    """Log to standard output from here on, with the process's name in every line."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
            foreign_pre_chain=chain,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def mask_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask values of telling names, and passwords inside addresses."""
    for name, value in event.items():
        if SECRET_NAMES.search(name):
            event[name] = MASK
        elif isinstance(value, str):
            event[name] = SECRET_VALUES.sub(lambda found: f"{found[1]}{MASK}{found[2]}" if found[1] else f"{found[3]}{MASK}", value)
    return event
