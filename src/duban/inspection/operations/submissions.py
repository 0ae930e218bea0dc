"""A record from a phone: kept as sent, then entered through the same operations the pages call, all of it or nothing.

The instanceID is the visit's id. A repeat changes nothing; another content under the same id is refused; photos may
come with the record or later, in any order. What a person has to look at first is held and decided on a page.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duban.campaigns.models import Category
from duban.checklists.models import ChecklistVersion
from duban.inspection import photos, policy, positions, record_xml
from duban.inspection.models import Entry, Finding, Submission, SubmissionFile, Visit
from duban.inspection.operations.answers import record_answers
from duban.inspection.operations.evidence import attach_evidence
from duban.inspection.operations.findings import register_finding
from duban.inspection.operations.visits import open_visit, submit_visit
from duban.inspection.records import OTHER_SITE, FoundThere, Record
from duban.inspection.states import SUBMISSION_TRANSITIONS, VISIT_TRANSITIONS, SubmissionState, VisitState
from duban.kernel import clock, files, journal, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Conflict, Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.people.actors import actor_for
from duban.people.models import Device, User
from duban.sites.policy import sites_visible_to
from duban.teams.models import DispatchSite, Team
from duban.teams.states import DispatchState
from duban.territory.models import Unit

MOST_FILES = 200


@transaction.atomic
def receive_submission(
    *,
    actor: Actor,
    at: datetime,
    device: Device,
    record: Record,
    xml: bytes,
    content: Mapping[str, bytes],
    entry: str = Entry.OPENROSA,
    is_disabled: bool = False,
) -> Submission:
    """This function will take a record with the photos that came along (`content`: name → bytes).

    The same record again adds photos that are new. Of somebody whose account is disabled the record is kept and held.

    :raises Conflict: the id is taken by other content, or a correction comes too late.
    :raises Invalid: what the pages would refuse, with one message per field; nothing is written.
    """
    digest = hashlib.sha256(xml).hexdigest()
    known = Submission.objects.select_for_update().filter(pk=record.id).first()
    is_new = False
    if known is None:
        known, is_new = _insert(actor, at, device, record, xml, digest)
    if known.xml_sha256 != digest or known.device.user_id != device.user_id:
        raise Conflict(
            "same_id_other_content", _("同一编号的记录已收到，内容不同。请在手机上另存为更正后再提交。")
        )
    if is_new:
        _enter(actor, at, known, record, entry=entry, is_disabled=is_disabled)
    _take_photos(actor, at, known, record, content)
    return known


def _insert(
    actor: Actor, at: datetime, device: Device, record: Record, xml: bytes, digest: str
) -> tuple[Submission, bool]:
    """Return the row of the record and whether this sending made it."""
    version = (
        ChecklistVersion.objects.select_related("checklist__campaign")
        .only("id", "checklist__campaign__area_path", "checklist__campaign__may_open_position")
        .get(pk=record.version_id)
    )
    campaign = version.checklist.campaign
    if not campaign.may_open_position:
        xml = positions.without_positions(xml, positions.position_names(version.pk))
    row = Submission(
        id=record.id, campaign_id=campaign.pk, device=device, user_id=device.user_id, checklist_version=version,
        xml=files.keep(xml, media_type="text/xml", at=at), xml_sha256=digest, area_path=campaign.area_path, received_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # the same phone sent it twice at once
        return Submission.objects.select_for_update().get(pk=record.id), False
    SubmissionFile.objects.bulk_create([
        SubmissionFile(submission=row, name=one.name, finding_id=one.finding_id, question=one.question, phase=one.phase)
        for one in record.photos
    ])  # fmt: skip
    return row, True


# Entering -----------------------------------------------------------------------------------------------
def _enter(
    actor: Actor, at: datetime, row: Submission, record: Record, *, entry: str, is_disabled: bool
) -> None:  # fmt: skip
    if is_disabled:
        _hold(actor, at, row, "account_disabled")
        return
    if record.replaces is not None:
        _amend(actor, at, row, record)
        return
    visit = _visit(actor, at, row, record, entry)
    row.visit, row.area_path = visit, visit.area_path
    Submission.objects.filter(pk=row.pk).update(
        visit=visit, area_path=visit.area_path, told_times=row.told_times
    )
    journal.record(
        "submission.received", actor=actor, at=at, subject=row, label=str(visit),
        detail={"visit": visit.pk, "sha256": row.xml_sha256, "device": row.device_id, "told": row.told_times},
    )  # fmt: skip


def _hold(actor: Actor, at: datetime, row: Submission, reason: str) -> None:
    row.state, row.held_for = SubmissionState.HELD, reason
    row.save(update_fields=["state", "held_for"])
    journal.record("submission.held", actor=actor, at=at, subject=row, reason=reason)


def _visit(actor: Actor, at: datetime, row: Submission, record: Record, entry: str) -> Visit:
    arrived = _not_after(at, record.arrived_at, "arrived_at", row)
    place = _place(actor, record, row, arrived)
    visit = open_visit(
        actor=actor, at=at, mode=record.mode, arrived_at=arrived, visit_id=record.id, methods=list(record.methods),
        purpose=record.purpose, entry=entry, checklist_version_id=record.version_id, **place,
    )  # fmt: skip
    if record.answers:
        record_answers(actor=actor, at=at, visit_id=visit.pk, answers=record.answers)
    for found in record.findings:
        _register(actor, at, visit, found, row)
    left = _not_after(at, record.left_at or at, "left_at", row)
    return submit_visit(
        actor=actor, at=at, visit_id=visit.pk, left_at=max(left, arrived), self_statement=record.self_statement,
        signature=record.signature, no_notice=record.no_notice, unit_opinion=record.unit_opinion,
        accompanied_count=record.accompanied_count, accompanied_post=record.accompanied_post,
        call_outcome=record.call_outcome, call_post=record.call_post,
        awaited=[one.question for one in record.photos if one.question],
    )  # fmt: skip


def _not_after(at: datetime, told: datetime, name: str, row: Submission) -> datetime:
    """Return the time told, or the time of receipt where the phone's clock was ahead; what it told is kept."""
    if told <= at:
        return told
    row.told_times = {**row.told_times, name: told.isoformat()}
    return at


def _place(actor: Actor, record: Record, row: Submission, arrived: datetime) -> dict[str, Any]:
    """Return team and place: the slot of the own team's dispatch of that day, or a site with its reason."""
    code = record.other_code if record.site_code == OTHER_SITE else record.site_code
    teams = policy.own_team_ids(actor)
    slot = (
        DispatchSite.objects.filter(
            dispatch__team__in=teams, dispatch__campaign_id=row.campaign_id, dispatch__day=clock.local_day(arrived),
            site__code=code,
        )
        .exclude(dispatch__state=DispatchState.CANCELLED)
        .values("id", "dispatch__team_id")
        .order_by("dispatch_id", "ordinal")
        .first()
    )  # fmt: skip
    if slot is not None:
        return {"team_id": slot["dispatch__team_id"], "dispatch_site_id": slot["id"]}
    site_id = sites_visible_to(actor).filter(code=code).order_by().values_list("pk", flat=True).first()
    if site_id is None:
        message = _("没有编码为“%(code)s”的点位，或者不在您的范围内。请核对编码，或联系专班。") % {
            "code": code
        }
        raise Invalid("unknown_site", message, {"site": message})
    own = Team.objects.filter(pk__in=teams, campaign_id=row.campaign_id).order_by("kind", "number")
    team_id = own.values_list("pk", flat=True).first()
    if team_id is None:
        raise NotFound("no_team", _("您不在本专项监督的任何督导组内，请联系专班。"))
    return {"team_id": team_id, "site_id": site_id, "manual_reason": record.manual_reason}


def _register(actor: Actor, at: datetime, visit: Visit, found: FoundThere, row: Submission) -> Finding:
    category = unit = None
    if found.category:
        rows = Category.objects.filter(pack=visit.campaign.pack, code=found.category)
        category = rows.values_list("pk", flat=True).first()
    if found.unit_code:
        unit = Unit.objects.filter(code=found.unit_code, is_active=True).values_list("pk", flat=True).first()
        if unit is None:
            message = _("没有编码为“%(code)s”的单位，请核对。") % {"code": found.unit_code}
            raise Invalid("unknown_unit", message, {"unit": message})
    told = found.found_at or visit.arrived_at
    return register_finding(
        actor=actor, at=at, visit_id=visit.pk, finding_id=found.id, template=found.template, category_id=category,
        fact=found.fact, unit_id=unit, line=found.line, severity=found.severity, requirement=found.requirement,
        is_on_spot=found.is_on_spot, on_spot_note=found.on_spot_note, check_item_name=found.check_item,
        found_at=_not_after(at, told, f"found_at {found.id}", row),
    )  # fmt: skip


# Corrections --------------------------------------------------------------------------------------------
def _amend(actor: Actor, at: datetime, row: Submission, record: Record) -> None:
    """Enter a later version of a record: other answers, further findings. What the office has taken up stays."""
    earlier = Submission.objects.select_for_update().filter(pk=record.replaces).first()
    if earlier is None or earlier.user_id != row.user_id or earlier.campaign_id != row.campaign_id:
        raise NotFound("unknown_record", _("要更正的记录没有找到。"))
    if Submission.objects.filter(replaces=earlier).exclude(pk=row.pk).exists():
        raise Conflict("already_replaced", _("这条记录已更正过，请在最新的一条上更正。"))
    if earlier.visit_id is None:
        raise Conflict("record_held", _("原记录待专班处理，处理后才能更正。"))
    visit = get_visible(
        policy.visits_visible_to(actor).select_related("campaign", "site"), earlier.visit_id, lock=True
    )
    require(policy.can_answer_visit(actor, visit))
    if visit.state == VisitState.WITHDRAWN:
        raise Conflict("visit_withdrawn", _("检查记录已撤销，不能更正。"))
    known = {finding.pk: finding for finding in Finding.objects.filter(visit=visit)}
    for found in record.findings:
        finding = known.get(found.id)
        if finding is None:
            _register(actor, at, visit, found, row)
        elif found.fact and found.fact.strip() != finding.fact:
            raise Conflict(
                "finding_entered",
                _("问题%(number)s已登记，改动请在网页上补充，或请专班退回。") % {"number": finding},
            )
    before = dict(visit.answers.order_by().values_list("name", "value"))
    awaited = [one.question for one in record.photos if one.question]
    record_answers(
        actor=actor, at=at, visit_id=visit.pk, answers=record.answers, is_correction=True, awaited=awaited
    )
    after = dict(visit.answers.order_by().values_list("name", "value"))
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    row.visit, row.replaces, row.area_path = visit, earlier, visit.area_path
    row.save(update_fields=["visit", "replaces", "area_path"])
    journal.record(
        "visit.amended", actor=actor, at=at, subject=visit, detail={"record": row.pk, "changed": changed}
    )


# Photos -------------------------------------------------------------------------------------------------
def _take_photos(
    actor: Actor, at: datetime, row: Submission, record: Record, content: Mapping[str, bytes]
) -> None:
    """Keep the photos that came along; one that is there already must be the same."""
    if not content:
        return
    named = {one.name: one for one in SubmissionFile.objects.filter(submission=row, name__in=content)}
    if unknown := sorted(set(content) - set(named)):
        raise Invalid(
            "unknown_file", _("文件“%(name)s”不在记录里，请更新检查表后再提交。") % {"name": unknown[0][:80]}
        )
    for name, received in content.items():
        file = named[name]
        digest = hashlib.sha256(received).hexdigest()
        if file.received_sha256:
            if file.received_sha256 != digest:
                raise Conflict("other_file", _("照片“%(name)s”已收到，内容不同。") % {"name": name[:80]})
            continue
        photo = photos.prepare(received)
        if row.state == SubmissionState.APPLIED:
            file.evidence = _attach(actor, at, row, file, photo)
        else:  # a person decides first; EXIF and position are gone all the same
            file.file = files.keep(photo.content, media_type=photo.media_type, at=at)
        file.received_sha256, file.received_at, file.taken_at = digest, at, photo.taken_at
        file.save(update_fields=["evidence", "file", "received_sha256", "received_at", "taken_at"])


def _attach(actor: Actor, at: datetime, row: Submission, file: SubmissionFile, photo: photos.Photo) -> Any:
    target: dict[str, Any] = (
        {"finding_id": file.finding_id} if file.finding_id else {"visit_id": row.visit_id}
    )
    return attach_evidence(
        actor=actor,
        at=at,
        content=photo,
        file_name=file.name,
        phase=file.phase,
        question=file.question,
        **target,
    )


# Deciding -----------------------------------------------------------------------------------------------
@transaction.atomic
def accept_submission(*, actor: Actor, at: datetime, submission_id: UUID) -> Submission:
    """This function will enter a held record in the name of whoever sent it.

    :raises Invalid, NotFound: as for a record that is entered at once.
    """
    row = get_visible(policy.submissions_visible_to(actor), submission_id, lock=True)
    require(policy.can_decide_submission(actor, row))
    sender = actor_for(_as_active(row.user), at=row.received_at)
    record = record_xml.read(files.read(row.xml), lambda _form, _version: row.checklist_version)
    workflow.move(row, SUBMISSION_TRANSITIONS, "accept", decided_at=at, decided_by_label=actor.label[:80])
    journal.record("submission.accepted", actor=actor, at=at, subject=row)
    _enter(sender, at, row, record, entry=Entry.OPENROSA, is_disabled=False)
    for file in SubmissionFile.objects.filter(submission=row, file__isnull=False).select_related("file"):
        file.evidence = _attach(sender, at, row, file, photos.prepare(files.read(file.file)))
        file.file = None
        file.save(update_fields=["evidence", "file"])
    return row


def _as_active(user: User) -> User:
    """Return the account as it was while it worked; nothing of this is written."""
    user.is_active = True
    return user


@transaction.atomic
def discard_submission(*, actor: Actor, at: datetime, submission_id: UUID, reason: str) -> Submission:
    """This function will leave a held record out; it stays readable. :raises Invalid: without a reason."""
    row = get_visible(policy.submissions_visible_to(actor), submission_id, lock=True)
    require(policy.can_decide_submission(actor, row))
    if len(reason.strip()) < 2:
        raise Invalid("no_reason", _("请写明理由。"), {"reason": _("请写明理由。")})
    workflow.move(
        row, SUBMISSION_TRANSITIONS, "discard", decided_at=at, decided_by_label=actor.label[:80],
        decision_reason=reason.strip()[:200],
    )  # fmt: skip
    journal.record("submission.discarded", actor=actor, at=at, subject=row, reason=reason)
    return row


@transaction.atomic
def merge_visits(*, actor: Actor, at: datetime, keep_id: UUID, drop_id: UUID, reason: str) -> Visit:
    """This function will put what a second record of the same look found under the first and withdraw the second.

    Both must be of one team, site and day. Findings and photos move; the answers of the kept visit stand.

    :raises Invalid: for visits that are not of one look, or without a reason.
    """
    rows = policy.visits_visible_to(actor)
    kept, dropped = get_visible(rows, keep_id, lock=True), get_visible(rows, drop_id, lock=True)
    require(policy.can_merge_visits(actor, kept))
    if len(reason.strip()) < 2:
        raise Invalid("no_reason", _("请写明理由。"), {"reason": _("请写明理由。")})
    if kept.pk == dropped.pk or (kept.team_id, kept.site_id, kept.day) != (
        dropped.team_id,
        dropped.site_id,
        dropped.day,
    ):
        raise Invalid("not_one_look", _("只能合并同一组当日对同一点位的记录。"))
    moved = [str(pk) for pk in dropped.findings.order_by("number").values_list("pk", flat=True)]
    dropped.findings.update(visit=kept)
    dropped.evidence.update(visit=kept)
    workflow.move(dropped, VISIT_TRANSITIONS, "withdraw")
    detail = {"kept": kept.pk, "findings": moved}
    journal.record("visit.merged", actor=actor, at=at, subject=dropped, reason=reason, detail=detail)
    journal.record(
        "visit.merged", actor=actor, at=at, subject=kept, reason=reason, detail={"dropped": dropped.pk}
    )
    return kept
