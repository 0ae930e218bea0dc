"""Forms of texts that arrive: bringing one in, its head, and one small form per proposal."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Directive, DirectiveKind, Route
from duban.incoming.models import IncomingText, Proposal, ProposalKind
from duban.incoming.states import TextState
from duban.kernel.errors import DubanError
from duban.kernel.office_words import in_office_language
from duban.people.models import SubjectClass
from duban.web.forms.campaign import day, words
from duban.web.pages import form_errors

MAX_PASTE = 1_000_000


class TextFilter(forms.Form):
    q = forms.CharField(
        label=_("标题、文号、来源"), required=False,
        widget=forms.TextInput(attrs={"placeholder": _("标题、文号、来源、正文")}),
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *TextState.choices]
    )
    since = day(_("收到自"), required=False)
    until = day(_("至"), required=False)


class ReceiveForm(forms.Form):
    """A file, or pasted text."""

    file = forms.FileField(
        label=_("文件"), required=False, widget=forms.FileInput(attrs={"accept": ".txt,.html,.htm,.docx,.pdf"}),
        help_text=_(".txt、.html、.docx 或有文字层的 .pdf，至多 20 MB"),
    )  # fmt: skip
    pasted = forms.CharField(
        label=_("或者粘贴文字"), required=False, max_length=MAX_PASTE, strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("file") and not (given.get("pasted") or "").strip() and not self.errors:
            self.add_error("file", _("请选择文件，或者粘贴文字。"))
        return given

    @in_office_language
    def arrived(self) -> tuple[bytes, str]:
        """Return (content, file name); pasted text is kept as UTF-8."""
        if upload := self.cleaned_data["file"]:
            return upload.read(), upload.name
        text = self.cleaned_data["pasted"]
        is_page = text.lstrip()[:15].lower().startswith(("<!doctype", "<html"))
        return text.encode(), _("粘贴的文字") + (".html" if is_page else ".txt")


class HeadForm(forms.Form):
    title = words(_("标题"), 160, required=False)
    kind = forms.ChoiceField(label=_("种类"), choices=DirectiveKind.choices)
    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    issuer_title = forms.CharField(label=_("发文机关"), max_length=80, required=False)
    issued_on = day(_("成文日期"), required=False)
    publisher = forms.CharField(label=_("来源"), max_length=80, required=False)
    source_url = forms.CharField(label=_("原文链接"), max_length=500, required=False)


class ReasonForm(forms.Form):
    reason = words(_("理由（写入留痕）"), 300)


class AttachForm(forms.Form):
    directive = forms.ModelChoiceField(Directive.objects.none(), label=_("并入哪份部署"))

    def __init__(self, *args: Any, directives: Any, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["directive"].queryset = directives


def _line(label: Any, most: int) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False)


def _fields(kind: str) -> dict[str, forms.Field]:
    if kind == ProposalKind.MEASURE:
        return {
            "text": words(_("措施"), 400, required=False), "scope_note": _line(_("范围"), 200),
            "exceptions": _line(_("例外"), 300), "effective_from": day(_("起"), required=False),
            "effective_to": day(_("止"), required=False),
        }  # fmt: skip
    if kind == ProposalKind.RULE_ITEM:
        return {
            "set": _line(_("规则集"), 60), "title": _line(_("条目"), 80), "text": words(_("全文"), 2000, required=False),
            "subject_class": forms.ChoiceField(label=_("对象"), choices=SubjectClass.choices, required=False),
            "route": forms.ChoiceField(label=_("处理"), choices=Route.choices, required=False),
        }  # fmt: skip
    if kind == ProposalKind.FOCUS_AREA:
        return {
            "set": _line(_("重点集"), 60),
            "title": _line(_("重点"), 60),
            "note": words(_("说明"), 300, required=False),
        }
    if kind == ProposalKind.LIAISON:
        return {
            "leader_title": _line(_("职务"), 80), "areas": _line(_("联系地区，用顿号分开"), 300),
            "department": _line(_("配合部门"), 80),
        }  # fmt: skip
    return {
        "body": _line(_("召开机关"), 80), "title": _line(_("会议"), 160), "text": words(_("决定"), 400, required=False),
    }  # fmt: skip


class ProposalForm(forms.Form):
    """Take or leave, and the content; a liaison line offers the name for confirmation."""

    is_taken = forms.BooleanField(label=_("采纳"), required=False)

    def __init__(self, data: Any, *, row: Proposal, name: str = "") -> None:
        content = dict(row.content)
        if row.kind == ProposalKind.LIAISON:
            content["areas"] = "、".join(content["areas"])
        initial = {
            "is_taken": row.is_taken,
            "subject_class": SubjectClass.DUTY_HOLDER,
            "route": Route.RECTIFY,
            **content,
        }
        super().__init__(data, prefix=f"p{row.ordinal}", initial=initial)
        self.row, self.name = row, name
        self.fields |= _fields(row.kind)
        if name:
            self.fields["keeps_name"] = forms.BooleanField(label=_("保存任职人员姓名"), required=False)

    @property
    def shown(self) -> str:
        """Return the line that stands for the proposal in the list."""
        content = self.row.content
        if self.row.kind == ProposalKind.LIAISON:
            return f"{content['leader_title']} → {'、'.join(content['areas'])} → {content['department']}"
        if self.row.kind == ProposalKind.MEETING:
            return f"{content['title']}：{content['text']}"
        return str(content.get("title") or content.get("text"))

    @property
    def content_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name not in ("is_taken", "keeps_name")]

    def given(self) -> dict[str, Any]:
        """Return the corrections of this proposal; what was not touched stays as it was read."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "keeps_name"}
        if "areas" in found:
            found["areas"] = [
                one.strip() for one in found["areas"].replace("，", "、").split("、") if one.strip()
            ]
        for name in ("subject_class", "route"):
            if name in found and name not in self.changed_data and name not in self.row.content:
                del found[name]
        return found


class Desk:
    """The head and all proposals of a text on one page, bound to one POST."""

    def __init__(self, text: IncomingText, data: Any, names: Mapping[Any, str]) -> None:
        rows = list(text.proposals.all())
        start: dict[str, Any] = {name: getattr(text, name) for name in HeadForm.base_fields}
        self.head = HeadForm(data, initial=start)
        self.forms = [
            ProposalForm(data, row=row, name=names.get(tuple(row.content.get("row", ())), "")) for row in rows
        ]

    def __iter__(self) -> Iterable[ProposalForm]:
        return iter(self.forms)

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), *[form.is_valid() for form in self.forms]])

    def groups(self) -> list[dict[str, Any]]:
        """Return the proposals by kind and, for rules and focuses, by set."""
        groups: dict[tuple[str, str], dict[str, Any]] = {}
        for form in self.forms:
            named = form.row.content.get("set", "") if form.row.kind in ("rule_item", "focus_area") else ""
            title = named or form.row.get_kind_display()
            group = groups.setdefault(
                (form.row.kind, named), {"title": title, "kind": form.row.get_kind_display(), "forms": []}
            )
            group["forms"].append(form)
        order = list(ProposalKind.values)
        return [
            groups[key]
            for key in sorted(
                groups, key=lambda key: (order.index(key[0]), groups[key]["forms"][0].row.ordinal)
            )
        ]

    def corrections(self) -> dict[str, Any]:
        proposals: dict[UUID, dict[str, Any]] = {form.row.pk: form.given() for form in self.forms}
        return {"head": dict(self.head.cleaned_data), "proposals": proposals}

    def holders(self) -> list[UUID]:
        return [form.row.pk for form in self.forms if form.cleaned_data.get("keeps_name")]

    def put(self, error: DubanError) -> None:
        """This function will put a refusal beside its fields: p3-text belongs to the third proposal."""
        by_prefix = {form.prefix: form for form in self.forms}
        rest = {}
        for name, message in error.fields.items():
            prefix, _dash, field = name.partition("-")
            form = by_prefix.get(prefix)
            if form and field in form.fields:
                form.add_error(field, str(message))
            else:
                rest[name] = message
        placed = len(rest) < len(error.fields)
        if rest or not placed:
            form_errors(self.head, type(error)(error.code, error.message, rest))
        else:
            self.head.add_error(None, str(error.message))
