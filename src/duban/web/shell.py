"""The frame around every staff page: navigation by what the actor may open, campaign line, clock, badges."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _

from duban.kernel import clock
from duban.kernel.actor import CASE_ROLES, FIELD_ROLES, OFFICE_ROLES, Role
from duban.web import badges

EVERY_ROLE = frozenset(Role)
STAFF = frozenset({*CASE_ROLES, *FIELD_ROLES, Role.EXPERT})
OFFICE = frozenset({*OFFICE_ROLES})

# (group title, [(url name, icon, label, roles, badge name)])
GROUPS: list[tuple[Any, list[tuple[str, str, Any, frozenset[Role], str]]]] = [
    ("", [
        ("today:show", "sun", _("今日"), EVERY_ROLE, "mine"),
        ("overview:show", "chart-histogram", _("专项总览"), frozenset({*CASE_ROLES}), ""),
    ]),
    (_("一线"), [
        ("key-points:today", "list-check", _("督导要点"), STAFF, ""),
        ("teams:list", "users-group", _("督导组与排期"), STAFF, ""),
        ("visits:list", "clipboard-check", _("检查记录"), STAFF, ""),
        ("topics:list", "message-report", _("群众反映"), frozenset({*OFFICE_ROLES, Role.LEADER, Role.AUDITOR}), ""),
        ("devices:list", "device-mobile", _("手机"), STAFF, ""),
        ("sites:list", "map-pin", _("点位"), frozenset({*STAFF, Role.ADMIN}), ""),
    ]),
    (_("问题与整改"), [
        ("findings:list", "clipboard-list", _("问题登记"), frozenset({*CASE_ROLES, *FIELD_ROLES}), "open"),
        ("orders:list", "file-text", _("交办单"), frozenset({*CASE_ROLES, Role.UNIT_LIAISON}), ""),
        ("verifications:list", "eye-check", _("核验与回头看"), frozenset({*CASE_ROLES}), "to_verify"),
        ("referrals:list", "arrow-forward-up", _("转办函"), frozenset({*OFFICE_ROLES, Role.LINE_AUTHORITY}), ""),
        ("commons:list", "copy", _("共性问题"), frozenset({*CASE_ROLES}), ""),
    ]),
    (_("文书"), [
        ("summaries:list", "clock", _("16:00 汇总"), frozenset({*OFFICE_ROLES, Role.HEADQUARTERS, Role.LEADER}), ""),
        ("bulletins:list", "news", _("督导通报"), frozenset({*CASE_ROLES, Role.HEADQUARTERS}), ""),
        ("incoming:list", "inbox", _("收文"), OFFICE, ""),
        ("documents:list", "certificate", _("公文"), frozenset({*OFFICE_ROLES, Role.UNIT_LIAISON}), ""),
    ]),
    (_("责任与保障"), [
        ("traces:list", "scale", _("责任倒查"), frozenset({*OFFICE_ROLES, Role.LEADER}), ""),
        ("accountability:list", "gavel", _("问责与容错"), frozenset({*OFFICE_ROLES, Role.LEADER, Role.UNIT_LIAISON}), ""),
        ("meddling:list", "message-report", _("过问登记"), frozenset({*STAFF, Role.AUDITOR}), ""),
        ("burden:show", "feather", _("基层减负"), frozenset({*OFFICE_ROLES, Role.UNIT_LIAISON, Role.LEADER}), ""),
    ]),
    (_("设置"), [
        ("campaign:show", "settings", _("专项设置"), OFFICE, ""),
        ("units:list", "sitemap", _("区划与单位"), frozenset({Role.ADMIN, *OFFICE_ROLES}), ""),
        ("users:list", "user-cog", _("人员与授权"), frozenset({Role.ADMIN, *OFFICE_ROLES}), ""),
        ("imports:show", "file-import", _("导入"), frozenset({Role.ADMIN, *OFFICE_ROLES}), ""),
        ("system:backups", "archive", _("备份"), frozenset({Role.ADMIN}), ""),
        ("journal:list", "history", _("留痕"), frozenset({Role.AUDITOR, *OFFICE_ROLES}), ""),
    ]),
]  # fmt: skip


@dataclass
class Entry:
    url: str
    icon: str
    label: Any
    badge: int | None = None
    current: bool = False


@dataclass
class Group:
    title: Any
    entries: list[Entry] = field(default_factory=list)


class Shell:
    """What base/page.html reads as `shell`; every property is worked out only when the template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def now(self):
        return clock.local(self.request.at)

    @property
    def is_demo_clock(self) -> bool:
        return bool(settings.CLOCK_OFFSET_SECONDS)

    @property
    def post_label(self) -> str:
        return self.request.user.post_label

    @property
    def campaign_title(self) -> str:
        return str(self.request.campaign.title) if self.request.campaign else "督办"

    @cached_property
    def campaign_line(self) -> str:
        return badges.campaign_line(self.request) if self.request.campaign else ""

    @property
    def body_name(self) -> str:
        return self.request.campaign.body.name if self.request.campaign else ""

    @cached_property
    def journal_today(self) -> int | None:
        return badges.journal_today(self.request)

    @property
    def nav(self) -> list[Group]:
        groups = []
        roles = {grant.role for grant in self.request.actor.grants}
        found = badges.counts(self.request)
        prefix = get_script_prefix()
        for title, entries in GROUPS:
            group = Group(title)
            for name, icon, label, allowed, badge in entries:
                if not roles & allowed or (url := _url(name, prefix)) is None:
                    continue
                current = self.request.path == url if url == "/" else self.request.path.startswith(url)
                group.entries.append(Entry(url, icon, label, found.get(badge) or None, current))
            if group.entries:
                groups.append(group)
        return groups


@lru_cache(maxsize=256)
def _url(name: str, _prefix: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def shell(request: HttpRequest) -> dict[str, Any]:
    """This context processor will offer `shell` to signed-in people's pages."""
    if (
        not hasattr(request, "actor")
        or not getattr(request, "user", None)
        or not request.user.is_authenticated
    ):
        return {}
    return {"shell": SimpleLazyObject(lambda: Shell(request))}
