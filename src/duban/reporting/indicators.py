"""The indicators of DOMAIN §4.2 by the counting rules of §4.1, each with its formula in words and the rows behind it.

`figures(question)` answers all of them. A figure never stands alone: it carries scope, period, as-of time and the
version of the definitions. Changing a rule raises DEFINITION_VERSION.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Q, QuerySet, Sum, TextField
from django.db.models import DateTimeField as DateTime
from django.db.models.functions import Cast, TruncDate
from django.utils.translation import gettext_lazy as _

from duban.inspection.models import Finding, Mode, Visit
from duban.kernel import clock
from duban.kernel.errors import NotFound, Text
from duban.rectification.models import OrderItem, UrgeStep, VerificationOutcome, WorkOrder
from duban.reporting import questions
from duban.reporting.moments import (
    counted,
    issued_bulletins,
    issued_orders,
    submitted_visits,
    with_history,
    with_present,
)
from duban.reporting.questions import Question
from duban.sites.models import Site
from duban.teams.models import TeamKind
from duban.territory.models import Unit

DEFINITION_VERSION = 1
RECURRENCE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its rows. A rate has numerator and denominator; without a denominator its value is None (—)."""

    value: int | Decimal | None
    rows: QuerySet = field(repr=False)
    numerator: int | None = None
    denominator: int | None = None

    @property
    def is_rate(self) -> bool:
        return self.denominator is not None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: code, words, unit, what its rows are, and how it is worked out."""

    code: str
    title: Text
    formula: Text
    unit: Text
    rows_kind: str
    compute: Callable[[Question], Figure] = field(repr=False)
    version: int = DEFINITION_VERSION


INDICATORS: dict[str, Indicator] = {}
Compute = Callable[[Question], Figure]


def indicator(
    code: str, title: Text, formula: Text, unit: Text, rows_kind: str
) -> Callable[[Compute], Compute]:
    """This decorator will add a computation to the catalogue under its code."""

    def register(compute: Compute) -> Compute:
        INDICATORS[code] = Indicator(code, title, formula, unit, rows_kind, compute)
        return compute

    return register


def figure(code: str, question: Question) -> Figure:
    """This function will answer one indicator.

    :raises NotFound: for an unknown code.
    """
    if code not in INDICATORS:
        raise NotFound("unknown_indicator")
    return INDICATORS[code].compute(question)


def figures(question: Question, codes: Iterable[str] | None = None) -> dict[str, Figure]:
    """This function will answer the named indicators (default: all), by code."""
    return {code: figure(code, question) for code in (codes or INDICATORS)}


def broken_down(code: str, question: Question, dimension: str) -> list[tuple[Any, str, int]]:
    """This function will return (key, label, count) of an indicator's rows by a dimension, largest first.

    :raises NotFound: if the rows of the indicator cannot be told apart by it.
    """
    rows_kind = INDICATORS[code].rows_kind if code in INDICATORS else ""
    if dimension not in questions.DIMENSIONS.get(rows_kind, {}):
        raise NotFound("unknown_dimension")
    key, label = questions.DIMENSIONS[rows_kind][dimension]
    rows = (
        figure(code, question).rows.order_by().values_list(key, label).annotate(n=Count("pk", distinct=True))
    )
    words = questions.DIMENSION_LABELS.get(dimension, {})
    found = [(value, str(words.get(text, text)), n) for value, text, n in rows]
    return sorted(found, key=lambda row: (-row[2], row[1]))


def share(numerator: int, denominator: int) -> Decimal | None:
    """This function will return a percentage to one decimal, or None (—) when there is nothing to divide by."""
    if not denominator:
        return None
    exact = Decimal(numerator) * 100 / Decimal(denominator)
    return exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def standing(question: Question) -> QuerySet[Finding]:
    """Return the counted findings up to the moment, with is_closed, is_fed_back and is_late."""
    rows = counted(questions.findings(question), question.moment)
    return with_present(rows) if question.is_live else with_history(rows, question.moment)


def new_findings(question: Question) -> QuerySet[Finding]:
    """Return the findings counted within the period."""
    return counted(questions.findings(question), question.moment, since=question.since)


def period_visits(question: Question) -> QuerySet[Visit]:
    """Return the visits counted within the period."""
    return submitted_visits(questions.visits(question), question.moment, since=question.since)


def period_orders(question: Question) -> QuerySet[WorkOrder]:
    """Return the orders issued within the period."""
    return issued_orders(questions.orders(question), question.moment, since=question.since)


def _count(rows: QuerySet) -> Figure:
    return Figure(rows.count(), rows)


def _rate(part: QuerySet, whole: QuerySet) -> Figure:
    numerator, denominator = part.count(), whole.count()
    return Figure(share(numerator, denominator), part, numerator, denominator)


def _between(rows: QuerySet, name: str, question: Question) -> QuerySet:
    rows = rows.filter(**{f"{name}__lte": question.as_of})
    return rows.filter(**{f"{name}__gt": question.since}) if question.since else rows


# A: what was done ----------------------------------------------------------------------------------------
@indicator("A1-1", _("督导组"), _("已设立且未撤销的公开督导组、专班组数"), _("个"), "team")
def open_teams(question: Question) -> Figure:
    return _count(questions.teams(question).exclude(kind=TeamKind.COVERT))


@indicator("A1-2", _("暗访组"), _("已设立且未撤销的暗访组数，只出数字"), _("个"), "team")
def covert_teams(question: Question) -> Figure:
    return _count(questions.teams(question).filter(kind=TeamKind.COVERT))


@indicator("A2-1", _("督导轮次"), _("期内开始的轮次；一轮为各组对范围内的一次覆盖，可跨日"), _("轮"), "round")
def rounds_held(question: Question) -> Figure:
    rows = questions.rounds(question).filter(starts_on__lte=question.last_day)
    return _count(rows.filter(starts_on__gte=question.first_day) if question.since else rows)


@indicator("A2-2", _("派出批次"), _("一个组一天派出一次为一批次，计已出发的"), _("批次"), "dispatch")
def dispatches_made(question: Question) -> Figure:
    return _count(_between(questions.dispatches(question), "departed_at", question))


@indicator("A3", _("派出人次"), _("各批次人数相加，不是人数"), _("人次"), "dispatch")
def person_times(question: Question) -> Figure:
    rows = _between(questions.dispatches(question), "departed_at", question)
    ids = list(rows.values_list("pk", flat=True)) if question.path else None
    base = rows if ids is None else rows.model.objects.filter(pk__in=ids)
    return Figure(base.order_by().aggregate(total=Sum("member_count"))["total"] or 0, rows)


@indicator("A4-1", _("督导点位"), _("期内检查过的不同点位数"), _("个"), "site")
def sites_visited(question: Question) -> Figure:
    rows = Site.objects.filter(pk__in=period_visits(question).order_by().values("site_id"))
    return _count(rows.order_by("area_path", "code"))


@indicator("A4-2", _("督导点位（次）"), _("期内提交的检查记录数，同一点位两次计两次"), _("个次"), "visit")
def visits_made(question: Question) -> Figure:
    return _count(period_visits(question))


@indicator("A5", _("覆盖率"), _("本轮已督导点位 ÷ 范围内应督导点位（启用的点位）"), "%", "site")
def coverage(question: Question) -> Figure:
    whole = questions.sites(question)
    visited = period_visits(question).order_by().values("site_id")
    return _rate(whole.filter(pk__in=visited), whole)


@indicator("A6", _("不打招呼占比"), _("暗访、四不两直 ÷ 全部检查"), "%", "visit")
def unannounced_share(question: Question) -> Figure:
    whole = period_visits(question)
    return _rate(whole.filter(mode__in=[Mode.COVERT, Mode.UNANNOUNCED]), whole)


@indicator("A7", _("联合检查"), _("有协作单位参加或方式含联合检查的检查数"), _("次"), "visit")
def joint_visits(question: Question) -> Figure:
    rows = period_visits(question).annotate(method_text=Cast("methods", TextField()))
    return _count(rows.filter(Q(partners__isnull=False) | Q(method_text__contains='"joint"')).distinct())


# B: what was found and put right -------------------------------------------------------------------------
@indicator(
    "B1-1", _("发现问题"), _("期内确认的问题；一个点位、一个事实、一个责任单位为一个"), _("个"), "finding"
)
def found(question: Question) -> Figure:
    return _count(new_findings(question))


@indicator("B1-2", _("累计发现"), _("开始以来确认的问题，撤销的不计"), _("个"), "finding")
def found_in_all(question: Question) -> Figure:
    return _count(counted(questions.findings(question), question.moment))


@indicator("B2", _("现场整改"), _("期内确认、督导组在场时已改正的问题；发现和整改都计"), _("个"), "finding")
def on_spot(question: Question) -> Figure:
    return _count(new_findings(question).filter(is_on_spot=True))


@indicator("B3-1", _("交办单"), _("期内签发的交办单份数，作废的不计"), _("份"), "order")
def orders_issued(question: Question) -> Figure:
    return _count(period_orders(question))


@indicator("B3-2", _("交办事项"), _("期内签发的交办单所列问题项数"), _("项"), "finding")
def items_ordered(question: Question) -> Figure:
    items = OrderItem.objects.filter(order__in=period_orders(question).order_by().values("pk"))
    condition = questions.finding_condition(question, "finding__")
    ids = items.filter(condition).values("finding_id") if condition else items.values("finding_id")
    return Figure(ids.count(), Finding.objects.filter(pk__in=ids).order_by("found_at", "id"))


@indicator(
    "B4", _("当日办结率"), _("签发当日24:00前销号的交办单 ÷ 当日签发且要求当日办结的交办单"), "%", "order"
)
def same_day_rate(question: Question) -> Figure:
    whole = period_orders(question).filter(is_due_same_day=True)
    return _rate(closed_same_day(whole).filter(written_off_at__lte=question.as_of), whole)


def closed_same_day(rows: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """Return the orders written off by 24:00 of the day they were issued; 24:00 itself is in time."""
    just_before = ExpressionWrapper(F("written_off_at") - timedelta(microseconds=1), output_field=DateTime())
    in_time = rows.annotate(closing_day=TruncDate(just_before, tzinfo=clock.zone()))
    return in_time.filter(closing_day=F("issued_on"))


@indicator("B5-1", _("已销号"), _("截至时已核验销号的问题，反弹重开的不计"), _("个"), "finding")
def written_off(question: Question) -> Figure:
    return _count(standing(question).filter(is_closed=True))


@indicator("B5-2", _("已整改率"), _("已销号 ÷ 累计发现；已反馈未核验的另列"), "%", "finding")
def written_off_rate(question: Question) -> Figure:
    rows = standing(question)
    return _rate(rows.filter(is_closed=True), rows)


@indicator("B5-3", _("待核验"), _("已反馈、尚未核验的问题"), _("个"), "finding")
def fed_back(question: Question) -> Figure:
    return _count(standing(question).filter(is_fed_back=True))


@indicator("B5-4", _("整改用时中位数"), _("从确认到销号的小时数，取中位数"), _("小时"), "finding")
def median_hours(question: Question) -> Figure:
    rows = standing(question).filter(is_closed=True, written_off_at__isnull=False)
    spans = [end - start for start, end in rows.values_list("confirmed_at", "written_off_at")]
    if not spans:
        return Figure(None, rows)
    hours = Decimal(median(span.total_seconds() for span in spans)) / 3600
    return Figure(hours.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP), rows)


@indicator("B5-5", _("整改中"), _("未销号、未反馈、未逾期的问题"), _("个"), "finding")
def in_hand(question: Question) -> Figure:
    return _count(standing(question).filter(is_closed=False, is_fed_back=False, is_late=False))


@indicator("B6-1", _("逾期"), _("截至时超过期限仍在单位整改的问题"), _("个"), "finding")
def overdue(question: Question) -> Figure:
    return _count(standing(question).filter(is_late=True))


@indicator("B6-2", _("催办"), _("期内签发的催办"), _("份"), "urge")
def urged(question: Question) -> Figure:
    return _count(_between(questions.urges(question).filter(step=UrgeStep.URGE), "signed_at", question))


@indicator("B6-3", _("提级督办"), _("期内签发的提级督办"), _("份"), "urge")
def escalated(question: Question) -> Figure:
    return _count(_between(questions.urges(question).filter(step=UrgeStep.ESCALATE), "signed_at", question))


@indicator("B7", _("反弹率"), _("近30日销号的问题中重开或再次发现的 ÷ 近30日销号的问题"), "%", "finding")
def recurrence_rate(question: Question) -> Figure:
    start = question.as_of - timedelta(days=RECURRENCE_DAYS)
    as_of = question.as_of
    base = with_history(counted(questions.findings(question), question.moment), question.moment)
    whole = base.filter(closed_last__gt=start)
    again = Q(opened_last__gt=F("closed_last")) | Q(opened_last__gt=start)
    again |= Q(recurrences__confirmed_at__lte=as_of)
    return _rate(whole.filter(again).distinct(), whole)


@indicator("B8-1", _("共性问题通知"), _("期内发出的共性问题对照检查通知"), _("件"), "common_problem")
def common_notices(question: Question) -> Figure:
    return _count(_between(questions.common_problems(question), "noticed_at", question))


@indicator("B8-2", _("对照检查单位"), _("期内答复对照检查的单位"), _("家"), "self_check")
def units_self_checked(question: Question) -> Figure:
    return _count(_between(questions.self_checks(question), "replied_at", question))


@indicator("B8-3", _("自查问题"), _("期内对照检查答复的问题数相加"), _("个"), "self_check")
def self_found(question: Question) -> Figure:
    rows = _between(questions.self_checks(question), "replied_at", question)
    return Figure(rows.order_by().aggregate(total=Sum("count"))["total"] or 0, rows)


@indicator("B9", _("虚假整改"), _("期内核验与反馈不符的问题"), _("个"), "finding")
def false_rectification(question: Question) -> Figure:
    rows = questions.verifications(question).filter(outcome=VerificationOutcome.FALSE)
    ids = _between(rows, "verified_at", question).order_by().values("finding_id")
    return _count(Finding.objects.filter(pk__in=ids).order_by("found_at", "id"))


# C: what came of it --------------------------------------------------------------------------------------
@indicator("C1-1", _("通报"), _("期内印发的督导通报期数，撤回的不计"), _("期"), "bulletin")
def bulletins_issued(question: Question) -> Figure:
    return _count(issued_bulletins(questions.bulletins(question), question.moment, since=question.since))


@indicator("C1-2", _("通报单位"), _("期内通报所列问题的责任单位数，重复的计一次"), _("家"), "unit")
def units_named(question: Question) -> Figure:
    issued = issued_bulletins(questions.bulletins(question), question.moment, since=question.since)
    listed = Finding.objects.filter(bulletins__in=issued.order_by().values("pk"))
    listed = listed.filter(questions.finding_condition(question))
    return _count(Unit.objects.filter(pk__in=listed.order_by().values("unit_id")).order_by("path"))


@indicator("C2-1", _("需协调事项"), _("期内提出的协调请求"), _("件"), "support")
def supports_raised(question: Question) -> Figure:
    return _count(_between(questions.supports(question), "raised_at", question))


@indicator("C2-2", _("已协调事项"), _("期内答复的协调请求"), _("件"), "support")
def supports_answered(question: Question) -> Figure:
    return _count(_between(questions.supports(question), "answered_at", question))


@indicator("C4-1", _("转行业主管"), _("期内转行业主管部门的问题"), _("件"), "referral")
def referrals_sent(question: Question) -> Figure:
    return _count(_between(questions.referrals(question), "sent_at", question))


@indicator(
    "C4-2",
    _("主管部门回复"),
    _("期内行业主管部门回复的结果，由其依法作出，不计入四种形态"),
    _("件"),
    "referral",
)
def referrals_answered(question: Question) -> Figure:
    return _count(_between(questions.referrals(question), "answered_at", question))
