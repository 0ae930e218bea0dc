"""Installing a pack: read, check, load; nothing is half-installed and the same pack twice changes nothing."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from duban.campaigns import catalogues, policy
from duban.campaigns.models import InstalledPack
from duban.campaigns.packs import read_pack
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.policy import require
from duban.sites.operations import load_site_types


@transaction.atomic
def install_pack(*, actor: Actor, at: datetime, directory: Path) -> InstalledPack:
    """This function will install the pack in `directory`, or bring an installed one up to date.

    Changed rule sets and focus sets get a new version beside the old one; campaigns keep theirs until adopted.

    :raises Invalid: with file, row and field of every mistake.
    """
    require(policy.can_install_pack(actor))
    pack = read_pack(Path(directory))
    known = InstalledPack.objects.filter(code=pack.code).first()
    if known and known.digest == pack.digest and known.version == pack.version:
        return known
    load_site_types(actor=actor, at=at, pack=pack.code, rows=pack.tables["site_types"])
    changed = catalogues.load(pack, at)
    installed, created = InstalledPack.objects.update_or_create(
        code=pack.code,
        defaults={
            "version": pack.version, "title": pack.title, "installed_at": at, "digest": pack.digest,
            "words": pack.head["words"], "profile": pack.profile(),
        },
    )  # fmt: skip
    journal.record(
        "pack.installed" if created else "pack.updated", actor=actor, at=at, subject=installed,
        label=f"{pack.title} {pack.version}",
        detail={"digest": pack.digest, "rule_sets": [f"{one.code} v{one.version}" for one in changed]},
    )  # fmt: skip
    return installed
