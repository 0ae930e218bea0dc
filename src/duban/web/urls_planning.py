"""URLs of the daily key points."""

from django.urls import include, path

from duban.web.views import planning

KEY_POINTS = [
    path("", planning.today, name="today"),
    path("history/", planning.history, name="list"),
    path("compose/", planning.compose, name="compose"),
    path("<uuid:pk>/", planning.show_sheet, name="show"),
    path("<uuid:pk>/points/", planning.add_point, name="add_point"),
    path("<uuid:pk>/merge/", planning.merge_points, name="merge"),
    path("<uuid:pk>/approve/", planning.approve, name="approve"),
    path("<uuid:pk>/return/", planning.return_sheet, name="return"),
    path("<uuid:pk>/push/", planning.push, name="push"),
    path("<uuid:pk>/issue/", planning.issue, name="issue"),
    path("<uuid:pk>/read/<uuid:team_id>/", planning.read, name="read"),
    path("points/<uuid:pk>/", planning.change_point, name="point"),
    path("points/<uuid:pk>/move/", planning.move_point, name="move"),
    path("points/<uuid:pk>/must-ask/", planning.mark_must_ask, name="must_ask"),
    path("points/<uuid:pk>/drop/", planning.drop_point, name="drop"),
    path("points/<uuid:pk>/restore/", planning.restore_point, name="restore"),
]

urlpatterns = [path("key-points/", include((KEY_POINTS, "key-points")))]
