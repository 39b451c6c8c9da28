"""Pipeline definitions as documents: reading, comparing and checking them. Nothing here calls AWS."""
