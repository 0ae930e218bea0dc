"""URLs of texts that arrive: list, bring in, read side by side, decide, original."""

from django.urls import include, path

from duban.web.views import incoming

INCOMING = [
    path("", incoming.list_texts, name="list"),
    path("add/", incoming.receive_text, name="receive"),
    path("<uuid:pk>/", incoming.show_text, name="show"),
    path("<uuid:pk>/correct/", incoming.correct_text, name="correct"),
    path("<uuid:pk>/undo/", incoming.undo_correction, name="undo"),
    path("<uuid:pk>/confirm/", incoming.confirm_text, name="confirm"),
    path("<uuid:pk>/attach/", incoming.attach_text, name="attach"),
    path("<uuid:pk>/discard/", incoming.discard_text, name="discard"),
    path("<uuid:pk>/original/", incoming.original, name="original"),
]

urlpatterns = [path("incoming/", include((INCOMING, "incoming")))]
