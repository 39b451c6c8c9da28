"""Programs that run in the peers' own environments, and import nothing of this project."""
