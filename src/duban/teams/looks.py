"""Who learned where a dispatch goes, and when: told by the journal, places by their number only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from duban.kernel.errors import Text
from duban.kernel.journal import VERBS
from duban.kernel.models import Event
from duban.teams.composition import LEADING
from duban.teams.models import Dispatch, DispatchSite
from duban.teams.queries import crew_of

PLANNED = ("dispatch.created", "dispatch.site_added")
OPENED = ("dispatch.site_revealed", "dispatch.site_seen", "dispatch.seal_broken")


@dataclass(frozen=True)
class Look:
    """One look: when, which post, what it was, at which place of the dispatch, why."""

    at: datetime
    who: str
    verb: str
    place: int | None
    reason: str

    @property
    def title(self) -> Text:
        return VERBS.get(self.verb, self.verb)

    @property
    def is_break(self) -> bool:
        return self.verb == "dispatch.seal_broken"


def looks_of(dispatch: Dispatch) -> list[Look]:
    """Return who planned the sites by hand, opened them, read them or broke their seal, in order of time."""
    places = dict(DispatchSite.objects.filter(dispatch=dispatch).values_list("pk", "ordinal"))
    of_sites = Event.objects.filter(
        subject_type=DispatchSite._meta.label_lower, subject_id__in=list(places), verb__in=OPENED
    )
    of_plan = Event.objects.filter(
        subject_type=Dispatch._meta.label_lower, subject_id=dispatch.pk, verb__in=PLANNED
    )
    rows = sorted([*of_plan, *of_sites], key=lambda one: (one.at, one.pk))
    return [Look(one.at, one.actor_label, one.verb, places.get(one.subject_id), one.reason) for one in rows]


def leads_of(dispatch: Dispatch) -> set[UUID]:
    """Return the head and deputies of the team and of the people on the dispatch."""
    standing = dispatch.team.members.filter(left_on=None, role__in=LEADING).values_list("user_id", flat=True)
    return {*standing, *(one.user_id for one in crew_of(dispatch) if one.role in LEADING)}
