"""Sweeps of accountability: decisions whose time for appeal is over take effect; old public texts come down.

Both are lapses of time laid down in the decision or the rules, not judgements.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from duban.accountability import operations
from duban.accountability.models import AccountabilityCase, Publication
from duban.accountability.states import CaseState, PublicationState
from duban.kernel import clock
from duban.kernel.actor import SYSTEM
from duban.kernel.jobs import sweep


@sweep("accountability.effect", order=60)
def confirm_effects(at: datetime) -> int:
    """This function will let every decision take effect whose last day for an appeal has passed."""
    rows = AccountabilityCase.objects.filter(
        state=CaseState.DELIVERED, decision__remedy_until__lt=clock.local_day(at)
    )
    ids = list(rows.order_by("id").values_list("pk", flat=True))
    for case_id in ids:
        operations.confirm_effect(actor=SYSTEM, at=at, case_id=case_id)
    return len(ids)


@sweep("accountability.publications", order=61)
def remove_expired_publications(at: datetime) -> int:
    """This function will take down public texts on their day of removal (§5.5)."""
    today = clock.local_day(at)
    ids = list(
        Publication.objects.filter(state=PublicationState.PUBLISHED, remove_on__lte=today).values_list(
            "pk", flat=True
        )
    )
    for publication_id in ids:
        operations.remove_publication(
            actor=SYSTEM, at=at, publication_id=publication_id, reason=_("公开期限届满")
        )
    return len(ids)
