import time
from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class _Stretch:
    """A span of constant speed: from `real` (epoch seconds) on, simulated time runs `scale` times as fast."""

    real: float
    simulated: float
    scale: float


class Clock:
    """Simulated seconds that pass `scale` times as fast as real ones.

    Durations of steps are simulated; every timestamp that a client sees is real. The speed can change at any moment, so
    a simulated instant is mapped back through the stretch in which it fell.
    """

    def __init__(self) -> None:
        self._stretches = [_Stretch(real=0.0, simulated=0.0, scale=1.0)]

    @property
    def scale(self) -> float:
        """Simulated seconds per real second, as of now."""
        return self._stretches[-1].scale

    def now(self) -> float:
        """The simulated instant of this real moment."""
        return self.simulated(time.time())

    def simulated(self, real: float) -> float:
        """The simulated instant of a real one that is not older than the last change of speed."""
        last = self._stretches[-1]
        return last.simulated + max(0.0, real - last.real) * last.scale

    def real(self, simulated: float) -> float:
        """Epoch seconds of a simulated instant."""
        position = bisect_right(self._stretches, simulated, key=lambda stretch: stretch.simulated) - 1
        stretch = self._stretches[max(0, position)]
        return stretch.real + (simulated - stretch.simulated) / stretch.scale

    def set_scale(self, scale: float, real: float) -> None:
        """Change the speed from the real instant `real` (epoch seconds) on.

        Raises:
            ValueError: the scale is not positive.
        """
        if scale <= 0:
            raise ValueError(f"the clock's scale must be positive, not {scale}")
        self._stretches.append(_Stretch(real=real, simulated=self.simulated(real), scale=scale))
