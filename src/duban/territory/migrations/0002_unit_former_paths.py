"""A moved unit remembers where it hung: cases of that time bear the path of that time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("territory", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="former_paths",
            field=models.TextField(
                blank=True, default="", help_text="曾用路径，空格分隔；调整前的办理记录仍按它们查找"
            ),
        ),
    ]
