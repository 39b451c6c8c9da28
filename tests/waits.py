"""How long tests wait for what must come: long, because a machine that is busy with other work may need a minute."""

from typing import Final

PATIENCE_SECONDS: Final = 150.0
"""Half the time limit of a test (pyproject.toml), so that a wait that fails can say for what."""
