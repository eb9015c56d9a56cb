"""Orders a second of the whole stack beside bare workflows."""
