"""URLs of accountability: list, file, one address per step, printed decision, meddling records."""

from django.urls import include, path

from duban.web.views import accountability
from duban.web.views.accountability_acts import ACTS, take_step

CASES = [
    path("", accountability.list_cases, name="list"),
    path("new/<uuid:trace_id>/", accountability.open_case, name="new"),
    path("<uuid:pk>/", accountability.show_case, name="show"),
    path("<uuid:pk>/decision/", accountability.print_decision, name="decision"),
    *[path(f"<uuid:pk>/{act.name}/", take_step, {"name": act.name}, name=act.name) for act in ACTS],
]
MEDDLING = [
    path("", accountability.list_meddling, name="list"),
    path("new/", accountability.record_meddling, name="new"),
]

urlpatterns = [
    path("accountability/", include((CASES, "accountability"))),
    path("meddling/", include((MEDDLING, "meddling"))),
]
