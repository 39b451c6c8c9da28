"""The platforms file: a worker's platforms and vaults, in TOML."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from activities.aws.configuration import Table, references_in
from activities.aws.platforms import Platform, PlatformAttributes
from activities.aws.secrets.vaults import LOCAL_PROVIDERS, Vault
from contract.secret_reference import SecretReference

_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,79}$")]

MAX_PROBLEMS_SHOWN: Final = 10
_UNION_TAGS: Final = frozenset(
    {"default", "web_identity", "access_key", "assume_role", "instance_profile"}
    | {"environment", "file", "aws_secrets_manager", "azure_key_vault", "google_secret_manager", "hashicorp_vault"}
)


class PlatformsFileError(Exception):
    """The platforms file cannot be used; the text names the file, the table, the key and the remedy."""


class PlatformsFile(Table):
    """Platforms and vaults of a worker, by name."""

    platforms: dict[_Name, PlatformAttributes] = Field(
        min_length=1, description="AWS connections; runs that name none use the one called 'default'."
    )
    vaults: dict[_Name, Vault] = Field(default_factory=dict, description="Where secrets are kept.")

    @model_validator(mode="after")
    def _references_lead_to_vaults(self) -> Self:
        for name, platform in self.platforms.items():
            for reference in references_in(platform):
                self._check(reference, f"platforms.{name}.auth")
        for name, vault in self.vaults.items():
            for reference in references_in(vault):
                self._check(reference, f"vaults.{name}")
                if self.vaults[reference.vault].provider not in LOCAL_PROVIDERS:
                    raise ValueError(
                        f"[vaults.{name}] refers to the vault '{reference.vault}': what opens a vault must itself "
                        "stand in a vault of the provider environment or file"
                    )
        return self

    def _check(self, reference: SecretReference, table: str) -> None:
        if reference.vault not in self.vaults:
            known = ", ".join(sorted(self.vaults)) or "none"
            raise ValueError(
                f"[{table}] refers to the vault '{reference.vault}', which this file does not have (it has: {known}); "
                f"add a table [vaults.{reference.vault}]"
            )

    def to_platforms(self, *, poll_interval: float, heartbeat_timeout: float) -> list[Platform]:
        """Give the platforms their names, and the given seconds where they say nothing themselves."""
        defaults = {"poll_interval": poll_interval, "heartbeat_timeout": heartbeat_timeout}
        return [
            Platform(name=name, **defaults | {key: value for key, value in attributes if value is not None})
            for name, attributes in self.platforms.items()
        ]


def read_platforms_file(path: Path) -> PlatformsFile:
    """Read a platforms file.

    Raises:
        PlatformsFileError: It is not there, not TOML, or says something that cannot be.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlatformsFileError(f"The platforms file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise PlatformsFileError(f"The platforms file {path} is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        raise PlatformsFileError(
            f"The platforms file {path} is not valid TOML{f' at {where[1]}' if where else ''}"
        ) from None
    try:
        return PlatformsFile.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=True)
        shown = [_describe(problem) for problem in problems[:MAX_PROBLEMS_SHOWN]]
        if len(problems) > MAX_PROBLEMS_SHOWN:
            shown.append(f"and {len(problems) - MAX_PROBLEMS_SHOWN} more")
        raise PlatformsFileError(f"The platforms file {path} cannot be used: {'; '.join(shown)}") from None


def _describe(problem: ErrorDetails) -> str:
    place = _place([str(part) for part in problem["loc"]])
    text = problem["msg"].removeprefix("Value error, ")
    table, _, key = place.rpartition(".")
    match problem["type"]:
        case "extra_forbidden":
            where = f"[{table}] {key}" if table else key
            return f"{where}: unknown key; remove it or correct its spelling"
        case "missing":
            return f"[{table}] {key}: required, but missing" if table else f"{key}: required, but missing"
        case "union_tag_not_found":
            return f"[{place}] {_tag_key(place)}: required, but missing"
        case "union_tag_invalid":
            expected = str(problem.get("ctx", {}).get("expected_tags", "")).replace("'", '"')
            return f"[{place}] {_tag_key(place)}: must be one of {expected}"
        case "value_error" if not place or re.match(r"[a-z_]+: ", text):
            return f"[{place}] {text}" if place else text
        case _:
            return f"[{table}] {key}: {text}" if table else f"{place}: {text}"


def _place(parts: list[str]) -> str:
    """Name the place as TOML does: without the tags that pydantic puts behind a union, with the key of a dictionary."""
    kept = [
        part
        for index, part in enumerate(parts)
        if not (part in _UNION_TAGS and _is_behind_a_union(parts[:index])) and part != "[key]"
    ]
    return ".".join(kept)


def _is_behind_a_union(parts: list[str]) -> bool:
    return parts[-1:] == ["auth"] or (len(parts) == 2 and parts[0] == "vaults")  # noqa: PLR2004 — vaults.<name>


def _tag_key(place: str) -> str:
    return "method" if place.endswith(".auth") else "provider"
