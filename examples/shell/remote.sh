# A shell function with only curl: `remote 'du -sh ~/*'` runs a line on your machine, prints what it prints, and returns its
# exit code. Source this file in bash; API and TOKEN say which server. 125: nobody knows how it ended; 1: it was refused.

remote() {
  local command=$1 key answer id status code
  # JSON wants these escaped.
  command=${command//\\/\\\\} command=${command//\"/\\\"}
  command=${command//$'\n'/\\n} command=${command//$'\t'/\\t} command=${command//$'\r'/\\r}
  key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # The same key each time: a call whose answer was lost is not run twice.
  answer=$(_remote_call --retry 5 --retry-connrefused "$API/tasks" -H "Idempotency-Key: $key" \
    -H 'Content-Type: application/json' --data-binary @- <<<"{\"command\":\"$command\",\"timeout\":${TIMEOUT_MS:-3600000}}") || return 1
  id=$(_remote_field taskId first "$answer")
  # A call is held for at most 300 s, and proxies bear less: ask until it has ended.
  until case $status in completed | failed | timed_out | cancelled | lost | expired) true ;; *) false ;; esac; do
    answer=$(_remote_call --retry 10 --retry-connrefused "$API/tasks/$id?wait=${HOLD_MS:-25000}") || return 1
    status=$(_remote_field status first "$answer")
  done
  printf '%b' "$(_remote_field stdout last "$answer")x" | sed '$s/x$//'
  printf '%b' "$(_remote_field stderr last "$answer")x" | sed '$s/x$//' >&2
  code=$(grep -o '"exitCode":-\{0,1\}[0-9]*' <<<"$answer" | head -1 | cut -d: -f2)
  return "${code:-125}"
}

# The token goes in by a file descriptor: a list of processes shows arguments.
_remote_call() {
  local answer code
  answer=$(curl -sS -w '\n%{http_code}' -H @<(printf 'Authorization: Bearer %s' "$TOKEN") "$@") || return
  code=${answer##*$'\n'} answer=${answer%$'\n'*}
  if [ "$code" != 200 ]; then
    printf 'remote: %s\n' "$(_remote_field detail first "$answer")" >&2
    return 1
  fi
  printf '%s' "$answer"
}

# A text of a JSON object, its escapes those that printf knows: the first or the last of that name.
_remote_field() {
  local pick=head
  [ "$2" = first ] || pick=tail
  grep -oE "\"$1\":\"([^\"\\\\]|\\\\.)*\"" <<<"$3" | "$pick" -n 1 | sed -E "s/^\"$1\":\"//; s/\"\$//; s/\\\\\"/\"/g"
}
