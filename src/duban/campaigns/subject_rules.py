"""Which rule item may be cited against whom (S0-34…43, G-6). Pure.

A rule for duty holders may stand on a finding about their unit; a rule that needs the ruling of a competent
authority (false statements) never touches an organisation and never stands without that ruling.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from duban.campaigns.models import RuleItem
from duban.kernel.errors import Invalid
from duban.people.models import SubjectClass

_UNITS = frozenset({SubjectClass.ORGANISATION, SubjectClass.LEADING_BODY})
_OFFICIALS = frozenset({SubjectClass.DUTY_HOLDER, SubjectClass.PUBLIC_OFFICIAL, SubjectClass.PARTY_MEMBER})

# Class of the rule item → classes of the finding's subject it may be cited for.
CITABLE: dict[str, frozenset[str]] = {
    SubjectClass.ORGANISATION: _UNITS,
    SubjectClass.LEADING_BODY: _UNITS,
    SubjectClass.DUTY_HOLDER: _UNITS | _OFFICIALS,
    SubjectClass.PUBLIC_OFFICIAL: _OFFICIALS,
    SubjectClass.PARTY_MEMBER: _OFFICIALS,
    SubjectClass.SUPERVISOR: frozenset({SubjectClass.SUPERVISOR}),
}


def may_cite(item: RuleItem, subject_class: str) -> bool:
    """Test whether `item` may be cited against a subject of `subject_class`."""
    if not item.is_active:
        return False
    if item.needs_citation:
        return subject_class in _OFFICIALS
    return subject_class in CITABLE.get(item.subject_class, frozenset())


def citable(items: Iterable[RuleItem], subject_class: str) -> list[RuleItem]:
    """Return the items that may be cited against `subject_class` (what a form offers)."""
    return [item for item in items if may_cite(item, subject_class)]


def check_rule_items(items: Iterable[RuleItem], subject_class: str, citation: str = "") -> None:
    """This function will pass silently if all `items` may stand on a finding about `subject_class`.

    :raises Invalid: `rule_item_inactive`, `rule_item_subject` (field rule_items) or `citation_needed` (field citation).
    """
    items = list(items)
    if subject_class not in SubjectClass.values:
        message = _("监督对象只能是单位、班子或责任岗位，不能是群众。")
        raise Invalid("subject_class", message, {"subject_class": message})
    for item in items:
        if not item.is_active:
            message = _("“%(title)s”未启用，请先由专班按本地文件核对。") % {"title": item.title}
            raise Invalid("rule_item_inactive", message, {"rule_items": message})
        if not may_cite(item, subject_class):
            message = _("“%(title)s”不适用于%(subject)s。") % {
                "title": item.title,
                "subject": SubjectClass(subject_class).label,
            }
            raise Invalid("rule_item_subject", message, {"rule_items": message})
    if any(item.needs_citation for item in items) and len(citation.strip()) < 4:
        message = _("这一条须写明主管机关认定的机关和文号。批评、投诉、举报和舆论监督不是问题。")
        raise Invalid("citation_needed", message, {"citation": message})
