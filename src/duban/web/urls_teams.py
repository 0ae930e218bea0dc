"""URLs of teams, rounds, dispatches, roster and coverage, draws and the liaison table."""

from django.urls import include, path

from duban.web.views import dispatches, draws, liaison, limits, roster, team_board, teams

TEAMS = [
    path("", teams.list_teams, name="list"),
    path("add/", teams.add_team, name="add"),
    path("board/", team_board.show_board, name="board"),
    path("<uuid:pk>/", teams.show_team, name="show"),
    path("<uuid:pk>/change/", teams.change_team, name="change"),
    path("<uuid:pk>/close/", teams.close_team, name="close"),
    path("<uuid:pk>/members/", teams.add_member, name="add_member"),
    path("members/<uuid:pk>/end/", teams.end_membership, name="end_membership"),
    path("members/<uuid:pk>/move/", team_board.move_member, name="move_member"),
    path("sectors/<uuid:unit_id>/move/", team_board.move_sector, name="move_sector"),
]
ROSTER = [
    path("", roster.calendar, name="calendar"),
    path("file/", roster.calendar_file, name="file"),
    path("feed/open/", roster.open_feed, name="open_feed"),
    path("feed/revoke/", roster.revoke_feed, name="revoke_feed"),
    path("feed/<str:token>.ics", roster.feed, name="feed"),
    path("coverage/", roster.show_coverage, name="coverage"),
    path("sites/", roster.sites, name="sites"),
    path("repeats/", roster.repeats, name="repeats"),
    path("load/", roster.show_load, name="load"),
    path("visits/", roster.visits, name="visits"),
    path("absences/", team_board.record_absence, name="record_absence"),
    path("absences/<uuid:pk>/withdraw/", team_board.withdraw_absence, name="withdraw_absence"),
]
ROUNDS = [
    path("", teams.list_rounds, name="list"),
    path("<uuid:pk>/", teams.change_round, name="change"),
]
DISPATCHES = [
    path("", dispatches.board, name="board"),
    path("add/<uuid:team_id>/", dispatches.add_dispatch, name="add"),
    path("<uuid:pk>/", dispatches.show_dispatch, name="show"),
    path("<uuid:pk>/sheet/", dispatches.dispatch_sheet, name="sheet"),
    path("<uuid:pk>/issue/", dispatches.issue_sheet, name="issue"),
    path("<uuid:pk>/depart/", dispatches.depart, name="depart"),
    path("<uuid:pk>/return/", dispatches.return_dispatch, name="return"),
    path("<uuid:pk>/cancel/", dispatches.cancel_dispatch, name="cancel"),
    path("<uuid:pk>/swap/", dispatches.swap_member, name="swap"),
    path("<uuid:pk>/looks/", dispatches.show_looks, name="looks"),
    path("<uuid:pk>/vehicle/", dispatches.note_vehicle, name="vehicle"),
    path("<uuid:pk>/sites/", dispatches.add_site, name="add_site"),
    path("sites/<uuid:pk>/remove/", dispatches.remove_site, name="remove_site"),
    path("sites/<uuid:pk>/merge/", dispatches.merge_place, name="merge_place"),
    path("sites/<uuid:pk>/part/", dispatches.part_place, name="part_place"),
    path("sites/<uuid:pk>/reveal/", dispatches.reveal_site, name="reveal"),
    path("sites/<uuid:pk>/break-seal/", dispatches.break_seal, name="break_seal"),
]
DRAWS = [
    path("", draws.list_draws, name="list"),
    path("add/", draws.add_draw, name="add"),
    path("<uuid:pk>/", draws.show_draw, name="show"),
    path("<uuid:pk>/run/", draws.run_draw, name="run"),
    path("<uuid:pk>/issue/", draws.issue_record, name="issue"),
    path("<uuid:pk>/inputs/", draws.inputs_file, name="inputs"),
    path("<uuid:pk>/protocol/", draws.protocol_file, name="protocol"),
    path("rounds/<uuid:pk>/reveal/", draws.reveal_draws, name="reveal"),
]
LIMITS = [
    path("", limits.list_limits, name="list"),
    path("protect/", limits.protect, name="protect"),
    path("<uuid:pk>/lift/", limits.lift, name="lift"),
    path("budget/", limits.set_budget, name="budget"),
    path("rotation/", limits.set_rotation, name="rotation"),
]
LIAISON = [
    path("", liaison.show_liaison, name="show"),
    path("issue/", liaison.issue, name="issue"),
    path("assign/", liaison.assign, name="assign"),
    path("<uuid:pk>/end/", liaison.end, name="end"),
    path("visits/", liaison.list_visits, name="visits"),
    path("visits/add/", liaison.add_visit, name="add_visit"),
    path("visits/<uuid:pk>/withdraw/", liaison.withdraw_visit, name="withdraw_visit"),
]

urlpatterns = [
    path("teams/rounds/", include((ROUNDS, "rounds"))),
    path("teams/dispatches/", include((DISPATCHES, "dispatches"))),
    path("teams/roster/", include((ROSTER, "roster"))),
    path("teams/draws/", include((DRAWS, "draws"))),
    path("teams/limits/", include((LIMITS, "limits"))),
    path("teams/liaison/", include((LIAISON, "liaison"))),
    path("teams/", include((TEAMS, "teams"))),
]
