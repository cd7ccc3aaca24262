# shellcheck shell=bash
# Configures and builds one preset. Sourced after common.sh.

# Two gRPC translation units a core's worth of memory: never more jobs than gigabytes and a half.
build_jobs() {
  local cores available
  cores=$(nproc)
  available=$(awk '/^MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
  [[ $available -ge 1 ]] || available=1
  printf '%s\n' "$((cores < available ? cores : available))"
}

# build_preset PRESET [TARGET...]: everything when no target is named.
build_preset() {
  local preset=$1 tree=$ROOT/build/$1
  shift
  export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-3G}
  if [[ ! -f $tree/build.ninja ]]; then
    (cd "$ROOT" && cmake --preset "$preset") || die "cmake could not configure preset $preset"
  fi
  cmake --build "$tree" -j "$(build_jobs)" ${1:+--target "$@"} || die "the build of preset $preset failed"
}
