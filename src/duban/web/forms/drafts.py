"""Forms of drafting: the text by kind, persons who approve, recipients; recipient groups; papers made from records."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.documents import body_text, queries
from duban.documents.capacities import words_of_capacity
from duban.documents.drafting import field_names, needs_recipients, printed
from duban.documents.kinds import Kind, all_kinds, kind_of
from duban.documents.models import Audience, BundleForm, Draft, RecipientGroup
from duban.documents.recipients import Recipients
from duban.people.models import User
from duban.territory.models import DIVISION_KINDS, Unit, UnitKind
from duban.web.forms.pickers import UnitField, UnitsField

LISTS = {
    "present": _("出席"), "absent": _("请假"), "observers": _("列席"), "report_to": _("报"), "send_to": _("送"),
    "issue_to": _("发"), "joint_issuers": _("联合发文机关"),
}  # fmt: skip
PLACED = frozenset({"addressees", "paragraphs"})  # lists that have a field of their own
URGENCIES = [("", _("不标注")), ("加急", _("加急")), ("特急", _("特急"))]


def drafted_kinds() -> list[tuple[str, str]]:
    """Return the kinds that may be drafted freely, by title."""
    return [(code, _titled(kind)) for code, kind in all_kinds().items() if kind.drafted]


def _titled(kind: Kind) -> str:
    return f"{kind.title}（{words_of_capacity(kind)}）" if kind.capacity else kind.title


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return f"{user.post_label}（{user.display_name}）"


class PersonChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, user: User) -> str:
        return f"{user.post_label}（{user.display_name}）"


class DraftForm(forms.Form):
    """A draft as one types it: one line is one paragraph; lines that begin with 一、（一）1. are headings."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=_("标题"), max_length=200, help_text=_("关于……的通知；以文种结尾"))
    body = forms.CharField(
        label=_("正文"), required=False, widget=forms.Textarea(attrs={"rows": 16}),
        help_text=_("一行一段。以“一、”“（一）”“1.”“（1）”开头的短行是各级标题"),
    )  # fmt: skip
    annexes = forms.CharField(
        label=_("附件"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每个附件以一行“附件：标题”开头，下面写内容"),
    )  # fmt: skip
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=URGENCIES, required=False)
    note = forms.CharField(label=_("附注"), max_length=120, required=False)
    main_groups = forms.ModelMultipleChoiceField(
        label=_("主送分组"),
        queryset=RecipientGroup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    main_units = UnitsField(label=_("主送单位"), required=False, help_text=_("编码或全称，一行一个"))
    copy_groups = forms.ModelMultipleChoiceField(
        label=_("抄送分组"),
        queryset=RecipientGroup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    copy_units = UnitsField(label=_("抄送单位"), required=False, help_text=_("编码或全称，一行一个"))
    reviewer = PersonChoice(label=_("核稿人"), queryset=User.objects.none(), required=False)
    countersigners = PersonChoices(
        label=_("会签人"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    signer = PersonChoice(label=_("签发人"), queryset=User.objects.none(), required=False)
    names = forms.CharField(
        label=_("文中的个人姓名"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("一行一人：姓名，对外称谓（岗位）。公开版以称谓代替姓名；决定写明可具名的，行末加“，可具名”"),
    )  # fmt: skip

    def __init__(self, *args: Any, draft: Draft, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(draft), **kwargs)
        self.draft, kind = draft, kind_of(draft.kind)
        persons = queries.approvers_of(draft).exclude(pk=draft.drafted_by_id)
        self.fields["reviewer"].queryset = self.fields["countersigners"].queryset = persons
        self.fields["signer"].queryset = queries.signers(draft.campaign).exclude(pk=draft.drafted_by_id)
        for name in ("main_groups", "copy_groups"):
            self.fields[name].queryset = queries.groups_of(draft.campaign)
        for name in ("main_units", "copy_units"):
            self.fields[name].rows = Unit.objects.filter(is_active=True)
        if not needs_recipients(kind):
            del self.fields["main_groups"]
        extra = field_names(kind) | ({"report_to", "send_to"} if kind.layout == "masthead" else set())
        if kind.layout == "general" and not kind.capacity:
            extra = extra | {"joint_issuers"}
        self.lists = [name for name in LISTS if name in extra]
        for name in self.lists:
            self.fields[name] = forms.CharField(
                label=LISTS[name],
                required=False,
                max_length=600,
                initial="、".join(draft.record.get(name, [])),
            )
        self.lined = [
            one.name for one in kind.fields if one.type == "list" and one.name not in (PLACED | set(LISTS))
        ]
        for one in kind.fields:
            if one.name in self.lined:
                self.fields[one.name] = forms.CharField(
                    label=gettext(one.label), required=False, widget=forms.Textarea(attrs={"rows": 6}),
                    help_text=_("一行一条，序号自动编"), initial="\n".join(draft.record.get(one.name, [])),
                )  # fmt: skip

    def clean_names(self) -> list[dict[str, Any]]:
        rows = []
        for line in self.cleaned_data["names"].splitlines():
            parts = [part.strip() for part in line.replace(",", "，").split("，") if part.strip()]
            if not parts:
                continue
            if len(parts) < 2:
                raise forms.ValidationError(_("每行写“姓名，对外称谓”。"))
            rows.append({"name": parts[0], "post": parts[1], "may_be_named": "可具名" in parts[2:]})
        return rows

    def record(self) -> dict[str, Any]:
        """Return the draft's record with what was typed; what the form does not show stays."""
        typed = self.cleaned_data
        paragraphs, sections = body_text.read_text(typed["body"])
        changed = {
            **self.draft.record, "paragraphs": paragraphs, "sections": sections, "urgency": typed["urgency"],
            "note": typed["note"].strip(), "annexes": body_text.read_annexes(typed["annexes"]),
        }  # fmt: skip
        for name in self.lists:
            changed[name] = [
                one.strip() for one in typed[name].replace("，", "、").split("、") if one.strip()
            ]
        for name in self.lined:
            changed[name] = [line.strip() for line in typed[name].splitlines() if line.strip()]
        return {name: value for name, value in changed.items() if value not in ("", [])}

    def text(self) -> dict[str, Any]:
        """Return what change_draft takes."""
        typed = self.cleaned_data
        people = {f"{name}_id": typed[name].pk if typed[name] else None for name in ("reviewer", "signer")}
        chosen = {
            name: [one.pk for one in typed.get(name, [])]
            for name in ("main_groups", "main_units", "copy_groups", "copy_units")
        }
        asked = [one.pk for one in typed["countersigners"]]
        return {
            "title": typed["title"], "record": self.record(), "names": typed["names"], "countersigner_ids": asked,
            **people, **chosen,
        }  # fmt: skip

    def recipients(self, which: str) -> Recipients:
        """Return the recipients as typed, by their words."""
        groups, units = self.cleaned_data.get(f"{which}_groups", []), self.cleaned_data[f"{which}_units"]
        if which == "main":
            return printed(kind_of(self.draft.kind), groups, units)
        return Recipients((*(one.name for one in groups), *(one.name for one in units)), ())


def _initial(draft: Draft) -> dict[str, Any]:
    record = draft.record
    return {
        "version": draft.version, "title": draft.title, "urgency": record.get("urgency", ""),
        "note": record.get("note", ""),
        "body": body_text.write_text(record.get("paragraphs", []), record.get("sections", [])),
        "annexes": body_text.write_annexes(record.get("annexes", [])),
        "main_groups": list(draft.main_groups.all()), "main_units": list(draft.main_units.all()),
        "copy_groups": list(draft.copy_groups.all()), "copy_units": list(draft.copy_units.all()),
        "reviewer": draft.reviewer_id, "signer": draft.signer_id,
        "countersigners": [one.user_id for one in draft.countersignatures.all()],
        "names": "\n".join(
            "，".join([row["name"], row["post"], *(["可具名"] if row.get("may_be_named") else [])])
            for row in draft.names
        ),
    }  # fmt: skip


class NewDraftForm(forms.Form):
    """What is to be written."""

    kind = forms.ChoiceField(label=_("文种"), widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("标题"), max_length=200, help_text=_("关于……的通知；以文种结尾，不写个人姓名")
    )

    def __init__(self, *args: Any, kinds: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [one for one in drafted_kinds() if one[0] in kinds]


class GroupForm(forms.Form):
    """A recipient group: its name in the text, kinds of units, and units one by one."""

    name = forms.CharField(
        label=_("分组名称"), max_length=60, help_text=_("写法与文中主送机关一致，例如“各乡镇人民政府”")
    )
    kinds = forms.MultipleChoiceField(
        label=_("包含的单位类型"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(value, label) for value, label in UnitKind.choices if value not in DIVISION_KINDS],
        help_text=_("专项范围内的这类单位都在组内，新设的自动加入"),
    )  # fmt: skip
    units = UnitsField(label=_("另外列入的单位"), required=False, help_text=_("编码或全称，一行一个"))

    def __init__(self, *args: Any, group: RecipientGroup | None = None, **kwargs: Any) -> None:
        initial = (
            {"name": group.name, "kinds": group.kinds, "units": list(group.units.all())} if group else None
        )
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["units"].rows = Unit.objects.filter(is_active=True)


class BundleRequestForm(forms.Form):
    """How the documents of the list are to be put together."""

    form = forms.ChoiceField(label=_("打包方式"), choices=BundleForm.choices)


class VariantForm(forms.Form):
    """Which public version is to be made."""

    audience = forms.ChoiceField(
        label=_("公开版"), choices=[one for one in Audience.choices if one[0] != Audience.INTERNAL]
    )


class SendForm(forms.Form):
    """To whom an issued document is sent on."""

    main_groups = forms.ModelMultipleChoiceField(
        label=_("主送分组"),
        queryset=RecipientGroup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    units = UnitsField(label=_("单位"), required=False, help_text=_("编码或全称，一行一个"))

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["main_groups"].queryset = queries.groups_of(campaign)
        self.fields["units"].rows = Unit.objects.filter(is_active=True)


class PaperForm(forms.Form):
    """Papers made from the campaign's records: which, of which days, of which unit, of which order or approval."""

    kind = forms.ChoiceField(label=_("文书"), widget=forms.RadioSelect)
    since = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    unit = UnitField(label=_("责任单位"), required=False, help_text=_("不填则为全部；写编码或全称"))
    number = forms.CharField(
        label=_("编号"),
        required=False,
        max_length=80,
        help_text=_("整改通知书写交办单号，表格审批单写审批编号"),
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds
        self.fields["unit"].rows = Unit.objects.all()
