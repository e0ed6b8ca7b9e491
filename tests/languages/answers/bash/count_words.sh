#!/usr/bin/env bash
set -Eeuo pipefail
IFS=$'\n\t'
shopt -s nullglob
trap 'echo failed' ERR

count_words() {
    local text=$1
    declare -A counts=()
    local -a words=()
    IFS=' ' read -r -a words <<<"$text"
    for word in "${words[@]}"; do
        counts[$word]=$((${counts[$word]:-0} + 1))
    done
    for word in "${!counts[@]}"; do
        printf '%s\t%d\n' "$word" "${counts[$word]}"
    done
}

main() {
    count_words "a b a"
}

[[ ${BASH_SOURCE[0]} == "$0" ]] && main "$@"
