"""URLs of the points of sites."""

from django.urls import include, path

from duban.web.views import risk

RISK = [
    path("", risk.list_scores, name="list"),
    path("table/", risk.show_table, name="table"),
    path("table/change/", risk.change_table, name="change"),
    path("<uuid:pk>/", risk.show_score, name="show"),
]

urlpatterns = [path("sites/risk/", include((RISK, "risk")))]
