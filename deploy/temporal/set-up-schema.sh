#!/bin/sh
# Temporal's two databases, created or upgraded to this server's version. Idempotent: existing data is kept.
# temporal-sql-tool reads SQL_PASSWORD from the environment. SCHEMA_DIRECTORY is where the image of the admin tools has it.
set -eu

for database in temporal:temporal temporal_visibility:visibility; do
    name=${database%%:*}
    schema=${SCHEMA_DIRECTORY:-/etc/temporal/schema}/postgresql/v12/${database##*:}/versioned
    set -- --plugin postgres12 --endpoint "$POSTGRES_HOST" --port "${POSTGRES_PORT:-5432}" --user "$POSTGRES_USER" --database "$name"
    temporal-sql-tool "$@" create
    temporal-sql-tool "$@" setup-schema -v 0.0
    temporal-sql-tool "$@" update-schema --schema-dir "$schema"
done
