"""Forms of the points of sites: the filter of the list, the numbers of the table."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.risk_lines import LABELS, REASONS, TITLES
from duban.sites.models import SiteType
from duban.territory.models import Unit
from duban.web.forms.pickers import UnitField


class ScoreFilter(forms.Form):
    """The filter bar of the list of points."""

    q = forms.CharField(label=_("名称、编码"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("名称、编码")}))  # fmt: skip
    area = UnitField(label=_("区域"), required=False)
    kind = forms.ModelChoiceField(
        SiteType.objects.none(), label=_("类型"), required=False, empty_label=_("类型")
    )
    reason = forms.ChoiceField(
        label=_("计分理由"), required=False, choices=[("", _("计分理由")), *TITLES.items()]
    )

    def __init__(self, *args: Any, rows: QuerySet[Unit], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["area"].rows = rows
        self.fields["area"].widget.attrs["placeholder"] = _("区域编码或名称")
        self.fields["kind"].queryset = SiteType.objects.filter(is_active=True)


class RiskTableForm(forms.Form):
    """Every number of every reason, and why it is changed."""

    reason = forms.CharField(label=_("调整理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self, *args: Any, values: Mapping[str, Mapping[str, int]], titles: Mapping[str, str], **extra: Any
    ):
        super().__init__(*args, **extra)
        self.titles = titles
        for code, numbers in REASONS.items():
            for name, (low, high) in numbers.items():
                self.fields[f"{code}-{name}"] = forms.IntegerField(
                    label=LABELS[name], min_value=low, max_value=high, initial=values.get(code, {}).get(name, low),
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )  # fmt: skip

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the numbers by reason, as the page shows them."""
        return [
            (self.titles[code], [self[f"{code}-{name}"] for name in numbers])
            for code, numbers in REASONS.items()
        ]

    def values(self) -> dict[str, dict[str, int]]:
        """Return reason → its numbers."""
        return {
            code: {name: self.cleaned_data[f"{code}-{name}"] for name in numbers}
            for code, numbers in REASONS.items()
        }
