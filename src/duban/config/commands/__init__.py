"""Commands of the `duban` command line, one file each: `add(commands, shared)` and a `run(options)`."""
