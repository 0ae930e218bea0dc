from django.apps import AppConfig


class RectificationConfig(AppConfig):
    name = "duban.rectification"
    label = "rectification"
    verbose_name = "交办整改"

    def ready(self) -> None:
        from duban.kernel.journal import register_verbs
        from duban.rectification import sweeps  # noqa: F401 - registers them
        from duban.rectification.verbs import VERBS

        register_verbs(VERBS)
