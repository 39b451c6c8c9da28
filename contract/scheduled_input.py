"""The fields that the inputs of all runs have for schedules, and the rendering of their templates before validation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, ValidationError

from contract.json_walk import bracketed
from contract.spelling import MAX_PROBLEMS_DESCRIBED, InputDocument, field_of
from contract.templates import DEFAULT_ZONE, Allowance, ScheduledStart, TooMuchTextError, render
from contract.texts import texts, with_texts
from contract.time_zones import TimeZoneName

TEMPLATED: Final = frozenset({"parameters", "display_name", "description", "request"})
"""Fields in whose texts templates are rendered; keys and names are none."""


def read_time(given: object) -> datetime:
    """Read a time with its zone; the result is in UTC.

    Raises:
        ValueError: It is none.
    """
    try:
        time = datetime.fromisoformat(given) if isinstance(given, str) else given
        if isinstance(time, datetime) and time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a time with its zone in RFC 3339, such as 2026-07-04T02:00:00Z")


Templates = Annotated[
    bool,
    Field(
        description="Whether templates are filled in before the input is validated: {scheduled_time}, "
        "{scheduled_time-1d@Europe/Berlin:%Y-%m-%d}, {schedule}; {{ and }} are braces.",
    ),
]
ScheduledTime = Annotated[
    datetime | None,
    BeforeValidator(read_time),
    Field(description="The time that templates stand for, with its zone; that of the run's schedule if left out."),
]
TemplateZone = Annotated[
    TimeZoneName,
    Field(description="The zone of templates that name none, such as Europe/Berlin: that of the schedule."),
]


class _Settings(InputDocument):
    scheduled_time: ScheduledTime = None
    time_zone: TemplateZone = DEFAULT_ZONE


def rendered(given: object, document: type[InputDocument], start: ScheduledStart) -> object:
    """Return an input with its templates filled in; as it is, if it does not ask for that.

    Args:
        given: The input, decoded from JSON but not validated. One that was validated before is returned as it is: a
            brace in it is no template any more.
        document: The model of the input.
        start: Which start of which schedule the run is; `scheduled_time` in the input wins over its time.

    Raises:
        ValueError: With all problems, each with the path of its text.
    """
    if not isinstance(given, dict):
        return given
    names = {key: field_of(document, str(key)) for key in given}
    fields = {name: given[key] for key, name in names.items() if name is not None}
    if fields.get("templates") is not True:
        return given
    try:
        settings = _Settings.model_validate({name: fields.get(name) for name in _Settings.model_fields})
    except ValidationError:
        return given  # The validation that follows reports it.
    start = start.model_copy(update={"time": settings.scheduled_time or start.time})
    templated = {key: name for key, name in names.items() if name in TEMPLATED}
    filled = _filled({name: given[key] for key, name in templated.items()}, start, settings.time_zone)
    return {**given, **{key: with_texts(given[key], filled) for key in templated}}


def _filled(fields: Mapping[str, Any], start: ScheduledStart, zone: str) -> dict[str, str]:
    """Render all texts of some fields, up to the last problem that is described; return the results by text.

    Raises:
        ValueError: A text cannot be rendered, or all of them are too large.
    """
    results: dict[str, str] = {}
    sizes: dict[str, int] = {}
    problems: list[str] = []
    allowance = Allowance()
    for name, path, text in ((name, *found) for name, value in fields.items() for found in texts(value)):
        if text in results:
            allowance.take_bytes(sizes[text])
            continue
        left = allowance.size
        try:
            results[text] = render(text, start, zone, allowance)
            sizes[text] = left - allowance.size
        except TooMuchTextError:
            raise
        except ValueError as error:
            problems.append(f"{bracketed(name, path)}: {error}")
        if len(problems) == MAX_PROBLEMS_DESCRIBED:
            problems.append("texts after these were not read")
            break
    if problems:
        raise ValueError("; ".join(problems))
    return {text: result for text, result in results.items() if result != text}
