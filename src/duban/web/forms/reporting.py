"""Forms of summaries, bulletins, documents and the overview."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Category
from duban.documents.kinds import all_kinds
from duban.documents.states import DocumentState
from duban.inspection.models import Finding
from duban.reporting.models import Bulletin

Sections = list[dict[str, Any]]
EXTRA = _("补充说明")


class TextForm(forms.Form):
    """The text of a summary or bulletin, one box per section; headings and order stay."""

    def __init__(self, *args: Any, sections: Sections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.frozen = [part for part in sections if part.get("is_frozen")]
        self._add([{} if part.get("is_frozen") else part for part in sections], "part")
        if self.frozen and not any(part.get("heading") == str(EXTRA) for part in sections):
            self.fields["extra"] = forms.CharField(
                label=EXTRA, required=False, widget=forms.Textarea(attrs={"rows": 3})
            )

    def _add(self, sections: Sections, prefix: str) -> None:
        for place, part in enumerate(sections):
            name = f"{prefix}_{place}"
            if not part:
                continue
            if part.get("paragraphs") or not part.get("sections"):
                lines = part.get("paragraphs", [])
                self.fields[name] = forms.CharField(
                    label=part.get("heading") or _("导语"),
                    initial="\n".join(lines),
                    required=False,
                    widget=forms.Textarea(
                        attrs={"rows": min(max(3, sum(len(line) // 40 + 1 for line in lines)), 12)}
                    ),
                )
            self._add(part.get("sections", []), name)

    def edited(self) -> Sections:
        """Return the sections with the texts as typed, one paragraph per line."""
        edited = self._edited(self.sections, "part")
        if extra := self.cleaned_data.get("extra", "").strip():
            edited.append({"heading": str(EXTRA), "paragraphs": extra.splitlines()})
        return edited

    def _edited(self, sections: Sections, prefix: str) -> Sections:
        result = []
        for place, part in enumerate(sections):
            name = f"{prefix}_{place}"
            if part.get("is_frozen"):
                result.append(part)
                continue
            lines = self.cleaned_data.get(name, "").splitlines() if name in self.fields else []
            changed: dict[str, Any] = {
                "heading": part.get("heading", ""),
                "paragraphs": [line.strip() for line in lines if line.strip()],
            }
            if part.get("sections"):
                changed["sections"] = self._edited(part["sections"], name)
            result.append(changed)
        return result


class UnitChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, unit: Any) -> str:
        return unit.label


class BulletinTextForm(TextForm):
    """Title, lead, text and recipients of a bulletin."""

    def __init__(self, *args: Any, bulletin: Bulletin, **kwargs: Any) -> None:
        super().__init__(*args, sections=bulletin.sections, **kwargs)
        lines = bulletin.campaign.scope_units.order_by("ordinal").values("unit_id")
        from duban.territory.models import Unit

        recipients = Unit.objects.filter(pk__in=lines) | Unit.objects.filter(
            pk__in=bulletin.recipients.values("pk")
        )
        texts = dict(self.fields)
        self.fields.clear()
        self.fields["title"] = forms.CharField(label=_("标题"), max_length=160, initial=bulletin.title)
        self.fields["lead"] = forms.CharField(
            label=_("导语"), initial=bulletin.lead, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )
        self.fields.update(texts)
        self.fields["recipients"] = UnitChoices(
            label=_("主送单位"), queryset=recipients.distinct().order_by("path"), required=False,
            widget=forms.CheckboxSelectMultiple, initial=list(bulletin.recipients.values_list("pk", flat=True)),
        )  # fmt: skip


class FindingChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, finding: Finding) -> str:
        return f"{finding} {finding.unit.label} · {finding.site.name}：{finding.fact[:60]}"


class DraftBulletinForm(forms.Form):
    """Which problems go into a bulletin, and in which order they are told."""

    title = forms.CharField(label=_("标题"), max_length=160, required=False, help_text=_("不填则用当日标题"))
    by = forms.ChoiceField(
        label=_("排列"), choices=[("category", _("按类别")), ("unit", _("按单位"))], widget=forms.RadioSelect,
        initial="category",
    )  # fmt: skip
    findings = FindingChoices(
        label=_("通报的问题"), queryset=Finding.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, findings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["findings"].queryset = findings


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of documents by title."""
    return [(code, kind.title) for code, kind in all_kinds().items()]


class DocumentFilter(forms.Form):
    """Filter of the document list."""

    q = forms.CharField(
        label=_("文号或标题"), required=False, widget=forms.TextInput(attrs={"placeholder": _("文号或标题")})
    )
    kind = forms.ChoiceField(label=_("文种"), required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *DocumentState.choices]
    )
    since = forms.DateField(label=_("印发自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("印发至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("全部文种")), *kind_choices()]


PERIODS = [("", _("开始至今")), ("7", _("近7日")), ("3", _("近3日")), ("1", _("今日"))]


class OverviewFilter(forms.Form):
    """What the overview is narrowed to."""

    category = forms.ModelChoiceField(label=_("全部类别"), queryset=Category.objects.none(), required=False)
    days = forms.ChoiceField(label=_("时段"), choices=PERIODS, required=False)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(pack=campaign.pack).order_by("ordinal")
