"""Every write on checklists: upload a draft, publish, retire, load those of a pack, make late links."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.campaigns import policy as campaign_policy
from duban.campaigns.models import Campaign
from duban.campaigns.packs import Pack
from duban.checklists import basis, policy, questions, validation, xlsform
from duban.checklists.models import CheckItem, Checklist, ChecklistVersion
from duban.checklists.states import TRANSITIONS, VersionState
from duban.kernel import files, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.kernel.policy import require

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XFORM = "application/xml"


@transaction.atomic
def upload_version(
    *,
    actor: Actor,
    at: datetime,
    campaign_id: UUID,
    code: str,
    content: bytes,
    file_name: str,
    title: str = "",
) -> ChecklistVersion:
    """This function will store an XLSForm as the next draft version of checklist `code`, converted and checked.

    The same bytes again give the version that exists. A version is never changed: upload the next one.

    :raises Invalid: with sheet and row of every mistake, or if the version label was used before.
    """
    campaign = get_visible(campaign_policy.campaigns_visible_to(actor), campaign_id)
    require(policy.can_upload_version(actor, campaign))
    if not xlsform.NAME.match(code) or len(code) > 60:
        message = _("清单代码只用字母、数字、下划线和连字符，以字母开头。")
        raise Invalid("code", message, {"code": message})
    digest = hashlib.sha256(content).hexdigest()
    known = ChecklistVersion.objects.filter(checklist__campaign=campaign, checklist__code=code)
    if same := known.filter(source__sha256=digest).first():
        return same
    draft = xlsform.examine(content, file_name)
    source = files.keep(content, media_type=XLSX, at=at)
    checklist, _created = Checklist.objects.get_or_create(
        campaign=campaign, code=code, defaults={"title": title or draft.title, "title_en": draft.title_en}
    )
    _refuse_used_label(checklist, draft)
    checklist.title, checklist.title_en = title or draft.title, draft.title_en or checklist.title_en
    checklist.site_types = draft.site_types
    checklist.save(update_fields=["title", "title_en", "site_types"])
    version = ChecklistVersion.objects.create(
        checklist=checklist, number=checklist.versions.count() + 1, source=source, file_name=file_name[:120],
        xform=files.keep(draft.xform, media_type=XFORM, at=at), form_id=draft.form_id,
        version_label=draft.version_label, questions=draft.tree, checked_by=validation.XPATH,
        warnings=draft.warnings, uploaded_at=at, uploaded_by_label=actor.label,
    )  # fmt: skip
    basis.link(campaign, _items(version))
    journal.record("checklist.uploaded", actor=actor, at=at, subject=version, campaign_id=campaign.pk,
                   area_path=campaign.area_path, detail={"sha256": source.sha256})  # fmt: skip
    return version


def _refuse_used_label(checklist: Checklist, draft: xlsform.Draft) -> None:
    used = checklist.versions.filter(form_id=draft.form_id, version_label=draft.version_label).first()
    if used:
        message = _("settings 表的 version 与已上传的第%(number)d版相同，请换一个版本号。") % {
            "number": used.number
        }
        raise Invalid("version_used", message, {"settings": message})


def _items(version: ChecklistVersion) -> list[CheckItem]:
    return CheckItem.objects.bulk_create(
        CheckItem(
            version=version, name=node["name"], ordinal=number, label=questions.in_language(node["label"], "zh"),
            label_en=node["label"].get("en", "")[:300], is_must_ask=node["must_ask"],
            measure_refs=node["measures"], rule_refs=node["rule_items"],
            finding_template=node["finding_template"][:60], category=node["category"][:40],
        )
        for number, node in enumerate(questions.checks(version.questions), 1)
    )  # fmt: skip


def publish_version(*, actor: Actor, at: datetime, version_id: UUID) -> ChecklistVersion:
    """This function will publish a draft after ODK Validate (or, without Java, the XPath check) has passed it.

    An earlier published version stays in use by the rounds that pinned it until it is retired.
    The check takes up to a second, so it runs before the transaction; the bytes it checks can no longer change.

    :raises Invalid: if the check fails. :raises WrongState: if it is not a draft.
    """
    version = get_visible(policy.versions_visible_to(actor), version_id)
    require(policy.can_publish_version(actor, version))
    return _publish(actor, at, version_id, validation.validate(files.read(version.xform)))


@transaction.atomic
def _publish(actor: Actor, at: datetime, version_id: UUID, checked_by: str) -> ChecklistVersion:
    rows = policy.versions_visible_to(actor).select_related("checklist__campaign")
    version = get_visible(rows, version_id, lock=True)
    require(policy.can_publish_version(actor, version))
    workflow.move(version, TRANSITIONS, "publish", published_at=at, checked_by=checked_by)
    campaign = version.checklist.campaign
    basis.link(campaign, list(version.items.all()))
    journal.record("checklist.published", actor=actor, at=at, subject=version, campaign_id=campaign.pk,
                   area_path=campaign.area_path, detail={"checked_by": checked_by})  # fmt: skip
    return version


@transaction.atomic
def retire_version(*, actor: Actor, at: datetime, version_id: UUID) -> ChecklistVersion:
    """This function will take a version out of use for new visits; old visits keep it."""
    rows = policy.versions_visible_to(actor).select_related("checklist__campaign")
    version = get_visible(rows, version_id, lock=True)
    require(policy.can_retire_version(actor, version))
    workflow.move(version, TRANSITIONS, "retire", retired_at=at)
    campaign = version.checklist.campaign
    journal.record("checklist.retired", actor=actor, at=at, subject=version, campaign_id=campaign.pk,
                   area_path=campaign.area_path)  # fmt: skip
    return version


@transaction.atomic
def load_pack_checklists(
    *, actor: Actor, at: datetime, campaign_id: UUID, pack: Pack
) -> list[ChecklistVersion]:
    """This function will upload and publish the checklists of a pack; what is loaded already is left alone.

    Pack files were passed by ODK Validate when the pack was built, so only the XPath check runs again.
    """
    loaded = []
    for path in pack.checklists:
        version = upload_version(
            actor=actor,
            at=at,
            campaign_id=campaign_id,
            code=path.stem,
            content=path.read_bytes(),
            file_name=path.name,
        )
        if version.state == VersionState.DRAFT:
            checked_by = validation.validate(files.read(version.xform), with_java=False)
            version = _publish(actor, at, version.pk, checked_by)
        loaded.append(version)
    return loaded


@transaction.atomic
def link_bases(*, actor: Actor, at: datetime, campaign_id: UUID) -> int:
    """This function will link check items to directives registered after their checklist; returns the new links."""
    campaign: Campaign = get_visible(campaign_policy.campaigns_visible_to(actor), campaign_id)
    require(campaign_policy.can_register_directive(actor, campaign))
    items = CheckItem.objects.filter(version__checklist__campaign=campaign)
    made = basis.link(campaign, list(items))
    if made:
        journal.record("checklist.linked", actor=actor, at=at, subject=campaign, detail={"links": made})
    return made
