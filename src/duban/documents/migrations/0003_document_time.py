"""The newest documents of a campaign are read from an index by time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_drafts_and_bundles")]

    operations = [
        migrations.AddIndex(
            model_name="officialdocument",
            index=models.Index(fields=["campaign", "issued_at", "id"], name="document_time"),
        ),
    ]
