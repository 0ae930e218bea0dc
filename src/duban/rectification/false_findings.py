"""A false rectification is a new finding of category 弄虚作假 on the same site and unit (§2.10)."""

from datetime import datetime

from django.utils.translation import gettext as _

from duban.campaigns.models import Category
from duban.inspection.models import Finding, Severity
from duban.inspection.states import FindingState
from duban.kernel import counters, journal, tally
from duban.kernel.actor import Actor

CATEGORIES = ("falsification", "false")  # the code a pack gives to 弄虚作假


def register_false_rectification(original: Finding, *, actor: Actor, at: datetime, fact: str) -> Finding:
    """This function will register the new finding; it waits for confirmation like any other."""
    category = (
        Category.objects.filter(pack=original.campaign.pack, code__in=CATEGORIES).first() or original.category
    )
    copied = (
        "campaign_id", "visit_id", "round_id", "team_id", "site_id", "unit_id", "post_id", "subject_class",
        "area_path", "unit_path", "line", "territory_unit_id", "department_unit_id",
    )  # fmt: skip
    finding = Finding.objects.create(
        number=counters.take(f"finding:{original.campaign_id}"),
        category=category,
        fact=_("问题 %(number)s 的反馈与现场不符：%(fact)s") % {"number": original, "fact": fact},
        requirement=_("据实反馈，重新整改。"),
        severity=max_severity(original.severity),
        found_at=at,
        found_by_id=actor.user_id,
        entered_at=at,
        state=FindingState.REGISTERED,
        state_at=at,
        is_false_rectification=True,
        recurrence_of=original,
        **{name: getattr(original, name) for name in copied},
    )
    tally.change(
        Finding.tally_topic, campaign_id=finding.campaign_id, path=finding.area_path, entered=finding.state
    )
    journal.record("finding.registered", actor=actor, at=at, subject=finding)
    return finding


def max_severity(severity: str) -> str:
    """This function will return at least 突出: a false reply is never a trifle."""
    order = list(Severity.values)
    return order[max(order.index(severity), order.index(Severity.PROMINENT))]
