"""References to secrets: `vault://<vault>/<secret>`, the only form in which a secret is ever written down."""

import re
from dataclasses import dataclass
from typing import Final, Self

PREFIX: Final = "vault://"

# Control characters and lone surrogates are in no vault's names, and some clients fail on them in odd ways.
_NAMES = r"[^\s#\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_REFERENCE = re.compile(
    r"vault://(?P<vault>[A-Za-z0-9][A-Za-z0-9_\-]{0,79})/"
    rf"(?P<secret>{_NAMES}{{1,512}})(#(?P<field>{_NAMES}{{1,256}}))?"
)


@dataclass(frozen=True)
class SecretReference:
    """Where a secret is kept: the name of a vault in the worker's configuration, and the secret's name there.

    `#<field>` at the end picks one member of a secret that is a JSON object, or one field of a HashiCorp secret.
    """

    vault: str
    secret: str
    field: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference.

        Raises:
            ValueError: If it is not one. The text is not repeated: it may be the secret itself.
        """
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise ValueError(
                "must be a reference vault://<vault>/<secret>, or vault://<vault>/<secret>#<field>, "
                "without blanks and control characters"
            )
        return cls(**match.groupdict())

    def __str__(self) -> str:
        return f"{PREFIX}{self.vault}/{self.secret}{f'#{self.field}' if self.field else ''}"


def is_secret_reference(value: str) -> bool:
    """Return whether a value refers to a secret instead of being data; the reference may still be malformed."""
    return value.startswith(PREFIX)
