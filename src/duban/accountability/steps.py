"""Pieces every step of a case shares: loading, who took part, required words, a vote that carries."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from duban.accountability import policy
from duban.accountability.limits import MIN_ATTENDEES
from duban.accountability.models import AccountabilityCase, ToleranceCase
from duban.kernel import clock, journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, NotFound, Text
from duban.kernel.loading import get_visible
from duban.territory.models import Unit


def load_case(actor: Actor, case_id: UUID) -> AccountabilityCase:
    """This function will return a visible case, locked."""
    return get_visible(policy.cases_visible_to(actor), case_id, lock=True)


def load_tolerance(actor: Actor, tolerance_id: UUID) -> ToleranceCase:
    """This function will return a visible tolerance case, locked."""
    return get_visible(policy.tolerance_cases_visible_to(actor), tolerance_id, lock=True)


def load_unit(unit_id: UUID | None) -> Unit:
    """This function will return a unit that still exists.

    :raises NotFound: if there is none.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound()
    return unit


def took_part(case: AccountabilityCase, actor: Actor) -> None:
    """This function will note that the actor handled the case: who did may not review its appeal (G-22)."""
    if actor.user_id is not None:
        case.handlers.add(actor.user_id)


def record(
    verb: str, *, actor: Actor, at: datetime, case: AccountabilityCase, reason: str = "", **detail: Any
) -> None:
    """This function will journal a step under the case's number; texts and subject stay out of the event."""
    journal.record(
        verb, actor=actor, at=at, subject=case, label=case.number_text, reason=reason, detail=detail or None
    )


def words(**texts: tuple[str, Text]) -> dict[str, str]:
    """This function will return the stripped texts.

    :raises Invalid: naming every empty one; each is given as (text, sentence to say when it is empty).
    """
    empty = {name: sentence for name, (text, sentence) in texts.items() if not (text or "").strip()}
    if empty:
        raise Invalid("words_missing", fields=empty)
    return {name: text.strip() for name, (text, _sentence) in texts.items()}


def not_later(day: date, at: datetime, field: str) -> date:
    """This function will return `day`.

    :raises Invalid: if it has not come yet.
    """
    if day > clock.local_day(at):
        raise Invalid("day_in_future", fields={field: _("日期不能晚于今天。")})
    return day


def posts(labels: Iterable[str]) -> list[str]:
    """This function will return post labels without blanks and repetitions, in order."""
    return list(dict.fromkeys(label.strip()[:80] for label in labels if label.strip()))


def vote_faults(attendees: list[str], votes: Mapping[str, int | None]) -> dict[str, Text]:
    """Return what is wrong with a collective decision: too few posts, a vote that fails."""
    faults: dict[str, Text] = {}
    if len(attendees) < MIN_ATTENDEES:
        faults["attendees"] = _("集体决定须列明出席岗位，不少于%(count)s个。") % {"count": MIN_ATTENDEES}
    counts = [votes.get(name) for name in ("votes_for", "votes_against", "votes_abstain")]
    if any(count is None or count < 0 for count in counts):
        faults["votes_for"] = _("请填写赞成、反对、弃权票数。")
    elif sum(count or 0 for count in counts) > len(attendees):
        faults["votes_for"] = _("票数多于出席岗位数。")
    elif (counts[0] or 0) * 2 <= len(attendees):
        faults["votes_for"] = _("赞成票未过出席岗位的半数，不能形成决定。")
    return faults
