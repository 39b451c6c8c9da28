"""The product's words: code and documents say that a program returns, polls or reports, not that it tells or looks."""

import re
from pathlib import Path
from typing import Final

import pytest

import contract

ROOT: Final = Path(contract.__path__[0]).parent
PACKAGES: Final = ("contract", "activities", "workflows", "worker", "sagemaker_standin")
FILES: Final = [
    *(module for package in PACKAGES for module in sorted((ROOT / package).rglob("*.py"))),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("*.md")),
]
OLD_WORDS: Final = re.compile(
    r"\b(tells?|told|looks?|looked|looking|whoever|nobody|somebody|anew|by itself)\b", re.IGNORECASE
)
ALLOWED: Final[frozenset[str]] = frozenset()
"""Lines in which such a word is justified."""


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_plain_words(path: Path) -> None:
    """Each of these words stood for several precise ones (`docs/glossary.md`)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [line.strip() for line in lines if OLD_WORDS.search(line) and line.strip() not in ALLOWED]
    assert found == []
