#!/usr/bin/env bash
total=0
while read -r -a numbers || ((${#numbers[@]})); do
    for number in "${numbers[@]}"; do
        ((total += number))
    done
done
echo "$total"
