"""Open look-backs are read from an index in the order of their limits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rectification", "0002_order_tally")]

    operations = [
        migrations.AddIndex(
            model_name="lookback",
            index=models.Index(condition=models.Q(("done_at", None)), fields=["due_on", "id"], name="look_back_open"),
        ),
    ]
