"""Logs: structlog for everything, JSON where no terminal is, with Temporal's ids on every event."""

import io
import logging
import sys
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, ExcInfo, Processor
from temporalio import activity, workflow

from worker.printable import printable
from worker.settings import Settings

TEMPORAL_KEYS: Final = ("workflow_id", "run_id", "workflow_type", "activity_type", "attempt", "task_queue")

# Without the frames' local variables, which both of structlog's defaults print: they hold parameters and credentials.
_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logs(settings: Settings) -> None:
    """Send structlog's events and the standard library's records to stderr, in one format.

    Workflow code logs through `workflow.logger`, which is silent while a history is replayed; structlog called
    directly there would log every event again.
    """
    # The ids come as keys (below), so the SDK must not append them to the text as well.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _temporal_ids,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    renderer: list[Processor] = (
        [_printable, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_traceback)]
        if console
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    # Their debug and info records have requests in full, and nothing that an operator needs.
    for name in ("azure", "boto3", "botocore", "google", "hvac", "msal", "requests", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _printable(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Make the texts of an event printable; JSON has its own escapes, and so has the `repr` of any other value."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = printable(value)
    return event


def _traceback(out: TextIO, exception: ExcInfo) -> None:
    """Write a traceback, whose messages may quote AWS or a caller."""
    written = io.StringIO()
    structlog.dev.plain_traceback(written, exception)
    out.write(printable(written.getvalue()))


def _temporal_ids(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Lay the ids that the SDK's loggers attach, or that the running activity has, flat into the event."""
    workflow_ids = event.pop("temporal_workflow", None)
    activity_ids = event.pop("temporal_activity", None)
    details = workflow_ids or activity_ids or (vars(activity.info()) if activity.in_activity() else {})
    # An activity calls the id of its workflow's run `workflow_run_id`.
    ids = {**details, "run_id": details.get("run_id") or details.get("workflow_run_id")}
    for key in TEMPORAL_KEYS:
        if ids.get(key) is not None:
            event.setdefault(key, ids[key])
    return event
