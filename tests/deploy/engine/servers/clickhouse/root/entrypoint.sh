#!/usr/bin/env bash
# What the official image says that it does, as far as docker-compose.yml asks for it: CLICKHOUSE_USER; where there are no data yet, a server on
# 127.0.0.1 alone makes CLICKHOUSE_DB and ends; then the server, as clickhouse and not as root. `default` stays, which this library starts
# as, while the official image removes it.
set -eu
[ $# = 0 ] || exec "$@"
config=/etc/clickhouse-server
as_clickhouse=(setpriv --reuid clickhouse --regid clickhouse --clear-groups)
chown -R clickhouse:clickhouse /var/lib/clickhouse
if [ -n "${CLICKHOUSE_USER:-}${CLICKHOUSE_PASSWORD:-}" ]; then
  cat >$config/users.d/default-user.xml <<XML
<clickhouse>
  <users>
    <${CLICKHOUSE_USER:=default}>
      <profile>default</profile>
      <quota>default</quota>
      <networks><ip>::/0</ip></networks>
      <password>${CLICKHOUSE_PASSWORD:-}</password>
      <access_management>${CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT:-0}</access_management>
    </${CLICKHOUSE_USER}>
  </users>
</clickhouse>
XML
fi
if [ -n "${CLICKHOUSE_DB:-}" ] && [ ! -d /var/lib/clickhouse/data ]; then
  echo '<clickhouse><listen_host replace="replace">127.0.0.1</listen_host></clickhouse>' >$config/config.d/zz-init.xml
  "${as_clickhouse[@]}" clickhouse-server &
  until wget --quiet --output-document=/dev/null http://127.0.0.1:8123/ping 2>/dev/null; do
    kill -0 $!
    sleep 0.5
  done
  wget --quiet --output-document=- --header="X-ClickHouse-User: $CLICKHOUSE_USER" --header="X-ClickHouse-Key: ${CLICKHOUSE_PASSWORD:-}" \
    --post-data="CREATE DATABASE IF NOT EXISTS $CLICKHOUSE_DB" http://127.0.0.1:8123/
  rm $config/config.d/zz-init.xml
  kill -TERM $!
  wait $!
fi
exec "${as_clickhouse[@]}" clickhouse-server
