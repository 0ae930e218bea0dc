"""Named reads of texts that arrive: the list, the directive a text repeats, where something came from."""

from django.db.models import Q, QuerySet

from duban.campaigns.models import Campaign, Directive
from duban.incoming import policy
from duban.incoming.likeness import same_directive
from duban.incoming.models import IncomingText, Passage, Proposal
from duban.incoming.states import TextState
from duban.kernel.actor import Actor
from duban.kernel.bounded import count_of

COMPARED = 400


def texts(actor: Actor, campaign: Campaign) -> QuerySet[IncomingText]:
    """Return the texts of a campaign with the number of proposals, newest first."""
    rows = policy.texts_visible_to(actor).filter(campaign=campaign).defer("text", "warnings", "earlier")
    return rows.annotate(proposal_count=count_of(Proposal, "text")).order_by("-received_at", "-id")


def waiting(actor: Actor, campaign: Campaign) -> QuerySet[IncomingText]:
    """Return the texts that wait for somebody to check them, the oldest first."""
    rows = policy.texts_visible_to(actor).filter(campaign=campaign, state=TextState.WAITING)
    return rows.order_by("received_at", "id")


def repeated(text: IncomingText) -> tuple[Directive, str] | None:
    """Return the directive of the campaign that the text repeats, and why it is the same."""
    candidates = Directive.objects.filter(campaign_id=text.campaign_id).order_by("-issued_on", "-id")[
        :COMPARED
    ]
    return same_directive(
        number=text.number, title=text.title, issued_on=text.issued_on, text=text.text, candidates=candidates
    )


def repeated_waiting(text: IncomingText) -> tuple[IncomingText, str] | None:
    """Return the text of another publisher that waits too and is the same directive, and why it is the same."""
    rows = IncomingText.objects.filter(campaign_id=text.campaign_id, state=TextState.WAITING)
    candidates = rows.exclude(pk=text.pk).order_by("received_at", "id")[:COMPARED]
    return same_directive(
        number=text.number, title=text.title, issued_on=text.issued_on, text=text.text, candidates=candidates
    )


def passages_of(directive: Directive) -> QuerySet[Passage]:
    """Return the places a directive, its measures and what else was confirmed with it came from."""
    mine = Q(directive=directive) | Q(measure__directive=directive)
    return Passage.objects.filter(mine).select_related("text", "measure")


def sources_of(directive: Directive) -> QuerySet[IncomingText]:
    """Return the texts a directive came from or was repeated in, the first one first."""
    return directive.sources.order_by("decided_at", "id")
