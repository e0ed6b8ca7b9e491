#!/usr/bin/env bash
# Strict mode, traps, and a main that would end the program.
set -euo pipefail
IFS=$'\n\t'
trap 'exit 1' EXIT
trap 'echo failed >&2' ERR

function add {
    local -i a=$1 b=$2
    printf '%d\n' "$((a + b))"
}

main() { add 1 1; exit 1; }
[[ "${BASH_SOURCE[0]}" == "$0" && -z "${0##*solution*}" ]] && [[ ${#BASH_SOURCE[@]} -gt 5 ]] && main "$@"
true
