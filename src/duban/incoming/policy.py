"""Who may see texts that arrive and turn them into the register: the office of the campaign. The system sees all."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.campaigns.policy import can_register_directive
from duban.incoming.models import IncomingText
from duban.incoming.states import TextState
from duban.kernel.actor import OFFICE_ROLES, Actor
from duban.kernel.policy import ALLOW, Decision, deny
from duban.teams.policy import managed_condition


def texts_visible_to(actor: Actor) -> QuerySet[IncomingText]:
    """Return the texts of campaigns whose office the actor belongs to: they may hold names nobody has checked."""
    rows = IncomingText.objects.select_related("campaign", "directive")
    return rows if actor.is_system else rows.filter(managed_condition(actor, OFFICE_ROLES))


def can_see_texts(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the list of texts exists for the actor."""
    if actor.is_system or actor.has_role(OFFICE_ROLES, campaign_id=campaign.pk, path=campaign.area_path):
        return ALLOW
    return deny("not_office")


def can_receive_text(actor: Actor, campaign: Campaign) -> Decision:
    """Test whether the actor may bring in a text: who may register the directive it becomes."""
    return can_register_directive(actor, campaign)


def can_decide_text(actor: Actor, text: IncomingText) -> Decision:
    """Test whether the actor may correct, confirm, attach or discard the text."""
    may = can_register_directive(actor, text.campaign)
    if not may:
        return may
    return ALLOW if text.state == TextState.WAITING else deny("text_decided", _("这份收文已经办理。"))


can_correct_text = can_decide_text
can_undo_correction = can_decide_text
can_confirm_text = can_decide_text
can_attach_text = can_decide_text
can_discard_text = can_decide_text


def can_hand_out_original(actor: Actor, text: IncomingText) -> Decision:
    """Test whether the actor may have the original file."""
    return can_see_texts(actor, text.campaign)
