"""Number series: reserved, used, voided with reason; no gap and no duplicate, also under concurrency."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, transaction

from duban.documents import operations as documents
from duban.documents import queries
from duban.documents.models import Number, Series
from duban.kernel import counters
from duban.kernel.errors import Conflict, Denied, Invalid, WrongState
from tests.world import World, at


class ActFailed(Exception):
    """Stands for whatever makes an act fail after it took a number."""


def series(world: World, pattern: str = "示督办〔{year}〕{serial}号") -> Series:
    return documents.open_series(
        actor=world.actor("wen"), at=at(), body_id=world.campaign.body_id, campaign_id=world.campaign.pk,
        code="urge", title="督办", pattern=pattern,
    )  # fmt: skip


def reserve(world: World, one: Series, moment=None) -> Number:
    return documents.reserve_number(actor=world.actor("wen"), at=moment or at(), series=one)


def test_numbers_follow_each_other_and_start_anew_each_year(world: World) -> None:
    one = series(world)
    first, second = reserve(world, one), reserve(world, one)
    next_year = reserve(world, one, at(day=at().date().replace(year=2021)))
    assert [first.text, second.text, next_year.text] == [
        "示督办〔2020〕1号", "示督办〔2020〕2号", "示督办〔2021〕1号",
    ]  # fmt: skip


def test_issue_numbers_without_year_count_on_over_new_year(world: World) -> None:
    one = series(world, "第{serial}期")
    texts = [reserve(world, one).text, reserve(world, one, at(day=at().date().replace(year=2021))).text]
    assert texts == ["第1期", "第2期"]
    assert [state.missing for state in queries.series_states(one)] == [(), ()]


def test_opening_a_series_twice_gives_the_same_series(world: World) -> None:
    assert series(world).pk == series(world).pk


def test_number_of_a_rolled_back_act_is_given_again(world: World) -> None:
    one = series(world)
    with pytest.raises(RuntimeError), transaction.atomic():
        reserve(world, one)
        raise RuntimeError("the act failed")
    assert reserve(world, one).serial == 1


def test_voided_number_keeps_its_place_and_reason(world: World) -> None:
    one = series(world)
    number = reserve(world, one)
    documents.void_number(actor=world.actor("wen"), at=at(), number=number, reason="拟稿撤回")
    assert reserve(world, one).serial == 2
    number.refresh_from_db()
    assert (number.state, number.void_reason) == ("voided", "拟稿撤回")
    with pytest.raises(WrongState):
        documents.use_number(actor=world.actor("wen"), at=at(), number=number)


def test_voiding_without_reason_is_refused(world: World) -> None:
    number = reserve(world, series(world))
    with pytest.raises(Invalid):
        documents.void_number(actor=world.actor("wen"), at=at(), number=number, reason=" ")
    number.refresh_from_db()
    assert number.state == "reserved"


@pytest.mark.parametrize("who", ["olga", "nobody", "hana", "ada"])
def test_number_for_others_is_refused_and_none_is_used_up(world: World, who: str) -> None:
    one = series(world)
    with pytest.raises(Denied):
        documents.reserve_number(actor=world.actor(who), at=at(), series=one)
    assert Number.objects.count() == 0
    assert reserve(world, one).serial == 1


def test_pattern_without_serial_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        series(world, "示督办〔{year}〕号")
    assert not Series.objects.exists()


def test_counter_and_numbers_torn_apart_give_out_nothing_and_say_so(world: World) -> None:
    one = series(world)
    reserve(world, one)
    with transaction.atomic():
        counters.take(f"number.{one.pk}.2020", 3)
    with pytest.raises(Conflict) as refusal:
        reserve(world, one)
    assert refusal.value.code == "number_gap"
    assert "最后一个文号是 1" in str(refusal.value.message)
    assert Number.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_threads_on_this_engine_take_numbers_without_gap_or_duplicate(transactional_world: World) -> None:
    one, world = series(transactional_world), transactional_world

    def take(turn: int) -> None:
        try:
            with transaction.atomic():
                reserve(world, one)
                if turn % 3 == 0:
                    raise ActFailed
        except ActFailed:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, range(24)))
    assert sorted(Number.objects.values_list("serial", flat=True)) == list(range(1, 17))


WORKER = """
import os, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
import django
django.setup()
from django.db import transaction
from tests.world import at
from duban.documents import operations as documents
from duban.documents.models import Series
from duban.kernel.actor import SYSTEM
if sys.argv[2] == "prepare":
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    from duban.territory import operations as territory
    body = territory.add_unit(actor=SYSTEM, at=at(), code="T", name="示例市", kind="county")
    documents.open_series(
        actor=SYSTEM, at=at(), body_id=body.pk, campaign_id=None, code="x", title="x", pattern="督〔{year}〕{serial}号"
    )
else:
    series = Series.objects.get()
    for turn in range(12):
        with transaction.atomic():
            documents.reserve_number(actor=SYSTEM, at=at(), series=series)
            if sys.argv[2] == "killed" and turn == 5:
                os._exit(9)
"""


def test_processes_on_one_file_leave_no_gap_and_no_duplicate_even_when_one_is_killed(tmp_path: Path) -> None:
    environment = {
        **os.environ, "DUBAN_DATA": str(tmp_path), "DUBAN_DATABASE": "", "DJANGO_SETTINGS_MODULE": "tests.settings",
    }  # fmt: skip
    command = [sys.executable, "-c", WORKER, os.pathsep.join(path for path in sys.path if path)]
    subprocess.run([*command, "prepare"], env=environment, check=True, capture_output=True)
    running = [subprocess.Popen([*command, role], env=environment) for role in ("whole", "killed", "whole")]
    assert sorted(process.wait() for process in running) == [0, 0, 9]
    with closing(sqlite3.connect(tmp_path / "duban.sqlite3")) as database:
        serials = [row[0] for row in database.execute("SELECT serial FROM documents_number ORDER BY serial")]
    assert serials == list(range(1, 12 + 5 + 12 + 1))
