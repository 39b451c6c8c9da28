"""Definitions for the tests, in the schema 2020-12-01."""

import json
from collections.abc import Sequence
from typing import Any

JsonObject = dict[str, Any]
Entry = str | int | float | bool | JsonObject


def definition(steps: Sequence[JsonObject], parameters: Sequence[JsonObject] = ()) -> str:
    """The text of a definition."""
    return json.dumps({"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)})


def parameter(name: str, kind: str = "String", default: Entry | None = None, **more: Any) -> JsonObject:
    """A parameter; no default means that it must be given."""
    return {"Name": name, "Type": kind, **({} if default is None else {"DefaultValue": default}), **more}


def job(name: str, needs: Sequence[str] = (), members: JsonObject | None = None, **environment: Entry) -> JsonObject:
    """A Processing step whose environment holds `STANDIN_` settings: `seconds=5` becomes `STANDIN_SECONDS`."""
    settings = {f"STANDIN_{key.upper()}": value for key, value in environment.items()}
    return {
        "Name": name,
        "Type": "Processing",
        "DependsOn": list(needs),
        "Arguments": {"Environment": settings},
        **(members or {}),
    }


def step(name: str, kind: str, needs: Sequence[str] = (), **arguments: Any) -> JsonObject:
    """A step of any type."""
    return {"Name": name, "Type": kind, "DependsOn": list(needs), "Arguments": arguments}


def get(path: str) -> JsonObject:
    """A reference."""
    return {"Get": path}
