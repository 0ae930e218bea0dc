"""The parts every page is built from. Builtin: no {% load %} needed. Look at /parts/ (DEBUG) for all of them.

Tags, arguments in order; `=` shows the default; `now` falls back to shell.now; names with ? may be left out:
  icon name label="" size=18 class=""         Tabler outline icon; decoration unless it has a label
  state_tag state label=""                    e.g. "fed_back"; label="" takes the usual word (state_looks.py)
  severity level label=""                     1…4 or incipient general prominent serious
  deadline due now=None state="" paused=False basis=""     due: aware or None; basis "按工作日计"
  figure label value unit="" note="" url="" danger=False   inside <div class="figures">
  field bound_field look="" hint=None label=""  look: "" | segments | cards (choices) | switch (one box);
                                              hint replaces the help text, "" hides it
  error_summary form [form …]                 nothing when there are no errors
  pager page noun="行" note="" param="page"   Django Page; keeps the query string
  empty_state icon title text="" url="" label=""
  timeline events                             [{at, who, what, url?, note?}] newest first
  stepper steps short=False                   [{label, at? or time?, note?, state: done | open | todo}]
  day_rail marks now=None                     [{at, label, clock?, note?, url?}] in order of time
  summary_list rows                           [(label, value[, url])] or [{label, value, url?}]
  photo_pair before after                     {url, at, alt, original_url?, sha256?} or None
  table_head columns sort="" select_all=False [{label, key?, num?, class?, edge?}]; key: ?sort=[-]key
  filter_bar form found=None noun="个" shown=None   GET form and chips; keeps other parameters
  view_tabs views save_url=""                 [{label, count?, url, current?, saved?}]
  confirm_dialog id title text verb danger=False reason_required=False action_url="" keep="保留"
                 reason_label="" hidden=None  opened by data-dialog="ID" on a button or link; posts `reason`
  chart id kind payload title note="" export_url=""  a card; kind: bars | line | stacked; see chart_rows
  heat_table columns rows caption head="" total=""   rows [{label, url?, cells: [{value, url?,
                                              text?}], total?, total_url?}], values 0–100 or None
  heat_step value                             the step alone, e.g. class="heat-fill-{% heat_step 80 %}"
  crumbs label url label url … [label]        breadcrumb; the last label may stand without url
Filters: at|daytime[:now] (15:12, 2-16 14:51) · day|cn_date (2020年2月16日) ·
  due|remaining[:now] (8 时 36 分) · value|dash (— for unknown, 0 stays)
"""

from datetime import datetime
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.template import defaulttags
from django.template.context import Context
from django.template.defaultfilters import date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from duban.web.templatetags import addresses, cells, chart_rows, time_words
from duban.web.templatetags.query_links import link_with, link_without

register = template.Library()


def _now(context: Context, now: object) -> Any:
    return time_words.moment_of(now or context.get("now") or _item(context.get("shell"), "now"))


def _item(thing: object, name: str) -> Any:
    """Return thing[name] or thing.name or None: rows may be dicts or objects."""
    if isinstance(thing, dict):
        return thing.get(name)
    return getattr(thing, name, None)


@register.simple_tag(name="icon")
def icon_tag(name: str, label: str = "", size: int = 18, **extra: str) -> SafeString:
    """This function will return one icon of the vendored sprite."""
    return cells.icon(name, str(label), size, extra.get("class", ""))


@register.simple_tag
def state_tag(state: object, label: object = "") -> SafeString:
    """This function will show a state as icon and word on its soft fill."""
    return cells.state_tag(state, label)


@register.simple_tag
def severity(level: object, label: object = "") -> SafeString:
    """This function will show a severity as a bar of quarters and a word."""
    return cells.severity(level, label)


@register.simple_tag(takes_context=True)
def deadline(
    context: Context,
    due: object,
    now: object = None,
    state: object = "",
    paused: bool = False,
    basis: str = "",
) -> SafeString:
    """This function will show a limit: plain when far or closed, warned under two hours, 朱 when over."""
    return cells.deadline(due, _now(context, now), state, bool(paused), basis) if due else cells.NO_DEADLINE


@register.inclusion_tag("parts/figure.html")
def figure(
    label: str, value: object, unit: str = "", note: str = "", url: str = "", danger: bool = False
) -> dict[str, object]:
    """This function will show one number of a strip; with a url the number links to exactly its rows."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:,}"
    shown = "—" if value is None or value == "" else value
    return {"label": label, "value": shown, "unit": unit, "note": note, "url": url, "danger": danger}


@register.inclusion_tag("parts/field.html")
def field(
    bound_field: forms.BoundField, look: str = "", hint: str | None = None, label: str = ""
) -> dict[str, object]:
    """This function will show a form field with its label, help and errors (above the input)."""
    if hint is not None:
        bound_field.help_text = hint  # aria-describedby is made from it
    widget = bound_field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        kind = "check"
    elif isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        kind = "choices"
    else:
        kind = "input"
    return {
        "field": bound_field,
        "kind": kind,
        "look": look,
        "hint": bound_field.help_text,
        "label": label or bound_field.label,
        "hidden": bound_field.is_hidden,
    }


@register.inclusion_tag("parts/error_summary.html")
def error_summary(*shown: forms.BaseForm) -> dict[str, object]:
    """This function will list every error of the given forms with a link to its field."""
    rows = []
    for form in shown:
        if not form or not getattr(form, "is_bound", False):
            continue
        rows += [{"text": text} for text in form.non_field_errors()]
        for bound in form:
            rows += [
                {"text": text, "label": bound.label, "target": bound.id_for_label or bound.auto_id}
                for text in bound.errors
            ]
    return {"rows": rows, "count": len(rows)}


@register.inclusion_tag("parts/pager.html", takes_context=True)
def pager(
    context: Context, page: Page, noun: str = "", note: str = "", param: str = "page"
) -> dict[str, object]:
    """This function will show where one is in a list and lead on, keeping filters."""
    request = context.get("request")
    earlier = link_with(request, param, page.previous_page_number()) if page.has_previous() else ""
    later = link_with(request, param, page.next_page_number()) if page.has_next() else ""
    return {"page": page, "earlier": earlier, "later": later, "noun": noun or _("行"), "note": note}


@register.inclusion_tag("parts/empty_state.html")
def empty_state(icon: str, title: str, text: str = "", url: str = "", label: str = "") -> dict[str, object]:
    """This function will say what is not here, when it will be, and offer one way on."""
    return {"icon": icon, "title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("parts/timeline.html", takes_context=True)
def timeline(context: Context, events: object) -> dict[str, object]:
    """This function will show what happened, newest first, with time, post and verb."""
    return {"events": events, "now": _now(context, None)}


@register.inclusion_tag("parts/stepper.html", takes_context=True)
def stepper(context: Context, steps: Any, short: bool = False) -> dict[str, object]:
    """This function will show the steps of an order or a sign-off, each with its own time."""
    now = _now(context, None)
    rows = []
    for number, step in enumerate(steps, 1):
        at = _item(step, "at")
        shown = _item(step, "time") or (time_words.daytime(at, now) if at else "")
        state = str(_item(step, "state") or "todo")
        rows.append(
            {
                "number": number,
                "label": _item(step, "label"),
                "time": shown,
                "note": _item(step, "note"),
                "state": state,
            }
        )
    return {"steps": rows, "short": short}


@register.inclusion_tag("parts/day_rail.html", takes_context=True)
def day_rail(context: Context, marks: Any, now: object = None) -> dict[str, object]:
    """This function will show the day's cut-offs on one line; the next one carries the remaining time."""
    moment = _now(context, now)
    rows: list[dict[str, object]] = []
    times = [_item(mark, "at") for mark in marks]
    following = next((place for place, at in enumerate(times) if at > moment), None)
    for place, mark in enumerate(marks):
        at = times[place]
        state = "next" if place == following else ("done" if at <= moment else "later")
        row = {name: _item(mark, name) for name in ("label", "clock", "note", "url")}
        row |= {"at": at, "state": state, "clock": row["clock"] or time_words.limit_day(at)[1]}
        if place == following:
            row["remaining"] = at - moment
            row["words"] = time_words.left(at - moment)
        rows.append(row)
    reached = len(rows) - 1 if following is None else following - 1
    if 0 <= reached < len(rows):
        share = 0.9
        if following is not None:
            share = (moment - times[reached]) / (times[following] - times[reached])
        rows[reached]["share"] = min(90, max(5, round(share * 20) * 5))
    return {"marks": rows, "now": moment, "count": len(rows)}


@register.inclusion_tag("parts/summary_list.html")
def summary_list(rows: Any) -> dict[str, object]:
    """This function will show facts as label and value, unknown as —."""
    shown = []
    for row in rows:
        if isinstance(row, list | tuple):
            shown.append({"label": row[0], "value": row[1], "url": row[2] if len(row) > 2 else ""})
        else:
            shown.append({name: _item(row, name) for name in ("label", "value", "url")})
    return {"rows": shown}


@register.inclusion_tag("parts/photo_pair.html", takes_context=True)
def photo_pair(context: Context, before: object, after: object) -> dict[str, object]:
    """This function will show 整改前 | 整改后 with capture times below."""
    pair = [{"photo": before, "label": _("整改前")}, {"photo": after, "label": _("整改后")}]
    return {"pair": pair, "now": _now(context, None)}


@register.inclusion_tag("parts/table_head.html", takes_context=True)
def table_head(context: Context, columns: Any, sort: str = "", select_all: bool = False) -> dict[str, object]:
    """This function will show a table head whose sort links keep the query string."""
    request = context.get("request")
    current = sort.lstrip("-")
    cells = []
    for column in columns:
        key = _item(column, "key") or ""
        cell = {name: _item(column, name) for name in ("label", "num", "edge", "class")}
        if key:
            descending = key == current and not sort.startswith("-")
            cell["url"] = link_with(request, "sort", f"-{key}" if descending else key)
            if key == current:
                cell["aria"] = "descending" if sort.startswith("-") else "ascending"
        cells.append(cell)
    return {"cells": cells, "select_all": select_all}


def _name_empty_choice(bound: forms.BoundField) -> None:
    """Let the empty option of a filter say what it filters, e.g. 类别 instead of dashes."""
    choosing = bound.field
    if isinstance(choosing, forms.ModelChoiceField) and not isinstance(
        choosing, forms.ModelMultipleChoiceField
    ):
        choosing.empty_label = str(bound.label)
    elif isinstance(choosing.widget, forms.Select):
        choices = list(choosing.widget.choices)
        if choices and choices[0][0] in ("", None) and str(choices[0][1]).startswith("---"):
            choosing.widget.choices = [("", bound.label), *choices[1:]]


def _chosen(bound: forms.BoundField) -> list[str]:
    """Return the words for what a filter field is set to."""
    value = bound.value()
    if value in (None, "", [], ()):
        return []
    choices = getattr(bound.field.widget, "choices", None)
    if choices is None:
        return [str(value)]
    wanted = {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
    words = []
    for key, label in choices:
        group = label if isinstance(label, list | tuple) else [(key, label)]
        words += [str(name) for code, name in group if str(code) in wanted and str(code)]
    return words


@register.inclusion_tag("parts/filter_bar.html", takes_context=True)
def filter_bar(
    context: Context, form: forms.BaseForm, found: int | None = None, noun: str = "", shown: int | None = None
) -> dict[str, object]:
    """This function will show a GET form whose state lives in the address, and chips of what is filtered."""
    request = context.get("request")
    fields, chips = [], []
    names = [bound.html_name for bound in form]
    for bound in form.visible_fields():
        _name_empty_choice(bound)
        search = isinstance(bound.field.widget, forms.TextInput) and bound.field.widget.input_type in (
            "text",
            "search",
        )
        dated = isinstance(bound.field.widget, forms.DateInput)
        fields.append({"field": bound, "search": search and not dated, "dated": dated})
        words = "、".join(_chosen(bound))
        if words:
            chips.append(
                {
                    "label": bound.label,
                    "value": words,
                    "url": link_without(request, [bound.html_name, "page"]),
                }
            )
    kept = []
    if request is not None:
        kept = [(key, value) for key, value in request.GET.items() if key not in {*names, "page"}]
    return {
        "form": form, "fields": fields, "chips": chips, "kept": kept, "found": found, "shown": shown,
        "noun": noun or _("个"), "clear_url": link_without(request, [*names, "page"]),
    }  # fmt: skip


@register.inclusion_tag("parts/view_tabs.html")
def view_tabs(views: object, save_url: str = "") -> dict[str, object]:
    """This function will show saved views as tabs with counts."""
    return {"views": views, "save_url": save_url}


@register.inclusion_tag("parts/confirm_dialog.html", takes_context=True)
def confirm_dialog(
    context: Context, id: str, title: str, text: str, verb: str, danger: bool = False,
    reason_required: bool = False, action_url: str = "", keep: str = "", reason_label: str = "",
    hidden: dict[str, object] | None = None,
) -> dict[str, object]:  # fmt: skip
    """This function will hold a question in a real <dialog>; focus starts on the safe button."""
    return {
        "id": id, "title": title, "text": text, "verb": verb, "danger": danger,
        "reason_required": reason_required, "action_url": action_url,
        "keep": keep or _("保留"), "reason_label": reason_label or _("理由"),
        "hidden": hidden or {}, "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


@register.inclusion_tag("parts/chart.html")
def chart(
    id: str, kind: str, payload: dict[str, Any], title: str, note: str = "", export_url: str = ""
) -> dict[str, object]:
    """This function will show a chart; 看表 shows its rows, and without scripts they stand alone."""
    table = chart_rows.table_of(payload)
    return {
        "id": id, "kind": kind, "title": title, "note": note, "export_url": export_url, "table": table,
        "payload": payload, "json_id": f"{id}-rows", "keys": chart_rows.keys_of(payload),
    }  # fmt: skip


@register.inclusion_tag("parts/heat_table.html")
def heat_table(columns: Any, rows: Any, caption: str, head: str = "", total: str = "") -> dict[str, object]:
    """This function will show shares of 0–100 as tinted figures in five steps; zero stays white."""
    shown = []
    for row in rows:
        cells = []
        for cell in _item(row, "cells"):
            value = _item(cell, "value") if isinstance(cell, dict) else cell
            url = _item(cell, "url") if isinstance(cell, dict) else ""
            text = (_item(cell, "text") if isinstance(cell, dict) else "") or (
                "—" if value is None else value
            )
            cells.append({"step": chart_rows.heat_step(value), "text": text, "url": url})
        extra = {name: _item(row, name) for name in ("label", "url", "total", "total_url")}
        shown.append({**extra, "cells": cells})
    return {
        "columns": columns, "rows": shown, "caption": caption, "head": head, "total": total,
        "legend": chart_rows.HEAT_LEGEND,
    }  # fmt: skip


@register.simple_tag
def heat_step(value: object) -> int | str:
    """This function will return the step 0…5 of a share in percent, or none, for shapes that are not table cells."""
    return chart_rows.heat_step(value)


@register.inclusion_tag("parts/crumbs.html")
def crumbs(*trail: object) -> dict[str, object]:
    """This function will show the way here: label, url, label, url, … last label without url."""
    pairs = [
        {"label": trail[at], "url": trail[at + 1] if at + 1 < len(trail) else ""}
        for at in range(0, len(trail), 2)
    ]
    return {"trail": pairs}


@register.filter(name="date", expects_localtime=True, is_safe=False)
def date_filter(value: Any, pattern: str | None = None) -> str:
    """This function will write a moment like Django's filter; the patterns of our lists without reading a pattern."""
    write = time_words.PATTERNS.get(pattern or "") if isinstance(value, datetime) else None
    return write(value) if write else date(value, pattern)


@register.tag("url")
def address(parser: template.base.Parser, token: template.base.Token) -> Any:
    """This function will compile `{% url … %}`: the address of a row is put together from one that was worked out."""
    return addresses.AddressNode.of(defaulttags.url(parser, token))


@register.filter
def daytime(value: Any, now: object = None) -> str:
    """This function will shorten a time: 15:12 today, 2-16 14:51 this year, in full otherwise."""
    return time_words.daytime(value, time_words.moment_of(now))


@register.filter
def cn_date(value: Any) -> str:
    """This function will write a day as 2020年2月16日."""
    return time_words.cn_date(value)


@register.filter
def month_day(value: Any) -> str:
    """This function will write a day without its year: 2月16日, in English 16 Feb."""
    return time_words.month_day(value)


@register.filter
def remaining(due: Any, now: object = None) -> str:
    """This function will write how long is left until `due`, e.g. 8 时 36 分."""
    return time_words.left(time_words.moment_of(due) - time_words.moment_of(now)) if due else "—"


@register.filter
def dash(value: object) -> object:
    """This function will print unknown as — and leave zero alone."""
    return "—" if value is None or value == "" else value
