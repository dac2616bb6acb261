"""The command line: one command per verb; load, call the verb, save, report."""
