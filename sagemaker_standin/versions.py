"""The versions of a pipeline and their aliases, as AWS's developer guide ("Pipeline version aliases") has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sagemaker_standin import texts
from sagemaker_standin.behaviours import Behaviours
from sagemaker_standin.definition import Definition
from sagemaker_standin.errors import AwsError, not_found, validation_error

_MOST_ALIASES: Final = 10


@dataclass
class PipelineVersion:
    """A definition as it was from one Create or Update on; `created_at` is simulated seconds."""

    number: int
    definition: Definition
    created_at: float
    display_name: str | None = None
    description: str | None = None
    aliases: list[str] = field(default_factory=list)


class PipelineVersions:
    """The versions of one pipeline, numbered from 1 on."""

    def __init__(self, behaviours: Behaviours) -> None:
        self._behaviours = behaviours
        self._versions: list[PipelineVersion] = []

    def __iter__(self) -> Iterator[PipelineVersion]:
        """Oldest first."""
        return iter(self._versions)

    @property
    def latest(self) -> PipelineVersion:
        """The newest version."""
        return self._versions[-1]

    def differs(self, definition: Definition) -> bool:
        """Whether an update to the definition makes a new version; every first definition does."""
        if not self._versions:
            return True
        if self._behaviours.changed_definitions == "json":
            return self.latest.definition.document != definition.document
        return self.latest.definition.text != definition.text

    def add(self, definition: Definition, aliases: Sequence[str], now: float) -> PipelineVersion:
        """A new version with its aliases.

        Raises:
            AwsError: an alias is refused.
        """
        version = PipelineVersion(len(self._versions) + 1, definition, now)
        self._check(version, aliases)
        version.aliases.extend(dict.fromkeys(aliases))
        self._versions.append(version)
        return version

    def numbered(self, number: int) -> PipelineVersion:
        """The version with this PipelineVersionId.

        Raises:
            AwsError: `ResourceNotFound`.
        """
        if number > len(self._versions):
            raise not_found(texts.DOES_NOT_EXIST.format(kind="Pipeline version", name=number))
        return self._versions[number - 1]

    def named(self, alias: str) -> PipelineVersion:
        """The version that has the alias now.

        Raises:
            AwsError: `ResourceNotFound`.
        """
        if (holder := self._holder(alias)) is None:
            raise not_found(texts.DOES_NOT_EXIST.format(kind="Pipeline version alias", name=alias))
        return holder

    def requested(self, request: dict[str, Any]) -> PipelineVersion:
        """The version that a request asks for: by PipelineVersionId, by PipelineVersionAlias, else the latest.

        Raises:
            AwsError: `ResourceNotFound` for an unknown one, `ValidationException` for both members at once.
        """
        number, alias = request.get("PipelineVersionId"), request.get("PipelineVersionAlias")
        if number is not None and alias is not None:
            raise validation_error(texts.VERSION_AND_ALIAS)
        if alias is not None:
            return self.named(alias)
        return self.latest if number is None else self.numbered(number)

    def change_aliases(self, version: PipelineVersion, add: Sequence[str], remove: Sequence[str]) -> None:
        """UpdatePipelineVersion's alias operations, all or none.

        Raises:
            AwsError: one of them is refused.
        """
        if both := sorted({*add} & {*remove}):
            raise validation_error(texts.ALIAS_ADDED_AND_REMOVED.format(alias=both[0]))
        if self._behaviours.needless_alias_changes == "refused":
            if present := [alias for alias in add if alias in version.aliases]:
                raise validation_error(texts.ALIAS_PRESENT.format(alias=present[0], number=version.number))
            if absent := [alias for alias in remove if alias not in version.aliases]:
                raise validation_error(texts.ALIAS_ABSENT.format(alias=absent[0], number=version.number))
        kept = [alias for alias in version.aliases if alias not in remove]
        self._check(version, add, kept)
        version.aliases = list(dict.fromkeys([*kept, *add]))

    def _holder(self, alias: str) -> PipelineVersion | None:
        return next((version for version in self._versions if alias in version.aliases), None)

    def _check(self, version: PipelineVersion, added: Sequence[str], kept: Sequence[str] = ()) -> None:
        for alias in added:
            if alias.isdecimal():
                raise validation_error(texts.ALIAS_OF_DIGITS.format(alias=alias))
            holder = self._holder(alias)
            if holder is not None and holder is not version:
                message = texts.ALIAS_TAKEN.format(alias=alias, number=holder.number)
                code = "ConflictException" if self._behaviours.taken_aliases == "conflict" else "ValidationException"
                raise AwsError(code, message)
        if len({*kept, *added}) > _MOST_ALIASES:
            raise validation_error(texts.TOO_MANY_ALIASES.format(number=version.number, most=_MOST_ALIASES))
