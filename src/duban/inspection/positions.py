"""Where a phone was: kept only in a campaign that allows it. Else it is dropped on receipt, whatever client sent it."""

from lxml import etree

from duban.checklists import questions
from duban.checklists.queries import questions_of
from duban.inspection.models import Visit

GEOPOINT = "geopoint"


def position_names(version_id: object) -> frozenset[str]:
    """Return the names of a checklist's questions that ask for a position."""
    return frozenset(
        node["name"] for node in questions.flat(questions_of(version_id)) if node["type"] == GEOPOINT
    )


def forbidden_in(visit: Visit) -> frozenset[str]:
    """Return the questions of a visit whose answers must not be kept."""
    if visit.campaign.may_open_position or visit.checklist_version_id is None:
        return frozenset()
    return position_names(visit.checklist_version_id)


def without_positions(xml: bytes, names: frozenset[str]) -> bytes:
    """Return a record with the positions emptied; unchanged, byte for byte, when it holds none."""
    if not names:
        return xml
    root = etree.fromstring(xml, questions.parser())
    held = [one for one in root.iter() if etree.QName(one).localname in names and (one.text or "").strip()]
    for one in held:
        one.text = None
    return etree.tostring(root, xml_declaration=True, encoding="utf-8") if held else xml
