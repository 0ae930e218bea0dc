"""From an edition or a bulletin to the record of its official document (documents/kinds): plain text, frozen figures."""

from typing import Any

from django.utils.translation import gettext as _

from duban.documents.models import Number
from duban.inspection.models import Finding
from duban.kernel import clock, seals
from duban.kernel.office_words import in_office_language
from duban.reporting import drafting, queries
from duban.reporting.models import Bulletin, Edition

Record = dict[str, Any]


@in_office_language
def edition_title(edition: Edition) -> str:
    """This function will return the title of a summary, e.g. 关于2月16日督导情况的汇总."""
    title = _("关于%(day)s督导情况的汇总") % {"day": drafting.day_words(edition.day)}
    return title if edition.supersedes_id is None else title + _("（更正）")


@in_office_language
def edition_record(edition: Edition) -> Record:
    """This function will return the record of kind daily_summary."""
    campaign = edition.campaign
    table = queries.edition_table(edition)
    local = clock.local(edition.as_of)
    lead = [
        text for part in edition.sections if not part.get("heading") for text in part.get("paragraphs", [])
    ]
    notes = (
        [_("更正说明：%(reason)s。") % {"reason": edition.correction_reason}]
        if edition.correction_reason
        else []
    )
    return {
        "letterhead": _("%(title)s每日汇总") % {"title": campaign.title},
        "title": edition_title(edition),
        "issuer": campaign.body.name,
        "as_of": local.strftime("%Y-%m-%d %H:%M"),
        "date": local.date().isoformat(),
        "addressees": [campaign.headquarters.name if campaign.headquarters else campaign.body.name],
        "paragraphs": lead + notes,
        "sections": [part for part in edition.sections if part.get("heading")],
        "figures": {
            "columns": [_("单位"), *(str(column.title) for column in table.columns)],
            "rows": [[line.title, *(cell.value for cell in line.cells)] for line in table.lines],
            "total": [_("合计"), *(cell.value for cell in table.total.cells)],
        },
        "definition_version": _("第%(n)s版") % {"n": edition.definition_version},
        "journal_root": seals.latest_root(),
    }


@in_office_language
def bulletin_record(bulletin: Bulletin, number: Number | None) -> Record:
    """This function will return the record of kind bulletin; without a number it is a preview of the draft."""
    campaign = bulletin.campaign
    issue = number.serial if number else "×"
    places = dict(campaign.scope_units.values_list("unit_id", "ordinal"))
    listed = sorted(bulletin.recipients.order_by("path"), key=lambda unit: places.get(unit.pk, len(places)))
    recipients = [unit.name for unit in listed]
    lead = [text.strip() for text in bulletin.lead.splitlines() if text.strip()]
    return {
        "letterhead": _("%(title)s督导通报") % {"title": campaign.title},
        "title": bulletin.title,
        "issue_no": issue,
        "total_issue_no": issue,
        "issuer": campaign.body.name,
        "date": bulletin.day.isoformat(),
        "addressees": recipients or [_("各有关单位")],
        "paragraphs": lead or [bulletin.title],
        "sections": bulletin.sections or [{"heading": _("存在的问题"), "paragraphs": [_("无。")]}],
        "problems": [_problem(finding) for finding in queries.bulletin_findings(bulletin)],
    }


def _problem(finding: Finding) -> dict[str, str]:
    return {
        "inspected_at": drafting.day_words(clock.local_day(finding.found_at)),
        "unit": finding.unit.label,
        "place": finding.site.name,
        "problem": finding.fact.strip(),
        "duty_post": finding.post.title if finding.post else "",
        "state": str(finding.get_state_display()),
    }
