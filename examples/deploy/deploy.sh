#!/usr/bin/env bash
# Puts a folder on a machine as a new release, switches to it, and goes back when the check fails.
#   deploy.sh WORKER FOLDER TARGET CHECK
#   deploy.sh web ./dist '~/site' 'curl -fsS http://127.0.0.1:8080/health'
# `ocw login` says which server. Exit code: 0 it is live, 1 it was taken back or never got there, 2 wrong usage.
set -euo pipefail

if [ $# -ne 4 ] || [[ ! $3 =~ ^[A-Za-z0-9._/~-]+$ ]]; then
  sed -n '2,5s/^# *//p' "$0" >&2
  exit 2
fi
worker=$1 folder=$2 target=$3 check=$4
release=$(date -u +%Y%m%dT%H%M%SZ)-$$
there=(ocw run -w "$worker" --no-stdin --timeout 2m)

switch_to() { "${there[@]}" --cwd "$target" -- ln -sfn "releases/$1" current; }

echo "copying to $worker as $release"
"${there[@]}" "mkdir -p $target/releases" || exit 1
ocw cp "$folder" "$worker:$target/releases/$release" || exit 1
previous=$("${there[@]}" --cwd "$target" 'readlink current | sed s,^releases/,,') || exit 1

switch_to "$release" || exit 1
if "${there[@]}" --cwd "$target/current" "$check"; then
  echo "live: $release"
  exit 0
fi

echo 'the check failed' >&2
if [ -n "$previous" ]; then
  switch_to "$previous"
  echo "back to $previous" >&2
fi
exit 1
