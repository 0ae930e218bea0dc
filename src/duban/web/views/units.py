"""Divisions and units: register, tree, one unit; posts live in views/posts.py."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel.actor import OFFICE_ROLES, Role
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.fields import within
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.models import Post
from duban.sites.policy import sites_visible_to
from duban.territory import operations as territory
from duban.territory import policy, queries
from duban.territory.models import DISCIPLINE_KINDS, DIVISION_KINDS, Unit
from duban.web.attempts import attempt
from duban.web.forms.pickers import unit_text
from duban.web.forms.units import DETAIL_FIELDS, MoveForm, UnitFilter, UnitForm
from duban.web.pages import View, dangerous, export_rows, paginate, said, staff_page

READERS = frozenset({Role.ADMIN, *OFFICE_ROLES})
GROUPS = {"divisions": Q(kind__in=DIVISION_KINDS), "bodies": ~Q(kind__in=DIVISION_KINDS),
          "discipline": Q(kind__in=DISCIPLINE_KINDS)}  # fmt: skip
EXPORT_LIMIT = 100_000
TREE_LIMIT = 500


def unit_page(view: View) -> View:
    """This decorator will show the register to administrators and the office; to others it does not exist."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.has_role(READERS):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def register_rows(request: HttpRequest) -> QuerySet[Unit]:
    """Return the units in which the reader is administrator or office."""
    return policy.units_visible_to(request.actor)


def _filtered(request: HttpRequest, form: UnitFilter) -> QuerySet[Unit]:
    rows = register_rows(request).select_related("parent").order_by("path")
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q", "").strip():
        rows = rows.filter(code__startswith=text) if text.isascii() else rows.filter(
            Q(name__contains=text) | Q(short_name__contains=text)
        )  # fmt: skip
    if kind := given.get("kind"):
        rows = rows.filter(kind=kind)
    if group := given.get("group"):
        rows = rows.filter(GROUPS[group])
    if state := given.get("state"):
        rows = rows.filter(is_active=state == "active")
    if given.get("under") and (top := register_rows(request).filter(code=given["under"]).first()):
        rows = rows.filter(within(top.path, field="path")).exclude(pk=top.pk)
    return rows


COLUMNS = (
    ("编码", lambda unit: unit.code), ("名称", lambda unit: unit.name), ("简称", lambda unit: unit.short_name),
    ("类型", lambda unit: unit.get_kind_display()), ("上级编码", lambda unit: unit.parent.code if unit.parent else ""),
    ("上级", lambda unit: unit.parent.name if unit.parent else ""), ("行业", lambda unit: unit.get_sector_display() if unit.sector else ""),
    ("党组织", lambda unit: unit.party_organisation), ("统一社会信用代码", lambda unit: unit.credit_code),
    ("在用", lambda unit: "是" if unit.is_active else "否"),
)  # fmt: skip


@unit_page
def list_units(request: HttpRequest) -> HttpResponse:
    """This function will list units with filters; export and print obey the filter."""
    form = UnitFilter(request.GET)
    rows = _filtered(request, form)
    if request.GET.get("export"):
        if rows.count() > EXPORT_LIMIT:
            raise Invalid("too_many_rows", _("超过 %(limit)s 行，请先筛选。") % {"limit": EXPORT_LIMIT})
        return export_rows(request, _("区划与单位"), COLUMNS, rows)
    page = paginate(request, rows)
    found = page.paginator.count
    can = {"add": bool(request.actor.has_role({Role.ADMIN}))}
    return render(
        request, "units/list.html", {"form": form, "page": page, "found": found, "can": can, "view": "list"}
    )


@unit_page
def show_tree(request: HttpRequest) -> HttpResponse:
    """This function will show the tree from one node (or the tops of the reader's area) with lazy children."""
    at = register_rows(request).filter(code=request.GET.get("at", "")).first()
    tops = _children(request, at) if at else _tops(request)
    trail = [*queries.ancestors(at), at] if at else []
    reach = set(register_rows(request).filter(pk__in=[one.pk for one in trail]).values_list("pk", flat=True))
    shown = {"nodes": tops, "at": at, "trail": [one for one in trail if one.pk in reach], "view": "tree",
             "can": {"add": bool(request.actor.has_role({Role.ADMIN}))}}  # fmt: skip
    return render(request, "units/tree.html", shown)


@unit_page
def show_children(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will return the children of one node as a fragment of the tree."""
    unit = get_visible(register_rows(request), pk)
    return render(request, "units/tree.html#nodes", {"nodes": _children(request, unit)})


def _children(request: HttpRequest, unit: Unit) -> list[Unit]:
    rows = register_rows(request).filter(parent=unit, is_active=True).annotate(below=Count("children"))
    return list(rows.order_by("sort_order", "serial")[:TREE_LIMIT])


def _tops(request: HttpRequest) -> list[Unit]:
    paths = [path for path, campaign in request.actor.areas(Role)]
    rows = register_rows(request).filter(path__in=paths) if all(paths) else Unit.objects.filter(parent=None)
    return list(rows.annotate(below=Count("children")).order_by("path")[:TREE_LIMIT])


@staff_page(needs_campaign=False)
def options(request: HttpRequest) -> HttpResponse:
    """This function will return suggestions for a unit picker: at most twelve units in the reader's area."""
    text = (list(request.GET.values()) or [""])[-1].strip()
    if not text:
        return HttpResponse("")
    wanted = (
        Q(code__startswith=text) if text.isascii() else Q(name__contains=text) | Q(short_name__contains=text)
    )
    rows = policy.units_visible_to(request.actor).filter(wanted, is_active=True).select_related("parent")
    lines = (
        (unit_text(unit), unit.parent.name if unit.parent else "")
        for unit in rows.order_by("depth", "path")[:12]
    )
    return HttpResponse(format_html("{}", format_html_join("", '<option value="{}">{}</option>', lines)))


@unit_page
def show_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show a unit: where it hangs, its facts, posts, hosts, children, what may be done."""
    unit = get_visible(register_rows(request).select_related("parent"), pk)
    reach = policy.can_change_tree(request.actor, unit)
    hosts, groups = list(unit.hosts.all()), list(unit.resident_groups.all())
    return render(request, "units/show.html", {
        "unit": unit, "trail": queries.ancestors(unit), "can": {"change": bool(reach)}, "hosts": hosts, "groups": groups,
        "children": _children(request, unit), "posts": Post.objects.filter(unit=unit).order_by("-is_active", "-is_principal", "code"),
        "sites": sites_visible_to(request.actor).filter(within(unit.path), is_active=True).count(),
        "below": register_rows(request).filter(within(unit.path, field="path")).count() - 1,
        "facts": _facts(unit),
    })  # fmt: skip


def _facts(unit: Unit) -> list[tuple[str, Any]]:
    capacity = [_("纪检机关")] * unit.acts_discipline + [_("监察机关")] * unit.acts_supervision
    return [
        (_("编码"), unit.code), (_("类型"), unit.get_kind_display()), (_("简称"), unit.short_name),
        (_("行业"), unit.get_sector_display() if unit.sector else ""),
        (_("主管部门"), _("是") if unit.is_line_authority else _("否")), (_("行文身份"), "、".join(capacity)),
        (_("负责的党组织"), unit.party_organisation), (_("统一社会信用代码"), unit.credit_code),
        (_("停用日期"), unit.ended_on.isoformat() if unit.ended_on else ""),
    ]  # fmt: skip


@unit_page
def add_unit(request: HttpRequest) -> HttpResponse:
    """This function will add a unit below another."""
    rows = register_rows(request)
    parent = rows.filter(code=request.GET.get("parent", "")).first()
    if not request.actor.has_role({Role.ADMIN}):
        require(policy.can_change_tree(request.actor, parent))
    form = UnitForm(request.POST or None, rows=rows, initial={"parent": parent})
    if request.method == "POST":

        def act() -> Unit:
            given = form.cleaned_data
            return territory.add_unit(
                actor=request.actor, at=request.at, code=given["code"], parent_id=given["parent"].pk,
                host_ids=tuple(host.pk for host in given["hosts"]), **form.details(),
            )  # fmt: skip

        if unit := attempt(form, act):
            said(request, _("已新增 %(name)s") % {"name": unit.name})
            return redirect("units:show", unit.pk)
    return render(request, "units/form.html", {"form": form, "unit": None})


@unit_page
def change_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will change the facts of a unit."""
    rows = register_rows(request)
    unit = get_visible(rows, pk)
    require(policy.can_change_tree(request.actor, unit))
    initial = {**{name: getattr(unit, name) for name in DETAIL_FIELDS}, "hosts": list(unit.hosts.all())}
    form = UnitForm(request.POST or None, rows=rows, unit=unit, initial=initial)
    if request.method == "POST":

        def act() -> Unit:
            host_ids = [host.pk for host in form.cleaned_data["hosts"]]
            return territory.change_unit(
                actor=request.actor, at=request.at, unit_id=unit.pk, host_ids=host_ids, **form.details()
            )

        if attempt(form, act):
            said(request, _("已修改 %(name)s") % {"name": unit.name})
            return redirect("units:show", unit.pk)
    return render(request, "units/form.html", {"form": form, "unit": unit})


@unit_page
@dangerous
def move_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will hang a unit with everything below it under another parent."""
    rows = register_rows(request)
    unit = get_visible(rows.select_related("parent"), pk)
    require(policy.can_change_tree(request.actor, unit))
    form = MoveForm(request.POST or None, rows=rows)
    if request.method == "POST":

        def act() -> Unit:
            given = form.cleaned_data
            return territory.move_unit(
                actor=request.actor,
                at=request.at,
                unit_id=unit.pk,
                parent_id=given["parent"].pk,
                reason=given["reason"],
            )

        if attempt(form, act):
            said(request, _("已调整 %(name)s 的上级") % {"name": unit.name})
            return redirect("units:show", unit.pk)
    below = rows.filter(within(unit.path, field="path")).count() - 1
    return render(request, "units/move.html", {"form": form, "unit": unit, "below": below})


@unit_page
@require_POST
@dangerous
def end_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will end a unit with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid("reason_required", _("请写理由。"))
    unit = territory.end_unit(actor=request.actor, at=request.at, unit_id=pk, reason=reason)
    said(request, _("已停用 %(name)s") % {"name": unit.name})
    return redirect("units:show", unit.pk)


@unit_page
@require_POST
def resume_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will bring a unit back into use with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid("reason_required", _("请写理由。"))
    unit = territory.resume_unit(actor=request.actor, at=request.at, unit_id=pk, reason=reason)
    said(request, _("已恢复 %(name)s") % {"name": unit.name})
    return redirect("units:show", unit.pk)
