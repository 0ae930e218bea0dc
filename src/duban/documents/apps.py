from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "duban.documents"
    label = "documents"
    verbose_name = "公文"

    def ready(self) -> None:
        from duban.documents import sweeps  # noqa: F401 - registers the rendering job and its sweep
        from duban.documents.verbs import VERBS
        from duban.kernel.journal import register_verbs

        register_verbs(VERBS)
