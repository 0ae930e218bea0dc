"""What a phone may get: the forms of its campaigns, the places of its dispatches, the wordings of findings."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from duban.campaigns.models import Campaign, Category, FindingTemplate
from duban.campaigns.states import CampaignState
from duban.checklists.models import ChecklistVersion
from duban.checklists.states import VersionState
from duban.field import forms
from duban.inspection.policy import own_team_ids
from duban.inspection.record_xml import not_found
from duban.inspection.records import OTHER_SITE
from duban.kernel import clock
from duban.kernel.actor import Actor, Role
from duban.kernel.errors import NotFound
from duban.rectification.queries import heads_may_sign
from duban.teams import operations as teams
from duban.teams.models import DispatchSite, Round, Team
from duban.teams.states import DispatchState

FILES = ("categories.csv", "rights.csv", "sites.csv", "templates.csv")


def campaigns_of(actor: Actor) -> list[UUID]:
    """Return the running campaigns in which the actor is on a team."""
    rows = Team.objects.filter(
        pk__in=own_team_ids(actor), is_active=True, campaign__state=CampaignState.RUNNING
    )
    return list(rows.order_by("campaign_id").values_list("campaign_id", flat=True).distinct())


def offered(actor: Actor, at: datetime, *, all_versions: bool = False) -> list[ChecklistVersion]:
    """Return the versions to fill in today: pinned by the round, else the newest published; or all published ones."""
    campaigns = campaigns_of(actor)
    rows = (
        ChecklistVersion.objects.filter(checklist__campaign__in=campaigns)
        .exclude(state=VersionState.DRAFT)
        .select_related("checklist__campaign", "xform")
        .defer("questions", "warnings")
        .order_by("checklist__campaign_id", "checklist__code", "-number")
    )
    published = [row for row in rows if row.state == VersionState.PUBLISHED]
    if all_versions:
        return published
    day = clock.local_day(at)
    rounds = Round.objects.filter(campaign__in=campaigns, starts_on__lte=day, ends_on__gte=day)
    pinned = set(rounds.values_list("checklist_versions", flat=True)) - {None}
    chosen: dict[UUID, ChecklistVersion] = {}
    for row in rows:
        if row.pk in pinned:
            chosen[row.checklist_id] = row
    for row in published:
        chosen.setdefault(row.checklist_id, row)
    return list(chosen.values())


def version_named(actor: Actor, form_id: str, label: str) -> ChecklistVersion:
    """Return the version a record answers, draft versions never.

    :raises NotFound: unknown form or version, or one of a campaign the actor is on no team of.
    """
    rows = ChecklistVersion.objects.filter(form_id=form_id, version_label=label).exclude(
        state=VersionState.DRAFT
    )
    found = list(rows.select_related("checklist").defer("questions", "warnings"))
    if not found:
        raise not_found(form_id, label)
    campaigns = set(Team.objects.filter(pk__in=own_team_ids(actor)).values_list("campaign_id", flat=True))
    for version in sorted(found, key=lambda one: one.number, reverse=True):
        if version.checklist.campaign_id in campaigns:
            return version
    raise NotFound("other_campaign", _("这张检查表属于别的专项监督，您不在它的督导组内，请联系专班。"))


def version_offered(actor: Actor, at: datetime, version_id: UUID) -> ChecklistVersion:
    """Return a version the phone may download. :raises NotFound: if it is not one of those offered."""
    for version in offered(actor, at, all_versions=True) + offered(actor, at):
        if version.pk == version_id:
            return version
    raise NotFound()


def places(actor: Actor, at: datetime, checklist_code: str = "") -> list[DispatchSite]:
    """Return the places of the own teams' dispatches of today that are not sealed any more, in their order."""
    rows = (
        DispatchSite.objects.filter(dispatch__team__in=own_team_ids(actor), dispatch__day=clock.local_day(at))
        .filter(Q(is_sealed=False) | Q(revealed_at__isnull=False))
        .exclude(dispatch__state=DispatchState.CANCELLED)
        .filter(merged_into=None)
        .select_related("site__site_type", "dispatch")
        .order_by("dispatch_id", "ordinal")
    )
    if checklist_code:
        rows = rows.filter(site__site_type__default_checklist=checklist_code)
    return list(rows)


def note_looks(actor: Actor, at: datetime) -> None:
    """Journal who is told of a place that was sealed, as the pages do: once per person and place (S0-66)."""
    for dispatch_id in dict.fromkeys(slot.dispatch_id for slot in places(actor, at) if slot.is_sealed):
        teams.note_look(actor=actor, at=at, dispatch_id=dispatch_id)


def media(actor: Actor, at: datetime, version: ChecklistVersion) -> dict[str, bytes]:
    """Return the files a form needs: the places one may choose, the wordings of findings."""
    code = version.checklist.code
    sites = [
        (one.site.code, f"{one.site.name}（{one.site.site_type.title}）") for one in places(actor, at, code)
    ]
    sites.append((OTHER_SITE, _("不在今日安排内的点位")))
    pack = _pack(version)
    rows = [(one.code, one.title, one.fact) for one in wordings(version)]
    kinds = Category.objects.filter(pack=pack).order_by("ordinal").values_list("code", "title")
    return {
        "categories.csv": forms.csv(("name", "label"), list(kinds)),
        "rights.csv": forms.csv(
            ("name", "label"), [("order", "yes" if may_order_now(actor, version) else "no")]
        ),
        "sites.csv": forms.csv(("name", "label"), sites),
        "templates.csv": forms.csv(("name", "label", "fact"), rows),
    }


def may_order_now(actor: Actor, version: ChecklistVersion) -> bool:
    """Test whether the actor may sign an order at the site: a team head where the pack lets team heads sign."""
    campaign = version.checklist.campaign
    return actor.has_role({Role.TEAM_HEAD}, campaign_id=campaign.pk) and heads_may_sign(campaign)


def _pack(version: ChecklistVersion) -> str:
    return Campaign.objects.values_list("pack", flat=True).get(pk=version.checklist.campaign_id)


def wordings(version: ChecklistVersion) -> list[FindingTemplate]:
    """Return the usual facts that fit the kinds of site of a checklist."""
    rows = FindingTemplate.objects.filter(pack=_pack(version), is_active=True).order_by("code")
    return _fitting(rows, version.checklist.site_types)


def _fitting(wordings: Iterable[FindingTemplate], site_types: list[str]) -> list[FindingTemplate]:
    """Return the wordings for the kinds of site of a checklist, those of every kind included."""
    return [one for one in wordings if not one.site_types or set(one.site_types) & set(site_types)]
