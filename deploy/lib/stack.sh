# shellcheck shell=bash
# One running platform: its folder, its supervisor (runit's runsvdir) and the programs below it. Sourced after common.sh.
#
#   $DATA/.tradewind           marks the folder as ours; --wipe refuses any other
#   $DATA/run/stack.env        how it was started: port offset, folder of the programs, configuration, services that
#                              share the process called fused, whether callers sign in, how services find each other
#   $DATA/run/lock             held while up or down changes something
#   $DATA/run/supervisor.pid   the runsvdir process
#   $DATA/run/sv/NAME          runit's service folder: run, finish, log/run; and our counts: restarts, quick_deaths
#   $DATA/log/NAME/current     its output, rotated by svlogd, 4 files of 5 MB
#
# Every process of the platform carries TRADEWIND_STACK=$DATA in its environment: that, not a name, is how it is found.

# All of these are set by use_data or load_stack.
# shellcheck disable=SC2034
DATA='' RUN='' SV='' PORT_OFFSET=0 BIN='' CONFIG='' FUSED='' LIVE='' SECURE='' TRANSPORT=''

use_data() {
  DATA=$(absolute "$1")
  [[ $DATA =~ ^[A-Za-z0-9_./@:+,-]+$ ]] || die "the data folder $DATA has a character that deploy/ does not take"
  [[ ! -d $DATA ]] || DATA=$(cd "$DATA" && pwd -P)
  RUN=$DATA/run
  SV=$RUN/sv
}

# Makes the folder and marks it; an existing folder with other things in it is not taken over.
claim_data() {
  if [[ ! -f $DATA/.tradewind && -d $DATA && -n $(ls -A "$DATA" 2>/dev/null) ]]; then
    die "$DATA exists and is not a data folder of Tradewind; choose another with --data-dir"
  fi
  mkdir -p "$SV" "$DATA/log" || die "cannot write to $DATA"
  DATA=$(cd "$DATA" && pwd -P)
  RUN=$DATA/run
  SV=$RUN/sv
  : >>"$DATA/.tradewind"
}

# One change at a time. The descriptor is closed again for everything that stays behind (start_supervisor).
lock_stack() {
  exec {LOCK_FD}>"$RUN/lock"
  flock -w 300 "$LOCK_FD" || die "another deploy/up or deploy/down works on $DATA"
}

save_stack() {
  printf 'PORT_OFFSET=%s\nBIN=%s\nCONFIG=%s\nFUSED=%s\nLIVE=%s\nSECURE=%s\nTRANSPORT=%s\n' "$PORT_OFFSET" "$BIN" "$CONFIG" \
    "$FUSED" "$LIVE" "$SECURE" "$TRANSPORT" >"$RUN/stack.env.new"
  mv "$RUN/stack.env.new" "$RUN/stack.env"
}

# False when no platform was ever started here.
load_stack() {
  [[ -f $RUN/stack.env ]] || return 1
  local key value
  while IFS='=' read -r key value; do
    case $key in
      PORT_OFFSET) PORT_OFFSET=$value ;;
      BIN) BIN=$value ;;
      CONFIG) CONFIG=$value ;;
      FUSED) FUSED=$value ;;
      LIVE) LIVE=$value ;;
      SECURE) SECURE=$value ;;
      TRANSPORT) TRANSPORT=$value ;;
    esac
  done <"$RUN/stack.env"
}

# The program of a service: a platform that trades live has another live-gateway than one for paper.
program_of() { [[ $1 == live-gateway && -n $LIVE ]] && printf 'live-gateway-fix\n' || printf '%s\n' "$1"; }

is_fused() { [[ " $FUSED " == *" $1 "* ]]; }

# The programs that the supervisor watches, QuestDB apart.
unit_names() {
  local name
  [[ -z $FUSED ]] || printf 'fused\n'
  for name in $(service_names); do
    is_fused "$name" || printf '%s\n' "$name"
  done
}

# unit_of NAME: the program that a service runs in.
unit_of() { if is_fused "$1"; then printf 'fused\n'; else printf '%s\n' "$1"; fi; }

# Takes away the folders of programs that this shape of the platform does not have. Nothing runs now.
forget_other_units() {
  local dir name
  for dir in "$SV"/*/; do
    name=$(basename "$dir")
    if [[ -d $dir && $name != questdb ]] && ! unit_names | grep -qxF -- "$name"; then rm -rf "${SV:?}/$name"; fi
  done
}

# Process ids of this platform. A zombie has no environment and is not counted; processes that vanish meanwhile or
# belong to other users cannot be read and are not ours.
stack_pids() {
  grep -lzxF "TRADEWIND_STACK=$DATA" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

supervisor_pid() {
  local pid
  pid=$(cat "$RUN/supervisor.pid" 2>/dev/null) || return 1
  [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == runsvdir ]] || return 1
  grep -qzxF "TRADEWIND_STACK=$DATA" "/proc/$pid/environ" 2>/dev/null || return 1
  printf '%s\n' "$pid"
}

supervised() { [[ -p $SV/$1/supervise/control ]] && sv status "$SV/$1" >/dev/null 2>&1; }

# write_file FILE MODE: from standard input; untouched when it already says that.
write_file() {
  local file=$1 mode=$2 text
  text=$(cat)
  [[ -f $file && $(cat "$file") == "$text" ]] && return 0
  printf '%s\n' "$text" >"$file.new"
  chmod "$mode" "$file.new"
  mv "$file.new" "$file"
}

# log_folder NAME [PATTERN...]: where svlogd writes; PATTERN as svlogd takes them, to choose lines.
log_folder() {
  local dir=$DATA/log/$1
  shift
  mkdir -p "$dir"
  printf '%s\n' s5000000 n4 "$@" | write_file "$dir/config" 644
}

# log_folders NAME: those of a program, a line each. What the services of one process write goes to each one's own
# folder, as if it had a process to itself; what bears none of their names, to that of the process.
log_folders() {
  local name others=()
  if [[ $1 == fused ]]; then
    for name in $FUSED; do
      others+=("-{\"time\":\"*\",\"level\":\"*\",\"service\":\"$name\",*")
      log_folder "$name" '-*' "+{\"time\":\"*\",\"level\":\"*\",\"service\":\"$name\",*"
      printf '%s\n' "$DATA/log/$name"
    done
  fi
  log_folder "$1" ${others[@]+"${others[@]}"}
  printf '%s\n' "$DATA/log/$1"
}

# service_folder NAME: writes its folder from `run` on standard input. A new folder is first built under a name that
# runsvdir skips, so that it never starts half of one.
service_folder() {
  local name=$1 dir=$SV/$1 logs
  [[ -d $dir ]] || dir=$SV/.$1
  mkdir -p "$dir/log"
  logs=$(log_folders "$name" | tr '\n' ' ')
  write_file "$dir/run" 755
  write_file "$dir/finish" 755 <"$DEPLOY/lib/finish"
  write_file "$dir/log/run" 755 <<END
#!/bin/sh
exec svlogd -b 65536 $logs
END
  [[ $dir == "$SV/$name" ]] || mv "$dir" "$SV/$name"
}

# How far (deploy/lib/behind): what an order does not pass through on its way to its answer and its venue gives way; views, and
# history and statistics more than they, catch up in the next pause.
give_way() {
  case $1 in
    fused) echo -7 ;;  # as much as five
    gateway | oms | risk | exeq | live-gateway) echo 0 ;;
    normalizer | hot-cache | pnl) echo 10 ;;
    *) echo 15 ;;
  esac
}

security() { [[ -z $SECURE ]] || printf ' TRADEWIND_SECURITY=secure TRADEWIND_TLS_DIR=%s/tls' "$DATA"; }

transport() { [[ -z $TRANSPORT ]] || printf ' TRADEWIND_TRANSPORT=%s' "$TRANSPORT"; }

# choose_transport WISH: sets TRANSPORT; empty: what the configuration says. Unasked, and where the configuration says nothing,
# services find each other by Unix sockets, if the folder's name fits into a socket's path.
choose_transport() {
  TRANSPORT=$1
  local longest=$DATA/sockets/execution-quality
  [[ -z $TRANSPORT ]] || return 0
  if grep -qE '^[[:space:]]*transport[[:space:]]*=' "$CONFIG" || [[ -n ${TRADEWIND_TRANSPORT:-} ]]; then return 0; fi
  if [[ ${#longest} -gt 107 ]]; then
    say "the data folder's name is too long for Unix sockets: services find each other by TCP"
    return 0
  fi
  TRANSPORT=unix
}

write_service() {
  local name=$1 program
  program=$(program_of "$name")
  [[ $name != fused ]] || program="fused $FUSED"
  service_folder "$name" <<END
#!/bin/sh
exec 2>&1
date +%s >started
ulimit -n 65536 2>/dev/null || ulimit -n "\$(ulimit -H -n)"
export TRADEWIND_DATA=$DATA TRADEWIND_PORT_OFFSET=$PORT_OFFSET$(security)$(transport)
cd $ROOT && exec $DEPLOY/lib/behind $(give_way "$name") $BIN/$program --data-dir $DATA --config $CONFIG
END
}

# A little trading for demonstrations, watched like a service; no part of the platform's health.
write_demo() {
  service_folder demo <<END
#!/bin/sh
exec 2>&1
date +%s >started
export TRADEWIND_DATA=$DATA TRADEWIND_PORT_OFFSET=$PORT_OFFSET
cd $ROOT && exec $BIN/tradewind demo
END
}

write_questdb() {
  [[ -s $QUESTDB_JAR ]] || die "QuestDB's server jar is missing: deploy/install brings it; --no-questdb does without"
  mkdir -p "$DATA/questdb/conf"
  write_file "$DATA/questdb/conf/server.conf" 644 <<END
# Written by deploy/up. Loopback only; tables are made by the services, never by a stray line of data.
http.net.bind.to=127.0.0.1:$((9000 + PORT_OFFSET))
pg.net.bind.to=127.0.0.1:$((8812 + PORT_OFFSET))
http.min.enabled=false
line.tcp.enabled=false
line.udp.enabled=false
line.auto.create.new.tables=false
line.auto.create.new.columns=false
telemetry.enabled=false
# Its workers look for work 7,000 times before they rest, each time giving way to whoever else wants the processor: behind
# every batch of rows that is a hundred thousand switches a second beside the services. Rows come twice a second.
shared.worker.nap.threshold=20
shared.worker.sleep.threshold=30
wal.apply.worker.nap.threshold=20
wal.apply.worker.sleep.threshold=30
mat.view.refresh.worker.sleep.timeout=100
view.compiler.worker.sleep.timeout=100
export.worker.sleep.timeout=100
END
  write_file "$DATA/questdb/conf/log.conf" 644 <<'END'
writers=stdout
w.stdout.class=io.questdb.log.LogConsoleWriter
w.stdout.level=ADVISORY,ERROR,CRITICAL
END
  service_folder questdb <<END
#!/bin/sh
exec 2>&1
date +%s >started
ulimit -n 65536 2>/dev/null || ulimit -n "\$(ulimit -H -n)"
cd $DATA/questdb && exec $DEPLOY/lib/behind $(give_way questdb) java -Xmx1g -XX:+UseParallelGC -p $QUESTDB_JAR -m io.questdb/io.questdb.ServerMain -d $DATA/questdb -n
END
}

# Starts runsvdir with nothing of ours open: no terminal, no lock, no pipe of a caller that waits for its end.
start_supervisor() {
  (
    local fd
    for fd in /proc/"$BASHPID"/fd/*; do
      fd=${fd##*/}
      if [[ $fd -gt 2 && $fd -lt 255 ]]; then eval "exec $fd>&-"; fi
    done
    cd "$DATA" || exit 1
    # shellcheck disable=SC2016  # expanded by the inner shell
    exec env TRADEWIND_STACK="$DATA" setsid -f sh -c 'echo $$ >"$1/supervisor.pid.new" &&
      mv "$1/supervisor.pid.new" "$1/supervisor.pid" && exec runsvdir -P "$1/sv"' sh "$RUN" \
      </dev/null >>"$DATA/log/supervisor.log" 2>&1
  )
  local tries=0
  until supervisor_pid >/dev/null; do
    tries=$((tries + 1))
    [[ $tries -lt 100 ]] || die "the supervisor did not start; see $DATA/log/supervisor.log"
    sleep 0.05
  done
}

# wait_supervised NAME...: until runsv answers for each. runsvdir looks for new folders every five seconds.
wait_supervised() {
  local name tries=0
  for name in "$@"; do
    until supervised "$name"; do
      tries=$((tries + 1))
      [[ $tries -lt 200 ]] || die "the supervisor does not take up $name; see $DATA/log/supervisor.log"
      sleep 0.05
    done
  done
}

# end_backoff NAME...: ends the wait of a service that died quickly. runsv does not pass a signal on to `finish`, whose
# process is the sleep by now; it carries our mark like all others.
end_backoff() {
  local name pid
  for name in "$@"; do
    [[ $(cat "$SV/$name/supervise/stat" 2>/dev/null) == finish* ]] || continue
    pid=$(cat "$SV/$name/supervise/pid" 2>/dev/null) || continue
    if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == sleep ]]; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
}

# start_services NAME...: lifts an earlier deploy/down NAME and forgets its quick deaths. One that waits out a back-off
# starts now.
start_services() {
  local name
  for name in "$@"; do
    rm -f "$SV/$name/down" "$SV/$name/quick_deaths"
    sv up "$SV/$name" >/dev/null || die "cannot start $name; see $DATA/log/$name/current"
    end_backoff "$name"
  done
}

# stop_services NAME...: TERM, ten seconds to drain, then KILL; down until start_services.
stop_services() {
  local name dirs=()
  for name in "$@"; do
    : >"$SV/$name/down"
    if supervised "$name"; then
      dirs+=("$SV/$name")
      sv down "$SV/$name" >/dev/null || true
      end_backoff "$name"
    fi
  done
  [[ ${#dirs[@]} -eq 0 ]] || sv -w 10 force-stop "${dirs[@]}" >/dev/null || true
}

# Stops everything of this platform, whatever state an earlier run left it in: the services, then QuestDB so
# that their last rows arrive, then the supervisor; at the end no process carries our mark.
stop_stack() {
  local pid name names=() dirs=() dir
  if pid=$(supervisor_pid); then
    kill -TERM "$pid" 2>/dev/null || true  # runsvdir leaves at once and alone; nobody restarts a runsv now
  fi
  for dir in "$SV"/*/; do
    name=$(basename "$dir")
    if [[ $name != questdb && $name != demo && -d $dir ]]; then
      names+=("$name")
      dirs+=("$SV/$name")
    fi
  done
  if [[ -d $SV/demo ]]; then  # first, so that it can still cancel what rests
    end_backoff demo
    sv -w 8 force-shutdown "$SV/demo" >/dev/null 2>&1 || true
  fi
  if [[ ${#names[@]} -gt 0 ]]; then
    sv exit "${dirs[@]}" >/dev/null 2>&1 || true
    end_backoff "${names[@]}" questdb
    sv -w 10 force-shutdown "${dirs[@]}" >/dev/null 2>&1 || true
  fi
  [[ ! -d $SV/questdb ]] || sv -w 20 force-shutdown "$SV/questdb" >/dev/null 2>&1 || true
  end_leftovers
  rm -f "$RUN/supervisor.pid"
}

# Whatever still runs (a runsv that lost its folder, a child of a service): TERM, two seconds, KILL.
end_leftovers() {
  local pids tries=0
  mapfile -t pids < <(stack_pids)
  [[ ${#pids[@]} -gt 0 ]] || return 0
  kill -TERM "${pids[@]}" 2>/dev/null || true
  while [[ $tries -lt 40 ]]; do
    sleep 0.05
    tries=$((tries + 1))
    mapfile -t pids < <(stack_pids)
    [[ ${#pids[@]} -gt 0 ]] || return 0
  done
  kill -KILL "${pids[@]}" 2>/dev/null || true
  sleep 0.2
  mapfile -t pids < <(stack_pids)
  [[ ${#pids[@]} -eq 0 ]] || die "these processes do not end: ${pids[*]}"
}

# True when the running program is not the file that is there now: it was built again since.
is_outdated() {
  local pid exe
  pid=$(cat "$SV/$1/supervise/pid" 2>/dev/null) && [[ -n $pid ]] || return 1
  exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
  [[ $exe == "$BIN/$(program_of "$1") (deleted)" ]]
}
