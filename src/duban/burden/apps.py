from django.apps import AppConfig


class BurdenConfig(AppConfig):
    name = "duban.burden"
    label = "burden"
    verbose_name = "基层减负"

    def ready(self) -> None:
        from duban.burden import sweeps  # noqa: F401 - registers them
        from duban.burden.verbs import VERBS
        from duban.kernel.journal import register_verbs

        register_verbs(VERBS)
