"""Choosing a row: a select that reads key and name only; a unit among thousands by typing code or name."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from duban.territory.models import Unit
from duban.web.widgets import PlainSelect


class NamedRows(forms.models.ModelChoiceIterator):
    """The options of a NamedChoiceField: two columns of each row instead of whole rows with what they join."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for key, name in self.queryset.values_list("pk", self.field.shown):
            yield str(key), name


class NamedChoiceField(forms.ModelChoiceField):
    """A select of rows by one column that names them; gives the row, like Django's field."""

    iterator = NamedRows
    widget = PlainSelect

    def __init__(self, rows: QuerySet[Any] | None = None, *, shown: str = "name", **extra: Any) -> None:
        self.shown = shown
        super().__init__(rows, **extra)


def unit_text(unit: Unit) -> str:
    """This function will write a unit as the picker reads it: 甲镇（T01）."""
    return f"{unit.name}（{unit.code}）"


class UnitInput(forms.TextInput):
    """A text input with a datalist that htmx fills; without scripts code or full name is typed."""

    template_name = "units/picker.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "placeholder": _("编码或名称"), **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["options_url"] = reverse_lazy("units:options")
        return context


class UnitField(forms.CharField):
    """Gives a Unit of `rows` for a code, a full name, or what the suggestion list wrote."""

    widget = UnitInput

    def __init__(self, *, rows: QuerySet[Unit] | None = None, **extra: Any) -> None:
        super().__init__(max_length=160, **extra)
        self.rows = Unit.objects.none() if rows is None else rows

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Unit):
            return unit_text(value)
        return value

    def clean(self, value: Any) -> Unit | None:
        text = super().clean(value)
        if not text:
            return None
        written = re.search(r"（([^（）]+)）$", text)
        found = self.rows.filter(code=written.group(1) if written else text).first()
        if found is None:
            named = list(self.rows.filter(name=text)[:4])
            if len(named) == 1:
                return named[0]
            if named:
                names = "、".join(unit_text(one) for one in named[:3])
                raise ValidationError(
                    _("叫这个名称的单位不止一个，请写编码，例如 %(names)s。") % {"names": names}
                )
            raise ValidationError(_("没有这个单位，请写编码或全称。"))
        return found


class UnitsField(UnitField):
    """Gives a list of units, one per line or separated by 、，."""

    widget = forms.Textarea

    def __init__(self, **extra: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **extra)
        self.max_length = None
        self.validators = []

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return "\n".join(unit_text(one) for one in value)
        return value

    def clean(self, value: Any) -> list[Unit]:  # type: ignore[override]
        text = forms.CharField.clean(self, value)
        parts = [one.strip() for one in re.split(r"[\n、，,；;]", text or "") if one.strip()]
        units: list[Unit] = []
        for part in parts:
            found = super().clean(part)
            if found is not None and found not in units:
                units.append(found)
        return units
