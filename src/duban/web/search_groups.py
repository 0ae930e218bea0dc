"""What the search box finds: each group through its own *_visible_to; people only for the administrator.

In a large campaign a word is looked for in the newest findings and documents only, and the group says so: their lists
have the filters for the rest. A number is found wherever it stands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign
from duban.documents.policy import documents_visible_to
from duban.inspection.policy import findings_visible_to
from duban.inspection.queries import state_counts
from duban.kernel.actor import Actor, Role
from duban.kernel.bounded import BOUND, bounded_count
from duban.kernel.scope import in_list_order
from duban.people.policy import users_visible_to
from duban.rectification.policy import orders_visible_to
from duban.reporting.policy import bulletins_visible_to
from duban.sites.policy import sites_visible_to
from duban.territory.policy import units_visible_to

SHOWN = 8
MAX_TEXT = 60
MANY = 1000  # more hits than these show as “1000+”
WITHIN = 10_000  # a word is looked for in the newest so many rows of a large campaign
SERIAL = re.compile(r"(\d{1,8})号?$", re.ASCII)


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
    is_newest_only: bool = False


def search(actor: Actor, campaign: Campaign | None, text: str) -> list[Group]:
    """Return the groups with at least one hit; campaign things only from the current campaign."""
    groups = [_units(actor, text), _sites(actor, text)]
    if campaign is not None:
        is_large = state_counts(actor, campaign.pk).total() > BOUND
        groups = [_orders(actor, campaign, text, is_large), _findings(actor, campaign, text, is_large), *groups,
                  _documents(actor, campaign, text, is_large), _bulletins(actor, campaign, text)]  # fmt: skip
    if actor.has_role({Role.ADMIN}):
        groups.append(_users(actor, text))
    return [group for group in groups if group.count]


def _group(
    title: str, icon: str, rows: QuerySet, name: str, shown: Callable[[Any], tuple[str, str]], more: str = ""
) -> Group:
    group = Group(title, icon, bounded_count(rows, MANY), more_url=more)
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


def _newest(rows: QuerySet, moment: str) -> QuerySet:
    """Return the newest rows of a scope, as a set to look through."""
    newest = in_list_order(rows).order_by(f"-{moment}", "-id").values("pk")[:WITHIN]
    return rows.model._default_manager.filter(pk__in=newest)


def _order_numbers(campaign: Campaign, text: str) -> list[str]:
    """Return how the order could be numbered whose serial number ends the text."""
    found = SERIAL.search(text)
    first = campaign.starts_on.year
    return [
        campaign.order_number_pattern.format(year=year, serial=int(found[1]))
        for year in range(first, first + 4)
        if found and (found.start() == 0 or not text[: found.start()].isdigit())
    ]


def _orders(actor: Actor, campaign: Campaign, text: str, is_large: bool) -> Group:
    wanted = Q(number_text__in=_order_numbers(campaign, text)) if is_large else Q(number_text__contains=text)
    rows = orders_visible_to(actor).filter(wanted, campaign=campaign).select_related("unit")
    return _group(_("交办单"), "file-text", rows.order_by("-number_text"), "orders:show",
                  lambda one: (one.number_text, one.unit.name))  # fmt: skip


def _findings(actor: Actor, campaign: Campaign, text: str, is_large: bool) -> Group:
    rows, number = findings_visible_to(actor).filter(campaign=campaign), _number(text)
    if number is not None:
        rows = rows.filter(number=number)
    else:
        rows = (_newest(rows, "found_at") if is_large else rows).filter(fact__contains=text)
    group = _group(_("问题"), "clipboard-list", rows.select_related("site").order_by("-number"), "findings:show",
                   lambda one: (str(one), f"{one.site.name} · {one.fact[:40]}"), _more("findings:list", text))  # fmt: skip
    group.is_newest_only = is_large and number is None
    return group


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


def _documents(actor: Actor, campaign: Campaign, text: str, is_large: bool) -> Group:
    rows = documents_visible_to(actor).filter(campaign=campaign)
    if not is_large:
        rows = rows.filter(Q(number_text__contains=text) | Q(title__contains=text))
    elif numbers := _order_numbers(campaign, text):
        rows = rows.filter(number_text__in=[*numbers, text])
    else:
        rows = _newest(rows, "issued_at").filter(Q(number_text__contains=text) | Q(title__contains=text))
    group = _group(_("公文"), "certificate", rows.order_by("-pk"), "documents:show",
                   lambda one: (one.title, one.number_text), _more("documents:list", text))  # fmt: skip
    group.is_newest_only = is_large
    return group


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
