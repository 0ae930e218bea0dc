"""Who reads and writes topics: the task force; leaders and auditors read. Teams and units never (G-2, S0-66).

A team that knew what was reported where would know where it goes next; a unit would know that somebody spoke.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.kernel.actor import OFFICE_ROLES, Actor, Role
from duban.kernel.policy import ALLOW, Decision, deny
from duban.kernel.scope import NOTHING, area_condition
from duban.topics.models import Topic

READERS = frozenset({*OFFICE_ROLES, Role.LEADER, Role.AUDITOR})


def topics_visible_to(actor: Actor) -> QuerySet[Topic]:
    """Return the topics of the actor's areas."""
    rows = Topic.objects.select_related("area", "site", "category", "campaign")
    if actor.is_system:
        return rows
    return rows.filter(area_condition(actor, READERS) or ~NOTHING)


def can_see_topics(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may open the register."""
    return (
        ALLOW if actor.is_system or actor.has_role(READERS, campaign_id=campaign.pk) else deny("not_reader")
    )


def can_import_topics(actor: Actor) -> Decision:
    """Test whether the actor may bring in a table of topics; each line is checked against its campaign."""
    if actor.user_id and actor.has_role(OFFICE_ROLES):
        return ALLOW
    return deny("not_office", _("群众反映由专班登记。"))


def can_keep_topics(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may enter, correct and withdraw topics: a person, whose entry it is."""
    if actor.user_id and actor.has_role(OFFICE_ROLES, campaign_id=campaign.pk, path=campaign.area_path):
        return ALLOW
    return deny("not_office", _("群众反映由专班登记。"))
