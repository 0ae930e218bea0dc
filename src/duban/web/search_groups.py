"""What the search box finds: each group through its own *_visible_to; people only for the administrator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.documents.policy import documents_visible_to
from duban.inspection.policy import findings_visible_to
from duban.kernel.actor import Actor, Role
from duban.people.policy import users_visible_to
from duban.rectification.policy import orders_visible_to
from duban.reporting.policy import bulletins_visible_to
from duban.sites.policy import sites_visible_to
from duban.territory.policy import units_visible_to

SHOWN = 8
MAX_TEXT = 60


@dataclass
class Hit:
    """One thing found: what it is called, one line about it, where it is."""

    title: str
    note: str
    url: str


@dataclass
class Group:
    """The things of one kind that were found."""

    title: str
    icon: str
    count: int
    hits: list[Hit] = field(default_factory=list)
    more_url: str = ""


def search(actor: Actor, campaign: Campaign | None, text: str) -> list[Group]:
    """Return the groups with at least one hit; campaign things only from the current campaign."""
    groups = [_units(actor, text), _sites(actor, text)]
    if campaign is not None:
        groups = [_orders(actor, campaign, text), _findings(actor, campaign, text), *groups,
                  _documents(actor, campaign, text), _bulletins(actor, campaign, text)]  # fmt: skip
    if actor.has_role({Role.ADMIN}):
        groups.append(_users(actor, text))
    return [group for group in groups if group.count]


def _group(
    title: str, icon: str, rows: QuerySet, name: str, shown: Callable[[Any], tuple[str, str]], more: str = ""
) -> Group:
    group = Group(title, icon, rows.count(), more_url=more)
    for row in rows[:SHOWN] if group.count else ():
        heading, note = shown(row)
        group.hits.append(Hit(heading, note, _url(name, row.pk)))
    return group


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _number(text: str) -> int | None:
    digits = text.removesuffix("号").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None


def _orders(actor: Actor, campaign: Campaign, text: str) -> Group:
    rows = (
        orders_visible_to(actor).filter(campaign=campaign, number_text__contains=text).select_related("unit")
    )
    return _group(_("交办单"), "file-text", rows.order_by("-number_text"), "orders:show",
                  lambda one: (one.number_text, one.unit.name))  # fmt: skip


def _findings(actor: Actor, campaign: Campaign, text: str) -> Group:
    number = _number(text)
    wanted = Q(number=number) if number is not None else Q(fact__contains=text)
    rows = findings_visible_to(actor).filter(wanted, campaign=campaign).select_related("site")
    return _group(_("问题"), "clipboard-list", rows.order_by("-number"), "findings:show",
                  lambda one: (str(one), f"{one.site.name} · {one.fact[:40]}"))  # fmt: skip


def _sites(actor: Actor, text: str) -> Group:
    rows = sites_visible_to(actor).filter(Q(name__contains=text) | Q(code__startswith=text), is_active=True)
    return _group(_("点位"), "map-pin", rows.select_related("area", "site_type").order_by("area_path", "code"), "sites:show",
                  lambda one: (one.name, f"{one.site_type.title} · {one.area.name}"), _more("sites:list", text))  # fmt: skip


def _units(actor: Actor, text: str) -> Group:
    wanted = (
        Q(code__startswith=text) if text.isascii() else Q(name__contains=text) | Q(short_name__contains=text)
    )
    rows = units_visible_to(actor).filter(wanted, is_active=True).order_by("depth", "path")
    opens = actor.has_role({Role.ADMIN, Role.CAMPAIGN_HEAD, Role.OFFICE})
    return _group(_("单位"), "sitemap", rows, "units:show" if opens else "", lambda one: (
        one.name, f"{one.get_kind_display()} · {one.code}"), _more("units:list", text) if opens else "")  # fmt: skip


def _documents(actor: Actor, campaign: Campaign, text: str) -> Group:
    rows = documents_visible_to(actor).filter(
        Q(number_text__contains=text) | Q(title__contains=text), campaign=campaign
    )
    return _group(
        _("公文"),
        "certificate",
        rows.order_by("-pk"),
        "documents:show",
        lambda one: (one.title, one.number_text),
    )


def _bulletins(actor: Actor, campaign: Campaign, text: str) -> Group:
    rows = bulletins_visible_to(actor).filter(campaign=campaign)
    number = _number(text.removeprefix("第").removesuffix("期"))
    wanted = Q(title__contains=text) if number is None else Q(issue=number)
    return _group(_("督导通报"), "news", rows.filter(wanted), "bulletins:show",
                  lambda one: (one.title, _("第%(issue)s期") % {"issue": one.issue} if one.issue else _("未编号")))  # fmt: skip


def _users(actor: Actor, text: str) -> Group:
    rows = (
        users_visible_to(actor)
        .filter(Q(username__contains=text) | Q(post_label__contains=text))
        .select_related("unit")
    )
    return _group(_("人员"), "users", rows.order_by("username"), "users:show", lambda one: (
        one.post_label, f"{one.username} · {one.unit.name if one.unit else '—'}"), _more("users:list", text))  # fmt: skip


def _more(name: str, text: str) -> str:
    from urllib.parse import urlencode

    address = _url(name)
    return f"{address}?{urlencode({'q': text})}" if address else ""
