"""Every write on rounds, teams, dispatches and the liaison table, by room."""

from duban.teams.operations.absences import record_absence, withdraw_absence
from duban.teams.operations.board import move_member, move_sector
from duban.teams.operations.crews import add_member, change_team, close_team, create_team, end_membership
from duban.teams.operations.dispatches import (
    add_dispatch_site,
    cancel_dispatch,
    create_dispatch,
    depart,
    note_vehicle,
    remove_dispatch_site,
    return_dispatch,
    swap_member,
)
from duban.teams.operations.feeds import open_feed, revoke_feed
from duban.teams.operations.liaison import assign_liaison, end_liaison
from duban.teams.operations.liaison_visits import log_liaison_visit, withdraw_liaison_visit
from duban.teams.operations.limits import lift_protection, protect_unit, set_rotation, set_visit_budget
from duban.teams.operations.merging import merge_place, part_place
from duban.teams.operations.papers import issue_dispatch_sheet, issue_liaison_table, issue_team_table
from duban.teams.operations.rounds import change_round, open_round
from duban.teams.operations.seals import break_seal, note_look, reveal_site

__all__ = [
    "add_dispatch_site",
    "add_member",
    "assign_liaison",
    "break_seal",
    "cancel_dispatch",
    "change_round",
    "change_team",
    "close_team",
    "create_dispatch",
    "create_team",
    "depart",
    "end_liaison",
    "end_membership",
    "issue_dispatch_sheet",
    "issue_liaison_table",
    "issue_team_table",
    "lift_protection",
    "log_liaison_visit",
    "move_member",
    "move_sector",
    "note_look",
    "note_vehicle",
    "open_feed",
    "open_round",
    "merge_place",
    "part_place",
    "protect_unit",
    "record_absence",
    "remove_dispatch_site",
    "return_dispatch",
    "reveal_site",
    "revoke_feed",
    "set_rotation",
    "set_visit_budget",
    "swap_member",
    "withdraw_absence",
    "withdraw_liaison_visit",
]
