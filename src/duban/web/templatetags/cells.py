"""Parts that stand in every row of a list: icon, state, severity, deadline. Written without a template each.

`parts` registers them as tags; what they look like is described there.
"""

from datetime import datetime
from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from duban.kernel import clock
from duban.web.templatetags import time_words
from duban.web.templatetags.state_looks import CLOSED, PAUSED, SEVERITIES, SEVERITY_LABELS, look_of

NO_DEADLINE = mark_safe('<span class="muted">—</span>')


@lru_cache(maxsize=2048)
def icon(name: str, label: str = "", size: int = 18, classes: str = "") -> SafeString:
    """This function will return one icon of the vendored sprite."""
    shown = " ".join(filter(None, ["icon", f"icon-{size}" if size != 18 else "", classes]))
    sprite = static("vendor/icons/sprite.svg")
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            shown,
            label,
            sprite,
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', shown, sprite, name
    )


def state_tag(state: object, label: object = "") -> SafeString:
    """This function will return a state as icon and word on its soft fill."""
    look = look_of(state)
    return _state(look.icon, look.tone, str(label or look.label))


@lru_cache(maxsize=2048)
def _state(icon_name: str, tone: str, label: str) -> SafeString:
    return format_html('<span class="state state-{}">{}{}</span>', tone, icon(icon_name, size=16), label)


def severity(level: object, label: object = "") -> SafeString:
    """This function will return a severity as a bar of quarters and a word."""
    key = str(level)
    step = int(key) if key.isdigit() else SEVERITIES.get(key, 0)
    return _severity(step, str(label or SEVERITY_LABELS.get(step, "—")))


@lru_cache(maxsize=64)
def _severity(step: int, label: str) -> SafeString:
    if not step:
        return mark_safe("—")
    return format_html(
        '<span class="severity"><svg class="severity-bar" viewBox="0 0 24 8" aria-hidden="true">'
        '<rect class="severity-track" width="24" height="8"/><rect class="severity-fill" width="{}" height="8"/></svg>{}</span>',
        step * 6,
        label,
    )


def deadline(due: object, now: datetime, state: object, is_paused: bool, basis: str) -> SafeString:
    """This function will return a limit seen at `now`: plain when far or closed, warned when near, 朱 when over."""
    moment = time_words.moment_of(due)
    words = time_words.limit(moment, now)
    if str(state) in CLOSED:
        day, hour = time_words.limit_day(moment)
        return _deadline(moment, "far", f"{day.month}-{day.day} {hour}", words.absolute, "")
    if is_paused or str(state) in PAUSED:
        return _deadline(moment, "paused", _("暂停计时"), words.absolute, basis)
    return _deadline(moment, words.urgency, words.text, words.absolute, basis)


def _deadline(due: datetime, urgency: str, text: str, absolute: str, basis: str) -> SafeString:
    written = clock.local(due).isoformat()
    is_near = urgency == "near"
    return format_html(
        '<time class="deadline deadline-{}" datetime="{}" title="{}{}"{}>{}<span class="deadline-words">{}</span>'
        '<span class="visually-hidden print-inline">{} {}</span></time>{}',
        urgency,
        written,
        absolute,
        f"（{basis}）" if basis else "",
        format_html(' data-due="{}"', written) if is_near else "",
        icon("clock", size=16) if is_near else "",
        text,
        _("，期限"),
        absolute,
        format_html(' <span class="note">{}</span>', basis) if basis else "",
    )
