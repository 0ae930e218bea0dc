"""Bringing the catalogues of a pack up to date by code. Rule sets and focus sets get a new version when they change.

Called by `operations.install_pack` inside its transaction; rows in use are never deleted.
"""

from datetime import date, datetime
from typing import Any

from duban.campaigns.models import (
    Category,
    Code,
    FindingTemplate,
    FocusArea,
    FocusSet,
    LegalInstrument,
    LegalVersion,
    Provision,
    RiskTable,
    RuleItem,
    RuleSet,
)  # fmt: skip
from duban.campaigns.packs import Pack, digest_of
from duban.sites.models import RiskGradeScheme


def load(pack: Pack, at: datetime) -> list[RuleSet]:
    """This function will load every catalogue of `pack` and return the rule sets that got a new version."""
    changed = [made for row in pack.tables["rule_sets"] if (made := _rule_set(pack.code, row))]
    for row in pack.tables["focus_sets"]:
        _focus_set(pack.code, row)
    _codes(pack)
    _templates(pack, _categories(pack))
    for row in pack.tables["risk_schemes"]:
        _risk_scheme(pack.code, row)
    if pack.tables["risk_points"]:
        _risk_table(pack, at)
    for row in pack.tables["legal_instruments"]:
        _instrument(row)
    return changed


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _rule_set(pack: str, row: dict[str, Any]) -> RuleSet | None:
    """Return the new version, or None if the newest one says the same already."""
    digest = digest_of(row)
    newest = RuleSet.objects.filter(pack=pack, code=row["code"]).order_by("-version").first()
    if newest and newest.digest == digest:
        return None
    made = RuleSet.objects.create(
        pack=pack, code=row["code"], title=row["title"], title_en=row.get("title_en") or "", kind=row["kind"],
        version=newest.version + 1 if newest else 1, valid_from=_day(row.get("valid_from")),
        valid_to=_day(row.get("valid_to")), source_note=row.get("source_note") or "", digest=digest,
    )  # fmt: skip
    RuleItem.objects.bulk_create(
        RuleItem(
            rule_set=made, code=str(item["code"]), ordinal=item["ordinal"], title=item["title"], text=item["text"],
            subject_class=item["subject_class"], route=item["route"], needs_citation=item["needs_citation"],
            legal_review=bool(item.get("legal_review")), erase_at_end=bool(item.get("erase_at_end")),
            period_flag=item.get("period_flag") or "", evidence_tag=item["evidence_tag"], status=item["status"],
            behaviour_codes=item.get("behaviour_codes") or [], is_active=item["active"],
        )
        for item in row["items"]
    )  # fmt: skip
    return made


def _focus_set(pack: str, row: dict[str, Any]) -> None:
    digest = digest_of(row)
    known = FocusSet.objects.filter(pack=pack, code=row["code"])
    if known.filter(digest=digest).exists():
        return
    newest = known.order_by("-version").first()
    made = FocusSet.objects.create(
        pack=pack, code=row["code"], title=row["title"], title_en=row.get("title_en") or "",
        version=newest.version + 1 if newest else 1, source_note=row.get("source_note") or "", digest=digest,
    )  # fmt: skip
    FocusArea.objects.bulk_create(
        FocusArea(
            focus_set=made, code=str(area["code"]), ordinal=number, title=area["title"],
            title_en=area.get("title_en") or "", note=area.get("note") or "",
        )
        for number, area in enumerate(row["areas"], 1)
    )  # fmt: skip


def _codes(pack: Pack) -> None:
    for row in pack.tables["behaviour_codes"]:
        Code.objects.update_or_create(
            pack=pack.code, group=row["group"], code=row["code"],
            defaults={"title": row["title"], "title_en": row.get("title_en") or "", "level": row["level"]},
        )  # fmt: skip


def _categories(pack: Pack) -> dict[str, Category]:
    return {
        row["code"]: Category.objects.update_or_create(
            pack=pack.code, code=row["code"],
            defaults={"title": row["title"], "title_en": row.get("title_en") or "", "ordinal": number},
        )[0]
        for number, row in enumerate(pack.tables["categories"], 1)
    }  # fmt: skip


def _templates(pack: Pack, categories: dict[str, Category]) -> None:
    for row in pack.tables["finding_templates"]:
        FindingTemplate.objects.update_or_create(
            pack=pack.code,
            code=row["code"],
            defaults={
                "title": row["title"], "category": categories[row["category_code"]], "fact": row["fact"],
                "duty": row.get("duty") or "", "requirement": row.get("requirement") or "",
                "severity": row["severity"], "line": row["lines"][0], "lines": row["lines"],
                "rule_items": row.get("rule_items") or [], "behaviour_codes": row.get("behaviour_codes") or [],
                "site_types": row.get("site_types") or [], "on_spot_possible": row["on_spot_possible"],
                "is_active": True,
            },
        )  # fmt: skip
    kept = [row["code"] for row in pack.tables["finding_templates"]]
    FindingTemplate.objects.filter(pack=pack.code).exclude(code__in=kept).update(is_active=False)


def _risk_scheme(pack: str, row: dict[str, Any]) -> None:
    grades = [
        {"code": one["code"], "title": one["title"], "title_en": one.get("title_en") or "",
         "weight": len(row["grades"]) + 1 - one["rank"], "rule": one.get("rule") or ""}
        for one in row["grades"]
    ]  # fmt: skip
    # The code is unique over all packs, hence the pack's code in front.
    RiskGradeScheme.objects.update_or_create(
        code=f"{pack}/{row['code']}"[:40],
        defaults={
            "pack": pack, "title": row["title"], "valid_from": _day(row.get("valid_from")),
            "valid_to": _day(row.get("valid_to")), "grades": grades, "source_note": row.get("note") or "",
            "evidence_tag": row["tag"],
        },
    )  # fmt: skip


def _risk_table(pack: Pack, at: datetime) -> None:
    lines = pack.tables["risk_points"]
    digest = digest_of(lines)
    newest = RiskTable.objects.filter(pack=pack.code, campaign=None).order_by("-version").first()
    if newest and newest.digest == digest:
        return
    RiskTable.objects.create(
        pack=pack.code, version=newest.version + 1 if newest else 1, lines=lines, valid_from=at, digest=digest,
        change_reason=f"{pack.title} {pack.version}",
    )  # fmt: skip


def _instrument(row: dict[str, Any]) -> None:
    """Add what the register does not have yet; the register is shared, so nothing is taken out."""
    instrument, _made = LegalInstrument.objects.update_or_create(
        code=row["code"],
        defaults={"title": row["title"], "title_en": row.get("title_en") or "", "kind": row["kind"]},
    )
    for version in row["versions"]:
        kept, _made = LegalVersion.objects.update_or_create(
            instrument=instrument,
            label=str(version["code"]),
            defaults={
                "adopted_on": _day(version.get("adopted")), "valid_from": _day(version.get("valid_from")),
                "valid_to": _day(version.get("valid_to")), "precision": version.get("date_precision") or "unknown",
                "evidence_tag": version["tag"], "note": version.get("note") or "",
            },
        )  # fmt: skip
        for one in version.get("provisions") or []:
            Provision.objects.update_or_create(
                version=kept, number=str(one["no"]), topic=one["topic"],
                defaults={"evidence_tag": one.get("tag") or version["tag"]},
            )  # fmt: skip
