"""Forms of accounts, grants, role rules and recusal. They shape input; the rules are the operations'."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.people.models import ROLE_CHOICES, Capacity, User
from duban.people.operations import GROUNDS
from duban.territory.models import Unit
from duban.web.forms.moments import MomentField
from duban.web.forms.pickers import UnitField, UnitsField

PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})
CHANGED = ("display_name", "post_label", "email", "is_expert")


class UserFilter(forms.Form):
    """The filter bar of the list of accounts."""

    q = forms.CharField(label=_("用户名、岗位、单位"), required=False, widget=forms.TextInput(
        attrs={"type": "search", "placeholder": _("用户名、岗位、单位")}))  # fmt: skip
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[("", _("角色")), *ROLE_CHOICES])
    state = forms.ChoiceField(
        label=_("在用"),
        required=False,
        choices=[("", _("在用和停用")), ("active", _("在用")), ("disabled", _("已停用"))],
    )


class UserForm(forms.Form):
    """An account; user name and first password only when it is new."""

    username = forms.CharField(label=_("用户名"), max_length=60)
    password = forms.CharField(
        label=_("初始口令"), widget=PASSWORD, help_text=_("至少 10 位，由本人登录后修改")
    )
    display_name = forms.CharField(label=_("显示名"), max_length=60, help_text=_("本单位内部识别用"))
    post_label = forms.CharField(label=_("岗位"), max_length=80, help_text=_("留痕和文书只显示岗位"))
    unit = UnitField(label=_("所在单位"))
    email = forms.EmailField(label=_("邮箱"), required=False)
    is_expert = forms.BooleanField(
        label=_("外聘专家"), required=False, help_text=_("只能授予专家角色，不接触线索")
    )

    def __init__(self, *args: Any, rows: QuerySet[Unit], user: User | None = None, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["unit"].rows = rows
        if user is not None:
            del self.fields["username"], self.fields["password"]

    def values(self) -> dict[str, Any]:
        """This function will return what the operations take."""
        given = dict(self.cleaned_data)
        given["unit_id"] = given.pop("unit").pk
        return given


class PasswordForm(forms.Form):
    """A new password for somebody else's account."""

    password = forms.CharField(label=_("新口令"), widget=PASSWORD, help_text=_("至少 10 位"))
    again = forms.CharField(label=_("再输一次"), widget=PASSWORD)

    def clean(self) -> dict[str, Any]:
        """This function will refuse two different passwords."""
        given = super().clean() or {}
        if given.get("password") != given.get("again"):
            self.add_error("again", _("两次输入不一致。"))
        return given


class GrantForm(forms.Form):
    """Role × area × campaign × capacity."""

    role = forms.ChoiceField(label=_("角色"), choices=ROLE_CHOICES)
    unit = UnitField(label=_("范围"), help_text=_("这个单位及其以下"))
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(), label=_("专项"), required=False, empty_label=_("全部专项")
    )
    capacity = forms.ChoiceField(label=_("身份"), choices=Capacity.choices, required=False)
    ends_at = MomentField(label=_("到期"), required=False, help_text=_("空着为长期"))

    def __init__(self, *args: Any, rows: QuerySet[Unit], campaigns: QuerySet[Campaign], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["unit"].rows = rows
        self.fields["campaign"].queryset = campaigns


class RecusalForm(forms.Form):
    """The own declaration for a campaign: units to stay away from with the ground of each, or none."""

    has_units = forms.ChoiceField(
        label=_("您与被督导单位之间"), widget=forms.RadioSelect,
        choices=[("no", _("没有需要回避的情形")), ("yes", _("有需要回避的单位"))],
    )  # fmt: skip
    units = UnitsField(label=_("需要回避的单位"), required=False, help_text=_("每行一个，写编码或全称"))
    ground = forms.ChoiceField(label=_("事由"), required=False, choices=[("", _("请选择")), *GROUNDS.items()])
    confirmed = forms.BooleanField(label=_("以上情况属实，情况变化时及时重新申报"))

    def __init__(self, *args: Any, rows: QuerySet[Unit], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["units"].rows = rows

    def clean(self) -> dict[str, Any]:
        """This function will ask for units and a ground when there is something to recuse from."""
        given = super().clean() or {}
        if given.get("has_units") == "yes":
            if not given.get("units") and "units" not in self.errors:
                self.add_error("units", _("请写出需要回避的单位。"))
            if not given.get("ground"):
                self.add_error("ground", _("请选择事由。"))
        return given


class RecusalRequestForm(forms.Form):
    """A request that somebody keep out of a unit's matters."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("请谁回避"))
    unit = UnitField(label=_("涉及单位"))
    ground = forms.ChoiceField(label=_("事由"), choices=list(GROUNDS.items()))
    reason = forms.CharField(
        label=_("说明"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写关系或情形本身，不写个人隐私"),
    )  # fmt: skip

    def __init__(self, *args: Any, rows: QuerySet[Unit], users: QuerySet[User], **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["unit"].rows = rows
        self.fields["user"].queryset = users


class DecisionForm(forms.Form):
    """The decision on a recusal request."""

    outcome = forms.ChoiceField(
        label=_("决定"),
        widget=forms.RadioSelect,
        choices=[("upheld", _("应当回避")), ("rejected", _("不需要回避"))],
    )
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
