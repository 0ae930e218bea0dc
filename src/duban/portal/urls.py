"""Addresses of the unit links. Everything under /u/ works without an account and without scripts."""

from django.urls import path

from duban.portal import views

app_name = "portal"
urlpatterns = [
    path("s/<str:token>/", views.self_check, name="self_check"),
    path("<str:token>/", views.show_order, name="order"),
    path("<str:token>/receive/", views.receive, name="receive"),
    path("<str:token>/reply/", views.reply, name="reply"),
    path("<str:token>/dispute/", views.dispute, name="dispute"),
    path("<str:token>/burden/", views.objection, name="burden"),
    path("<str:token>/defer/", views.defer, name="defer"),
    path("<str:token>/recusal/", views.recusal, name="recusal"),
    path("<str:token>/photos/<uuid:evidence_id>/", views.photo, name="photo"),
]
