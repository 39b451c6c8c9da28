"""Tables of the platforms file: strict, immutable, and without plain secrets unless one insists."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    WithJsonSchema,
    model_validator,
)

from contract.secret_reference import SecretReference, is_secret_reference


class Table(BaseModel):
    """One TOML table; an unknown key is refused, and an error never repeats a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, regex_engine="python-re")


def _read_secret(value: Any) -> SecretReference | SecretStr:
    if isinstance(value, SecretReference | SecretStr):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("must be a reference vault://<vault>/<secret>")
    return SecretReference.parse(value) if is_secret_reference(value) else SecretStr(value)


Secret = Annotated[
    SecretReference | SecretStr,
    PlainValidator(_read_secret),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "vault://<vault>/<secret>; a plain secret only beside insecure_plaintext = true.",
        }
    ),
]
"""A secret in the file: the reference, or (where the table says `insecure_plaintext`) the secret itself."""


def _read_text(value: Any) -> SecretReference | str:
    if isinstance(value, SecretReference):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text that is not empty, or a reference vault://<vault>/<secret>")
    return SecretReference.parse(value) if is_secret_reference(value) else value


TextOrReference = Annotated[
    SecretReference | str,
    PlainValidator(_read_text),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
"""A text that is no secret but is often kept beside one: plain, or by reference."""


class SecretTable(Table):
    """A table with secrets in it."""

    insecure_plaintext: bool = Field(
        default=False, description="Allows secrets to stand in this table in clear; for trials, never for production."
    )

    @model_validator(mode="after")
    def _refuse_plain_secrets(self) -> Self:
        for name in type(self).model_fields:
            if isinstance(getattr(self, name), SecretStr) and not self.insecure_plaintext:
                raise ValueError(
                    f"{name}: a secret must not stand here in clear; write a reference vault://<vault>/<secret>, "
                    "or insecure_plaintext = true into the same table"
                )
        return self


def references_in(table: Table) -> Iterator[SecretReference]:
    """Find the references in a table and the tables within it."""
    for name in type(table).model_fields:
        match getattr(table, name):
            case SecretReference() as reference:
                yield reference
            case Table() as inner:
                yield from references_in(inner)
