"""Every (state, action) pair of every table in every states.py, on a real row: allowed moves, the rest refused whole."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.forms.models import model_to_dict

from duban.kernel.errors import WrongState
from duban.kernel.workflow import move
from tests.contracts import everything
from tests.world import World

# table → (a row of tests/contracts/everything.py, the column it moves)
ROWS = {
    "accountability.CASE_TRANSITIONS": ("case", "state"),
    "accountability.TOLERANCE_TRANSITIONS": ("tolerance", "state"),
    "accountability.APPEAL_TRANSITIONS": ("appeal", "state"),
    "accountability.PUBLICATION_TRANSITIONS": ("publication", "state"),
    "burden.APPROVAL_TRANSITIONS": ("approval", "state"),
    "burden.OBJECTION_TRANSITIONS": ("objection", "state"),
    "campaigns.TRANSITIONS": ("campaign", "state"),
    "checklists.TRANSITIONS": ("version", "state"),
    "documents.NUMBER_TRANSITIONS": ("number", "state"),
    "documents.DOCUMENT_TRANSITIONS": ("document", "state"),
    "documents.DRAFT_TRANSITIONS": ("paper", "state"),
    "documents.BUNDLE_TRANSITIONS": ("bundle", "state"),
    "incoming.TRANSITIONS": ("text", "state"),
    "inspection.VISIT_TRANSITIONS": ("visit", "state"),
    "inspection.FINDING_TRANSITIONS": ("confirmed", "state"),
    "inspection.LATENESS_TRANSITIONS": ("ordered", "lateness"),
    "inspection.SHEET_TRANSITIONS": ("daily", "state"),
    "inspection.SUBMISSION_TRANSITIONS": ("submission", "state"),
    "inspection.SUPPORT_TRANSITIONS": ("support", "state"),
    "people.IMPORT_TRANSITIONS": ("import", "state"),
    "planning.KEY_POINTS_TRANSITIONS": ("sheet", "state"),
    "planning.DRAW_TRANSITIONS": ("draw", "state"),
    "rectification.ORDER_TRANSITIONS": ("order", "state"),
    "rectification.PLAN_TRANSITIONS": ("plan", "state"),
    "rectification.DISPUTE_TRANSITIONS": ("dispute", "state"),
    "rectification.REFERRAL_TRANSITIONS": ("referral", "state"),
    "rectification.COMMON_TRANSITIONS": ("common", "state"),
    "rectification.TRACE_TRANSITIONS": ("trace", "state"),
    "reporting.EDITION_TRANSITIONS": ("edition", "state"),
    "reporting.BULLETIN_TRANSITIONS": ("bulletin", "state"),
    "teams.TRANSITIONS": ("dispatch", "state"),
}


def tables() -> dict[str, dict[str, Any]]:
    """Every table of transitions that the program has."""
    found = {}
    for config in apps.get_app_configs():
        if config.name.startswith("duban.") and (module := _states(config.name)):
            found |= {
                f"{config.label}.{name}": value
                for name, value in vars(module).items()
                if name.endswith("TRANSITIONS") and isinstance(value, dict)
            }
    return found


def _states(name: str) -> Any:
    try:
        return import_module(f"{name}.states")
    except ModuleNotFoundError:
        return None


TABLES = tables()


def test_no_table_is_left_out() -> None:
    assert set(TABLES) == set(ROWS)


def snapshot(row: Any) -> dict[str, Any]:
    kept = type(row)._base_manager.get(pk=row.pk)
    return model_to_dict(kept) | {
        field.attname: getattr(kept, field.attname) for field in kept._meta.concrete_fields
    }


def test_every_pair_of_state_and_action(world: World) -> None:
    """One test for all tables: making one of everything takes longer than the pairs."""
    all_ = everything.make(world)
    all_["campaign"] = world.campaign
    wrong = []
    for name, table in TABLES.items():
        key, column = ROWS[name]
        row = all_[key]
        states = [value for value, _label in row._meta.get_field(column).choices if value is not None]
        assert {state for sources, target in table.values() for state in (*sources, target)} <= set(states), (
            name
        )
        for state in states:
            for action, (sources, target) in table.items():
                type(row)._base_manager.filter(pk=row.pk).update(**{column: state})
                row.refresh_from_db()
                before = snapshot(row)
                try:
                    move(row, table, action, field=column)
                except WrongState:
                    expected = state not in sources and snapshot(row) == before
                else:
                    expected = state in sources and snapshot(row) == before | {column: target}
                if not expected:
                    wrong.append((name, state, action))
    assert wrong == []


@pytest.mark.parametrize("name", TABLES)
def test_every_state_of_a_table_is_reached_and_can_be_named(name: str) -> None:
    """No dead state: every choice stands in its table, every action leads somewhere."""
    table = TABLES[name]
    assert all(sources and target is not None for sources, target in table.values())
    assert all(len(set(sources)) == len(sources) for sources, _target in table.values())
