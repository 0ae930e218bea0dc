"""In which capacity a recommendation is issued (DOMAIN §2.8): a commission has two, a task force none.

A discipline-inspection recommendation comes from the discipline committee and goes to a Party organisation; a
supervision recommendation comes from the supervision commission and goes to the unit; one matter that concerns the
same organisation in both capacities is one paper of both.
"""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.campaigns.models import Campaign
from duban.documents.kinds import Kind
from duban.kernel.errors import Invalid
from duban.territory import queries as territory
from duban.territory.models import Unit, UnitKind

DISCIPLINE, SUPERVISION, BOTH = "discipline", "supervision", "both"
FLAGS = {DISCIPLINE: ("acts_discipline",), SUPERVISION: ("acts_supervision",)}
FLAGS[BOTH] = FLAGS[DISCIPLINE] + FLAGS[SUPERVISION]
WORDS = {
    DISCIPLINE: gettext_lazy("以纪律检查机关身份（纪）发党组织"),
    SUPERVISION: gettext_lazy("以监察机关身份（监）发单位"),
    BOTH: gettext_lazy("以纪检、监察两种身份（纪、监）发同一单位及其党组织"),
}
SHORT = "纪委监委"
FULL = {DISCIPLINE: "纪律检查委员会", SUPERVISION: "监察委员会"}


def words_of_capacity(kind: Kind) -> str:
    """This function will say in which capacity a kind is issued; empty for kinds of the task force itself."""
    return str(WORDS[kind.capacity]) if kind.capacity else ""


def issuing_body(campaign: Campaign, kind: Kind) -> Unit:
    """This function will return the body that issues a kind: the campaign's own, or the nearest one with the capacity.

    :raises Invalid: if no body above the campaign's may act in the capacity.
    """
    if not kind.capacity:
        return campaign.body
    flags = dict.fromkeys(FLAGS[kind.capacity], True)
    found = bodies_near(campaign).filter(**flags).first()
    if found is None:
        message = _("没有可以%(capacity)s的机关，请在单位资料中登记。") % {
            "capacity": words_of_capacity(kind)
        }
        raise Invalid("no_capacity", message)
    return found


def bodies_near(campaign: Campaign) -> models.QuerySet[Unit]:
    """This function will return the bodies that may act for the campaign: its own, those above it, their commissions."""
    above = [unit.path for unit in territory.ancestors(campaign.body)]
    near = models.Q(path__in=[campaign.body.path, *above])
    near |= models.Q(parent__path__in=above, kind=UnitKind.COMMISSION)
    return Unit.objects.filter(near, is_active=True).order_by("-depth", "sort_order", "serial")


def names_in_capacity(body: Unit, kind: Kind) -> list[str]:
    """This function will return the names a body signs with: one per capacity, the discipline committee first."""
    if not kind.capacity:
        return [body.name]
    used = (DISCIPLINE, SUPERVISION) if kind.capacity == BOTH else (kind.capacity,)
    names = [body.name.replace(SHORT, FULL[one]) for one in used]
    return list(dict.fromkeys(names))


def names_of_addressee(kind: Kind, unit: Unit) -> list[str]:
    """This function will return how a text of this kind names a unit: the Party organisation, the unit, or both."""
    to_party = kind.capacity in (DISCIPLINE, BOTH)
    names = [_party_name(unit)] if to_party and _party_name(unit) else []
    return names if names and kind.capacity == DISCIPLINE else [*names, unit.name]


def require_addressees(kind: Kind, units: Iterable[Unit]) -> None:
    """This function will pass silently if each unit can be addressed in the kind's capacity.

    :raises Invalid: naming each that cannot.
    """
    if not kind.capacity:
        return
    listed = list(units)
    nameless = [one.name for one in listed if kind.capacity != SUPERVISION and not _party_name(one)]
    parties = [
        one.name for one in listed if kind.capacity != DISCIPLINE and one.kind == UnitKind.PARTY_COMMITTEE
    ]
    if nameless:
        message = _("%(units)s没有登记党组织名称，纪检建议只发党组织。请先在单位资料中补上。")
        raise Invalid("no_party_organisation", message % {"units": "、".join(nameless)})
    if parties:
        message = _("%(units)s是党组织，监察建议发给单位。请改选单位，或改用纪检建议书。")
        raise Invalid("party_organisation", message % {"units": "、".join(parties)})


def _party_name(unit: Unit) -> str:
    return unit.name if unit.kind == UnitKind.PARTY_COMMITTEE else unit.party_organisation
