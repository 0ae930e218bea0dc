from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "duban.kernel"
    label = "kernel"
    verbose_name = "机制"

    def ready(self) -> None:
        from duban.kernel.journal import register_verbs
        from duban.kernel.verbs import VERBS

        register_verbs(VERBS)
