"""Forms of units and posts. They shape input; the rules are the operations'."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.people.models import Post, SubjectClass
from duban.territory.models import Sector, Unit, UnitKind
from duban.web.forms.pickers import UnitField, UnitsField

SEARCH = forms.TextInput(attrs={"type": "search", "placeholder": _("编码或名称")})
DETAIL_FIELDS = (
    "name", "short_name", "kind", "sector", "party_organisation", "credit_code", "sort_order", "is_line_authority",
    "acts_discipline", "acts_supervision",
)  # fmt: skip


class UnitFilter(forms.Form):
    """The filter bar of the register of units."""

    q = forms.CharField(label=_("编码或名称"), required=False, widget=SEARCH)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=[("", _("类型")), *UnitKind.choices])
    group = forms.ChoiceField(
        label=_("层级"), required=False,
        choices=[("", _("层级")), ("divisions", _("区划")), ("bodies", _("单位")), ("discipline", _("纪检监察机构"))],
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("在用"),
        required=False,
        choices=[("", _("在用和停用")), ("active", _("在用")), ("ended", _("已停用"))],
    )
    under = forms.CharField(label=_("上级编码"), required=False, widget=forms.HiddenInput)


class UnitForm(forms.Form):
    """Facts of a unit; code and parent only when it is new."""

    code = forms.CharField(label=_("编码"), max_length=40, help_text=_("一经使用不变"))
    parent = UnitField(label=_("上级"))
    name = forms.CharField(label=_("名称"), max_length=80)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("类型"), choices=UnitKind.choices)
    sector = forms.ChoiceField(label=_("行业"), choices=Sector.choices, required=False)
    party_organisation = forms.CharField(label=_("负责的党组织"), max_length=80, required=False)
    credit_code = forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False)
    sort_order = forms.IntegerField(
        label=_("排序"), min_value=0, max_value=999_999, required=False, initial=0
    )
    is_line_authority = forms.BooleanField(label=_("行业主管部门"), required=False)
    acts_discipline = forms.BooleanField(label=_("可以纪检机关身份行文"), required=False)
    acts_supervision = forms.BooleanField(label=_("可以监察机关身份行文"), required=False)
    hosts = UnitsField(label=_("驻在单位"), required=False, help_text=_("派驻纪检监察组填写，每行一个"))

    def __init__(self, *args: Any, rows: QuerySet[Unit], unit: Unit | None = None, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["parent"].rows = rows
        self.fields["hosts"].rows = rows
        if unit is not None:
            del self.fields["code"], self.fields["parent"]

    def details(self) -> dict[str, Any]:
        """This function will return the cleaned descriptive fields."""
        values = {name: self.cleaned_data[name] for name in DETAIL_FIELDS}
        values["sort_order"] = values["sort_order"] or 0
        return values


class MoveForm(forms.Form):
    """A new parent for a unit and why."""

    parent = UnitField(label=_("新的上级"))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, rows: QuerySet[Unit], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["parent"].rows = rows


class PostForm(forms.Form):
    """A post of a unit; never a person."""

    code = forms.CharField(label=_("编码"), max_length=40, help_text=_("一经使用不变"))
    title = forms.CharField(label=_("岗位"), max_length=80, help_text=_("写岗位，不写姓名"))
    party_title = forms.CharField(label=_("党内职务"), max_length=80, required=False)
    subject_class = forms.ChoiceField(
        label=_("对象类别"), choices=SubjectClass.choices, initial=SubjectClass.DUTY_HOLDER
    )
    duty_phone = forms.CharField(
        label=_("值班电话"), max_length=40, required=False, help_text=_("不填个人号码")
    )
    is_principal = forms.BooleanField(label=_("一把手"), required=False)
    is_acting = forms.BooleanField(label=_("代理或主持工作"), required=False)

    def __init__(self, *args: Any, post: Post | None = None, **extra: Any) -> None:
        super().__init__(*args, **extra)
        if post is not None:
            del self.fields["code"]


class PostFilter(forms.Form):
    """The filter bar of the list of posts."""

    q = forms.CharField(label=_("岗位、单位、编码"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("岗位、单位、编码")}))  # fmt: skip
    subject_class = forms.ChoiceField(
        label=_("对象类别"), required=False, choices=[("", _("对象类别")), *SubjectClass.choices]
    )
    principal = forms.ChoiceField(
        label=_("一把手"), required=False, choices=[("", _("一把手")), ("yes", _("是")), ("no", _("否"))]
    )
