"""Public versions of a document, made from its frozen record and checked before they exist."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.documents import audiences, policy
from duban.documents.models import Audience, OfficialDocument
from duban.documents.operations.issuing import issue_document
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require


@transaction.atomic
def issue_variant(
    *,
    actor: Actor,
    at: datetime,
    document_id: UUID,
    audience: str,
    main_ids: Iterable[UUID] = (),
    copy_ids: Iterable[UUID] = (),
) -> OfficialDocument:
    """This function will make a public version of an internal document: same number and text, names replaced.

    Nothing exists until title, record, file names and both drawn files have been read for names.

    :raises Conflict: if this version is there. :raises Invalid: naming each place that still shows a name.
    """
    rows = policy.documents_visible_to(actor).select_related("campaign")
    original = get_visible(rows, document_id)
    require(policy.can_make_variant(actor, original))
    if audience not in (Audience.NAMED, Audience.UNNAMED):
        raise Invalid("unknown_audience", _("请选择公开版的类型。"), {"audience": _("请选择。")})
    if original.variants.filter(audience=audience).exclude(state="voided").exists():
        raise Conflict("variant_exists", _("这一版已经生成。"))
    record = audiences.redacted(original.record, original.names, audience)
    title = audiences.redacted(original.title, original.names, audience)
    variant = issue_document(
        actor=actor, at=at, campaign=original.campaign, kind=original.kind, title=title, record=record, subject=original,
        main_ids=main_ids, copy_ids=copy_ids, area_path=original.area_path, audience=audience, variant_of=original,
        number_text=original.number_text,
    )  # fmt: skip
    places = audiences.leaks(variant, original.names)
    if places:
        message = _("脱敏检查没有通过，以下位置仍有个人姓名：%(places)s。") % {"places": "、".join(places)}
        raise Invalid("names_leak", message)
    return variant
