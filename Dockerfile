# All fourteen services and the command line in one small image; deploy/compose.yaml starts each under its own name.
#
#   docker build -t tradewind .                 from nothing
#   deploy/image                                again after a change: only what changed is compiled (see its --help)
#
# Nothing here needs BuildKit: Debian 12's docker-compose builds with the classic builder.
#
#   BASE        what every stage starts from
#   BUILD_BASE  a stage or image with the compiler, perhaps with an older build tree in /src/build
#   JOBS        compilers at a time; 0: by cores and memory
#   REVISION    goes into the label org.opencontainers.image.revision
ARG BASE=debian:bookworm-slim
ARG BUILD_BASE=packages

# --- The compiler and its libraries ------------------------------------------------------------------------------
FROM ${BASE} AS packages
COPY deploy/packages.txt deploy/lib/image_packages.sh /usr/local/share/tradewind/
RUN sh /usr/local/share/tradewind/image_packages.sh

# --- The programs ------------------------------------------------------------------------------------------------
FROM ${BUILD_BASE} AS build
ARG JOBS=0
COPY . /new
RUN sh /new/deploy/lib/image_build.sh "$JOBS"
# deploy/image finds it by this, whoever built it.
LABEL tradewind.stage=build

# --- What runs ---------------------------------------------------------------------------------------------------
FROM ${BASE} AS runtime
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
       ca-certificates libabsl20220623 libfmt9 libgrpc++1.51 libjemalloc2 libpq5 libprometheus-cpp-core1.0 libprotobuf32 \
       libspdlog1.10 libssl3 libtomlplusplus3 libzip4 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /usr/share/doc /usr/share/man \
    && groupadd --gid 10001 tradewind \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/tradewind --shell /usr/sbin/nologin tradewind
COPY --from=build /out/bin/ /usr/local/bin/
# A named volume takes owner and mode from the folder that it covers.
COPY --from=build --chown=10001:10001 /out/data/ /var/lib/tradewind/
# Where every file of configuration is looked for, unless a setting says otherwise.
COPY deploy/config/ /opt/tradewind/deploy/config/
RUN chmod -R a+rX /opt/tradewind
COPY LICENSE NOTICE /usr/share/doc/tradewind/

ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tradewind" \
      org.opencontainers.image.description="A trading platform of fourteen services" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# Sockets are opened on the container's own network: what of it is published, deploy/compose.yaml says.
ENV TRADEWIND_DATA=/var/lib/tradewind \
    TRADEWIND_LISTEN=0.0.0.0 \
    TRADEWIND_CONFIG=/opt/tradewind/deploy/config/tradewind.toml
USER tradewind
WORKDIR /opt/tradewind
STOPSIGNAL SIGTERM
CMD ["tradewind", "health"]
