"""Who counts as what in a team: inspectors, experts, joint parts. Pure; a check warns, it does not block."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from duban.kernel.errors import Text
from duban.teams.models import MemberRole, TeamMember
from duban.territory.models import UnitKind

LEADING = frozenset({MemberRole.HEAD, MemberRole.DEPUTY})
MINIMUM_INSPECTORS = 2

# “室组地” (S0-65): supervision rooms, resident groups, local bodies.
PARTS: tuple[tuple[str, Text, frozenset[str]], ...] = (
    ("room", _("室（监督检查室等内设机构）"), frozenset({UnitKind.DEPARTMENT})),
    ("group", _("组（派驻纪检监察组）"), frozenset({UnitKind.RESIDENT_GROUP})),
    (
        "local",
        _("地（地方纪委监委、纪工委、乡镇（街道）纪（工）委）"),
        frozenset({UnitKind.COMMISSION, UnitKind.DISPATCHED_BODY, UnitKind.TOWNSHIP_DISCIPLINE}),
    ),
)


@dataclass(frozen=True)
class JointCheck:
    """Which of the three parts of a joint team are there."""

    present: tuple[Text, ...]
    missing: tuple[Text, ...]

    @property
    def is_joint(self) -> bool:
        """Test whether the team means to be a joint team: at least two of the three parts."""
        return len(self.present) >= 2


def joint_check(kinds: Iterable[str]) -> JointCheck:
    """This function will say which of 室、组、地 the bodies of these kinds make up, and which is missing."""
    found = set(kinds)
    present = tuple(label for _code, label, accepted in PARTS if found & accepted)
    missing = tuple(label for _code, label, accepted in PARTS if not found & accepted)
    return JointCheck(present, missing)


def is_inspector(role: str, is_expert: bool) -> bool:
    """Test whether a member counts as an inspector: an expert never does (S2-9)."""
    return role != MemberRole.EXPERT and not is_expert


def crew_shortage(members: Iterable[TeamMember]) -> Text | None:
    """This function will say what a crew lacks to go out: two inspectors, one of them head or deputy (§2.9)."""
    inspectors = [one for one in members if is_inspector(one.role, one.user.is_expert)]
    if len(inspectors) < MINIMUM_INSPECTORS:
        return _("派出至少 2 名督导人员，专家不计；现有 %(count)s 名。") % {"count": len(inspectors)}
    if not any(one.role in LEADING for one in inspectors):
        return _("派出人员中须有组长或副组长。")
    return None


def team_gaps(members: Iterable[TeamMember]) -> list[Text]:
    """This function will list what a team still lacks before it can work."""
    rows = list(members)
    roles = {one.role for one in rows}
    gaps: list[Text] = []
    if MemberRole.HEAD not in roles:
        gaps.append(_("缺组长"))
    if MemberRole.LIAISON not in roles:
        gaps.append(_("缺联络员"))
    count = sum(is_inspector(one.role, one.user.is_expert) for one in rows)
    if count < MINIMUM_INSPECTORS:
        gaps.append(_("督导人员不足 2 名"))
    return gaps
