"""Who receives a text: groups and units as the text names them, and the real units behind the words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from duban.documents.models import Draft, RecipientGroup
from duban.kernel.errors import Invalid
from duban.kernel.fields import within
from duban.territory.models import Unit


@dataclass(frozen=True, slots=True)
class Recipients:
    """The words printed (各乡镇人民政府) and the units that receive."""

    words: tuple[str, ...]
    units: tuple[Unit, ...]


def units_of(group: RecipientGroup) -> list[Unit]:
    """Return the active units of a group, in the order of the tree."""
    listed = Unit.objects.filter(pk__in=group.units.values("pk"), is_active=True)
    of_kind = Unit.objects.filter(
        within(group.campaign.area_path, field="path"), kind__in=group.kinds, is_active=True
    )
    found = {unit.pk: unit for unit in [*listed, *(of_kind if group.kinds else [])]}
    return sorted(found.values(), key=lambda unit: unit.path)


def main_recipients(draft: Draft) -> Recipients:
    """Return to whom the text is addressed.

    :raises Invalid: naming each group that has no unit.
    """
    return _expanded(_("主送"), draft.main_groups.all(), draft.main_units.all())


def copy_recipients(draft: Draft) -> Recipients:
    """Return who gets a copy; a main recipient gets none.

    :raises Invalid: naming each group that has no unit.
    """
    return _expanded(_("抄送"), draft.copy_groups.all(), draft.copy_units.all())


def _expanded(where: str, groups: Iterable[RecipientGroup], units: Iterable[Unit]) -> Recipients:
    listed: Sequence[RecipientGroup] = list(groups)
    single = list(units)
    found: dict[object, Unit] = {}
    empty = []
    for group in listed:
        members = units_of(group)
        found |= {unit.pk: unit for unit in members}
        if not members:
            empty.append(group.name)
    if empty:
        message = _("%(where)s分组“%(names)s”中没有单位，请先补齐分组或改选单位。") % {
            "where": where,
            "names": "、".join(empty),
        }
        raise Invalid("empty_group", message, {"recipients": message})
    found |= {unit.pk: unit for unit in single}
    words = (*(group.name for group in listed), *(unit.name for unit in single))
    return Recipients(words, tuple(found.values()))


def units_of_all(groups: Iterable[RecipientGroup]) -> list[Unit]:
    """Return the units of several groups, each once.

    :raises Invalid: naming each group that has no unit.
    """
    return list(_expanded(_("主送"), groups, ()).units)
