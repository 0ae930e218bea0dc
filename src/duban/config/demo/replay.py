"""The replay: a queue of acts in time order under a simulated clock. Each act calls one operation as its actor.

`Replay.schedule(at, act)` puts an act on the queue; acts may schedule what follows (a reply after a receipt). The
queue runs up to the open day's moment; what lies after it stays undone and is the visitor's work.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from duban.campaigns.models import Campaign
from duban.config.demo.cast import Cast
from duban.config.demo.place import Place
from duban.kernel import clock, jobs

Act = Callable[[datetime], Any]


@dataclass
class Replay:
    """State of a replay: the queue, the city, the cast, the campaign, a seeded chance."""

    script: dict[str, Any]
    place: Place
    cast: Cast
    campaign: Campaign
    progress: Callable[[str], None]
    chance: random.Random = field(init=False)
    now: datetime = field(init=False)
    until: datetime = field(init=False)
    _queue: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _order: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        city = self.script["city"]
        self.chance = random.Random(city["seed"])  # noqa: S311 - a replay must be repeatable
        self.until = clock.moment(city["open_day"], time.fromisoformat(city["open_until"]))
        self.now = clock.start_of_day(city["starts_on"])

    def at(self, day: date, text: str) -> datetime:
        """This function will return the moment `HH:MM` of a day of the replay."""
        hour, minute = (int(part) for part in text.split(":"))
        return clock.moment(day, time(hour, minute))

    def days_left(self, at: datetime) -> int:
        """This function will return how many days lie between a moment and the open day; 0 on the open day itself."""
        return (clock.local_day(self.until) - clock.local_day(at)).days

    def schedule(self, at: datetime, act: Act) -> None:
        """This function will put `act` on the queue, never before now."""
        heapq.heappush(self._queue, (max(at, self.now), next(self._order), act))

    def after(self, minutes: float, act: Act) -> None:
        """This function will schedule `act` some minutes from now."""
        self.schedule(self.now + timedelta(minutes=minutes), act)

    def between(self, low: float, high: float) -> float:
        """This function will draw a number of minutes."""
        return self.chance.uniform(low, high)

    def sweep(self, at: datetime, *names: str) -> None:
        """This function will have the named sweeps run at a moment, as the worker's tick would."""

        def act(moment: datetime) -> None:
            for name in names:
                if jobs.run_sweeps(moment, only=name).get(name, 0) < 0:
                    raise RuntimeError(f"sweep {name} failed")

        self.schedule(at, act)

    def run(self) -> None:
        """This function will play every act up to the open moment; later ones are left for the visitor."""
        while self._queue and self._queue[0][0] <= self.until:
            at, _number, act = heapq.heappop(self._queue)
            self.now = at
            act(at)
            self.progress("act")
        self.now = self.until
