"""An import of the page goes on in the background: checked, confirmed, written whole, once, also after a lost hint."""

import io
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage

from duban.kernel import jobs
from duban.kernel.errors import DubanError, NotFound, TooLarge, WrongState
from duban.kernel.models import Event
from duban.people import import_kinds, import_runs, sweeps
from duban.people import operations as people
from duban.people.models import Grant, ImportRun
from duban.people.states import ImportState
from duban.territory.models import Unit
from tests.territory.sheets import as_csv
from tests.world import World, at

HEAD = ["编码", "名称", "类型", "上级编码"]


def table(count: int = 3, name: str = "丁镇") -> bytes:
    return as_csv([HEAD, *([f"N{n:05d}", f"{name}{n}", "镇", "T"] for n in range(count))])


def asked(world: World, content: bytes, who: str = "ada", kind: str = "units") -> ImportRun:
    return import_runs.request_import(
        actor=world.actor(who), at=at("09:00"), kind=kind, content=content, file_name="单位.csv"
    )


def swept(run: ImportRun, moment: str = "09:01") -> ImportRun:
    sweeps.work_imports(at(moment))
    run.refresh_from_db()
    return run


def test_sweep_checks_waits_for_the_confirmation_and_writes_once(world: World) -> None:
    run = swept(asked(world, table()))
    assert (run.state, run.outcome["counts"]["new"], run.attempts) == ("checked", 3, 0)
    assert not Unit.objects.filter(code__startswith="N0").exists()
    assert swept(run).state == "checked"
    import_runs.confirm_import(actor=world.actor("ada"), at=at("09:05"), run_id=run.pk)
    assert swept(run, "09:06").state == "done"
    assert Unit.objects.filter(code__startswith="N0").count() == 3
    assert Event.objects.get(verb="units.imported").actor_id == world.users["ada"].pk
    events = Event.objects.count()
    swept(run, "09:07")
    assert not import_runs.work_import(at=at("09:08"), run_id=run.pk)
    assert (Event.objects.count(), Unit.objects.filter(code__startswith="N0").count()) == (events, 3)


def test_progress_is_told_by_lines_read_and_written(world: World) -> None:
    run = swept(asked(world, table(2_100)))
    assert import_runs.progress_of(run) == (2_100, 2_100)
    import_runs.confirm_import(actor=world.actor("ada"), at=at("09:05"), run_id=run.pk)
    assert swept(run).state == "done" and import_runs.progress_of(run) == (2_100, 2_100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "content", [table(), as_csv([HEAD, ["N1", "x", "衙门", "T"]]), as_csv([["姓名"], ["x"]])]
)
def test_upload_is_gone_when_the_run_is_over(transactional_world: World, content: bytes) -> None:
    world = transactional_world
    run = asked(world, content)
    place = import_runs.waiting_place(run)
    assert default_storage.exists(place)
    if swept(run).state == ImportState.CHECKED:
        import_runs.stop_import(actor=world.actor("ada"), at=at("09:05"), run_id=run.pk)
    assert not default_storage.exists(place)


def test_faults_refuse_the_run_and_nothing_is_written(world: World) -> None:
    run = swept(asked(world, as_csv([HEAD, ["N1", "丁镇", "镇", "T"], ["N1", "戊镇", "镇", "X"]])))
    assert (run.state, run.outcome["fault_count"]) == ("refused", 1)
    assert run.outcome["faults"][0]["row"] == 3 and "与第 2 行重复" in run.outcome["faults"][0]["message"]
    with pytest.raises(WrongState):
        import_runs.confirm_import(actor=world.actor("ada"), at=at("09:05"), run_id=run.pk)


def test_tables_changed_before_the_writing_refuse_it_whole(world: World) -> None:
    """Held against the tables as they are when it is written: a code taken meanwhile by another's unit."""
    run = swept(asked(world, table()))
    import_runs.confirm_import(actor=world.actor("ada"), at=at("09:05"), run_id=run.pk)
    for grant in Grant.objects.filter(user=world.users["ada"]):
        people.revoke_grant(actor=import_runs.SYSTEM, at=at("09:05"), grant_id=grant.pk)
    assert swept(run).state == "refused" and run.message
    assert not Unit.objects.filter(code__startswith="N0").exists()


def test_run_that_breaks_off_three_times_is_marked_and_can_be_checked_again(world: World) -> None:
    run = asked(world, table())
    content = default_storage.open(import_runs.waiting_place(run)).read()
    default_storage.delete(import_runs.waiting_place(run))
    for _minute in range(import_runs.ATTEMPTS):
        assert swept(run).state == "checking"
    assert swept(run).state == "failed" and "连续3次" in run.message
    assert Event.objects.filter(verb="import.failed").count() == 1
    default_storage.save(import_runs.waiting_place(run), io.BytesIO(content))
    import_runs.retry_import(actor=world.actor("ada"), at=at("10:00"), run_id=run.pk)
    assert swept(run, "10:01").state == "checked"


def test_what_nobody_confirms_is_given_up_after_a_day(world: World) -> None:
    run = swept(asked(world, table()))
    assert sweeps.give_up_imports(at("09:00")) == 0
    later = at("09:00") + sweeps.WAITING
    assert (sweeps.give_up_imports(later), sweeps.give_up_imports(later)) == (1, 0)
    run.refresh_from_db()
    assert (run.state, run.ended_at) == ("stopped", later)


@pytest.mark.parametrize("who", ["wen", "hugo", "asha", "nobody"])
def test_import_of_somebody_else_does_not_exist(world: World, who: str) -> None:
    run = swept(asked(world, table()))
    for act in (import_runs.confirm_import, import_runs.stop_import, import_runs.retry_import):
        with pytest.raises(NotFound):
            act(actor=world.actor(who), at=at("09:05"), run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "checked"


@pytest.mark.parametrize("who", ["wen", "asha", "olga", "nobody"])
def test_upload_by_others_is_refused_and_keeps_no_file(world: World, who: str) -> None:
    events = Event.objects.count()
    with pytest.raises(DubanError):
        asked(world, table(), who)
    assert (ImportRun.objects.count(), Event.objects.count()) == (0, events)
    assert (
        not default_storage.exists(import_runs.FOLDER) or default_storage.listdir(import_runs.FOLDER)[1] == []
    )


def test_huge_upload_is_refused_with_its_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {**import_kinds.KINDS, "units": replace(import_kinds.KINDS["units"], limit=10)}
    monkeypatch.setattr(import_runs, "KINDS", small)
    with pytest.raises(TooLarge):
        asked(world, table())
    assert not ImportRun.objects.exists()


def test_lost_note_of_progress_is_no_fault(world: World) -> None:
    run = asked(world, table())
    jobs.queue().delete(f"import:{run.pk}")
    assert import_runs.progress_of(run) == (0, 0)
