"""ODK Collect's own engine (JavaRosa) lists, downloads, fills in and submits over HTTP: same visit, findings, evidence."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

from duban.field import forms
from duban.inspection.models import Evidence, Finding, Visit
from tests import needs
from tests.field.phone import phone, published
from tests.inspection.acts import FACT, photo
from tests.world import World, at

SOURCE = Path(__file__).parent / "collect" / "Collect.java"
ANSWERS = f"""site=甲镇西卡口
repeat:duban_findings=2
category=duty
fact[1]={FACT}
fact[2]=9时30分台账缺两班签字，排班表为三班。
severity=general
on_spot[1]=no
on_spot[2]=yes
on_spot_note=当场补签并说明
photo_1[1]=one.jpg
photo_after[2]=two.jpg
signature=signed
accompanied_post=值班岗
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The compiled harness as a command."""
    needs.part("javac", shutil.which("javac") is not None)
    folder = tmp_path_factory.mktemp("collect")
    subprocess.run(
        ["javac", "-encoding", "UTF-8", "-cp", ODK_VALIDATE_PATH, "-d", folder, SOURCE], check=True
    )
    return [needs.java(), "-Dfile.encoding=UTF-8", "-cp", f"{ODK_VALIDATE_PATH}:{folder}", "Collect"]


def test_delivered_form_passes_odk_validate(world: World, tmp_path: Path) -> None:
    form = tmp_path / "form.xml"
    form.write_bytes(forms.delivered(published(world)))
    done = subprocess.run(
        [needs.java(), "-jar", ODK_VALIDATE_PATH, form], capture_output=True, text=True, check=False
    )
    assert "Xform is valid" in done.stderr + done.stdout, done.stderr


def test_engine_of_collect_fills_a_form_and_hands_it_in(
    transactional_world: World, live_server: Any, clock_at: Any, engine: list[str], tmp_path: Path
) -> None:
    world = transactional_world
    published(world)
    world.dispatch("1")
    clock_at("10:00")
    answers, picture = tmp_path / "answers", tmp_path / "photo.jpg"
    answers.write_text(ANSWERS, encoding="utf-8")
    picture.write_bytes(photo())
    folder = tmp_path / "form"
    folder.mkdir()
    base = f"{live_server.url}{phone(world).address()}"
    done = subprocess.run(
        [*engine, base, "market", folder, answers, picture], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("201"), done.stdout + done.stderr
    visit = Visit.objects.get()
    assert (visit.state, visit.entry, visit.accompanied_post) == ("submitted", "openrosa", "值班岗")
    assert dict(visit.answers.values_list("name", "value"))["on_post"] == "yes"
    first, second = Finding.objects.order_by("number")
    assert (first.fact, first.is_on_spot, second.is_on_spot, second.on_spot_note) == (
        FACT,
        False,
        True,
        "当场补签并说明",
    )
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()
    assert [(row.finding, row.phase, row.received_sha256) for row in Evidence.objects.order_by("phase")] == [
        (second, "after", digest), (first, "before", digest),
    ]  # fmt: skip
    assert visit.arrived_at == at("10:00")  # the engine's clock is years ahead of the world's
