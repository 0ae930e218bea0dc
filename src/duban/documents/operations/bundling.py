"""Many documents as one file (zip, or one PDF for printing), made in the background from stored files.

The row says how far it is; a killed worker leaves a row the sweep takes up again, drawn files are not drawn twice.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaigns
from duban.documents import audiences, bundles, drawing, policy
from duban.documents.models import Audience, Bundle, BundleForm, OfficialDocument
from duban.documents.states import BUNDLE_TRANSITIONS, BundleState
from duban.kernel import files, jobs, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import DubanError, Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

BUNDLE_JOB = "documents.bundle"
MOST = 2000
STEP = 20


@transaction.atomic
def ask_bundle(
    *, actor: Actor, at: datetime, campaign_id: UUID, document_ids: Sequence[UUID], form: str
) -> Bundle:
    """This function will ask for many documents as one file; it is made after the commit.

    :raises Invalid: for none, too many, one out of reach, or an unknown form.
    """
    campaign = get_visible(campaigns.campaigns_visible_to(actor), campaign_id)
    wanted = list(dict.fromkeys(document_ids))
    if form not in BundleForm.values:
        raise Invalid("unknown_form", _("请选择打包方式。"), {"form": _("请选择。")})
    if not 0 < len(wanted) <= MOST:
        raise Invalid("bundle_size", _("一次打包 1 至 %(most)s 份公文。") % {"most": MOST})
    rows = policy.documents_visible_to(actor).filter(campaign=campaign, pk__in=wanted)
    if rows.count() != len(wanted):
        raise Invalid("unknown_document", _("所选公文中有不在您范围内的，请重新选择。"))
    if rows.filter(audience=Audience.INTERNAL).exists() and rows.exclude(audience=Audience.INTERNAL).exists():
        raise Invalid("mixed_audiences", _("内部版和公开版不装在一个包里，请分开打包。"))
    bundle = Bundle(
        campaign=campaign, form=form, documents=[str(key) for key in wanted], total=len(wanted),
        asked_by_id=actor.user_id, asked_at=at, area_path=campaign.area_path,
    )  # fmt: skip
    bundle.save(force_insert=True)
    journal.record("bundle.asked", actor=actor, at=at, subject=bundle, detail={"documents": bundle.documents})
    jobs.after_commit(BUNDLE_JOB, str(bundle.pk))
    return bundle


def make_bundle(*, actor: Actor, at: datetime, bundle_id: UUID) -> Bundle:
    """This function will draw what is not drawn yet, put the files together and keep the result, or say what failed.

    Drawn pages stay when one document fails; no half file is ever kept.
    """
    bundle = get_visible(policy.bundles_visible_to(actor), bundle_id)
    if bundle.state != BundleState.WAITING:
        return bundle
    suffix = "docx" if bundle.form == BundleForm.WORD_ZIP else "pdf"
    try:
        _draw_missing(bundle, suffix, at)
        rows = OfficialDocument.objects.select_related(suffix, "variant_of").in_bulk(
            [UUID(key) for key in bundle.documents]
        )
        listed = [rows[UUID(key)] for key in bundle.documents]
        content = bundles.put_together(bundle.form, listed)
        _require_no_names(bundle, content, listed)
    except DubanError as error:
        return _failed(actor, at, bundle, str(error.message))
    with transaction.atomic():
        media = "application/pdf" if bundle.form == BundleForm.PRINT else "application/zip"
        stored = files.keep(content, media_type=media, at=at)
        workflow.move(
            bundle, BUNDLE_TRANSITIONS, "finish", done=bundle.total, file=stored, finished_at=at, fault=""
        )
        journal.record("bundle.made", actor=actor, at=at, subject=bundle)
    return bundle


def _require_no_names(bundle: Bundle, content: bytes, listed: Sequence[OfficialDocument]) -> None:
    """Read the whole file once more: what goes out together must not tell what each version hides."""
    check = audiences.leaks_in_print if bundle.form == BundleForm.PRINT else audiences.leaks_in_zip
    places = check(content, listed)
    if places:
        message = _("脱敏检查没有通过，以下文件仍有个人姓名：%(places)s。") % {"places": "、".join(places)}
        raise Invalid("names_leak", message)


def _draw_missing(bundle: Bundle, suffix: str, at: datetime) -> None:
    """Draw on every core; store and count here, some at a time."""
    undrawn = OfficialDocument.objects.filter(pk__in=bundle.documents, **{suffix: None})
    waiting = list(undrawn.order_by("pk"))
    drawn = drawing.draw_all(waiting, suffix)
    for first in range(0, len(waiting), STEP):
        part = waiting[first : first + STEP]
        for document in part:
            with transaction.atomic():
                drawing.keep_drawn(document, suffix, next(drawn), at)
        left = len(waiting) - first - len(part)
        Bundle.objects.filter(pk=bundle.pk).update(done=bundle.total - left)


def _failed(actor: Actor, at: datetime, bundle: Bundle, fault: str) -> Bundle:
    with transaction.atomic():
        workflow.move(bundle, BUNDLE_TRANSITIONS, "fail", fault=fault[:300], finished_at=at)
        journal.record("bundle.failed", actor=actor, at=at, subject=bundle, reason=fault)
    return bundle


@transaction.atomic
def retry_bundle(*, actor: Actor, at: datetime, bundle_id: UUID) -> Bundle:
    """This function will try a failed bundle again; documents drawn before are not drawn again."""
    bundle = get_visible(policy.bundles_visible_to(actor), bundle_id)
    require(policy.can_retry_bundle(actor, bundle))
    workflow.move(bundle, BUNDLE_TRANSITIONS, "retry", fault="", done=0)
    journal.record("bundle.asked", actor=actor, at=at, subject=bundle)
    jobs.after_commit(BUNDLE_JOB, str(bundle.pk))
    return bundle


@transaction.atomic
def record_bundle_taken(*, actor: Actor, at: datetime, bundle_id: UUID) -> Bundle:
    """This function will note in the journal that somebody took a bundle; every document in it counts as downloaded."""
    bundle = get_visible(policy.bundles_visible_to(actor).select_related("file"), bundle_id)
    if bundle.file is None:
        raise Invalid("bundle_not_ready", _("还没有生成完，请稍候。"))
    journal.record("bundle.taken", actor=actor, at=at, subject=bundle, detail={"documents": bundle.documents})
    return bundle
