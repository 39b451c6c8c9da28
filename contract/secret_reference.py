"""References to secrets: `vault://<vault>/<secret>`, the only form in which a secret is ever written down."""

import re
from dataclasses import dataclass
from typing import Final, Self

PREFIX: Final = "vault://"

_REFERENCE = re.compile(
    r"vault://(?P<vault>[A-Za-z0-9][A-Za-z0-9_\-]{0,79})/(?P<secret>[^\s#]{1,512})(#(?P<field>[^\s#]{1,256}))?"
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
            raise ValueError("must be a reference vault://<vault>/<secret>, or vault://<vault>/<secret>#<field>")
        return cls(**match.groupdict())

    def __str__(self) -> str:
        return f"{PREFIX}{self.vault}/{self.secret}{f'#{self.field}' if self.field else ''}"


def is_secret_reference(value: str) -> bool:
    """Tell whether a value means a secret instead of being data; it may still be malformed."""
    return value.startswith(PREFIX)
