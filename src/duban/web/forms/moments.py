"""A date-and-time field in local time, as browsers send it."""

from typing import Any

from django import forms

PATTERNS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class MomentField(forms.DateTimeField):
    """A moment to the minute; the value is aware (local zone)."""

    def __init__(self, **extra: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(input_formats=PATTERNS, widget=widget, **extra)
