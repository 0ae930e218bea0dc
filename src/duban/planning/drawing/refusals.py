"""Why a draw cannot be made: which demand cannot hold, what it needs, what there is."""


class Infeasible(Exception):
    """A demand that cannot hold: which constraint, what was needed, what there is."""

    def __init__(self, constraint: str, needed: float, available: float, subject: str = "") -> None:
        self.constraint = constraint
        self.needed = needed
        self.available = available
        self.subject = subject
        super().__init__(f"{constraint} {subject}: {needed} > {available}")

    @property
    def short_by(self) -> float:
        return round(self.needed - self.available, 6)
