"""The form a phone gets: a published checklist with the head of a visit before it and findings and closing after it.

Composed when it is asked for; a published version never changes, so the same version gives the same bytes. What is
added stands in three groups of our own names, which no checklist may use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from lxml import etree

from duban.checklists import questions
from duban.checklists.models import ChecklistVersion
from duban.inspection.models import CallOutcome, Line, Method, Mode, Severity
from duban.inspection.no_notice import POINTS
from duban.inspection.records import CLOSING, FINDINGS, HEAD, OTHER_SITE, PHOTO_AFTER, PHOTOS
from duban.kernel import files
from duban.kernel.errors import Text

XF, JR, H = questions.XF, questions.JR, questions.H
LISTS = ("sites", "templates", "categories", "rights")
STATEMENT = _("轻车简从，未接受宴请和礼品，自行用餐，遵守保密纪律")
SIGNED = (
    ("signed", _("陪同岗位已签字")),
    ("refused", _("拒签")),
    ("covert", _("暗访，未签")),
    ("phone", _("电话抽查，未签")),
)
YES = (("yes", _("是")), ("no", _("否")))
Choices = Sequence[tuple[str, Text]]


@dataclass(frozen=True)
class Ask:
    """One question that every form gets."""

    name: str
    label: Text
    kind: str = "input"  # input, select1, select, upload
    type: str = "string"
    choices: Choices = ()
    items: str = ""  # the list of choices that comes as a file
    required: bool | str = False  # or the expression that says when
    relevant: str = ""
    constraint: str = ""
    calculate: str = ""
    start: str = ""
    hint: Text = ""
    shown: str = ""  # an expression whose value is shown in the hint
    appearance: str = ""


PHONED = f"../mode = '{Mode.PHONE}'"
# A call nobody answered leaves nothing to ask.
TALKED = f"not(/data/{HEAD}/mode = '{Mode.PHONE}') or /data/{HEAD}/call_outcome = '{CallOutcome.ANSWERED}'"
MAY_ORDER = "instance('rights')/root/item[name = 'order']/label = 'yes'"
USUAL = "instance('templates')/root/item[name = current()/../template]/fact"
HEAD_ASKS = (
    Ask("site", _("点位"), "select1", items="sites", required=True),
    Ask("other_code", _("点位编码"), relevant=f"../site = '{OTHER_SITE}'", required=True),
    Ask("manual_reason", _("增加这个点位的理由"), relevant=f"../site = '{OTHER_SITE}'", required=True,
        constraint="string-length(.) >= 4"),
    Ask("mode", _("检查方式"), "select1", choices=Mode.choices, required=True, start=Mode.OPEN),
    Ask("methods", _("检查方法"), "select", choices=Method.choices, required=True, start=Method.ON_SITE_VISIT),
    Ask("call_outcome", _("通话结果"), "select1", choices=CallOutcome.choices, required=True, relevant=PHONED,
        hint=_("只拨单位值班电话，不录音")),
    Ask("call_post", _("接听岗位"), relevant=f"../call_outcome = '{CallOutcome.ANSWERED}'", required=True,
        hint=_("只写岗位，不写姓名")),
    Ask("arrived_at", _("到达时间"), type="dateTime", required=True),
    Ask("purpose", _("检查事由"), hint=_("可不填")),
)  # fmt: skip
FINDING_ASKS = (
    Ask("id", "", kind="", calculate="once(uuid())"),
    Ask("template", _("常用事实"), "select1", items="templates", appearance="minimal"),
    Ask("fact", _("事实"), appearance="multiline", constraint="string-length(.) >= 6 and not(contains(., '【'))",
        required=f"../template = '' or contains({USUAL}, '【')", hint=_("【】处按现场填写。常用事实的文字："), shown=USUAL),
    Ask("category", _("类别"), "select1", items="categories", appearance="minimal", relevant="../template = ''",
        required=True),
    Ask("severity", _("程度"), "select1", choices=Severity.choices, hint=_("不填则按常用事实")),
    Ask("line", _("责任线"), "select1", choices=Line.choices, hint=_("不填则为点位的单位")),
    Ask("unit_code", _("责任单位编码"), hint=_("不填则按责任线")),
    Ask("on_spot", _("是否当场整改"), "select1", choices=YES, required=True, start="no"),
    Ask("on_spot_note", _("整改情况"), relevant="../on_spot = 'yes'", required=True),
    Ask("order_now", _("当场交办"), "select1", choices=YES, relevant=f"../on_spot = 'no' and {MAY_ORDER}", start="no",
        hint=_("选“是”，交出后即确认并签发交办单")),
    *(Ask(name, label, "upload", type="binary", hint=_("先遮挡人脸和车牌"))
      for name, label in zip(PHOTOS, (_("照片"), _("照片2"), _("照片3")), strict=True)),
    Ask(PHOTO_AFTER, _("整改后照片"), "upload", type="binary", relevant="../on_spot = 'yes'"),
)  # fmt: skip
CLOSING_ASKS = (
    Ask("left_at", _("离开时间"), type="dateTime", hint=_("不填则为提交时间")),
    Ask("no_notice", _("四不两直：已做到的"), "select", choices=tuple(POINTS.items()),
        relevant=f"/data/{HEAD}/mode = '{Mode.UNANNOUNCED}'"),
    Ask("signature", _("签字情况"), "select1", choices=SIGNED, required=True,
        constraint=f"(. = 'covert') = (/data/{HEAD}/mode = '{Mode.COVERT}')"
        f" and (. = 'phone') = (/data/{HEAD}/mode = '{Mode.PHONE}')"),
    Ask("signature_photo", _("陪同岗位签字"), "upload", type="binary", relevant="../signature = 'signed'",
        appearance="signature"),
    Ask("accompanied_post", _("陪同岗位"), relevant="../signature != 'covert' and ../signature != 'phone'", hint=_("只写岗位，不写姓名")),
    Ask("accompanied_count", _("陪同人数"), type="int", constraint=". >= 0 and . <= 99"),
    Ask("unit_opinion", _("单位意见"), appearance="multiline"),
    Ask("self_statement", _("检查人员自律声明"), required=True, appearance="multiline"),
)  # fmt: skip
GROUPS = (
    (HEAD, _("检查"), HEAD_ASKS), (FINDINGS, _("问题"), FINDING_ASKS), (CLOSING, _("离开前"), CLOSING_ASKS),
)  # fmt: skip


def delivered(version: ChecklistVersion) -> bytes:
    """This function will return the form of a published version as phones get it."""
    return _delivered(version.pk, may_locate=version.checklist.campaign.may_open_position)


@lru_cache(maxsize=64)
def _delivered(version_id: UUID, *, may_locate: bool) -> bytes:
    version = ChecklistVersion.objects.select_related("xform").defer("questions").get(pk=version_id)
    return compose(files.read(version.xform), may_locate=may_locate)


def compose(xform: bytes, *, may_locate: bool = True) -> bytes:
    """This function will return a checklist's XForm with the head of a visit, findings and closing added.

    Where the campaign keeps no positions, nobody has to give one.
    """
    composer = _Composer(etree.fromstring(xform, questions.parser()))
    if not may_locate:
        composer.demand_no_position()
    return composer.bytes()


class _Composer:
    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.model = root.find(f"{H}head/{XF}model")
        self.body = root.find(f"{H}body")
        self.data = self.model.find(f"{XF}instance")[0]
        self.top = f"/{etree.QName(self.data).localname}"
        self.texts = self.model.findall(f"{XF}itext/{XF}translation")

    def bytes(self) -> bytes:
        meta = self.data.find(f"{XF}meta")
        if meta is None:
            meta = self.data.find("{http://openrosa.org/xforms}meta")
        self._ask_only_when_talking(meta)
        places = {HEAD: 0, FINDINGS: self.data.index(meta), CLOSING: self.data.index(meta) + 1}
        for name, label, asks in GROUPS:
            self._instance(name, asks, places[name] if name == HEAD else self.data.index(meta))
            self._binds(name, asks)
            self._controls(name, label, asks)
        last = self.model.findall(f"{XF}instance")[-1]
        for name in LISTS:
            last.addnext(etree.Element(f"{XF}instance", id=name, src=f"jr://file-csv/{name}.csv"))
        etree.SubElement(
            self.model, f"{XF}setvalue", event="odk-instance-first-load", ref=f"{self.top}/{HEAD}/arrived_at",
            value="now()",
        )  # fmt: skip
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")

    def demand_no_position(self) -> None:
        """Let questions for a position stay open."""
        for bind in self.model.findall(f"{XF}bind"):
            if bind.get("type") == "geopoint":
                bind.attrib.pop("required", None)

    def _ask_only_when_talking(self, meta: etree._Element) -> None:
        condition = TALKED.replace("/data/", f"{self.top}/")
        binds = {bind.get("nodeset"): bind for bind in self.model.findall(f"{XF}bind")}
        for node in self.data:
            if node is meta or not isinstance(node.tag, str):
                continue
            path = f"{self.top}/{etree.QName(node).localname}"
            bind = binds.get(path)
            if bind is None:
                bind = etree.SubElement(self.model, f"{XF}bind", nodeset=path)
            own = bind.get("relevant")
            bind.set("relevant", f"({own}) and ({condition})" if own else condition)

    def _instance(self, group: str, asks: Sequence[Ask], place: int) -> None:
        made = etree.Element(f"{XF}{group}")
        if group == FINDINGS:
            made.set(f"{JR}template", "")
        for ask in asks:
            etree.SubElement(made, f"{XF}{ask.name}").text = ask.start or None
        if group == CLOSING:
            with translation.override("zh-hans"):
                made.find(f"{XF}self_statement").text = str(STATEMENT)
        self.data.insert(place, made)

    def _binds(self, group: str, asks: Sequence[Ask]) -> None:
        for ask in asks:
            bind = etree.SubElement(
                self.model, f"{XF}bind", nodeset=f"{self.top}/{group}/{ask.name}", type=ask.type
            )
            for name in ("relevant", "constraint", "calculate"):
                if text := getattr(ask, name):
                    bind.set(name, text.replace("/data/", f"{self.top}/"))
            if ask.required:
                bind.set("required", ask.required if isinstance(ask.required, str) else "true()")
            if ask.kind == "upload":
                bind.set("{http://openrosa.org/xforms}max-pixels", "1600")

    def _controls(self, group: str, label: Text, asks: Sequence[Ask]) -> None:
        path = f"{self.top}/{group}"
        box = etree.Element(f"{XF}group", ref=path)
        self._say(box, "label", f"{path}:label", label)
        inside = box
        if group == FINDINGS:
            inside = etree.SubElement(box, f"{XF}repeat", nodeset=path)
        else:
            box.set("appearance", "field-list")
        for ask in asks:
            if ask.kind:
                inside.append(self._control(f"{path}/{ask.name}", ask))
        if group == HEAD:
            self.body.insert(0, box)
        else:
            self.body.append(box)

    def _control(self, path: str, ask: Ask) -> etree._Element:
        made = etree.Element(f"{XF}{ask.kind}", ref=path)
        if ask.kind == "upload":
            made.set("mediatype", "image/*")
        if ask.appearance:
            made.set("appearance", ask.appearance)
        self._say(made, "label", f"{path}:label", ask.label)
        if ask.hint or ask.shown:
            self._say(made, "hint", f"{path}:hint", ask.hint, ask.shown)
        if ask.items:
            itemset = etree.SubElement(made, f"{XF}itemset", nodeset=f"instance('{ask.items}')/root/item")
            etree.SubElement(itemset, f"{XF}value", ref="name")
            etree.SubElement(itemset, f"{XF}label", ref="label")
        for value, label in ask.choices:
            item = etree.SubElement(made, f"{XF}item")
            self._say(item, "label", f"{path}/{value}:label", label)
            etree.SubElement(item, f"{XF}value").text = value
        return made

    def _say(self, parent: etree._Element, tag: str, key: str, text: Text, shown: str = "") -> None:
        """Add a label or hint: in every language of the form, or as it is in a form without languages."""
        made = etree.SubElement(parent, f"{XF}{tag}")
        if not self.texts:
            self._write(made, text, shown)
            return
        made.set("ref", f"jr:itext('{key}')")
        for language in self.texts:
            name = (language.get("lang") or "").lower()
            with translation.override("en" if "(en" in name or name in {"en", "english"} else "zh-hans"):
                value = etree.SubElement(etree.SubElement(language, f"{XF}text", id=key), f"{XF}value")
                self._write(value, text, shown)

    def _write(self, made: etree._Element, text: Text, shown: str) -> None:
        made.text = str(text)
        if shown:
            etree.SubElement(made, f"{XF}output", value=shown)


Row = tuple[str, ...]


def csv(head: Row, rows: Sequence[Row]) -> bytes:
    """This function will return a list of choices as the CSV file a form reads (UTF-8, quoted where needed)."""
    import csv as writer
    import io

    out = io.StringIO()
    table = writer.writer(out, lineterminator="\n")
    table.writerow(head)
    table.writerows(rows)
    return out.getvalue().encode()
