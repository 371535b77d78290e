#!/usr/bin/env bash
# What the official image says that it does, as far as docker-compose.yml asks for it: as postgres and not as root, an empty PGDATA is made
# by initdb and served over its socket alone until that is done, then the given command is the server.
set -eu
[ "${1:-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
fi
export LD_LIBRARY_PATH=/usr/lib/postgresql/18/lib
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'POSTGRES_PASSWORD is empty, and POSTGRES_HOST_AUTH_METHOD is not trust' >&2
    exit 1
  fi
  initdb --pgdata="$PGDATA" --username="${POSTGRES_USER:-postgres}" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}")
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  pg_ctl --pgdata="$PGDATA" --wait --options="-c listen_addresses=''" start
  pg_ctl --pgdata="$PGDATA" --wait --mode=fast stop
fi
exec "$@"
