"""Forms of findings, photos and support requests. They shape input; the rules are the operations'."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Category, Code, FindingTemplate, RuleItem
from duban.inspection.models import Consequence, Finding, Line, Phase, Severity, Visit
from duban.inspection.queries import FindingFilter
from duban.inspection.states import FindingState
from duban.inspection.support_kinds import SUPPORT_KINDS
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.people.models import Post
from duban.sites.models import Site
from duban.teams.policy import teams_visible_to
from duban.territory.models import DIVISION_KINDS, Unit
from duban.web.forms.moments import MomentField
from duban.web.forms.pickers import NamedChoiceField

DUE = [
    ("", _("时限")),
    ("overdue", _("逾期")),
    ("today", _("今日到期")),
    ("later", _("以后到期")),
    ("none", _("未定")),
]
NEAR_UNITS = 200


class Photos(forms.ClearableFileInput):
    """Several pictures; scripts offer to cover faces before they leave the device."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """A file field whose value is a list (possibly empty)."""

    def __init__(self, **extra: Any) -> None:
        attrs = {"accept": "image/jpeg,image/png,image/webp", "data-blur": ""}
        super().__init__(widget=Photos(attrs=attrs), required=False, **extra)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(PhotosField, self).clean(one, initial) for one in data or [] if one]


def _state_choices() -> list[tuple[str, Any]]:
    return [("", _("状态")), *FindingState.choices]


class RegisterFilter(forms.Form):
    """The filter bar of the register; its state lives in the address."""

    q = forms.CharField(
        label=_("点位、事实、编号"), required=False,
        widget=forms.TextInput(attrs={"placeholder": _("点位、事实、编号"), "type": "search"}),
    )  # fmt: skip
    area = NamedChoiceField(label=_("区域"), required=False, empty_label=_("区域"))
    category = NamedChoiceField(label=_("类别"), required=False, empty_label=_("类别"), shown="title")
    severity = forms.ChoiceField(
        label=_("程度"), required=False, choices=[("", _("程度")), *Severity.choices]
    )
    team = NamedChoiceField(label=_("督导组"), required=False, empty_label=_("督导组"))
    due = forms.ChoiceField(label=_("时限"), required=False, choices=DUE)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=_state_choices)
    since = forms.DateField(label=_("发现自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, actor: Actor, campaign: Campaign) -> None:
        super().__init__(data)
        # The tabs say the state; only 全部 needs the select (or an address that already names one).
        if data.get("view") != "all" and not data.get("state"):
            del self.fields["state"]
        lines = Unit.objects.filter(pk__in=campaign.scope_units.values("unit_id")).order_by("path")
        self.fields["area"].queryset = lines  # type: ignore[attr-defined]
        self.fields["category"].queryset = Category.objects.filter(pack=campaign.pack)  # type: ignore[attr-defined]
        self.fields["team"].queryset = teams_visible_to(actor).filter(campaign=campaign)  # type: ignore[attr-defined]

    def wanted(self) -> FindingFilter:
        """Return the filter; a field that makes no sense does not filter."""
        self.is_valid()
        self.errors.clear()  # an odd address shows the list, not a form in error
        given = self.cleaned_data
        area, category, team = given.get("area"), given.get("category"), given.get("team")
        return FindingFilter(
            text=given.get("q") or "", area_path=area.path if area else "", due=given.get("due") or "",
            category_id=category.pk if category else None, severity=given.get("severity") or "",
            team_id=team.pk if team else None, found_from=given.get("since"), found_to=given.get("until"),
            state=given.get("state") or "",
        )  # fmt: skip


def line_choices(site: Site) -> list[tuple[str, str]]:
    """Return the responsibility lines of a site with the unit each suggests."""
    parties = (
        (Line.TERRITORY, site.territory_unit), (Line.DEPARTMENT, site.department_unit), (Line.UNIT, site.operator_unit),
    )  # fmt: skip
    return [(line.value, f"{unit.name}（{line.label}）") for line, unit in parties if unit is not None]


class FindingForm(forms.Form):
    """A finding in the order of the act: template, fact, photo, unit, severity, corrected on the spot."""

    template = forms.CharField(required=False, widget=forms.HiddenInput)
    finding_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    check_item_name = forms.CharField(required=False, widget=forms.HiddenInput)
    fact = forms.CharField(
        label=_("事实"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写何时、何岗、与要求差在哪。只写单位、岗位和职责，不写群众个人"),
    )  # fmt: skip
    photos_before = PhotosField(
        label=_("照片"), help_text=_("可多选；有人脸或车牌的，发送前在照片上拖动遮挡")
    )
    category = forms.ModelChoiceField(Category.objects.none(), label=_("类别"), empty_label=_("请选择"))
    line = forms.ChoiceField(label=_("责任单位"), widget=forms.RadioSelect, help_text=_("按点位推荐"))
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("更换为其他单位"), required=False, empty_label=_("按上面的推荐")
    )
    post = forms.ModelChoiceField(
        Post.objects.none(), label=_("责任岗位"), required=False, empty_label=_("不指定")
    )
    severity = forms.ChoiceField(label=_("程度"), widget=forms.RadioSelect, choices=Severity.choices)
    found_at = MomentField(label=_("发现时间"))
    is_on_spot = forms.BooleanField(
        label=_("已现场整改"), required=False, help_text=_("打开后写明怎样改的，宜补一张整改后照片")
    )
    on_spot_note = forms.CharField(label=_("现场整改情况"), max_length=300, required=False)
    photos_after = PhotosField(label=_("整改后照片"))
    requirement = forms.CharField(label=_("整改要求"), max_length=300, required=False)
    told_at = MomentField(
        label=_("当场说明时间"), required=False, help_text=_("向单位在岗岗位说明问题的时间")
    )
    consequence = forms.ChoiceField(label=_("后果"), choices=Consequence.choices, initial=Consequence.NONE)
    consequence_reason = forms.CharField(label=_("后果依据"), max_length=200, required=False)
    rule_items = forms.ModelMultipleChoiceField(
        RuleItem.objects.none(), label=_("对应规则"), required=False, widget=forms.CheckboxSelectMultiple
    )
    codes = forms.ModelMultipleChoiceField(
        Code.objects.none(), label=_("报送不实"), required=False, widget=forms.CheckboxSelectMultiple
    )
    citation = forms.CharField(label=_("主管机关认定文号"), max_length=200, required=False)
    reported = forms.CharField(label=_("报送数"), max_length=40, required=False)
    reported_source = forms.CharField(label=_("报送数来源"), max_length=80, required=False)
    true = forms.CharField(label=_("核实数"), max_length=40, required=False)
    true_source = forms.CharField(label=_("核实数来源"), max_length=80, required=False)
    as_of = forms.CharField(label=_("数据时间"), max_length=40, required=False)
    screening_override = forms.CharField(
        label=_("保留文字的理由"),
        max_length=200,
        required=False,
        help_text=_("文字疑似有个人信息而确需保留时填写，写入留痕"),
    )

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaign, site = visit.campaign, visit.site
        parties = [
            pk for pk in (site.territory_unit_id, site.department_unit_id, site.operator_unit_id) if pk
        ]
        self.fields["category"].queryset = Category.objects.filter(pack=campaign.pack)  # type: ignore[attr-defined]
        self.fields["line"].choices = line_choices(site)  # type: ignore[attr-defined]
        near = (Q(pk__in=parties) | within(site.area_path, field="path")) & ~Q(kind__in=DIVISION_KINDS)
        line_units = Q(is_line_authority=True) & within(campaign.area_path, field="path")
        units = Unit.objects.filter(near | line_units, is_active=True).order_by("path")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        posts = Post.objects.filter(unit_id__in=parties, is_active=True).select_related("unit")
        self.fields["post"].queryset = posts  # type: ignore[attr-defined]
        self.fields["post"].label_from_instance = lambda post: f"{post.unit.name} {post.title}"  # type: ignore[attr-defined]
        rules = RuleItem.objects.filter(rule_set__campaigns=campaign, is_active=True).select_related(
            "rule_set"
        )
        self.fields["rule_items"].queryset = rules  # type: ignore[attr-defined]
        codes = Code.objects.filter(pack=campaign.pack, group="reporting_fault")
        self.fields["codes"].queryset = codes  # type: ignore[attr-defined]

    def figures(self) -> dict[str, str] | None:
        """Return the figures of a reporting fault, or None if none was typed."""
        names = ("reported", "true", "reported_source", "true_source", "as_of")
        values = {name: self.cleaned_data.get(name, "").strip() for name in names}
        return values if any(values.values()) else None

    def arguments(self) -> dict[str, Any]:
        """Return what `register_finding` takes."""
        given = self.cleaned_data
        plain = (
            "template", "finding_id", "check_item_name", "fact", "line", "severity", "found_at", "is_on_spot",
            "on_spot_note", "requirement", "told_at", "consequence", "consequence_reason", "citation", "screening_override",
        )  # fmt: skip
        chosen_codes = [code.pk for code in given["codes"]]
        return {
            **{name: given[name] for name in plain},
            "category_id": given["category"].pk,
            "unit_id": given["unit"].pk if given["unit"] else None,
            "post_id": given["post"].pk if given["post"] else None,
            "rule_item_ids": [item.pk for item in given["rule_items"]] or None,
            "code_ids": chosen_codes or None,
            "reported_figures": self.figures(),
        }


def from_template(template: FindingTemplate) -> dict[str, Any]:
    """Return the form values a template fills in."""
    return {
        "template": template.code, "fact": template.fact, "category": template.category_id, "line": template.line,
        "severity": template.severity, "requirement": template.requirement,
    }  # fmt: skip


class ResubmitForm(forms.Form):
    """Completing a returned finding."""

    fact = forms.CharField(label=_("事实"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    requirement = forms.CharField(label=_("整改要求"), max_length=300, required=False)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("类别"))
    severity = forms.ChoiceField(label=_("程度"), widget=forms.RadioSelect, choices=Severity.choices)
    line = forms.ChoiceField(label=_("责任单位"), widget=forms.RadioSelect)
    on_spot_note = forms.CharField(label=_("现场整改情况"), max_length=300, required=False)
    screening_override = forms.CharField(label=_("保留文字的理由"), max_length=200, required=False)

    def __init__(self, *args: Any, finding: Finding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.finding = finding
        self.fields["category"].queryset = Category.objects.filter(pack=finding.campaign.pack)  # type: ignore[attr-defined]
        lines = dict(line_choices(finding.site))
        # The unit as it stands may have been chosen by hand: keep it as an answer of its own.
        kept = (
            []
            if finding.unit_id in self._parties().values()
            else [("", f"{finding.unit.name}（{_('不变')}）")]
        )
        self.fields["line"].choices = [*kept, *lines.items()]  # type: ignore[attr-defined]
        self.fields["line"].required = not kept

    def _parties(self) -> dict[str, UUID | None]:
        site = self.finding.site
        return {
            Line.TERRITORY: site.territory_unit_id, Line.DEPARTMENT: site.department_unit_id,
            Line.UNIT: site.operator_unit_id,
        }  # fmt: skip

    def arguments(self) -> dict[str, Any]:
        """Return what `resubmit_finding` takes."""
        given = self.cleaned_data
        names = ("fact", "requirement", "severity", "line", "on_spot_note", "screening_override")
        unit = self._parties().get(given["line"]) if given["line"] else None
        return {**{name: given[name] for name in names}, "category_id": given["category"].pk, "unit_id": unit}


class ReasonForm(forms.Form):
    """A decision that needs a reason."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("写入留痕")
    )


class OnSpotForm(forms.Form):
    """Verification of a correction made on the spot."""

    passed = forms.ChoiceField(
        label=_("核验结果"), widget=forms.RadioSelect,
        choices=[("1", _("到位，予以销号")), ("0", _("未到位，转入交办"))],
    )  # fmt: skip
    opinion = forms.CharField(label=_("核验意见"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ToldForm(forms.Form):
    """When the post on duty was told."""

    told_at = MomentField(label=_("说明时间"))

    @classmethod
    def opening_at(cls, moment: datetime) -> "ToldForm":
        return cls(initial={"told_at": moment})


class PhotoForm(forms.Form):
    """More photos for a finding or a visit."""

    photos = PhotosField(label=_("照片"), help_text=_("可多选；有人脸或车牌的，发送前在照片上拖动遮挡"))
    phase = forms.ChoiceField(
        label=_("类型"), widget=forms.RadioSelect, choices=Phase.choices, initial=Phase.BEFORE
    )
    caption = forms.CharField(
        label=_("照片说明"), max_length=120, required=False, help_text=_("写明位置和内容，不写个人")
    )


class SupportForm(forms.Form):
    """What is needed from headquarters."""

    kind = forms.ChoiceField(
        label=_("需要什么"), widget=forms.RadioSelect, choices=list(SUPPORT_KINDS.items())
    )
    text = forms.CharField(
        label=_("具体内容"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明需要什么、多少、何时要"),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """The answer to a support request."""

    answer = forms.CharField(label=_("答复"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
