"""The auditor's review of acts that deserve a second look: rights given, seals broken, papers voided, data taken out.

Reviews lie in the journal itself: the subject of a `journal.reviewed` line is the last line the auditor looked at, so
what is new since then follows from the journal (G-27). Each auditor reviews apart.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from duban.campaigns.journal_scope import events_visible_to
from duban.kernel import journal
from duban.kernel.actor import Actor, Role
from duban.kernel.errors import Conflict
from duban.kernel.loading import get_visible
from duban.kernel.models import Event
from duban.kernel.policy import ALLOW, Decision, deny, require

WATCHED = frozenset({
    "user.created", "user.disabled", "user.enabled", "user.password_set", "grant.given", "grant.revoked",
    "role_rule.changed", "device.registered", "device.revoked", "recusal.decided", "dispatch.seal_broken",
    "dispatch.site_added", "dispatch.site_removed", "dispatch.member_swapped", "finding.withdrawn", "order.voided",
    "document.voided", "number.voided", "bulletin.withdrawn", "edition.corrected", "campaign.changed",
    "campaign.closed", "campaign.reopened", "campaign.erased", "risk_table.changed", "calendar.changed",
    "draw.revealed", "export.made", "bundle.taken", "backup.made", "backup.restored",
})  # fmt: skip
# A line gets its id before its transaction ends: what is younger than this may still be joined by an earlier one.
SETTLED = timedelta(minutes=1)


def can_review_journal(actor: Actor) -> Decision:
    """Test whether the actor reviews the journal: auditors only, never who administers or runs a campaign."""
    if actor.has_role({Role.AUDITOR}):
        return ALLOW
    return deny("not_auditor", _("留痕由审计岗复核。"))


def last_review(actor: Actor) -> Event | None:
    """Return the actor's own last review."""
    return (
        Event.objects.filter(verb="journal.reviewed", actor_id=actor.user_id).order_by("-at", "-id").first()
    )


def events_to_review(actor: Actor, at: datetime) -> QuerySet[Event]:
    """Return the watched lines of others since the actor's last review, oldest first, up to a minute ago."""
    if not can_review_journal(actor):
        return Event.objects.none()
    rows = events_visible_to(actor).filter(verb__in=WATCHED, at__lte=at - SETTLED)
    rows = rows.exclude(actor_id=actor.user_id)
    last = last_review(actor)
    return (rows.filter(pk__gt=last.subject_id) if last else rows).order_by("id")


@transaction.atomic
def review_journal(*, actor: Actor, at: datetime, until_id: UUID, note: str = "") -> Event:
    """This function will record that the actor looked at every watched line up to `until_id`, with what is doubtful.

    :raises Conflict: if these lines were reviewed already (a second window).
    """
    require(can_review_journal(actor))
    until = get_visible(events_visible_to(actor), until_id)
    seen = events_to_review(actor, at).filter(pk__lte=until.pk).count()
    if not seen:
        raise Conflict("already_reviewed", _("这些留痕已经复核过。"))
    paths = {path for path, campaign_id in actor.areas({Role.AUDITOR}) if campaign_id is None}
    return journal.record(
        "journal.reviewed", actor=actor, at=at, subject=until, label=_("%(n)s条") % {"n": seen},
        reason=note.strip(), detail={"count": seen}, area_path=min(paths, default=""),
    )  # fmt: skip
