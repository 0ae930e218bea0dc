"""Forms of the checklist pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.checklists.states import VersionState


class UploadForm(forms.Form):
    """An XLSForm workbook: a new checklist, or the next version of one."""

    checklist = forms.ChoiceField(label=_("放到"), required=False)
    code = forms.CharField(
        label=_("新清单的代码"), max_length=60, required=False,
        help_text=_("只用字母、数字和下划线。新建清单时填写。"),
    )  # fmt: skip
    file = forms.FileField(
        label=_("清单文件（.xlsx）"), help_text=_("至多 5 MB。三个工作表：survey、choices、settings。")
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.code, f"{one.title}（{one.code}）") for one in campaign.checklists.order_by("code")]
        self.fields["checklist"].choices = [("", _("新建一份清单")), *known]
        file = self.fields["file"].widget
        file.attrs["accept"] = ".xlsx"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("checklist") and not given.get("code"):
            self.add_error("code", _("新建清单时须写代码。"))
        return given

    @property
    def target(self) -> str:
        """Return the code of the checklist meant."""
        return str(self.cleaned_data["checklist"] or self.cleaned_data["code"])


class ChecklistFilter(forms.Form):
    q = forms.CharField(
        label=_("名称、代码"), required=False, widget=forms.TextInput(attrs={"placeholder": _("名称、代码")})
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *VersionState.choices]
    )
    site_type = forms.ChoiceField(label=_("点位类型"), required=False)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site_type"].choices = [("", _("全部点位类型")), *kinds]
