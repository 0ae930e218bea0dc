"""Forms of protected periods, the visit budget and the rotation rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.territory.policy import units_visible_to
from duban.web.forms.pickers import UnitField
from duban.web.forms.teams import day_field, reason_field


class ProtectionForm(forms.Form):
    """A unit and its days."""

    unit = UnitField(label=_("单位或地区"), help_text=_("该单位及其下属、管理的点位都不抽取，各专项都适用"))
    starts_on = day_field(_("自"))
    ends_on = day_field(_("至"))
    reason = reason_field(_("理由（考试、农忙、突发事件等）"))

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = units_visible_to(actor).filter(within(campaign.area_path, field="path"), is_active=True)
        self.fields["unit"].rows = rows

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        fields = dict(self.cleaned_data)
        return {"unit_id": fields.pop("unit").pk, **fields}


class ProtectionFilter(forms.Form):
    """Unit, and whether past periods are shown."""

    q = forms.CharField(label=_("单位"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("单位")}))  # fmt: skip
    show = forms.ChoiceField(
        label=_("范围"), required=False, choices=[("now", _("生效和将到的")), ("all", _("全部"))]
    )


class BudgetForm(forms.Form):
    """So many visits in so many days."""

    visits = forms.IntegerField(label=_("次数"), min_value=1, max_value=30)
    days = forms.IntegerField(
        label=_("日数"), min_value=1, max_value=90, help_text=_("各专项的到访合并计算，满了不再抽取，全覆盖不受影响"),
    )  # fmt: skip
    reason = reason_field()


class RotationForm(forms.Form):
    """So many days in so many days."""

    window = forms.IntegerField(label=_("统计日数"), min_value=1, max_value=90)
    days = forms.IntegerField(
        label=_("其中在同一片区"), min_value=1, max_value=90,
        help_text=_("一个组在统计日数内到同一片区满这么多日，抽取时换别的组去；没有别的组能去的，仍由该组去"),
    )  # fmt: skip
    reason = reason_field()
