"""A phone for the tests: the records it makes and the requests it sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4
from xml.sax.saxutils import escape

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from lxml import etree

from duban.checklists import operations as checklists
from duban.checklists.models import ChecklistVersion
from duban.people import devices
from duban.people.models import Device
from tests.checklists.workbooks import build
from tests.inspection.acts import FACT
from tests.world import World, at

CATEGORY = "duty"
ANSWERS = {"g/on_post": "yes", "ledger": "yes", "shifts": "2"}


def published(world: World, *, content: bytes | None = None, code: str = "market") -> ChecklistVersion:
    """Upload and publish the checklist of the world's sites."""
    version = checklists.upload_version(
        actor=world.actor("wen"), at=at("08:10"), campaign_id=world.campaign.pk, code=code,
        content=build() if content is None else content, file_name="market.xlsx",
    )  # fmt: skip
    return checklists.publish_version(actor=world.actor("wen"), at=at("08:20"), version_id=version.pk)


def finding(**changes: str) -> dict[str, str]:
    """Return the nodes of one finding."""
    return {
        "id": str(uuid4()), "template": "", "category": CATEGORY, "fact": FACT, "severity": "general", "on_spot": "no",
        **changes,
    }  # fmt: skip


def nodes(tree: Mapping[str, str]) -> str:
    """Return XML of `path/to/name` → text, groups as they come."""
    out, groups = "", {}
    for path, text in tree.items():
        group, _slash, name = path.rpartition("/")
        if group:
            groups.setdefault(group, {})[name] = text
        else:
            out += f"<{name}>{escape(text)}</{name}>"
    return out + "".join(f"<{group}>{nodes(inside)}</{group}>" for group, inside in groups.items())


def record(
    world: World, *, instance: UUID | None = None, site: str = "甲镇西卡口", answers: Mapping[str, str] = ANSWERS,
    findings: Sequence[Mapping[str, str]] = (), form: str = "market", version: str = "1", replaces: UUID | None = None,
    head: Mapping[str, str] | None = None, closing: Mapping[str, str] | None = None,
) -> bytes:  # fmt: skip
    """Return a record as a phone writes it: arrived 09:00, left 09:50."""
    start = {
        "site": site,
        "mode": "open",
        "methods": "on_site_visit site_view",
        "arrived_at": at("09:00").isoformat(),
    }
    end = {
        "left_at": at("09:50").isoformat(),
        "signature": "signed",
        "self_statement": "未接受吃请，未收受礼品",
    }
    deprecated = f"<deprecatedID>uuid:{replaces}</deprecatedID>" if replaces else ""
    body = (
        f"<duban_visit>{nodes({**start, **(head or {})})}</duban_visit>{nodes(answers)}"
        + "".join(f"<duban_findings>{nodes(one)}</duban_findings>" for one in findings)
        + f"<duban_closing>{nodes({**end, **(closing or {})})}</duban_closing>"
        + f"<meta><instanceID>uuid:{instance or uuid4()}</instanceID>{deprecated}</meta>"
    )
    return f'<?xml version="1.0"?><data id="{form}" version="{version}">{body}</data>'.encode()


@dataclass
class Phone:
    """A registered phone of somebody of the world."""

    device: Device
    token: str
    client: Client

    def address(self, path: str = "") -> str:
        return f"/field/key/{self.token}/{path}"

    def get(self, path: str = "", **extra: Any) -> Any:
        return self.client.get(self.address(path), **extra)

    def head(self, path: str) -> Any:
        return self.client.head(self.address(path))

    def send(self, xml: bytes, photos: Mapping[str, bytes] | None = None, **extra: Any) -> Any:
        """Submit a record with photos; `incomplete=True` as Collect marks all parts but the last."""
        data: dict[str, Any] = {"xml_submission_file": SimpleUploadedFile("record.xml", xml, "text/xml")}
        if extra.pop("incomplete", False):
            data["*isIncomplete*"] = "yes"
        for name, content in (photos or {}).items():
            data[name] = SimpleUploadedFile(name, content, "image/jpeg")
        return self.client.post(self.address("submission"), data, **extra)


def phone(world: World, who: str = "asha") -> Phone:
    """Register a phone at 08:30."""
    user = world.users[who]
    device, token = devices.register_device(
        actor=world.actor(who), at=at("08:30"), user_id=user.pk, name="工作手机"
    )
    return Phone(device, token, Client())


def message(response: HttpResponse) -> str:
    """Return the sentence of an OpenRosa answer."""
    root = etree.fromstring(response.content)
    assert root.tag == "{http://openrosa.org/http/response}OpenRosaResponse"
    return str(root[0].text)
