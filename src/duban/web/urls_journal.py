"""URLs of the journal."""

from django.urls import include, path

from duban.web.views import journal

JOURNAL = [
    path("", journal.list_events, name="list"),
    path("seals/", journal.list_seals, name="seals"),
    path("review/", journal.review, name="review"),
    path("verify/", journal.verify, name="verify"),
    path("<uuid:pk>/", journal.show_event, name="show"),
    path("<uuid:pk>/proof/", journal.show_proof, name="proof"),
]

urlpatterns = [path("journal/", include((JOURNAL, "journal")))]
