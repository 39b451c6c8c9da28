"""Tests that are long by nature: `FAULTS=long make test` runs them, too."""

import os
from typing import Final

import pytest

IS_LONG: Final = os.environ.get("FAULTS") == "long"

only_when_long = pytest.mark.skipif(not IS_LONG, reason="long by nature: FAULTS=long runs it")
