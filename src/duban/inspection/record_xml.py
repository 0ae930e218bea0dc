"""Reading a submitted record: untrusted XML in, a `Record` or a clear refusal out (FIELD.md).

The XML is parsed without entities, network or huge trees; a document type is refused. What the form does not know is
ignored, as other clients add nodes of their own.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from lxml import etree

from duban.checklists.models import ChecklistVersion
from duban.checklists.queries import questions_of
from duban.checklists.questions import Node
from duban.inspection.models import Phase
from duban.inspection.no_notice import POINTS
from duban.inspection.records import (
    CLOSING,
    FINDINGS,
    HEAD,
    MOST_FINDINGS,
    PHOTO_AFTER,
    PHOTOS,
    FoundThere,
    NamedPhoto,
    Record,
)
from duban.kernel import clock
from duban.kernel.errors import Conflict, Invalid, NotFound, TooLarge

LIMIT_BYTES = 2 * 1024 * 1024
MOST_REPEATS = 50
ATTACHED = frozenset({"image", "audio", "video", "file"})
SHORT = {"time": 5}
FindVersion = Callable[[str, str], ChecklistVersion]


class Malformed(Invalid):
    """What arrived is no record at all (HTTP 400)."""

    status = 400


def read(xml: bytes, find_version: FindVersion) -> Record:
    """This function will return the record of a submitted XML; `find_version` knows the forms by id and version.

    :raises Malformed: no XML, a bomb, no instanceID. :raises NotFound: unknown form or version.
    :raises TooLarge: over 2 MB. :raises Invalid: too many findings or repeats.
    """
    root = parse(xml)
    instance = _uuid(_meta(root, "instanceID"))
    if instance is None:
        raise Malformed("no_instance_id", _("记录没有编号（instanceID），请更新应用后再提交。"))
    version = find_version(root.get("id") or "", root.get("version") or "")
    answers: dict[str, str | list[str]] = {}
    photos: list[NamedPhoto] = []
    _answers(root, questions_of(version.pk), answers, photos)
    head, closing = _child(root, HEAD), _child(root, CLOSING)
    if head is None or closing is None:
        raise Malformed("no_head", _("记录里没有点位和到达时间，请更新检查表后再提交。"))
    findings = _findings(root, instance, photos)
    if signature := _text(closing, "signature_photo"):
        photos.append(NamedPhoto(signature, question="signature", phase=Phase.RECORD))
    _check_names(photos)
    kept = _text(closing, "no_notice").split()
    mode = _text(head, "mode")
    deprecated = _meta(root, "deprecatedID")
    return Record(
        id=instance, version_id=version.pk, site_code=_text(head, "site"), other_code=_text(head, "other_code"),
        manual_reason=_text(head, "manual_reason"), mode=mode, methods=_text(head, "methods").split(),
        purpose=_text(head, "purpose"), call_outcome=_text(head, "call_outcome"), call_post=_text(head, "call_post"),
        arrived_at=_moment(_text(head, "arrived_at"), "arrived_at"),
        left_at=_moment(left, "left_at") if (left := _text(closing, "left_at")) else None,
        signature=_text(closing, "signature"), self_statement=_text(closing, "self_statement"),
        accompanied_post=_text(closing, "accompanied_post"), accompanied_count=_count(_text(closing, "accompanied_count")),
        unit_opinion=_text(closing, "unit_opinion"),
        no_notice={code: code in kept for code in POINTS} if mode == "unannounced" else {},
        answers=answers, findings=findings, photos=photos, replaces=_uuid(deprecated) if deprecated else None,
    )  # fmt: skip


def parse(xml: bytes) -> etree._Element:
    """This function will parse untrusted XML. :raises TooLarge: over 2 MB. :raises Malformed: anything else."""
    if len(xml) > LIMIT_BYTES:
        raise TooLarge("record_too_large", _("记录超过2MB，请把照片作为附件提交。"))
    safe = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        load_dtd=False,
    )
    try:
        root = etree.fromstring(xml, safe)
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("not_xml", _("收到的记录不完整，请在手机上重新提交，草稿还在。")) from None
    if root.getroottree().docinfo.doctype:
        raise Malformed("doctype", _("记录的格式不能接受，请更新应用后再提交。"))
    return root


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    """Return a child by its local name: clients write the form's namespace or none."""
    if parent is None:
        return None
    return next(
        (one for one in parent if isinstance(one.tag, str) and etree.QName(one).localname == name), None
    )


def _text(parent: etree._Element | None, name: str) -> str:
    found = _child(parent, name)
    return "" if found is None else (found.text or "").strip()


def _meta(root: etree._Element, name: str) -> str:
    return _text(_child(root, "meta"), name)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.removeprefix("uuid:"))
    except ValueError:
        return None


def _moment(text: str, name: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        message = _("请填写时间，如 2020-02-16T10:30。")
        raise Invalid("no_time", message, {name: message})
    return found if found.tzinfo else found.replace(tzinfo=clock.zone())


def _count(text: str) -> int:
    return min(int(text), 99) if text.isascii() and text.isdigit() else 0


def _answers(
    parent: etree._Element | None, nodes: list[Node], answers: dict[str, str | list[str]], photos: list[NamedPhoto],
    index: int | None = None,
) -> None:  # fmt: skip
    for node in nodes:
        if node["kind"] == "group":
            _answers(_child(parent, node["name"]), node["children"], answers, photos, index)
        elif node["kind"] == "repeat":
            turns = _turns(parent, node["name"], MOST_REPEATS)
            for number, turn in enumerate(turns):
                _answers(turn, node["children"], answers, photos, number)
        elif value := _text(parent, node["name"]):
            key = node["name"] if index is None else f"{node['name']}.{index}"
            if node["type"] in ATTACHED:
                photos.append(NamedPhoto(value, question=key, phase=Phase.BEFORE))
            elif node["type"] == "select_multiple":
                answers[key] = value.split()
            else:
                answers[key] = value[: SHORT.get(node["type"], len(value))]


def _turns(parent: etree._Element | None, name: str, most: int) -> list[etree._Element]:
    if parent is None:
        return []
    found = [one for one in parent if isinstance(one.tag, str) and etree.QName(one).localname == name]
    if len(found) > most:
        raise Invalid("too_many_repeats", _("重复组最多%(most)d次，请分成几条记录提交。") % {"most": most})
    return found


def _findings(root: etree._Element, instance: UUID, photos: list[NamedPhoto]) -> list[FoundThere]:
    made: list[FoundThere] = []
    for number, turn in enumerate(_turns(root, FINDINGS, MOST_FINDINGS)):
        template, fact = _text(turn, "template"), _text(turn, "fact")
        named = [(name, Phase.BEFORE) for name in PHOTOS] + [(PHOTO_AFTER, Phase.AFTER)]
        files = [(_text(turn, name), phase) for name, phase in named if _text(turn, name)]
        if not (template or fact or files):
            continue  # a repeat somebody opened and left empty
        # A client without uuid() still gives the same finding at the same place of the same record.
        key = _uuid(_text(turn, "id")) or uuid5(instance, f"finding {number}")
        if any(key == one.id for one in made):
            raise Conflict("same_finding_twice", _("记录里有两个问题用了同一编号，请更新应用后再提交。"))
        photos += [NamedPhoto(name, finding_id=key, phase=phase) for name, phase in files]
        made.append(FoundThere(
            id=key, template=template, fact=fact, severity=_text(turn, "severity"), line=_text(turn, "line"),
            category=_text(turn, "category"), unit_code=_text(turn, "unit_code"), requirement=_text(turn, "requirement"),
            is_on_spot=_text(turn, "on_spot") == "yes", on_spot_note=_text(turn, "on_spot_note"),
            check_item=_text(turn, "check_item"), order_now=_text(turn, "order_now") == "yes",
            found_at=_moment(told, "found_at") if (told := _text(turn, "found_at")) else None,
        ))  # fmt: skip
    return made


def _check_names(photos: list[NamedPhoto]) -> None:
    names = [one.name for one in photos]
    if len(names) != len(set(names)):
        raise Invalid("same_file_twice", _("记录里有两处用了同一个文件名，请重新拍摄其中一张。"))
    if any(len(name) > 120 or "/" in name or "\\" in name for name in names):
        raise Malformed("bad_file_name", _("照片的文件名不能接受，请更新应用后再提交。"))


def not_found(form_id: str, version: str) -> NotFound:
    """Return the refusal of a form nobody has."""
    return NotFound(
        "unknown_form", _("服务器上没有检查表“%(form)s”的版本“%(version)s”，请更新检查表后再提交。")
        % {"form": form_id[:40], "version": version[:40]},
    )  # fmt: skip
