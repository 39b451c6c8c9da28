from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass
class Switches:
    """A set of switches of the control API; each attribute is one, its annotation says which positions it has."""

    def switch(self, values: dict[str, Any]) -> None:
        """Set switches by name.

        Raises:
            ValueError: There is no such switch, or it has no such position; nothing is changed.
        """
        positions = get_type_hints(type(self))
        for name, value in values.items():
            if name not in positions:
                raise ValueError(f"no such {type(self).__name__.lower().rstrip('s')}: {name}")
            if get_origin(positions[name]) is Literal and value not in get_args(positions[name]):
                raise ValueError(f"{name} is one of {', '.join(get_args(positions[name]))}, not {value}")
        for name, value in values.items():
            setattr(self, name, value)
