"""Posts of units: list, add, change, switch off. Posts bear duties; persons are not recorded."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people import operations as people
from duban.people import policy
from duban.people.models import Post
from duban.web.attempts import attempt
from duban.web.forms.units import PostFilter, PostForm
from duban.web.pages import dangerous, export_rows, paginate, said
from duban.web.views.units import register_rows, unit_page

CHANGED = ("title", "party_title", "subject_class", "duty_phone", "is_principal", "is_acting")
COLUMNS = (
    ("编码", lambda post: post.code), ("单位编码", lambda post: post.unit.code), ("单位", lambda post: post.unit.name),
    ("岗位", lambda post: post.title), ("党内职务", lambda post: post.party_title),
    ("一把手", lambda post: "是" if post.is_principal else "否"), ("代理", lambda post: "是" if post.is_acting else "否"),
    ("对象类别", lambda post: post.get_subject_class_display()), ("值班电话", lambda post: post.duty_phone),
    ("在用", lambda post: "是" if post.is_active else "否"),
)  # fmt: skip


def _filtered(request: HttpRequest, form: PostFilter) -> QuerySet[Post]:
    rows = (
        policy.posts_visible_to(request.actor)
        .select_related("unit")
        .order_by("unit__path", "-is_principal", "code")
    )
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q", "").strip():
        rows = rows.filter(Q(title__contains=text) | Q(unit__name__contains=text) | Q(code__startswith=text))
    if chosen := given.get("subject_class"):
        rows = rows.filter(subject_class=chosen)
    if chosen := given.get("principal"):
        rows = rows.filter(is_principal=chosen == "yes")
    return rows


@unit_page
def list_posts(request: HttpRequest) -> HttpResponse:
    """This function will list posts with filters."""
    form = PostFilter(request.GET)
    rows = _filtered(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("岗位"), COLUMNS, rows)
    page = paginate(request, rows)
    return render(
        request,
        "units/posts.html",
        {"form": form, "page": page, "found": page.paginator.count, "view": "posts"},
    )


@unit_page
def add_post(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will add a post to a unit."""
    unit = get_visible(register_rows(request), pk)
    require(policy.can_manage_users(request.actor, unit))
    form = PostForm(request.POST or None)
    if request.method == "POST":

        def act():
            return people.add_post(actor=request.actor, at=request.at, unit_id=unit.pk, **form.cleaned_data)

        if post := attempt(form, act):
            said(request, _("已新增岗位 %(title)s") % {"title": post.title})
            return redirect("units:show", unit.pk)
    return render(request, "units/post_form.html", {"form": form, "unit": unit, "post": None})


@unit_page
def change_post(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will change a post."""
    post = get_visible(policy.posts_visible_to(request.actor).select_related("unit"), pk)
    require(policy.can_manage_users(request.actor, post.unit))
    form = PostForm(request.POST or None, post=post, initial={name: getattr(post, name) for name in CHANGED})
    if request.method == "POST":

        def act():
            return people.change_post(
                actor=request.actor, at=request.at, post_id=post.pk, **form.cleaned_data
            )

        if attempt(form, act):
            said(request, _("已修改岗位 %(title)s") % {"title": post.title})
            return redirect("units:show", post.unit_id)
    return render(request, "units/post_form.html", {"form": form, "unit": post.unit, "post": post})


@unit_page
@require_POST
@dangerous
def switch_post(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will switch a post off (or on again) with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid("reason_required", _("请写理由。"))
    is_active = request.POST.get("active") == "yes"
    post = people.change_post(
        actor=request.actor, at=request.at, post_id=pk, is_active=is_active, reason=reason
    )
    said(
        request,
        (_("已恢复岗位 %(title)s") if is_active else _("已停用岗位 %(title)s")) % {"title": post.title},
    )
    return redirect("units:show", post.unit_id)
