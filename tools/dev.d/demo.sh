# shellcheck shell=bash
# `tools/dev run`: a broker on loopback with a fresh data folder, the demo scenario played against it.

broker_pid=
demo_folder=

# Prints a TCP port of 127.0.0.1 that nobody listens on.
free_port() {
  local port
  while :; do
    port=$(( 20000 + RANDOM % 12000 ))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

# True when the broker says "ready" on its operations listener.
broker_is_ready() {
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  read -r -t 5 _ status _ <&3 || status=
  exec 3<&- 3>&-
  [[ $status == 200 ]]
} 2>/dev/null

start_broker() {
  local http=$1 grpc=$2 operations=$3 deadline=$(( SECONDS + 60 ))
  build/release/bin/gjallard --dev --data-dir "$demo_folder/data" --http "127.0.0.1:$http" \
    --grpc "127.0.0.1:$grpc" --operations "127.0.0.1:$operations" --escalate-unreceived-after 2 \
    </dev/null >>"$demo_folder/gjallard.log" 2>&1 &
  broker_pid=$!
  until broker_is_ready "$operations"; do
    if ! kill -0 "$broker_pid" 2>/dev/null || (( SECONDS > deadline )); then
      tail -n 20 "$demo_folder/gjallard.log" >&2
      die "the broker did not become ready: its log is $demo_folder/gjallard.log"
    fi
    sleep 0.05
  done
}

# Stops the broker by its pid and removes the folder, unless something failed.
end_demo() {
  local code=$?
  trap - EXIT
  if [[ -n $broker_pid ]] && kill -TERM "$broker_pid" 2>/dev/null; then wait "$broker_pid" || true; fi
  if (( code == 0 || code == 130 || code == 143 )); then
    rm -rf "$demo_folder"
  else
    printf 'tools/dev: the broker'\''s data and log are kept in %s\n' "$demo_folder" >&2
  fi
  exit "$code"
}

# Plays the scenario and, once it has printed 20 lines, kills the broker and starts it again on the same data.
play_with_kill() {
  local ports=("${@:1:3}") line lines=0 player
  shift 3
  exec 4< <("$@" 2>&1)
  player=$!
  while IFS= read -r line <&4; do
    printf '%s\n' "$line"
    lines=$(( lines + 1 ))
    if (( lines == 20 )); then
      kill -KILL "$broker_pid" && { wait "$broker_pid" 2>/dev/null || true; }
      printf '   kill -9 %s: the broker is gone; starting it again on the same data\n' "$broker_pid"
      start_broker "${ports[@]}"
      printf '   the broker is back\n'
    fi
  done
  exec 4<&-
  if ! wait "$player"; then return 1; fi
  (( lines >= 20 )) || die "the scenario was over before the broker could be killed"
}

# Shows one alert of the scenario as other systems get it: its last CAP message, and the European notification.
show_documents() {
  local dev=$demo_folder/data/dev reference
  local tool=(build/release/bin/gjallar --endpoint "127.0.0.1:$1" --ca "$dev/ca.pem" --cert "$dev/coordinator.pem"
              --key "$dev/coordinator.key")
  reference=$("${tool[@]}" view --json </dev/null | grep -o '"reference":"GJ-[^"]*"' | sed -n '1s/.*"\(GJ-.*\)"/\1/p') || true
  [[ -n $reference ]] || die "no alert stands at the end of the scenario"
  say "$reference as a CAP 1.2 message, its beginning (gjallar export cap $reference)"
  "${tool[@]}" export cap "$reference" </dev/null | sed -n '1,40p'
  say "$reference as a European notification, its items and gaps (gjallar export edas $reference)"
  "${tool[@]}" --json export edas "$reference" </dev/null |
    grep -o '"letter":"[a-j]","title":"[^"]*"\|"gaps":\[[^]]*\]' |
    sed 's/"letter":"\(.\)","title":"\(.*\)"/  (\1) \2/; s/"gaps":/      not stated: /'
}

demo() {
  local once="" kill="" argument code=0
  for argument in "$@"; do
    case $argument in
      --once) once=yes ;;
      --kill) kill=yes ;;
      *) die "usage: tools/dev run [--once] [--kill]" ;;
    esac
  done
  build release gjallard gjallar
  demo_folder=$(mktemp -d)
  trap end_demo EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  local http grpc operations
  http=$(free_port) grpc=$(free_port) operations=$(free_port)
  say "starting the broker: HTTP 127.0.0.1:$http, gRPC 127.0.0.1:$grpc, operations 127.0.0.1:$operations"
  start_broker "$http" "$grpc" "$operations"
  local play=(build/release/bin/gjallar play tools/scenario/demo.json --dev-dir "$demo_folder/data/dev"
              --endpoint "127.0.0.1:$grpc" --http "127.0.0.1:$http" --go-on "$demo_folder/go-on")
  if [[ -n $kill ]]; then
    play_with_kill "$http" "$grpc" "$operations" "${play[@]}" || code=$?
  else
    "${play[@]}" </dev/null || code=$?
  fi
  if (( code == 0 )); then show_documents "$grpc"; fi
  if [[ -n $once ]] || (( code != 0 )); then exit "$code"; fi
  printf '\n'
  cat "$demo_folder/go-on"
  printf '\nThe broker stays up until Ctrl-C.\n'
  wait "$broker_pid"
}
