"""The form of the working-day table."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CalendarDayForm(forms.Form):
    """An exception to the official table."""

    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    kind = forms.ChoiceField(
        label=_("改为"),
        widget=forms.RadioSelect,
        choices=[("work", _("工作日")), ("off", _("休息日"))],
        initial="off",
    )
    note = forms.CharField(label=_("依据"), max_length=80, help_text=_("调休通知的名称或文号"))
