"""The filter of the journal and the review of it."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.kernel.journal import VERBS

DAY = {"type": "date"}


class JournalFilter(forms.Form):
    """Verb, post, object, days, campaign."""

    q = forms.CharField(label=_("岗位或对象"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("岗位或对象")}))  # fmt: skip
    verb = forms.ChoiceField(label=_("事项"), required=False, choices=[])
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(), label=_("专项"), required=False, empty_label=_("专项")
    )
    since = forms.DateField(
        label=_("从"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("到"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    subject = forms.UUIDField(label=_("对象编号"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, campaigns: QuerySet[Campaign], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["campaign"].queryset = campaigns
        self.fields["verb"].choices = [("", _("事项")), *sorted(VERBS.items())]


class ReviewForm(forms.Form):
    """How far the auditor has looked, and what is doubtful."""

    until_id = forms.UUIDField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("复核意见"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("有疑问的写明，专班组长可见；没有疑问可不填"),
    )  # fmt: skip
