"""Forms of the daily key points."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.checklists.models import CheckItem
from duban.checklists.states import VersionState
from duban.kernel.actor import Actor
from duban.planning.models import KeyPoint, PointSource
from duban.planning.states import KeyPointsState
from duban.territory.models import Unit
from duban.web.forms.teams import day_field, scope_units


class HistoryFilter(forms.Form):
    q = forms.CharField(
        label=_("要点内容"), required=False, widget=forms.TextInput(attrs={"placeholder": _("要点内容")})
    )
    source = forms.ChoiceField(
        label=_("来源"), required=False, choices=[("", _("全部来源")), *PointSource.choices]
    )
    kept = forms.ChoiceField(
        label=_("去留"), required=False, choices=[("", _("全部")), ("1", _("已列入")), ("0", _("已撤下"))]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *KeyPointsState.choices]
    )
    since = day_field(_("自"), required=False)
    until = day_field(_("至"), required=False)


class ComposeForm(forms.Form):
    day = day_field(_("日期"))


class MergeForm(forms.Form):
    """Two points of one sheet become one; the sentence may be worded anew."""

    point = forms.ChoiceField(label=_("把"))
    into = forms.ChoiceField(label=_("并入"))
    text = forms.CharField(
        label=_("合并后的文字"), max_length=300, required=False, help_text=_("不填则用“并入”一条的文字"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, kept: Iterable[KeyPoint], **kwargs: Any) -> None:
        super().__init__(*args, auto_id="merge_%s", **kwargs)
        rows = [(str(one.pk), f"{place}. {one.text[:40]}") for place, one in enumerate(kept, 1)]
        for name in ("point", "into"):
            self.fields[name].choices = [("", _("请选择")), *rows]


class PointForm(forms.Form):
    text = forms.CharField(label=_("要点"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    is_must_ask = forms.BooleanField(label=_("每到一处必问"), required=False)
    check_items = forms.MultipleChoiceField(
        label=_("对应检查项"), required=False, widget=forms.CheckboxSelectMultiple
    )
    target_units = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("对象"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("不选为全部单位"),
    )  # fmt: skip

    def __init__(
        self, *args: Any, actor: Actor, campaign: Campaign, chosen: list[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target_units"].queryset = scope_units(actor, campaign)
        items = CheckItem.objects.filter(
            version__checklist__campaign=campaign, version__state=VersionState.PUBLISHED
        ).order_by("ordinal", "name")
        names: dict[str, str] = {}
        for item in items:
            names.setdefault(item.name, item.label)
        for name in chosen or []:
            names.setdefault(name, name)
        self.fields["check_items"].choices = list(names.items())

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        fields = dict(self.cleaned_data)
        fields["target_unit_ids"] = [unit.pk for unit in fields.pop("target_units")]
        return fields
