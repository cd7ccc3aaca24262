# shellcheck shell=bash
# What every script of deploy/ shares: where things are, messages, the list of services. Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
DEPLOY=$ROOT/deploy
# shellcheck disable=SC2034  # read by the scripts that source this file
QUESTDB_JAR=$ROOT/build/questdb/questdb.jar

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

# The comment block at the top of the running script is its help.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

service_names() { awk '$1 !~ /^#/ && NF == 3 {print $1}' "$DEPLOY/services.txt"; }
service_port() { awk -v name="$1" '$1 == name {print $2}' "$DEPLOY/services.txt"; }
is_service() { [[ -n $(service_port "$1") ]]; }
# What up and down take as NAME.
is_part() { [[ $1 == questdb || $1 == demo || $1 == fused ]] || is_service "$1"; }
part_names() { printf '%squestdb and demo' "$(service_names | tr '\n' ' ')"; }

# The services of the hot path, which deploy/up --fused runs in one process called fused.
# shellcheck disable=SC2034  # read by the scripts that source this file
HOT_PATH='live-gateway risk exeq oms gateway'

# Absolute path of a folder that need not exist yet.
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}

# The value of an option that takes one: need_value OPTION "$@" with the option at $2.
need_value() { [[ $# -ge 3 ]] || die "$1 needs a value; see --help"; }

is_number() { [[ $1 =~ ^[0-9]+$ ]]; }
