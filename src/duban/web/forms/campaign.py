"""Forms of campaign settings and directives. They shape input; the rules are the operations'."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, DirectiveKind, InstalledPack, ScopeGroup, Urgency
from duban.kernel.actor import Actor
from duban.kernel.fields import within
from duban.territory.models import DIVISION_KINDS, Unit, UnitKind
from duban.territory.policy import units_visible_to

LINE_KINDS = (
    UnitKind.TOWNSHIP, UnitKind.ZONE, UnitKind.UNIT_GROUP, UnitKind.LINE_DEPARTMENT, UnitKind.INSTITUTION,
)  # fmt: skip
BODY_KINDS = (UnitKind.LEADING_GROUP, UnitKind.COMMISSION, UnitKind.DEPARTMENT, UnitKind.DISPATCHED_BODY)
UNIT_LIMIT = 400


def day(label: Any, **extra: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **extra
    )


def clock(label: Any, **extra: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **extra
    )


def moment(label: Any, **extra: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M"], **extra)


def words(label: Any, most: int, rows: int = 2, **extra: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **extra)


def small_number(label: Any, most: int, **extra: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, **extra)


def _first(units: QuerySet[Unit]) -> QuerySet[Unit]:
    """Return a queryset of the topmost units: a select box holds hundreds, the national tree hundreds of thousands."""
    nearest = units.order_by("depth", "path").values_list("pk", flat=True)[:UNIT_LIMIT]
    return Unit.objects.filter(pk__in=list(nearest)).order_by("path")


class CampaignForm(forms.Form):
    """A new campaign."""

    pack = forms.ModelChoiceField(
        InstalledPack.objects.order_by("title"), label=_("专项包"), to_field_name="code", empty_label=None
    )
    code = forms.SlugField(label=_("代码"), max_length=40, help_text=_("只用字母、数字和连字符，以后不改。"))
    title = forms.CharField(label=_("名称"), max_length=80)
    scope = forms.ModelChoiceField(Unit.objects.none(), label=_("范围"))
    body = forms.ModelChoiceField(Unit.objects.none(), label=_("专班"))
    headquarters = forms.ModelChoiceField(Unit.objects.none(), label=_("指挥部"), required=False)
    starts_on = day(_("开始日"))
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=[("", _("按专项包")), *Urgency.choices], required=False
    )
    trigger = words(_("起因"), 300, required=False)
    basis = words(_("依据"), 300, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_visible_to(actor).filter(is_active=True)
        places = units.filter(kind__in=DIVISION_KINDS).exclude(kind__in=(UnitKind.VILLAGE, UnitKind.GRID))
        self.fields["scope"].queryset = _first(places)
        self.fields["body"].queryset = _first(units.filter(kind__in=BODY_KINDS))
        bodies = units.filter(kind__in=(UnitKind.HEADQUARTERS, UnitKind.LEADING_GROUP))
        self.fields["headquarters"].queryset = _first(bodies)


class SettingsForm(forms.Form):
    """What may change while a campaign runs."""

    title = forms.CharField(label=_("名称"), max_length=80)
    trigger = words(_("起因"), 300, required=False)
    basis = words(_("依据"), 300, required=False)
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=Urgency.choices, widget=forms.RadioSelect,
        help_text=_("换档时，没有改动的时限随所选档更新。"),
    )  # fmt: skip
    review_on = day(_("评估日"), required=False)
    ends_on = day(_("预计结束日"), required=False)
    cutoff = clock(_("截数时刻"))
    formal_order_at = clock(_("正式交办时刻"))
    warn_minutes = small_number(_("截数前多少分钟催报"), 600)
    order_number_pattern = forms.CharField(
        label=_("交办单编号格式"), max_length=60, help_text=_("{year} 为年份，{serial} 为顺序号。")
    )
    urge_after_hours = small_number(_("逾期后几小时催办"), 2000)
    escalate_after_hours = small_number(_("逾期后几小时提级"), 2000)
    trace_after_hours = small_number(_("逾期后几小时提出倒查"), 5000)
    look_back_days = small_number(_("销号后几日内回头看"), 365)
    look_back_percent = small_number(_("回头看抽取比例（%）"), 100)
    may_open_position = forms.BooleanField(
        label=_("现场记录可以定位"), required=False, help_text=_("默认不记录位置。只记点位，不记人员轨迹。")
    )
    erase_after_days = small_number(_("结束后几日清除证据资料"), 3650)

    LIMITS = ("urge_after_hours", "escalate_after_hours", "trace_after_hours", "look_back_days",
              "look_back_percent")  # fmt: skip

    @classmethod
    def start(cls, campaign: Campaign) -> dict[str, Any]:
        """Return the initial values of a campaign."""
        values = {name: getattr(campaign, name) for name in cls.base_fields if hasattr(campaign, name)}
        return values | {"erase_after_days": campaign.erase_plan.get("after_days", 30)}

    def changes(self, campaign: Campaign) -> dict[str, Any]:
        """Return the fields for `change_campaign`; untouched limits are left to a new urgency."""
        given = dict(self.cleaned_data)
        after_days = given.pop("erase_after_days")
        given["erase_plan"] = {**campaign.erase_plan, "after_days": after_days}
        if given["urgency"] != campaign.urgency:
            for name in self.LIMITS:
                if given[name] == getattr(campaign, name):
                    del given[name]
        return given


class ScopeForm(forms.Form):
    """The lines of the summary: one choice per candidate unit."""

    CHOICES = (("", _("不列")), *ScopeGroup.choices)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = dict(campaign.scope_units.values_list("unit_id", "group"))
        inside = Unit.objects.filter(within(campaign.area_path, field="path"), is_active=True)
        self.units = list(
            inside.filter(kind__in=LINE_KINDS).exclude(pk=campaign.scope_id).order_by("path")[:UNIT_LIMIT]
        )
        self.units += list(Unit.objects.filter(pk__in=set(listed) - {unit.pk for unit in self.units}))
        for unit in self.units:
            self.fields[f"unit-{unit.pk}"] = forms.ChoiceField(
                label=unit.name, choices=self.CHOICES, required=False, initial=listed.get(unit.pk, "")
            )

        for unit in self.units:
            unit.choice = self[f"unit-{unit.pk}"]

    def lines(self) -> list[tuple[Any, str]]:
        """Return the chosen (unit id, group), townships first."""
        chosen = [(unit.pk, self.cleaned_data[f"unit-{unit.pk}"]) for unit in self.units]
        return sorted((row for row in chosen if row[1]), key=lambda row: row[1] != ScopeGroup.TOWNSHIP)


class PeriodForm(forms.Form):
    """A period flag."""

    kind = forms.ChoiceField(label=_("种类"))
    title = forms.CharField(label=_("名称"), max_length=60)
    starts_on = day(_("开始日"))
    ends_on = day(_("结束日"), required=False)

    def __init__(self, *args: Any, flags: list[dict[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(flag["code"], flag["title"]) for flag in flags] or [
            ("other", _("其他"))
        ]


class EndPeriodForm(forms.Form):
    ends_on = day(_("结束日"))


class ReasonForm(forms.Form):
    reason = words(_("理由（写入留痕）"), 300)


class ClosingForm(forms.Form):
    number = forms.CharField(label=_("结束决定文号"), max_length=60)
    reason = words(_("理由（写入留痕）"), 300)


class DirectiveFilter(forms.Form):
    q = forms.CharField(
        label=_("标题、文号、措施"), required=False,
        widget=forms.TextInput(attrs={"placeholder": _("标题、文号、措施")}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("种类"), required=False, choices=[("", _("全部种类")), *DirectiveKind.choices]
    )
    state = forms.ChoiceField(
        label=_("效力"), required=False,
        choices=[("", _("全部")), ("in_force", _("有效")), ("repealed", _("已废止"))],
    )  # fmt: skip
    since = day(_("印发自"), required=False)
    until = day(_("至"), required=False)


class DirectiveForm(forms.Form):
    """A directive as it came in."""

    kind = forms.ChoiceField(
        label=_("种类"), choices=DirectiveKind.choices, widget=forms.RadioSelect, initial="directive"
    )
    issuer_title = forms.CharField(label=_("发文机关"), max_length=80)
    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    title = forms.CharField(label=_("标题"), max_length=160)
    issued_on = day(_("印发日"))
    code = forms.SlugField(
        label=_("代码"),
        max_length=40,
        required=False,
        help_text=_("清单按“代码/措施代码”引用。不填时自动编号。"),
    )
    text = words(_("正文"), 20000, rows=6, required=False)
    source = forms.FileField(label=_("原件"), required=False, help_text=_("PDF 或图片，至多 20 MB。"))


class MeasureForm(forms.Form):
    """One measure of a directive."""

    text = words(_("措施"), 400, required=False)
    code = forms.SlugField(label=_("代码"), max_length=40, required=False)
    scope_note = forms.CharField(label=_("适用范围"), max_length=200, required=False)
    exceptions = forms.CharField(label=_("例外"), max_length=300, required=False)
    effective_from = moment(_("起"), required=False)
    effective_to = moment(_("止"), required=False)


MeasureFormSet = forms.formset_factory(MeasureForm, extra=3, max_num=60, absolute_max=60)


def typed_measures(formset: Any) -> list[dict[str, Any]]:
    """Return the measures that were filled in."""
    rows = [form.cleaned_data for form in formset.forms if form.has_changed()]
    return [{name: value for name, value in row.items() if value not in ("", None)} for row in rows]


class LegalFilter(forms.Form):
    on = day(_("施行于"), required=False)
    q = forms.CharField(
        label=_("名称"), required=False, widget=forms.TextInput(attrs={"placeholder": _("名称、条文")})
    )


class FocusForm(forms.Form):
    """A new version of a focus set: one area per line."""

    areas = forms.CharField(
        label=_("重点，每行一项"), widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("写成“代码｜名称｜说明”，说明可以不写。"),
    )  # fmt: skip
    reason = words(_("调整理由（写入留痕）"), 200)

    def clean_areas(self) -> list[tuple[str, str, str]]:
        rows = []
        for number, line in enumerate(self.cleaned_data["areas"].splitlines(), 1):
            parts = [part.strip() for part in line.replace("|", "｜").split("｜")]
            if not any(parts):
                continue
            if len(parts) < 2 or not parts[0] or not parts[1] or len(parts) > 3:
                raise forms.ValidationError(
                    _("第%(number)d行应为“代码｜名称｜说明”。"), params={"number": number}
                )
            rows.append((parts[0], parts[1], parts[2] if len(parts) == 3 else ""))
        return rows
