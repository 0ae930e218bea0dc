"""Addresses of visits and of the teams' daily sheets."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from duban.web.views import sheets, visits


class DayConverter(StringConverter):
    """A day as YYYY-MM-DD; the view reads it and answers 404 for one that does not exist."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_url(self, value: object) -> str:
        """This function will write a date or its text."""
        return str(value)


register_converter(DayConverter, "day")

VISITS = [
    path("", visits.list_visits, name="list"),
    path("export/", visits.export_visits, name="export"),
    path("open/", visits.open_visit, name="open"),
    path("<uuid:pk>/", visits.show_visit, name="show"),
    path("<uuid:pk>/answers/", visits.answer_visit, name="answers"),
    path("<uuid:pk>/submit/", visits.submit_visit, name="submit"),
    path("<uuid:pk>/defer/", visits.defer_visit, name="defer"),
    path("<uuid:pk>/withdraw/", visits.withdraw_visit, name="withdraw"),
    path("<uuid:pk>/photos/", visits.add_photos, name="photos"),
    path("<uuid:pk>/support/", visits.ask_support, name="support"),
    path("<uuid:pk>/print/", visits.print_visit, name="print"),
]
SHEETS = [
    path("", sheets.list_sheets, name="list"),
    path("export/", sheets.export_sheets, name="export"),
    path("<uuid:team_id>/<day:day>/", sheets.show_sheet, name="show"),
]

urlpatterns = [
    path("visits/sheets/", include((SHEETS, "sheets"))),
    path("visits/", include((VISITS, "visits"))),
]
