"""Events, seals and their places refuse UPDATE and DELETE in the database itself, on both engines."""

from django.db import migrations

TABLES = ("kernel_event", "kernel_seal", "kernel_sealedevent")


def forward(apps, schema_editor):
    from duban.kernel.append_only import install

    install(schema_editor.connection, TABLES)


def backward(apps, schema_editor):
    from duban.kernel.append_only import remove

    remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunPython(forward, backward)]
