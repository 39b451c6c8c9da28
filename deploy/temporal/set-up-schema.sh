#!/bin/sh
# Temporal's two databases, created or brought up to this server's version. May run as often as one likes: what is there
# already is kept. SQL_PASSWORD is read by temporal-sql-tool itself.
set -eu

for database in temporal:temporal temporal_visibility:visibility; do
    name=${database%%:*}
    schema=/etc/temporal/schema/postgresql/v12/${database##*:}/versioned
    set -- --plugin postgres12 --endpoint "$POSTGRES_HOST" --port "${POSTGRES_PORT:-5432}" --user "$POSTGRES_USER" --database "$name"
    temporal-sql-tool "$@" create
    temporal-sql-tool "$@" setup-schema -v 0.0
    temporal-sql-tool "$@" update-schema --schema-dir "$schema"
done
