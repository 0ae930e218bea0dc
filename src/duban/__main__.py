"""`python -m duban` is the same as the `duban` command."""

import sys

from duban.config.cli import main

sys.exit(main())
