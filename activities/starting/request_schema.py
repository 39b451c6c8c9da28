"""JSON Schema (draft 2020-12) of the request of a job's creation, made of SageMaker's service model.

It takes what `activities.starting.job_request` takes, in AWS's own spelling: a value of an enumeration that the model
does not have is sent, so such values are examples, and any text but the job's name may be a secret's reference.
"""

import html
import re
from typing import Any, Final

import botocore
from botocore.model import ListShape, MapShape, Shape, StructureShape

from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import NameKey
from activities.starting.job_request import input_shape
from contract.job_kinds import JobKind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_DESCRIPTION_CHARS: Final = 500

_SECRET: Final = "SecretReference"  # noqa: S105 — the name of a definition
_PLAIN_TYPES: Final = {
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
}
_TAG: Final = re.compile(r"<[^>]*>")


def request_schema(kind: JobKind) -> dict[str, Any]:
    """Return the schema of the `request` of a kind of job."""
    row = KIND_OF_JOB[kind]
    shape = input_shape(row.create)
    writer = _Writer(row.key.member if isinstance(row.key, NameKey) else "")
    schema = writer.structure(shape, is_request=True)
    about = f"The request of a {row.noun}: {row.create}, as botocore {botocore.__version__} has it."
    return {"$schema": DIALECT, "title": row.create.name, "description": about} | schema | {"$defs": writer.definitions}


class _Writer:
    def __init__(self, name_member: str) -> None:
        self._name_member = name_member
        self.definitions: dict[str, Any] = {
            _SECRET: {
                "type": "string",
                "pattern": "^vault://",
                "description": "A secret's reference, vault://<vault>/<secret>.",
            }
        }

    def structure(self, shape: StructureShape, *, is_request: bool = False) -> dict[str, Any]:
        """Return the schema of an object; the name of a job may be left out, and a secret must not stand in it."""
        name = self._name_member if is_request else ""
        required = [member for member in shape.required_members if member != name]
        return {
            "type": "object",
            "properties": {
                member: self._described(inner, can_be_secret=member != name) for member, inner in shape.members.items()
            },
            **({"required": required} if required else {}),
            **({"minProperties": 1, "maxProperties": 1} if getattr(shape, "is_tagged_union", False) else {}),
            "additionalProperties": False,
        }

    def _described(self, shape: Shape, *, can_be_secret: bool = True) -> dict[str, Any]:
        about = _description(shape)
        return self._value(shape, can_be_secret=can_be_secret) | ({"description": about} if about else {})

    def _value(self, shape: Shape, *, can_be_secret: bool = True) -> dict[str, Any]:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if isinstance(shape, StructureShape):
            return self._reference(shape)
        if isinstance(shape, MapShape):
            keys = self._text(shape.key, can_be_secret=False)
            values = self._value(shape.value)
            entries = {"propertyNames": keys, "additionalProperties": values}
            return {"type": "object", **entries} | _bounds("Properties", least, most)
        if isinstance(shape, ListShape):
            return {"type": "array", "items": self._value(shape.member)} | _bounds("Items", least, most)
        if shape.type_name == "string":
            return self._text(shape, can_be_secret=can_be_secret)
        limits = {name: limit for name, limit in (("minimum", least), ("maximum", most)) if limit is not None}
        return {"type": _PLAIN_TYPES[shape.type_name], **(limits if shape.type_name != "boolean" else {})}

    def _reference(self, shape: StructureShape) -> dict[str, Any]:
        if shape.name not in self.definitions:
            # Before its members, for a structure may hold itself.
            self.definitions[shape.name] = {}
            self.definitions[shape.name] = self.structure(shape)
        return {"$ref": f"#/$defs/{shape.name}"}

    def _text(self, shape: Shape, *, can_be_secret: bool) -> dict[str, Any]:
        if values := getattr(shape, "enum", None):
            return {"type": "string", "examples": list(values)}
        limits = _bounds("Length", shape.metadata.get("min"), shape.metadata.get("max"))
        if pattern := _portable(shape.metadata.get("pattern")):
            limits["pattern"] = f"^(?:{pattern})$"
        if not limits or not can_be_secret:
            return {"type": "string", **limits}
        return {"type": "string", "anyOf": [limits, {"$ref": f"#/$defs/{_SECRET}"}]}


def _bounds(of_what: str, least: Any, most: Any) -> dict[str, Any]:
    bounds = {f"min{of_what}": least, f"max{of_what}": most}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _portable(pattern: str | None) -> str | None:
    """Return a pattern that validators in all languages compile; AWS's are Java's, and it checks them itself."""
    if pattern is None:
        return None
    try:
        re.compile(pattern)
    except re.error:
        return None
    return pattern


def _description(shape: Shape) -> str:
    """Return the model's documentation as plain text, whole words of it."""
    text = " ".join(html.unescape(_TAG.sub(" ", shape.documentation)).split())
    if len(text) <= MAX_DESCRIPTION_CHARS:
        return text
    return f"{text[:MAX_DESCRIPTION_CHARS].rpartition(' ')[0]} …"
