"""The six points of 四不两直 (S0-66) that inspectors declare one by one. Pure."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

POINTS = {
    "no_notice": _("不发通知"),
    "no_greeting": _("不打招呼"),
    "no_briefing": _("不听汇报"),
    "no_escort": _("不用陪同接待"),
    "to_grassroots": _("直奔基层"),
    "to_scene": _("直插现场"),
}


def missing_points(points: Mapping[str, bool]) -> list[str]:
    """This function will return the points that were not declared either way."""
    return [code for code in POINTS if not isinstance(points.get(code), bool)]


def declared(points: Mapping[str, bool]) -> list[dict[str, object]]:
    """This function will return the declared points in their fixed order: [{code, held}]."""
    return [{"code": code, "held": bool(points[code])} for code in POINTS if code in points]
