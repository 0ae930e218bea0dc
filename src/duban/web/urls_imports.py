"""URLs of the import page."""

from django.urls import include, path

from duban.web.views import imports

IMPORTS = [
    path("", imports.show_imports, name="show"),
    path("<uuid:pk>/", imports.show_run, name="run"),
    path("<uuid:pk>/confirm/", imports.confirm, name="confirm"),
    path("<uuid:pk>/stop/", imports.stop, name="stop"),
    path("<uuid:pk>/retry/", imports.retry, name="retry"),
    path("<uuid:pk>/faults/", imports.faulty_rows, name="faults"),
    path("templates/<slug:kind>/", imports.template, name="template"),
]

urlpatterns = [path("imports/", include((IMPORTS, "imports")))]
