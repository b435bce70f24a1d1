# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What the scripts of packaging/ share. Sourced, never run:
#
#   source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#
# Everything here talks on standard error, so that a script's standard output holds its result alone
# (`dir=$(packaging/unbound/build)`).

# The checkout: every script may be started from any folder.
# shellcheck disable=SC2034  # used by those that source this
TOLLGATE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# The scripts read the output of dpkg, apt and dig, which is translated otherwise.
export LC_ALL=C.UTF-8

note() {
    printf '%s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# usage: print the comment block at the top of the running script (from line 3 to the first line
# that is no comment), so that what --help says and what the reader of the file sees are one text.
usage() {
    sed -n '3,/^[^#]/ { s/^# \{0,1\}//p }' "$0"
}

# step TEXT COMMAND...: run COMMAND and print one line, TEXT and the seconds it took. Its output
# appears only if it fails, then all of it, and the script ends. Call it as a plain command: inside
# `if`, `&&` or `||` bash would switch `set -e` off for everything that COMMAND does.
step() {
    local text=$1 path log status=0 began=$EPOCHREALTIME
    shift
    # Open and without a name, so that nothing is left of the log however the script ends.
    path=$(mktemp "${TMPDIR:-/tmp}/tollgate-step.XXXXXX")
    exec {log}<>"$path"
    rm -f "$path"
    set +e
    (
        set -e
        "$@"
    ) >&"$log" 2>&1 </dev/null
    status=$?
    set -e
    if ((status != 0)); then
        cat <"/proc/self/fd/$log" >&2
        note "FAILED after $(seconds_since "$began") s, exit code $status: $text"
        exit "$status"
    fi
    exec {log}>&-
    printf '%7s s  %s\n' "$(seconds_since "$began")" "$text" >&2
}

# seconds_since EPOCHREALTIME: the time gone by, with one decimal. EPOCHREALTIME is in microseconds,
# but for its point.
seconds_since() {
    local tenths=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/} + 50000) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
