"""URLs of the import page."""

from django.urls import include, path

from duban.web.views import imports

IMPORTS = [
    path("", imports.show_imports, name="show"),
    path("confirm/", imports.confirm, name="confirm"),
    path("faults/", imports.faulty_rows, name="faults"),
    path("templates/<slug:kind>/", imports.template, name="template"),
]

urlpatterns = [path("imports/", include((IMPORTS, "imports")))]
