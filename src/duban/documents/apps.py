from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "duban.documents"
    label = "documents"
    verbose_name = "公文"

    def ready(self) -> None:
        from duban.kernel.rooms import open_room

        open_room(self.name)
