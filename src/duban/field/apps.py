from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "duban.field"
    label = "field"
    verbose_name = "外业"
