"""The rules that a definition is checked against, each with its row in `activities.definitions.rules.table`."""
