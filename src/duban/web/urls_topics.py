"""URLs of the register of topics."""

from django.urls import include, path

from duban.web.views import topics

TOPICS = [
    path("", topics.list_topics, name="list"),
    path("enter/", topics.enter, name="enter"),
    path("<uuid:pk>/correct/", topics.correct, name="correct"),
    path("<uuid:pk>/withdraw/", topics.withdraw, name="withdraw"),
    path("<uuid:pk>/send/", topics.send, name="send"),
]

urlpatterns = [path("topics/", include((TOPICS, "topics")))]
