"""The questions a unit is asked, as forms: at most five, plain words (G-32, G-37). The link and the staff pages share them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.burden.models import DeferralGround
from duban.kernel import clock
from duban.people.models import User
from duban.people.operations import GROUNDS
from duban.rectification.models import OrderItem, Outcome
from duban.rectification.states import Ground

MOMENT = "%Y-%m-%dT%H:%M"


class Photos(forms.ClearableFileInput):
    """Several photos in one field; scaled and covered on the device when scripts run."""

    allow_multiple_selected = True


class PhotoField(forms.FileField):
    """A list of uploaded files, possibly empty."""

    widget = Photos(attrs={"accept": "image/jpeg,image/png", "data-blur": ""})

    def clean(self, value: Any, initial: Any = None) -> list[UploadedFile]:
        rows = value if isinstance(value, list | tuple) else [value]
        return [super(PhotoField, self).clean(row, initial) for row in rows if row]


class ReplyForm(forms.Form):
    """Five questions. With “今日办不完” the words are reason and plan, and the time is the limit asked for."""

    outcome = forms.ChoiceField(
        label=_("整改到什么程度"), choices=Outcome.choices, initial=Outcome.DONE, widget=forms.RadioSelect
    )
    moment = forms.DateTimeField(
        label=_("完成时间"),
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"required": _("请填时间。"), "invalid": _("请按“年-月-日 时:分”填写。")},
    )
    agreed = forms.BooleanField(
        label=_("主要负责岗已看过并同意"),
        required=True,
        error_messages={"required": _("须经主要负责岗看过并同意。")},
    )

    # where a refusal of the operation is shown
    PLACES = {
        "principal_agreed": "agreed", "completed_at": "moment", "asked_due_at": "moment", "plan_reason": "measures",
        "plan": "measures", "measures": "measures",
    }  # fmt: skip

    def __init__(self, *args: Any, items: list[OrderItem], at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_items = items
        self.fields["moment"].initial = clock.local(at).strftime(MOMENT)
        for item in items:
            self.fields[self.measures_name(item.pk)] = forms.CharField(
                label=_("第 %(place)s 项采取的措施") % {"place": item.ordinal}
                if len(items) > 1
                else _("采取的措施"),
                widget=forms.Textarea(attrs={"rows": 3}),
                max_length=1000,
                required=len(items) == 1,
                error_messages={"required": _("请写明采取的措施。")},
            )
            self.fields[self.photos_name(item.pk)] = PhotoField(
                label=_("第 %(place)s 项整改后照片") % {"place": item.ordinal}
                if len(items) > 1
                else _("整改后照片"),
                required=False,
            )

    @staticmethod
    def measures_name(key: UUID) -> str:
        return f"measures-{key}"

    @staticmethod
    def photos_name(key: UUID) -> str:
        return f"photos-{key}"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the bound fields of each item."""
        return [
            {
                "item": item,
                "measures": self[self.measures_name(item.pk)],
                "photos": self[self.photos_name(item.pk)],
            }
            for item in self.order_items
        ]

    def place_of(self, name: str) -> str | None:
        """Return the field in which a refusal named `name` is shown."""
        place = self.PLACES.get(name)
        if place == "measures":
            return self.measures_name(self.order_items[0].pk) if self.order_items else None
        return place

    def answer(self) -> dict[str, Any]:
        """Return the keyword arguments of the operation."""
        read = self.cleaned_data
        measures = {item.pk: read.get(self.measures_name(item.pk), "") for item in self.order_items}
        measures = {key: text for key, text in measures.items() if text.strip()}
        photos = {
            item.pk: [upload.read() for upload in read.get(self.photos_name(item.pk), [])]
            for item in self.order_items
            if item.pk in measures
        }
        words = "；".join(measures.values())
        if read["outcome"] == Outcome.DONE:
            times = {"completed_at": read["moment"]}
        else:
            times = {"asked_due_at": read["moment"], "plan_reason": words[:300], "plan": words}
        return {
            "outcome": read["outcome"], "measures": measures, "photos": photos, "principal_agreed": read["agreed"],
            **times,
        }  # fmt: skip


class DisputeForm(forms.Form):
    """One item, one fixed ground, the facts."""

    item = forms.ChoiceField(label=_("哪一项"), widget=forms.RadioSelect)
    ground = forms.ChoiceField(label=_("理由"), choices=Ground.choices, widget=forms.RadioSelect)
    statement = forms.CharField(
        label=_("事实"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写时间、岗位和经过，不写群众个人信息。"), error_messages={"required": _("请写明事实。")},
    )  # fmt: skip

    def __init__(self, *args: Any, items: list[OrderItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [
            (str(item.pk), f"{item.ordinal} {item.finding.site.name}：{item.finding.fact[:40]}")
            for item in items
        ]
        if len(items) == 1:
            self.fields["item"].initial = str(items[0].pk)


class DeferralForm(forms.Form):
    """What the unit in an emergency is dealing with."""

    ground = forms.ChoiceField(
        label=_("正在处置"), choices=DeferralGround.choices, widget=forms.RadioSelect,
        error_messages={"required": _("请选择正在处置什么。")},
    )  # fmt: skip


class BurdenForm(forms.Form):
    """What adds to the burden, in one sentence."""

    text = forms.CharField(
        label=_("哪项要求加重了负担"), max_length=300, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明哪项要求加重了负担。")},
    )  # fmt: skip


class RecusalForm(forms.Form):
    """Who of those who handled the order should keep out of it, and why (G-23)."""

    user = forms.ModelChoiceField(
        User.objects.none(), label=_("请谁回避"), error_messages={"required": _("请选一个岗位。")}
    )
    ground = forms.ChoiceField(label=_("事由"), choices=list(GROUNDS.items()))
    reason = forms.CharField(
        label=_("说明"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写关系或情形本身，不写个人隐私"), error_messages={"required": _("请写明理由。")},
    )  # fmt: skip

    def __init__(self, *args: Any, handlers: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = handlers
        self.fields["user"].label_from_instance = lambda user: user.post_label


class SelfCheckForm(forms.Form):
    """Yes or no, and how many (G-37)."""

    has_problem = forms.ChoiceField(
        label=_("本单位有无此类问题"), choices=[("no", _("无")), ("yes", _("有"))], widget=forms.RadioSelect,
        error_messages={"required": _("请选有或无。")},
    )  # fmt: skip
    count = forms.IntegerField(
        label=_("数量（个）"), min_value=0, max_value=9999, required=False, help_text=_("选“无”的不用填。")
    )
