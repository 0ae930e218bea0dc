"""Forms of sites and area grades. They shape input; the rules are the operations'."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.sites.models import RiskGradeScheme, Site, SiteType
from duban.territory.models import Sector, Unit
from duban.web.forms.pickers import UnitField

UNIT_FIELDS = ("area", "territory_unit", "department_unit", "operator_unit")


def grade_choices() -> list[tuple[str, str]]:
    """This function will return scheme:grade choices of every scheme, with their titles."""
    return [
        (f"{scheme.pk}:{one['code']}", f"{scheme.title} · {one['title']}")
        for scheme in RiskGradeScheme.objects.order_by("code")
        for one in scheme.grades
    ]


class SiteFilter(forms.Form):
    """The filter bar of the register of sites."""

    q = forms.CharField(label=_("名称、编码、地址"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("名称、编码、地址")}))  # fmt: skip
    area = UnitField(label=_("区域"), required=False)
    kind = forms.ModelChoiceField(
        SiteType.objects.none(), label=_("类型"), required=False, empty_label=_("类型")
    )
    sector = forms.ChoiceField(label=_("行业"), required=False, choices=[])
    grade = forms.ChoiceField(label=_("区域等级"), required=False, choices=[])
    state = forms.ChoiceField(
        label=_("在用"),
        required=False,
        choices=[("", _("在用")), ("ended", _("已停用")), ("all", _("在用和停用"))],
    )

    def __init__(self, *args: Any, rows: QuerySet[Unit], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["area"].rows = rows
        self.fields["area"].widget.attrs["placeholder"] = _("区域编码或名称")
        self.fields["kind"].queryset = SiteType.objects.filter(is_active=True)
        self.fields["sector"].choices = [
            ("", _("行业")),
            *((key, label) for key, label in Sector.choices if key),
        ]
        self.fields["grade"].choices = [("", _("区域等级")), *grade_choices()]


class SiteForm(forms.Form):
    """A site with its three responsible parties."""

    code = forms.CharField(label=_("编码"), max_length=60, help_text=_("一经使用不变"))
    name = forms.CharField(label=_("名称"), max_length=80)
    site_type = forms.ModelChoiceField(SiteType.objects.none(), label=_("类型"))
    area = UnitField(label=_("所在区划或网格"))
    territory_unit = UnitField(label=_("属地责任单位"))
    department_unit = UnitField(label=_("主管部门"), required=False)
    operator_unit = UnitField(label=_("责任单位"), required=False, help_text=_("经营或管理这个点位的单位"))
    duty_phone = forms.CharField(
        label=_("值班电话"), max_length=40, required=False, help_text=_("不填个人号码")
    )
    address = forms.CharField(label=_("地址"), max_length=120, required=False)

    def __init__(self, *args: Any, rows: QuerySet[Unit], site: Site | None = None, **extra: Any) -> None:
        super().__init__(*args, **extra)
        for name in UNIT_FIELDS:
            self.fields[name].rows = rows
        self.fields["site_type"].queryset = SiteType.objects.filter(is_active=True)
        if site is not None:
            del self.fields["code"], self.fields["area"]

    def values(self) -> dict[str, Any]:
        """This function will return what the operations take: ids for things, text for the rest."""
        shown = self.cleaned_data
        given = {name: shown[name] for name in ("name", "duty_phone", "address")}
        given["site_type_id"] = shown["site_type"].pk
        for name in UNIT_FIELDS:
            if name in shown:
                given[f"{name}_id"] = shown[name].pk if shown[name] else None
        if "code" in shown:
            given["code"] = shown["code"]
        return given


class GradeFilter(forms.Form):
    """The filter bar of area grades."""

    area = UnitField(label=_("区域"), required=False)
    scheme = forms.ModelChoiceField(
        RiskGradeScheme.objects.none(), label=_("分级表"), required=False, empty_label=_("分级表")
    )
    state = forms.ChoiceField(
        label=_("现行"),
        required=False,
        choices=[("", _("现行和历史")), ("open", _("现行")), ("past", _("历史"))],
    )

    def __init__(self, *args: Any, rows: QuerySet[Unit], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["area"].rows = rows
        self.fields["area"].widget.attrs["placeholder"] = _("区域编码或名称")
        self.fields["scheme"].queryset = RiskGradeScheme.objects.order_by("code")


class GradeForm(forms.Form):
    """The published grade of an area."""

    area = UnitField(label=_("区域"))
    grade = forms.ChoiceField(label=_("等级"), choices=[])
    source = forms.CharField(label=_("来源"), max_length=120, help_text=_("公布机关和日期或文号"))

    def __init__(self, *args: Any, rows: QuerySet[Unit], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["area"].rows = rows
        self.fields["grade"].choices = grade_choices()
