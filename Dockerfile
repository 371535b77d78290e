# One image for everything of Millrace: `docker run ghcr.io/millrace/millrace sink`, or any other `millrace` command.
# How to build and run it: docs/howto/run-with-docker.md; why it is so: docs/decisions/0020-one-image-without-a-run.md.
#
# NODE_IMAGE is pinned by the version that package.json pins. For a release pin it by digest, too: --build-arg NODE_IMAGE=…@sha256:…
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

# What is the same on every processor is made on the builder's own, so that an image for another one needs no emulation.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS sources
WORKDIR /src
COPY . .
# Manifests apart from sources: a change of code alone installs nothing anew.
RUN mkdir /manifests && find . -name package.json -exec cp --parents {} /manifests \; && cp package-lock.json /manifests

FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS manifests
ENV npm_config_cache=/var/cache/npm npm_config_userconfig=/run/secrets/npmrc \
    npm_config_audit=false npm_config_fund=false npm_config_ignore_scripts=true
WORKDIR /src
COPY --from=sources /manifests ./

# The console's pages are built here once; the image has neither what builds them nor their sources.
FROM manifests AS console
RUN --mount=type=cache,target=/var/cache/npm --mount=type=secret,id=npmrc \
    npm ci --workspace packages/console
COPY --from=sources /src ./
RUN node packages/console/src/build/main.ts

# What the services run on, for the processor that the image is for, whichever this one is.
FROM manifests AS dependencies
ARG TARGETARCH
RUN --mount=type=cache,target=/var/cache/npm --mount=type=secret,id=npmrc \
    case "${TARGETARCH:-$(dpkg --print-architecture)}" in amd64) cpu=x64 ;; *) cpu=${TARGETARCH:-arm64} ;; esac; \
    npm ci --omit=dev --os=linux --cpu="$cpu" --libc=glibc --workspace packages/cli \
      --workspace services/ingest --workspace services/cdc --workspace services/sink \
      --workspace services/stream-transform --workspace services/quality
COPY --from=sources /src/tools/image ./tools/image
RUN node tools/image/src/main.ts sbom . > sbom.cdx.json && node tools/image/src/main.ts prune . \
    && rm --force node_modules/@millrace/testkit

# tini is process 1: it hands signals on and reaps what commands leave behind. Whichever the base's release of Debian has, since the archive
# keeps no other; a release of ours that must be built again pins it: --build-arg TINI_VERSION=0.19.0-1+b3
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS tini
ARG TARGETARCH
ARG TINI_VERSION=
WORKDIR /tini
RUN arch="${TARGETARCH:-$(dpkg --print-architecture)}" && dpkg --add-architecture "$arch" && apt-get update -q \
    && apt-get download -q "tini:$arch${TINI_VERSION:+=$TINI_VERSION}" && dpkg --extract ./tini_*.deb /tini

# Both layers as they will lie in the image, with the times of files set: the same commit gives the same bytes.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS tree
ARG SOURCE_DATE_EPOCH=0
COPY --from=dependencies /src/node_modules /layers/dependencies/opt/millrace/node_modules
COPY --from=dependencies /src/sbom.cdx.json /layers/dependencies/opt/millrace/
COPY --from=tini /tini/usr/bin/tini-static /layers/dependencies/usr/local/bin/tini
COPY --from=sources /src /layers/millrace/opt/millrace
COPY --from=console /src/packages/console/dist /layers/millrace/opt/millrace/packages/console/dist
# /node_modules: a project's transforms import @millrace/streams from wherever the project is mounted.
RUN cd /layers/millrace/opt/millrace \
    && rm -r tools tests tsconfig.json package-lock.json packages/client packages/testkit packages/console/src/page \
    && mkdir -p /layers/millrace/usr/local/bin \
    && ln -s ../../../opt/millrace/packages/cli/bin/millrace.mjs /layers/millrace/usr/local/bin/millrace \
    && ln -s opt/millrace/node_modules /layers/millrace/node_modules \
    && chmod -R u=rwX,go=rX /layers && chmod 755 packages/cli/bin/millrace.mjs \
    && install --directory --owner=10001 --group=10001 /layers/millrace/data /layers/millrace/project \
    && find /layers -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# No RUN from here on: nothing of the image's own processor is executed.
FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Millrace" \
      org.opencontainers.image.description="Event streaming with change data capture, exactly once into ClickHouse." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
COPY --from=tree /layers/dependencies /
COPY --from=tree /layers/millrace /
# /data and the temporary directory are all that is written to. One admin port, since one container is one service.
ENV HOME=/data \
    NODE_ENV=production \
    NODE_COMPILE_CACHE=/tmp \
    MILLRACE_PROJECT=/project \
    MILLRACE_STREAM_TRANSFORM_STATE_DIR=/data/state \
    MILLRACE_CDC_SPOOL_DIR=/data/spool \
    MILLRACE_INGEST_ADMIN_PORT=9464 \
    MILLRACE_CDC_ADMIN_PORT=9464 \
    MILLRACE_STREAM_TRANSFORM_ADMIN_PORT=9464 \
    MILLRACE_SINK_ADMIN_PORT=9464 \
    MILLRACE_QUALITY_ADMIN_PORT=9464
WORKDIR /data
USER 10001:10001
EXPOSE 8080 8082 8090 9464
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/opt/millrace/packages/runtime/src/health-check.ts", "livez"]
ENTRYPOINT ["tini", "--", "millrace"]
CMD ["--help"]
