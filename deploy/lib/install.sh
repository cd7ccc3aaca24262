# shellcheck shell=bash
# Installs what is missing: Debian packages by apt-get, the QuestDB server by Maven. Sourced after common.sh.

# 9.3.5 is the last release for Java 17; some Maven mirrors stop at the one before it.
QUESTDB_VERSIONS=(9.3.5 9.3.4)

# wanted_packages GROUP...: the names in these groups. Node's own packages hold npm too, and Debian's npm cannot stand
# beside them: where npm is, neither is wanted.
wanted_packages() {
  local group skip='^$'
  ! command -v npm >/dev/null || skip='^(nodejs|npm)$'
  for group in "$@"; do
    awk -v group="$group" -v skip="$skip" '$1 == group && $2 !~ skip {print $2}' "$DEPLOY/packages.txt"
  done
}

# missing_packages GROUP...: those that dpkg does not report as installed.
missing_packages() {
  local wanted
  mapfile -t wanted < <(wanted_packages "$@")
  # A virtual or unknown name makes dpkg-query fail for that name only: its absence is the answer.
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
      awk '$1 == "installed" {print $2}' | sort -u)
}

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "no dpkg or apt-get here: Tradewind installs itself on Debian 12 only; the packages it needs are listed in" \
      "deploy/packages.txt"
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      die "missing packages: ${missing[*]}. This user is not root and there is no sudo;" \
        "run as root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update </dev/null ||
    warn "apt-get update failed; trying with the package lists as they are"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null ||
    die "apt-get could not install: ${missing[*]} (its message is above)"
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -eq 0 ]] || die "still missing after apt-get: ${missing[*]}"
}

# Unpacks the packages of the group tools into build/tools. A test that misses one says so and skips, so that a package
# which cannot be had is no reason to run no test at all.
unpack_tools() {
  local name target=$ROOT/build/tools
  for name in $(wanted_packages tools); do
    [[ ! -f $target/$name.done ]] || continue
    mkdir -p "$target/deb"
    say "unpacking $name into build/tools"
    if (cd "$target/deb" && rm -f "$name"_*.deb && apt-get -q download "$name" </dev/null >/dev/null 2>&1) &&
      dpkg -x "$target/deb/$name"_*.deb "$target"; then
      touch "$target/$name.done"
    else
      warn "cannot download the Debian package $name; the tests that need it are skipped"
    fi
  done
}

# The plugin by its full name: the short one makes Maven look at a dozen others first.
MAVEN_COPY=org.apache.maven.plugins:maven-dependency-plugin:2.8:copy

# Puts the server jar at $QUESTDB_JAR, its version beside it. Another version is tried only where the repository
# says that it does not have the first: a network failure is an error.
install_questdb() {
  [[ ! -s $QUESTDB_JAR ]] || return 0
  command -v mvn >/dev/null || die "mvn (Debian package maven) is missing; it fetches QuestDB"
  local target version log
  target=$(dirname "$QUESTDB_JAR")
  mkdir -p "$target"
  log=$target/maven.log
  for version in "${QUESTDB_VERSIONS[@]}"; do
    say "fetching QuestDB $version by Maven"
    if fetch_questdb "$version" "$target" >"$log" 2>&1; then
      printf '%s\n' "$version" >"$target/version"
      mv "$target/fetch/questdb.jar" "$QUESTDB_JAR"
      rm -rf "$target/fetch"
      return 0
    fi
    grep -qE 'Could not find artifact|Unable to find artifact|was not found in' "$log" || break
    warn "this Maven repository has no QuestDB $version"
  done
  grep -m 3 '^\[ERROR\]' "$log" >&2 || tail -n 5 "$log" >&2
  die "could not fetch QuestDB (whole log: $log). Without it: deploy/up --no-questdb"
}

fetch_questdb() {
  local version=$1 target=$2 options=(-B -C -U)
  [[ -n ${HOME:-} && -w ${HOME:-} ]] || options+=("-Dmaven.repo.local=$target/m2")
  mvn "${options[@]}" "$MAVEN_COPY" "-Dartifact=org.questdb:questdb:$version" \
    "-DoutputDirectory=$target/fetch" -Dmdep.stripVersion=true </dev/null
}
