"""Every write on key points and draws, by room."""

from duban.planning.operations.draws import commit_and_draw, commit_draw, reveal_draws, run_draw
from duban.planning.operations.papers import issue_draw_record, issue_key_points
from duban.planning.operations.points import (
    add_point,
    change_point,
    drop_point,
    merge_point,
    move_point,
    restore_point,
)
from duban.planning.operations.risk_table import change_risk_table
from duban.planning.operations.sheets import (
    approve_key_points,
    compose_key_points,
    push_key_points,
    read_key_points,
    return_key_points,
)

__all__ = [
    "add_point",
    "approve_key_points",
    "change_point",
    "change_risk_table",
    "commit_and_draw",
    "commit_draw",
    "compose_key_points",
    "drop_point",
    "issue_draw_record",
    "issue_key_points",
    "merge_point",
    "move_point",
    "push_key_points",
    "read_key_points",
    "restore_point",
    "return_key_points",
    "reveal_draws",
    "run_draw",
]
