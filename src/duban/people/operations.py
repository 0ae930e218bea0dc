"""Writes on accounts, posts, grants and recusal."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel import journal
from duban.kernel.actor import Actor, Role
from duban.kernel.errors import Conflict, Denied, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people import policy
from duban.people.initial_passwords import new_password, quick_hash
from duban.people.models import Grant, Post, RecusalDeclaration, RecusalRequest, RoleRule, SubjectClass, User
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to

GROUNDS = {
    "kin": gettext_lazy("近亲属在该单位任职或有利害关系"),
    "former_post": gettext_lazy("曾在该单位任职"),
    "home_area": gettext_lazy("本人籍贯或长期居住地"),
    "interest": gettext_lazy("本人或近亲属有利害关系"),
    "other": gettext_lazy("其他可能影响公正的情形"),
}


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    at: datetime,
    username: str,
    password: str | None,
    display_name: str,
    post_label: str,
    unit_id: UUID,
    post_id: UUID | None = None,
    is_expert: bool = False,
    email: str = "",
    check_password: bool = True,
    must_change_password: bool = False,
    user_id: UUID | None = None,
) -> User:
    """This function will create an account of a unit; `password=None` makes one that cannot sign in by password.

    `must_change_password`: somebody else knows the password; its owner replaces it at the first sign-in.

    :raises Invalid: for a weak password. :raises Conflict: if the user name is taken.
    """
    unit = get_visible(units_visible_to(actor), unit_id)
    require(policy.can_manage_users(actor, unit))
    user = User(
        username=username.strip(), display_name=display_name.strip(), post_label=post_label.strip(), unit=unit,
        post_id=post_id, is_expert=is_expert, email=email, created_at=at,
        must_change_password=must_change_password,
    )  # fmt: skip
    if user_id:
        user.pk = user_id
    if check_password and password is not None:
        _check_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict("duplicate_username", _("用户名 %(name)s 已被使用。") % {"name": username}) from None
    journal.record("user.created", actor=actor, at=at, subject=user, area_path=unit.path)
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", _("口令不合要求。"), {"password": "；".join(error.messages)}) from None


@transaction.atomic
def set_password(*, actor: Actor, at: datetime, user_id: UUID, password: str) -> User:
    """This function will set a new password for an account (by its administrator); its owner must then change it."""
    user = get_visible(policy.users_visible_to(actor), user_id, lock=True)
    require(policy.can_manage_users(actor, user.unit))
    _check_password(password, user)
    user.set_password(password)
    user.must_change_password = user.pk != actor.user_id
    user.save(update_fields=["password", "must_change_password"])
    journal.record("user.password_set", actor=actor, at=at, subject=user)
    return user


@transaction.atomic
def give_initial_password(*, actor: Actor, at: datetime, user_id: UUID) -> str:
    """This function will give an account a random password to be changed at the first sign-in, and return it once."""
    user = get_visible(policy.users_visible_to(actor), user_id, lock=True)
    require(policy.can_manage_users(actor, user.unit))
    password = new_password()
    user.password = quick_hash(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    journal.record("user.password_set", actor=actor, at=at, subject=user)
    return password


@transaction.atomic
def change_own_password(*, actor: Actor, at: datetime, password: str) -> User:
    """This function will replace the actor's own password.

    :raises Denied: without an account. :raises Invalid: for a weak password or the one in use.
    """
    user = User.objects.select_for_update().filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None:
        raise Denied()
    if user.check_password(password):
        raise Invalid("same_password", _("新口令不能与原口令相同。"), {"password1": _("请换一个。")})
    _check_password(password, user)
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    journal.record("user.password_changed", actor=actor, at=at, subject=user)
    return user


@transaction.atomic
def change_user(*, actor: Actor, at: datetime, user_id: UUID, **fields: Any) -> User:
    """This function will change display name, post label, unit or post of an account."""
    user = get_visible(policy.users_visible_to(actor), user_id, lock=True)
    require(policy.can_manage_users(actor, user.unit))
    allowed = {"display_name", "post_label", "unit_id", "post_id", "email", "is_expert", "locale"}
    if unknown := set(fields) - allowed:
        raise Invalid(
            "unknown_field", _("不能修改这些字段：%(names)s") % {"names": "、".join(sorted(unknown))}
        )
    for name, value in fields.items():
        setattr(user, name, value)
    user.save(update_fields=[name.removesuffix("_id") for name in fields])
    journal.record("user.changed", actor=actor, at=at, subject=user, detail={"fields": sorted(fields)})
    return user


@transaction.atomic
def set_active(*, actor: Actor, at: datetime, user_id: UUID, is_active: bool, reason: str = "") -> User:
    """This function will disable or enable an account; work in its name stays."""
    user = get_visible(policy.users_visible_to(actor), user_id, lock=True)
    require(policy.can_manage_users(actor, user.unit))
    if user.pk == actor.user_id:
        raise Denied("own_account", _("不能停用自己的账号。"))
    user.is_active = is_active
    user.disabled_at = None if is_active else at
    user.save(update_fields=["is_active", "disabled_at"])
    verb = "user.enabled" if is_active else "user.disabled"
    journal.record(verb, actor=actor, at=at, subject=user, reason=reason)
    return user


@transaction.atomic
def grant_role(
    *,
    actor: Actor,
    at: datetime,
    user_id: UUID,
    role: Role | str,
    unit_id: UUID,
    campaign_id: UUID | None = None,
    capacity: str = "",
    ends_at: datetime | None = None,
) -> Grant:
    """This function will give an account a role over a unit's area, for one campaign or all; an open equal grant is kept."""
    user = User.objects.filter(pk=user_id).first()
    unit = get_visible(units_visible_to(actor), unit_id)
    require(policy.can_grant_role(actor, unit, str(role)))
    if user is None or not user.is_active:
        raise Invalid("no_user", _("账号不存在或已停用。"))
    if user.is_expert and str(role) != Role.EXPERT:
        raise Denied("expert_only", _("专家账号只能授予专家角色。"))
    open_grant = Grant.objects.filter(
        user=user, role=str(role), unit=unit, campaign_id=campaign_id, revoked_at=None
    ).first()
    if open_grant:
        return open_grant
    grant = Grant(
        user=user, role=str(role), unit=unit, area_path=unit.path, capacity=capacity, campaign_id=campaign_id,
        granted_at=at, granted_by_id=actor.user_id, ends_at=ends_at,
    )  # fmt: skip
    grant.save(force_insert=True)
    detail = {"user": user.pk, "role": str(role), "unit": unit.pk}
    journal.record("grant.given", actor=actor, at=at, subject=grant, label=f"{user} · {role}", detail=detail)
    return grant


@transaction.atomic
def revoke_grant(*, actor: Actor, at: datetime, grant_id: UUID, reason: str = "") -> Grant:
    """This function will end a grant at once."""
    grant = Grant.objects.select_related("unit", "user").filter(pk=grant_id, revoked_at=None).first()
    if grant is None:
        raise Conflict("already_revoked", _("这项授权已收回。"))
    require(policy.can_grant_role(actor, grant.unit, grant.role))
    grant.revoked_at = at
    grant.save(update_fields=["revoked_at"])
    journal.record(
        "grant.revoked",
        actor=actor,
        at=at,
        subject=grant,
        label=f"{grant.user} · {grant.role}",
        reason=reason,
    )
    return grant


@transaction.atomic
def set_role_rule(*, actor: Actor, at: datetime, role: str, needs_second_factor: bool) -> RoleRule:
    """This function will say whether a role must sign in with a second factor."""
    require(policy.can_manage_users(actor, None))
    rule, created = RoleRule.objects.update_or_create(
        role=role, defaults={"needs_second_factor": needs_second_factor}
    )
    anchor = User.objects.get(pk=actor.user_id) if actor.user_id else None
    if anchor:
        journal.record(
            "role_rule.changed",
            actor=actor,
            at=at,
            subject=anchor,
            label=role,
            detail={"needs": needs_second_factor},
        )
    return rule


@transaction.atomic
def add_post(
    *,
    actor: Actor,
    at: datetime,
    unit_id: UUID,
    code: str,
    title: str,
    party_title: str = "",
    is_principal: bool = False,
    is_acting: bool = False,
    subject_class: str = SubjectClass.DUTY_HOLDER,
    duty_phone: str = "",
) -> Post:
    """This function will add a post to a unit; posts bear duties, persons are not recorded here."""
    unit = get_visible(units_visible_to(actor), unit_id)
    require(policy.can_manage_users(actor, unit))
    if subject_class not in SubjectClass.values:
        raise Invalid("unknown_subject_class", _("对象类别不存在。"))
    post = Post(
        unit=unit, code=code.strip(), title=title.strip(), party_title=party_title.strip(), is_principal=is_principal,
        is_acting=is_acting, subject_class=subject_class, duty_phone=duty_phone,
    )  # fmt: skip
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError:
        raise Conflict("duplicate_code", _("岗位编码 %(code)s 已被使用。") % {"code": code}) from None
    journal.record("post.added", actor=actor, at=at, subject=post, area_path=unit.path)
    return post


@transaction.atomic
def declare_recusal(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    unit_ids: Iterable[UUID] = (),
    grounds: Mapping[str, str] | None = None,
) -> RecusalDeclaration:
    """This function will record the actor's own declaration for a campaign: units to stay away from, or none (G-23)."""
    if actor.user_id is None:
        raise Denied()
    units = list(Unit.objects.filter(pk__in=list(unit_ids)))
    RecusalDeclaration.objects.filter(
        user_id=actor.user_id, campaign_id=campaign_id, superseded_at=None
    ).update(superseded_at=at)
    declaration = RecusalDeclaration(
        user_id=actor.user_id, campaign_id=campaign_id, declared_at=at, grounds=dict(grounds or {})
    )
    declaration.save(force_insert=True)
    declaration.units.set(units)
    journal.record(
        "recusal.declared", actor=actor, at=at, subject=declaration, label=actor.label,
        detail={"units": [unit.code for unit in units]}, campaign_id=campaign_id,
    )  # fmt: skip
    return declaration


@transaction.atomic
def request_recusal(
    *, actor: Actor, at: datetime, user_id: UUID, campaign_id: UUID, unit_id: UUID, ground: str, reason: str
) -> RecusalRequest:
    """This function will ask that an inspector keep out of a unit's matters (by themselves, the unit or a colleague).

    :raises Denied: for others than the campaign's staff and the unit. :raises Invalid: without ground or reason.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or not User.objects.filter(pk=user_id).exists():
        raise NotFound()
    require(policy.can_request_recusal(actor, unit, campaign_id))
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": _("请写明理由。")})
    if ground not in GROUNDS:
        raise Invalid("unknown_ground", _("请选择回避事由。"), {"ground": _("请选择回避事由。")})
    request = RecusalRequest(
        user_id=user_id, campaign_id=campaign_id, unit_id=unit_id, requested_by_label=actor.label, requested_at=at,
        ground=ground, reason=reason.strip()[:300],
    )  # fmt: skip
    request.save(force_insert=True)
    journal.record(
        "recusal.requested", actor=actor, at=at, subject=request, label=ground, campaign_id=campaign_id
    )
    return request


@transaction.atomic
def decide_recusal(
    *, actor: Actor, at: datetime, request_id: UUID, is_upheld: bool, reason: str
) -> RecusalRequest:
    """This function will decide a recusal request; if upheld, the unit is added to the inspector's declaration."""
    request = get_visible(policy.recusal_requests_visible_to(actor), request_id, lock=True)
    require(policy.can_decide_recusal(actor, request))
    if request.state != "open":
        raise Conflict("already_decided", _("这项申请已经决定。"))
    request.state = "upheld" if is_upheld else "rejected"
    request.decided_by_id, request.decided_at, request.decision_reason = actor.user_id, at, reason
    request.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    if is_upheld:
        declaration, created = RecusalDeclaration.objects.get_or_create(
            user_id=request.user_id,
            campaign_id=request.campaign_id,
            superseded_at=None,
            defaults={"declared_at": at},
        )
        declaration.units.add(request.unit_id)
    journal.record("recusal.decided", actor=actor, at=at, subject=request, label=request.state, reason=reason)
    return request


POST_FIELDS = frozenset(
    {"title", "party_title", "is_principal", "is_acting", "subject_class", "duty_phone", "is_active"}
)


@transaction.atomic
def change_post(*, actor: Actor, at: datetime, post_id: UUID, reason: str = "", **fields: Any) -> Post:
    """This function will change a post or switch it off; what was found at it stays."""
    post = get_visible(policy.posts_visible_to(actor).select_related("unit"), post_id, lock=True)
    require(policy.can_manage_users(actor, post.unit))
    if unknown := set(fields) - POST_FIELDS:
        raise Invalid(
            "unknown_field", _("不能修改这些字段：%(names)s") % {"names": "、".join(sorted(unknown))}
        )
    before = {name: getattr(post, name) for name in fields}
    for name, value in fields.items():
        setattr(post, name, value)
    post.save(update_fields=list(fields))
    journal.record(
        "post.changed", actor=actor, at=at, subject=post, area_path=post.unit.path, reason=reason,
        detail={"before": before, "after": fields},
    )  # fmt: skip
    return post


@transaction.atomic
def record_sign_in(*, actor: Actor, at: datetime, user_id: UUID) -> User:
    """This function will journal that somebody signed in."""
    user = User.objects.get(pk=user_id)
    journal.record("user.signed_in", actor=actor, at=at, subject=user)
    return user


@transaction.atomic
def record_failed_sign_in(*, actor: Actor, at: datetime, username: str) -> User | None:
    """This function will journal a wrong password for an account that exists; what else was typed is kept nowhere."""
    user = User.objects.filter(username=username).first()
    if user:
        journal.record("user.sign_in_failed", actor=actor, at=at, subject=user)
    return user
