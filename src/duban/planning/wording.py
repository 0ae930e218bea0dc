"""How an input reads as a point, and how a refused draw explains itself."""

from datetime import date, datetime, timedelta

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign, Category, Directive, DirectiveKind
from duban.inspection.models import Finding
from duban.kernel.actor import Actor
from duban.kernel.office_words import in_office_language
from duban.planning.inputs import Proposal, new_directives, yesterdays_findings
from duban.planning.models import PointSource

TEXT_LIMIT, NOTE_LIMIT = 300, 160


@in_office_language
def of_directive(directive: Directive, source: str, at: datetime) -> list[Proposal]:
    """This function will return one proposal per measure in force, or one for the directive itself."""
    number = f" {directive.number}" if directive.number else ""
    note = Truncator(f"{directive.issuer_title}{number}《{directive.title}》").chars(NOTE_LIMIT)
    found = []
    for measure in directive.measures.all():
        if measure.effective_to is not None and measure.effective_to <= at:
            continue
        names = sorted({item.name for item in measure.check_items.all()})
        text = Truncator(measure.text).chars(TEXT_LIMIT)
        found.append(Proposal(source, text, note, directive, measure, check_items=names))
    if not found:
        text = _("查《%(title)s》落实情况") % {"title": Truncator(directive.title).chars(160)}
        found.append(Proposal(source, text, note, directive))
    return found


@in_office_language
def of_findings(category: Category, findings: list[Finding], eve: date) -> Proposal:
    """This function will return one proposal for the findings of a category of the day before."""
    sites = len({finding.site_id for finding in findings})
    day = _("%(month)s月%(day)s日") % {"month": eve.month, "day": eve.day}
    text = _("%(category)s：%(eve)s发现 %(count)s 个问题，涉及 %(sites)s 处，今日各组对照检查") % {
        "category": category.title, "eve": day, "count": len(findings), "sites": sites,
    }  # fmt: skip
    numbers = "、".join(str(finding) for finding in findings[:12])
    more = _(" 等") if len(findings) > 12 else ""
    note = _("问题 %(numbers)s%(more)s") % {"numbers": numbers, "more": more}
    names = sorted({one.check_item_name for one in findings if one.check_item_name})
    return Proposal(
        PointSource.FINDING, text, Truncator(note).chars(NOTE_LIMIT), category=category, findings=findings,
        check_items=names,
    )  # fmt: skip


@in_office_language
def proposals(actor: Actor, campaign: Campaign, day: date, at: datetime) -> list[Proposal]:
    """Return the points the three inputs propose for a day, directives first, findings by frequency (S2-33)."""
    found: list[Proposal] = []
    for directive in new_directives(campaign, day, at):
        announced = directive.kind == DirectiveKind.ANNOUNCEMENT
        source = PointSource.ANNOUNCEMENT if announced else PointSource.DIRECTIVE
        found += of_directive(directive, source, at)
    found.sort(key=lambda one: one.source == PointSource.ANNOUNCEMENT)
    for category, group in yesterdays_findings(actor, campaign, day):
        found.append(of_findings(category, group, day - timedelta(days=1)))
    return found
