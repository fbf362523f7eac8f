"""How fast the lanes work and how much is pending: what a computed Retry-After comes from."""

_DECAY = 0.98
"""Weight kept by what was known before: a rate is that of about the last fifty batches, a share of videos."""


class LoadMeter:
    """Multiply-adds a second of all lanes together, measured over the time they were busy.

    Args:
        lanes: batches that run at once.
    """

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        self._cost = 0.0
        self._seconds = 0.0

    def note(self, cost: float, seconds: float) -> None:
        """Count a batch that ran."""
        self._cost = self._cost * _DECAY + cost
        self._seconds = self._seconds * _DECAY + seconds

    @property
    def rate(self) -> float | None:
        """Multiply-adds a second when every lane is busy; None before the first batch."""
        return self._lanes * self._cost / self._seconds if self._seconds > 0 and self._cost > 0 else None

    def seconds_for(self, cost: float) -> float | None:
        """Seconds that work of a cost will take, None while the rate is unknown."""
        return None if self.rate is None else cost / self.rate


class SpentShare:
    """Of what videos that may leave early could take at most, the share that they take in the mean."""

    def __init__(self) -> None:
        self._executed = 0.0
        self._most = 0.0

    def note(self, executed: int, most: int) -> None:
        """Count a video that was answered."""
        self._executed = self._executed * _DECAY + executed
        self._most = self._most * _DECAY + most

    @property
    def value(self) -> float:
        """The share, 0 to 1; 1 before the first video."""
        return min(1.0, self._executed / self._most) if self._most else 1.0
