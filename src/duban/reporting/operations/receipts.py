"""Urging the units that have not acknowledged a document: noted on the delivery, one line to each unit."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.documents import operations as documents
from duban.documents import policy as documents_policy
from duban.documents.models import Delivery
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.office_words import in_office_language
from duban.kernel.policy import require
from duban.notices.operations import notify


@in_office_language
@transaction.atomic
def urge_receipts(*, actor: Actor, at: datetime, document_id: UUID) -> list[Delivery]:
    """This function will urge every unit that has not acknowledged the document, each at most once an hour.

    :raises Invalid: when nobody is left to urge.
    """
    document = get_visible(
        documents_policy.documents_visible_to(actor).select_related("campaign"), document_id
    )
    require(documents_policy.can_send_document(actor, document))
    waiting = [
        row
        for row in document.deliveries.filter(received_at=None).select_related("unit", "document__campaign")
        if documents_policy.can_urge_receipt(actor, row, at)
    ]
    if not waiting:
        raise Invalid("nobody_to_urge", _("没有需要催的单位：都已签收，或一小时内已经催过。"))
    urged = [documents.urge_receipt(actor=actor, at=at, delivery_id=row.pk) for row in waiting]
    for row in urged:
        notify(
            at=at, campaign_id=document.campaign_id, once_key=f"document_urged:{row.pk}:{row.urge_count}",
            kind="document.urged", text=_("请签收公文 %(name)s。") % {"name": document}, unit_id=row.unit_id,
            link=f"/documents/{document.pk}/", subject=document, actor=actor,
        )  # fmt: skip
    journal.record(
        "receipts.urged",
        actor=actor,
        at=at,
        subject=document,
        detail={"units": [str(row.unit_id) for row in urged]},
    )
    return urged
