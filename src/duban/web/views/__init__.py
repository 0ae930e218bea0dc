"""Pages of the staff door, one module per part of the work."""
