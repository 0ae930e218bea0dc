"""Forms of the register of topics."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Category
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.sites.models import Site
from duban.sites.policy import sites_visible_to
from duban.teams.models import Dispatch
from duban.territory.policy import units_visible_to
from duban.topics.models import Channel, Topic
from duban.web.forms.pickers import UnitField
from duban.web.forms.teams import day_field, reason_field

ANY = [("", _("渠道")), *Channel.choices]


class TopicForm(forms.Form):
    """A topic; `reason` is asked for when one is corrected."""

    area = UnitField(label=_("地区或单位"))
    site_code = forms.CharField(
        label=_("点位编码"), required=False, max_length=40, help_text=_("没有指明场所的不填")
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("类别"), required=False, empty_label=_("未分类")
    )
    channel = forms.ChoiceField(label=_("来源渠道"), choices=Channel.choices)
    subject = forms.CharField(
        label=_("事项"), max_length=60, help_text=_("几个字说明反映什么，不写反映人和被反映人")
    )
    count = forms.IntegerField(label=_("件数"), min_value=1, initial=1)
    starts_on = day_field(_("自"))
    ends_on = day_field(_("至"))
    answer = forms.CharField(
        label=_("办理情况"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, actor: Actor, campaign: Campaign, topic: Topic | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._actor = actor
        rows = units_visible_to(actor).filter(within(campaign.area_path, field="path"), is_active=True)
        self.fields["area"].rows = rows
        self.fields["category"].queryset = Category.objects.filter(pack=campaign.pack)
        if topic:
            self.fields["reason"] = reason_field(_("更正理由"))

    def clean_site_code(self) -> Site | None:
        """Return the site of the code."""
        code = self.cleaned_data["site_code"].strip()
        site = sites_visible_to(self._actor).filter(code=code).first() if code else None
        if code and site is None:
            raise forms.ValidationError(_("没有这个编码的点位。"))
        return site

    def values(self) -> dict[str, Any]:
        """Return the operation's arguments."""
        fields = dict(self.cleaned_data)
        area, site, category = fields.pop("area"), fields.pop("site_code"), fields.pop("category")
        keys = {"area_id": area.pk, "site_id": site and site.pk, "category_id": category and category.pk}
        return fields | keys


class TopicFilter(forms.Form):
    """Words, channel, days."""

    q = forms.CharField(label=_("事项、地区、点位"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("事项、地区、点位")}))  # fmt: skip
    channel = forms.ChoiceField(label=_("渠道"), required=False, choices=ANY)
    since = day_field(_("从"), required=False)
    until = day_field(_("到"), required=False)


class SendForm(forms.Form):
    """The dispatch a reported site is added to."""

    dispatch = forms.ModelChoiceField(Dispatch.objects.none(), label=_("派出"), empty_label=_("请选择"))

    def __init__(self, *args: Any, dispatches: QuerySet[Dispatch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dispatch"].queryset = dispatches
