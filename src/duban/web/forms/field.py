"""Forms of phones and of what they hand in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.inspection.states import SubmissionState


class DeviceForm(forms.Form):
    """Registering a phone of one's own."""

    name = forms.CharField(label=_("手机的名称"), max_length=60, help_text=_("便于日后辨认，如：工作手机"))


class RevokeForm(forms.Form):
    """Ending a phone's access."""

    reason = forms.CharField(label=_("理由"), max_length=200, required=False)


class SubmissionFilter(forms.Form):
    """What the list of records is filtered by."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *SubmissionState.choices]
    )
    q = forms.CharField(label=_("检查表、手机、岗位"), required=False, max_length=60)
