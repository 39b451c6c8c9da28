"""References to secrets of the program itself, as settings and options have them."""

from typing import Final

from contract.secret_reference import SecretReference, is_secret_reference

ENVIRONMENT: Final = "env://"
FILE: Final = "file://"
FORMS: Final = "env://<VARIABLE>, file:///<path> or vault://<vault>/<secret>"


def check_reference(text: str) -> str:
    """Make sure that a text is a reference to a secret.

    Raises:
        ValueError: It is not. The text is not repeated: it may be the secret itself.
    """
    if is_secret_reference(text):
        SecretReference.parse(text)
    elif not (text.startswith(ENVIRONMENT) and text.removeprefix(ENVIRONMENT)) and not text.startswith(f"{FILE}/"):
        raise ValueError(f"must be a reference {FORMS}")
    return text
