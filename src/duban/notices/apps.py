from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "duban.notices"
    label = "notices"
    verbose_name = "提醒"

    def ready(self) -> None:
        from duban.kernel.journal import register_verbs
        from duban.notices.verbs import VERBS

        register_verbs(VERBS)
