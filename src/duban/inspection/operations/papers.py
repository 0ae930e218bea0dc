"""A team's daily sheet as a document: the figures of the day and what the team wrote, frozen."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.documents import operations as documents
from duban.documents.models import OfficialDocument
from duban.inspection import policy, queries
from duban.inspection.models import DailySheet
from duban.kernel import clock
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require


@in_office_language
@transaction.atomic
def issue_daily_sheet(*, actor: Actor, at: datetime, sheet_id: UUID) -> OfficialDocument:
    """This function will freeze a submitted daily sheet of an open team as a document.

    :raises Denied: for a covert team (it leaves no paper) or to a reader. :raises Invalid: before it is submitted.
    :raises Conflict: a second time.
    """
    rows = policy.sheets_visible_to(actor).select_related("team", "campaign__body")
    sheet = get_visible(rows, sheet_id)
    require(policy.can_issue_daily_sheet(actor, sheet))
    if sheet.submitted_at is None:
        raise Invalid("sheet_open", _("日报报送后才能出文。"))
    if OfficialDocument.objects.filter(kind="team_daily", subject_id=sheet.pk, state="issued").exists():
        raise Conflict("sheet_issued", _("这份日报已经出文。"))
    day = sheet.day
    title = _("%(team)s督导日报（%(month)s月%(day)s日）") % {
        "team": sheet.team.name,
        "month": day.month,
        "day": day.day,
    }
    return documents.issue_document(
        actor=actor, at=at, campaign=sheet.campaign, kind="team_daily", title=title,
        record=_record(sheet) | {"title": title}, subject=sheet, area_path=sheet.campaign.area_path,
    )  # fmt: skip


def _record(sheet: DailySheet) -> dict[str, Any]:
    figures = queries.sheet_figures(sheet.team, sheet.day, as_of=sheet.as_of)
    moment = sheet.submitted_at
    return {
        "issuer": sheet.team.name,
        "date": sheet.day.isoformat(),
        "sent": _("%(times)s批次，%(people)s人次")
        % {"times": figures.dispatches, "people": figures.person_times},
        "site_count": _("%(count)s个点位次") % {"count": figures.visits},
        "sites": "、".join(dict.fromkeys(figures.sites)),
        "on_spot": _("%(count)s个") % {"count": figures.on_spot},
        "orders": _("待确认、待交办%(count)s个") % {"count": figures.awaiting},
        "categories": [{"category": name, "count": count} for name, count in figures.by_category],
        "typical_problems": sheet.typical_problems,
        "difficulties": sheet.difficulties,
        "suggestions": sheet.suggestions,
        "tomorrow": sheet.tomorrow,
        "reported_by": sheet.submitted_by_label,
        "reported_at": f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else "",
        **({"as_of": f"{clock.local(sheet.as_of):%Y-%m-%d %H:%M}"} if sheet.as_of else {}),
    }
