"""Accounts, grants and sign-in rules of roles. Dangerous acts ask for the password again."""

from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.campaigns.policy import campaigns_visible_to
from duban.kernel.actor import OFFICE_ROLES, Role
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people import operations as people
from duban.people import policy, queries
from duban.people.models import ROLE_LABELS, Grant, User
from duban.territory.policy import units_visible_to
from duban.web.attempts import attempt
from duban.web.forms.users import CHANGED, GrantForm, PasswordForm, UserFilter, UserForm
from duban.web.pages import View, dangerous, export_rows, paginate, said, staff_page

READERS = frozenset({Role.ADMIN, Role.AUDITOR, *OFFICE_ROLES})


def user_page(view: View) -> View:
    """This decorator will show accounts to administrators, auditors and the office; to others they do not exist."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.has_role(READERS):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def confirmed_first(view: View) -> View:
    """This decorator will ask for the own password before the form is filled: a new password typed into it must never
    wait in the session for the confirmation, as the body of a dangerous act otherwise does."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_reauthentication_required(request, app="account"):
            if request.method == "POST":
                return redirect(request.path)
            raise ReauthenticationRequired()
        return view(request, *args, **kwargs)

    inner.is_dangerous = True
    return inner


def _roles(user: User) -> str:
    return "、".join(f"{ROLE_LABELS[Role(grant.role)]}（{grant.unit.name}）" for grant in user.open_grants)


COLUMNS = (
    ("用户名", lambda user: user.username), ("岗位", lambda user: user.post_label),
    ("单位", lambda user: user.unit.name if user.unit else ""), ("角色", _roles),
    ("外聘专家", lambda user: "是" if user.is_expert else "否"), ("在用", lambda user: "是" if user.is_active else "否"),
)  # fmt: skip


def _filtered(request: HttpRequest, form: UserFilter) -> QuerySet[User]:
    rows = queries.accounts(request.actor)
    given = form.cleaned_data if form.is_valid() else {}
    if text := given.get("q", "").strip():
        rows = rows.filter(
            Q(username__contains=text) | Q(post_label__contains=text) | Q(unit__name__contains=text)
        )
    if role := given.get("role"):
        rows = rows.filter(pk__in=Grant.objects.filter(role=role, revoked_at=None).values("user"))
    if state := given.get("state"):
        rows = rows.filter(is_active=state == "active")
    return rows


@user_page
def list_users(request: HttpRequest) -> HttpResponse:
    """This function will list accounts with their open grants."""
    form = UserFilter(request.GET)
    rows = _filtered(request, form)
    if request.GET.get("export"):
        return export_rows(request, _("人员与授权"), COLUMNS, rows)
    page = paginate(request, rows)
    for user in page:
        user.role_words = [f"{ROLE_LABELS[Role(one.role)]} · {one.unit.label}" for one in user.open_grants]
    can = {"add": request.actor.has_role({Role.ADMIN}), "decide": request.actor.has_role(OFFICE_ROLES)}
    return render(
        request,
        "users/list.html",
        {"form": form, "page": page, "found": page.paginator.count, "can": can, "view": "users"},
    )


@user_page
def show_user(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will show an account, its grants now and before, and what may be done."""
    user = get_visible(queries.accounts(request.actor), pk)
    campaigns = campaigns_visible_to(request.actor)
    form = GrantForm(rows=units_visible_to(request.actor), campaigns=campaigns)
    return render(request, "users/show.html", _shown(request, user, form))


def _shown(request: HttpRequest, user: User, form: GrantForm) -> dict[str, Any]:
    titles = {one.pk: one.title for one in campaigns_visible_to(request.actor)}
    grants = list(
        Grant.objects.filter(user=user).select_related("unit", "granted_by").order_by("-granted_at")
    )
    for grant in grants:
        grant.role_title = ROLE_LABELS[Role(grant.role)]
        grant.campaign_title = titles.get(grant.campaign_id, "—") if grant.campaign_id else _("全部专项")
        grant.pk_text = str(grant.pk)
        grant.may_revoke = grant.revoked_at is None and bool(
            policy.can_grant_role(request.actor, grant.unit, grant.role)
        )
    may = bool(policy.can_manage_users(request.actor, user.unit))
    return {
        "account": user, "grants": grants, "form": form, "now": request.at, "is_self": user.pk == request.user.pk,
        "can": {"change": may, "grant": may or request.actor.has_role(OFFICE_ROLES)},
        "facts": [
            (_("用户名"), user.username), (_("显示名"), user.display_name), (_("岗位"), user.post_label),
            (_("单位"), user.unit.name if user.unit else ""), (_("邮箱"), user.email),
            (_("外聘专家"), _("是") if user.is_expert else _("否")),
            (_("最近登录"), user.last_login.strftime("%Y-%m-%d") if user.last_login else _("未登录过")),
        ],
    }  # fmt: skip


@user_page
@confirmed_first
def add_user(request: HttpRequest) -> HttpResponse:
    """This function will add an account."""
    if not request.actor.has_role({Role.ADMIN}):
        raise NotFound()
    form = UserForm(request.POST or None, rows=units_visible_to(request.actor))
    if request.method == "POST":
        act = lambda: people.create_user(  # noqa: E731
            actor=request.actor, at=request.at, must_change_password=True, **form.values()
        )
        if user := attempt(form, act):
            said(request, _("已新建账号 %(name)s") % {"name": user.username})
            return redirect("users:show", user.pk)
    return render(request, "users/form.html", {"form": form, "account": None})


@user_page
def change_user(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will change an account's label, unit and other facts."""
    user = get_visible(queries.accounts(request.actor), pk)
    require(policy.can_manage_users(request.actor, user.unit))
    initial = {**{name: getattr(user, name) for name in CHANGED}, "unit": user.unit}
    form = UserForm(request.POST or None, rows=units_visible_to(request.actor), user=user, initial=initial)
    if request.method == "POST":
        act = lambda: people.change_user(actor=request.actor, at=request.at, user_id=user.pk, **form.values())  # noqa: E731
        if attempt(form, act):
            said(request, _("已修改账号 %(name)s") % {"name": user.username})
            return redirect("users:show", user.pk)
    return render(request, "users/form.html", {"form": form, "account": user})


@user_page
@confirmed_first
def set_password(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will set a new password for an account."""
    user = get_visible(queries.accounts(request.actor), pk)
    require(policy.can_manage_users(request.actor, user.unit))
    form = PasswordForm(request.POST or None)
    if request.method == "POST":

        def act() -> User:
            return people.set_password(
                actor=request.actor, at=request.at, user_id=user.pk, password=form.cleaned_data["password"]
            )

        if attempt(form, act):
            said(request, _("已为 %(name)s 设置新口令") % {"name": user.username})
            return redirect("users:show", user.pk)
    return render(request, "users/password.html", {"form": form, "account": user})


@user_page
@require_POST
@dangerous
def switch_user(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will disable an account, or enable it again, with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid("reason_required", _("请写理由。"))
    is_active = not get_visible(queries.accounts(request.actor), pk).is_active
    user = people.set_active(
        actor=request.actor, at=request.at, user_id=pk, is_active=is_active, reason=reason
    )
    said(
        request,
        (_("已恢复账号 %(name)s") if is_active else _("已停用账号 %(name)s")) % {"name": user.username},
    )
    return redirect("users:show", user.pk)


@user_page
@require_POST
@dangerous
def grant_role(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will give an account a role over an area."""
    user = get_visible(queries.accounts(request.actor), pk)
    form = GrantForm(
        request.POST, rows=units_visible_to(request.actor), campaigns=campaigns_visible_to(request.actor)
    )

    def act() -> Grant:
        given = form.cleaned_data
        return people.grant_role(
            actor=request.actor, at=request.at, user_id=user.pk, role=given["role"], unit_id=given["unit"].pk,
            campaign_id=given["campaign"].pk if given["campaign"] else None, capacity=given["capacity"],
            ends_at=given["ends_at"],
        )  # fmt: skip

    if attempt(form, act):
        said(request, _("已授予角色"))
        return redirect("users:show", user.pk)
    return render(request, "users/show.html", _shown(request, user, form))


@user_page
@require_POST
@dangerous
def revoke_grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This function will end a grant at once."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid("reason_required", _("请写理由。"))
    known = get_visible(Grant.objects.filter(user__in=policy.users_visible_to(request.actor)), pk)
    people.revoke_grant(actor=request.actor, at=request.at, grant_id=known.pk, reason=reason)
    said(request, _("已收回角色"))
    return redirect("users:show", known.user_id)


@user_page
@dangerous
def role_rules(request: HttpRequest) -> HttpResponse:
    """This function will list the roles and whether each must sign in with a second factor."""
    if not request.actor.has_role({Role.ADMIN}):
        raise NotFound()
    needing = queries.roles_needing_second_factor()
    if request.method == "POST":
        role = request.POST.get("role", "")
        if role not in {one.value for one in Role}:
            raise Invalid("unknown_role", _("没有这个角色。"))
        needs = request.POST.get("needs") == "yes"
        people.set_role_rule(actor=request.actor, at=request.at, role=role, needs_second_factor=needs)
        said(request, _("已修改登录要求"))
        return redirect("users:roles")
    rows = [
        {"role": role.value, "title": title, "needs": role.value in needing}
        for role, title in ROLE_LABELS.items()
    ]
    return render(
        request,
        "users/roles.html",
        {"rows": rows, "view": "roles", "can": {"add": True, "decide": request.actor.has_role(OFFICE_ROLES)}},
    )
