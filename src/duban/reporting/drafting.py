"""First words for summaries and bulletins, drafted from facts: counts, places, what was found, what is late.

A person edits them afterwards. Nothing here judges; a section without facts says so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign, ScopeGroup
from duban.inspection.models import Finding, SupportRequest
from duban.inspection.states import FindingState
from duban.kernel import clock
from duban.kernel.office_words import in_office_language
from duban.reporting import indicators, questions
from duban.reporting.freezing import Count
from duban.teams.models import TeamKind

Section = dict[str, Any]
FACTS_SHOWN = 6
NAMES_SHOWN = 8


@in_office_language
def day_words(day: date) -> str:
    """This function will write a day as 2月16日."""
    return _("%(month)s月%(day)s日") % {"month": day.month, "day": day.day}


@in_office_language
def summary_sections(count: Count) -> list[Section]:
    """This function will draft the text of an edition; the first section, without heading, is the lead.

    Sections that speak in figures carry `is_frozen`: like the table they are never typed over.
    """
    return [
        {"heading": "", "paragraphs": [_lead(count)], "is_frozen": True},
        {"heading": _("总体情况"), "paragraphs": [_overall(count)], "is_frozen": True},
        _problems(_findings(count.ids("found"))),
        {"heading": _("需协调的事项"), "paragraphs": _supports(count)},
        {"heading": _("逾期与催办"), "paragraphs": [_lateness(count)], "is_frozen": True},
    ]


def _lead(count: Count) -> str:
    visits = indicators.period_visits(count.question)
    rows = list(visits.values_list("team_id", "team__kind", "round__number"))
    covert = {team for team, kind, _number in rows if kind == TeamKind.COVERT}
    open_teams = {team for team, _kind, _number in rows} - covert
    numbers = sorted({number for _team, _kind, number in rows})
    day = day_words(count.day)
    if not rows:
        return _("%(day)s，无检查记录。现将情况汇总如下。") % {"day": day}
    teams = _("%(n)s个督导组") % {"n": len(open_teams)} if open_teams else ""
    if covert:
        teams += ("、" if teams else "") + _("%(n)s个暗访组") % {"n": len(covert)}
    return _(
        "%(day)s，%(teams)s开展第%(rounds)s轮督导，到%(places)s，督导点位%(visits)s个次。现将情况汇总如下。"
    ) % {
        "day": day,
        "teams": teams,
        "rounds": "、".join(str(number) for number in numbers),
        "places": _places(count),
        "visits": len(rows),
    }


def _places(count: Count) -> str:
    groups = dict(count.campaign.scope_units.values_list("unit_id", "group"))
    towns = others = 0
    for line in count.lines:
        if not count.value(line.ordinal, "visits"):
            continue
        if groups.get(line.unit_id) == ScopeGroup.TOWNSHIP:
            towns += 1
        else:
            others += 1
    words = [_("%(n)s个乡镇（街道）") % {"n": towns}] if towns else []
    return "、".join(words + ([_("市直有关单位")] if others else []))


def _overall(count: Count) -> str:
    figures = {column: count.total(column) for column in ("found", "on_spot", "ordered", "found_total", "closed_total",
                                                          "fed_back", "in_hand", "overdue")}  # fmt: skip
    return (
        _(
            "今日发现问题%(found)s个，其中现场整改%(on_spot)s个；今日交办%(ordered)s个。"
            "累计发现问题%(found_total)s个，销号%(closed_total)s个，待核验%(fed_back)s个，"
            "整改中%(in_hand)s个，逾期%(overdue)s个。"
        )
        % figures
    )


def _findings(ids: Iterable[UUID]) -> list[Finding]:
    rows = Finding.objects.filter(pk__in=list(ids)).select_related("site", "category", "unit", "post")
    return list(rows.order_by("category__ordinal", "category__title", "found_at", "id"))


def _problems(findings: list[Finding]) -> Section:
    heading = _("存在的问题")
    if not findings:
        return {"heading": heading, "paragraphs": [_("今日未发现问题。")]}
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.category.title].append(finding)
    return {
        "heading": heading,
        "paragraphs": [],
        "sections": [{"heading": title, "paragraphs": [fact_line(rows)]} for title, rows in grouped.items()],
    }


@in_office_language
def fact_line(findings: list[Finding]) -> str:
    """This function will write the facts of findings as one paragraph: place, fact, cut off after a few."""
    facts = [
        f"{finding.site.name}：{finding.fact.strip().rstrip('。；')}" for finding in findings[:FACTS_SHOWN]
    ]
    text = "；".join(facts) + "。"
    left = len(findings) - FACTS_SHOWN
    return text + _("另有%(n)s个同类问题。") % {"n": left} if left > 0 else text


def _supports(count: Count) -> list[str]:
    rows = SupportRequest.objects.filter(campaign=count.campaign, raised_at__lte=count.as_of).select_related(
        "unit"
    )
    waiting = [
        row for row in rows.order_by("raised_at") if row.answered_at is None or row.answered_at > count.as_of
    ]
    return [f"{row.unit.label}：{row.text.strip().rstrip('。')}。" for row in waiting] or [_("无。")]


def _lateness(count: Count) -> str:
    late = Finding.objects.filter(pk__in=count.ids("overdue")).values_list("unit__name", flat=True)
    by_unit = Counter(late)
    signed = [indicators.figure(code, count.question).value or 0 for code in ("B6-2", "B6-3")]
    if not by_unit and not any(signed):
        return _("无逾期事项。")
    words = [_("%(name)s%(n)s个") % {"name": name, "n": n} for name, n in by_unit.most_common(NAMES_SHOWN)]
    if len(by_unit) > NAMES_SHOWN:
        words.append(_("其余%(n)s家单位") % {"n": len(by_unit) - NAMES_SHOWN})
    text = _("逾期%(n)s个") % {"n": sum(by_unit.values())} + (f"（{'、'.join(words)}）" if words else "")
    return text + _("；今日签发催办%(urged)s份、提级督办%(escalated)s份。") % {
        "urged": signed[0],
        "escalated": signed[1],
    }


@in_office_language
def bulletin_lead(campaign: Campaign, day: date, findings: list[Finding], as_of: datetime) -> str:
    """This function will draft the opening paragraph of a bulletin: date, scope, how many places and problems."""
    question = questions.Question(campaign, as_of=as_of, since=clock.start_of_day(day))
    visits = list(indicators.period_visits(question).values_list("team_id", "site_id", "round__number"))
    numbers = sorted({number for _team, _site, number in visits})
    rounds = _("第%(numbers)s轮") % {"numbers": "、".join(map(str, numbers))} if numbers else ""
    return _(
        "%(day)s，%(teams)s个组开展%(rounds)s督导，督导点位%(visits)s个次。现将%(n)s个问题通报如下。"
    ) % {
        "day": day_words(day),
        "teams": len({team for team, _site, _number in visits}),
        "rounds": rounds,
        "visits": len(visits),
        "n": len(findings),
    }


@in_office_language
def bulletin_sections(findings: list[Finding], *, by: str = "category") -> list[Section]:
    """This function will draft the body of a bulletin: problems by category or by unit, then what is asked."""
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.unit.name if by == "unit" else finding.category.title].append(finding)
    on_spot = sum(finding.is_on_spot for finding in findings)
    closed = sum(finding.state == FindingState.WRITTEN_OFF for finding in findings)
    overall = _("通报问题%(n)s个，涉及%(units)s家单位；其中现场整改%(on_spot)s个，已销号%(closed)s个。") % {
        "n": len(findings),
        "units": len({finding.unit_id for finding in findings}),
        "on_spot": on_spot,
        "closed": closed,
    }
    return [
        {"heading": _("总体情况"), "paragraphs": [overall]},
        {
            "heading": _("存在的问题"),
            "paragraphs": [],
            "sections": [
                {"heading": title, "paragraphs": [fact_line(rows)]} for title, rows in grouped.items()
            ],
        },
        {
            "heading": _("下步工作要求"),
            "paragraphs": [_("有关单位对照清单整改，按交办单期限反馈。其他单位对同类问题自行检查。")],
        },
    ]


def length_of(sections: list[Section]) -> int:
    """This function will count the characters of a text, headings included."""
    total = 0
    for section in sections:
        total += len(section.get("heading", "")) + sum(len(text) for text in section.get("paragraphs", []))
        total += length_of(section.get("sections", []))
    return total
