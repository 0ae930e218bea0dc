"""How an input reads as a point, and how a refused draw explains itself."""

from datetime import date, datetime, timedelta

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign, Category, Directive, DirectiveKind
from duban.inspection.models import Finding
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.office_words import in_office_language
from duban.planning.draw import Infeasible
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


def explain(error: Infeasible) -> Invalid:
    """This function will turn an impossible demand into a sentence: which constraint, and by how much."""
    facts = {
        "subject": error.subject,
        "needed": error.needed,
        "available": error.available,
        "short": error.short_by,
    }
    words = {
        "teams": _("没有可派的组，或各组当日点位数为 0。"),
        "sites": _("片区内没有可抽的点位。"),
        "quota": _(
            "%(subject)s要抽 %(needed)s 处，按片区、回避和专家条件只抽得出 %(available)s 处，差 %(short)s 处。"
        ),
        "capacity": _(
            "必到点位 %(needed)s 处只能由 %(subject)s 去，当日容量 %(available)s 处，差 %(short)s 处。"
        ),
        "recusal": _("必到点位“%(subject)s”：片区内各组都有人申报回避，差 1 个可去的组。"),
        "expert": _("必到点位“%(subject)s”须有专家，片区内各组都没有专家，差 1 个可去的组。"),
        "sector": _("必到点位“%(subject)s”不在所选各组片区内，差 1 个可去的组。"),
    }
    text = words[error.constraint] % facts
    return Invalid(f"draw_infeasible_{error.constraint}", text, {"teams": text})


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
