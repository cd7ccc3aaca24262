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
COPY deploy/packages.txt /tmp/packages.txt
# The group `build` without what only tests and developers need. ccache stays out: a layer keeps no cache.
RUN apt-get update \
    && awk '$1 == "build" && $2 !~ /^(ccache|git|clang-format-14|libgtest-dev|libgmock-dev|libbenchmark-dev|librapidcheck-dev)$/ \
           {print $2}' /tmp/packages.txt \
       | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* /tmp/packages.txt

# --- The programs ------------------------------------------------------------------------------------------------
FROM ${BUILD_BASE} AS build
ARG JOBS=0
WORKDIR /src
COPY . .
# A gRPC translation unit takes up to 1.5 GB. Sources keep their time stamps, so that an older build tree serves again.
RUN jobs=$JOBS; \
    if [ "$jobs" = 0 ]; then \
      jobs=$(awk -v cores="$(nproc)" '/^MemAvailable/ {m = int($2 / 1500000); if (m < 1) m = 1; print m < cores ? m : cores}' \
               /proc/meminfo); \
    fi \
    && cmake --preset release -DTW_TESTS=OFF \
    && cmake --build build/release -j "$jobs" --target tradewind $(awk '$1 !~ /^#/ && NF == 3 {print $1}' deploy/services.txt) \
    && rm -rf /out && mkdir -p /out/bin /out/data \
    && for name in tradewind $(awk '$1 !~ /^#/ && NF == 3 {print $1}' deploy/services.txt); do \
         strip -o "/out/bin/$name" "build/release/bin/$name" && mkdir -p "/out/data/$name"; \
       done \
    && rmdir /out/data/tradewind

# --- What runs ---------------------------------------------------------------------------------------------------
FROM ${BASE} AS runtime
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
       ca-certificates libabsl20220623 libfmt9 libgrpc++1.51 libjemalloc2 libpq5 libprometheus-cpp-core1.0 libprotobuf32 \
       libspdlog1.10 libssl3 libzip4 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /usr/share/doc /usr/share/man \
    && groupadd --gid 10001 tradewind \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/tradewind --shell /usr/sbin/nologin tradewind
COPY --from=build /out/bin/ /usr/local/bin/
# A named volume takes owner and mode from the folder that it covers.
COPY --from=build --chown=10001:10001 /out/data/ /var/lib/tradewind/
COPY deploy/config/ /etc/tradewind/
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
    TRADEWIND_CONFIG=/etc/tradewind/tradewind.toml \
    TRADEWIND_INSTRUMENTS=/etc/tradewind/instruments.toml \
    TRADEWIND_ACCOUNTS=/etc/tradewind/accounts.toml \
    TRADEWIND_RISK_LIMITS=/etc/tradewind/limits.toml
USER tradewind
WORKDIR /var/lib/tradewind
STOPSIGNAL SIGTERM
CMD ["tradewind", "health"]
