#!/usr/bin/env bash
set -eu
logging=${KAFKA_LOG4J_FILE:-/opt/kafka/config/tools-log4j2.yaml}
[ -e "$logging" ] || logging=/etc/kafka/docker/tools-log4j2.yaml
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} -Dlog4j2.configurationFile="$logging" -cp '/opt/kafka/libs/*' "$@"
