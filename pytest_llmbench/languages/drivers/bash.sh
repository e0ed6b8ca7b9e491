# Serve calls of a Bash answer; the format of a line is that of grading/wire.py.
#
# All is text here: arguments are text, and the value is what the function prints, read by
# its declared type. A function sees the variables of its callers, so every name of this
# file begins with llmbench_, and each call runs in a subshell, with the answer's options.
# Texts are taken apart in short pieces: what a step costs grows with the text it looks at.

exec {llmbench_calls}<&3 {llmbench_replies}>&4 3<&- 4>&-
llmbench_printed=$PWD/.llmbench-printed
llmbench_said=$PWD/.llmbench-said
llmbench_number='^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(inf|nan)$'
llmbench_broken='syntax error( near|: unexpected end| in conditional)|unexpected EOF while looking'
source ./wanted.sh # llmbench_wanted: the kind of the value, and those of its items

llmbench_say() {
    local IFS=' '
    builtin printf '%s\n' "$*" >&"$llmbench_replies"
}

# Set llmbench_word to the word for a text.
llmbench_write_text() {
    local LC_ALL=C llmbench_start llmbench_piece llmbench_i llmbench_code
    llmbench_word=s
    for ((llmbench_start = 0; llmbench_start < ${#1}; llmbench_start += 200)); do
        llmbench_piece=${1:llmbench_start:200}
        for ((llmbench_i = 0; llmbench_i < ${#llmbench_piece}; llmbench_i++)); do
            # The code of a byte may be negative: its last two digits are right.
            builtin printf -v llmbench_code %02x "'${llmbench_piece:llmbench_i:1}"
            llmbench_word+=${llmbench_code: -2}
        done
    done
}

# Set llmbench_text to the text of a word.
llmbench_read_text() {
    local LC_ALL=C llmbench_start llmbench_piece llmbench_i
    llmbench_text=
    for ((llmbench_start = 1; llmbench_start < ${#1}; llmbench_start += 400)); do
        llmbench_piece=${1:llmbench_start:400}
        for ((llmbench_i = 0; llmbench_i < ${#llmbench_piece}; llmbench_i += 2)); do
            llmbench_text+="\\x${llmbench_piece:llmbench_i:2}"
        done
    done
    builtin printf -v llmbench_text %b "$llmbench_text"
}

# Set llmbench_text to what a value is as an argument; its first word is number llmbench_at.
llmbench_read_value() {
    local llmbench_head=${llmbench_words[llmbench_at++]}
    local llmbench_left=${llmbench_head:1} llmbench_separator=' ' llmbench_all=
    case $llmbench_head in
    n) llmbench_text= ;;
    t) llmbench_text=true ;;
    f) llmbench_text=false ;;
    s*) llmbench_read_text "$llmbench_head" ;;
    [id]*) llmbench_text=${llmbench_head:1} ;;
    m*)
        for (( ; llmbench_left > 0; llmbench_left--)); do
            llmbench_read_value
            llmbench_all+=${llmbench_all:+$'\n'}$llmbench_text$'\t'
            llmbench_read_value
            llmbench_all+=$llmbench_text
        done
        llmbench_text=$llmbench_all
        ;;
    *)
        local llmbench_items=" ${llmbench_words[*]:llmbench_at:llmbench_left}"
        [[ $llmbench_items == *' s'* ]] && llmbench_separator=$'\n'
        for (( ; llmbench_left > 0; llmbench_left--)); do
            llmbench_read_value
            llmbench_all+=$llmbench_text
            ((llmbench_left > 1)) && llmbench_all+=$llmbench_separator
        done
        llmbench_text=$llmbench_all
        ;;
    esac
}

# Set llmbench_word to the word for a text of a kind; one that is not of its kind stays text.
llmbench_write_one() {
    local llmbench_bare=${2#"${2%%[![:space:]]*}"}
    llmbench_bare=${llmbench_bare%"${llmbench_bare##*[![:space:]]}"}
    case $1:$llmbench_bare in
    None:) llmbench_word=n && return ;;
    bool:true) llmbench_word=t && return ;;
    bool:false) llmbench_word=f && return ;;
    int:* | float:*)
        if [[ $llmbench_bare =~ ^[+-]?[0-9]+$ ]]; then
            llmbench_word=i$llmbench_bare && return
        elif [[ ${llmbench_bare,,} =~ $llmbench_number ]]; then
            llmbench_word=d$llmbench_bare && return
        fi
        ;;
    esac
    llmbench_write_text "$2"
}

# Set llmbench_items to the items of a list, a set or a tuple that was printed.
llmbench_split() {
    local llmbench_rest=$1
    llmbench_items=()
    if [[ " ${llmbench_wanted[*]:1} " != *' str '* ]]; then
        llmbench_items=($llmbench_rest)
    elif [[ ${llmbench_wanted[0]} == tuple ]]; then # the last item may have several lines
        local llmbench_left=$((${#llmbench_wanted[@]} - 2))
        while ((llmbench_left-- > 0)) && [[ $llmbench_rest == *$'\n'* ]]; do
            llmbench_items+=("${llmbench_rest%%$'\n'*}")
            llmbench_rest=${llmbench_rest#*$'\n'}
        done
        llmbench_items+=("$llmbench_rest")
    elif [[ -n $llmbench_rest ]]; then
        mapfile -t llmbench_items <<<"$llmbench_rest"
    fi
}

# Set llmbench_value to the words for a list, a set or a tuple that was printed.
llmbench_write_items() {
    local llmbench_items llmbench_i llmbench_kind=${llmbench_wanted[1]}
    llmbench_split "$2"
    llmbench_value=$1${#llmbench_items[@]}
    for ((llmbench_i = 0; llmbench_i < ${#llmbench_items[@]}; llmbench_i++)); do
        [[ $1 == p ]] && llmbench_kind=${llmbench_wanted[llmbench_i + 1]}
        llmbench_write_one "$llmbench_kind" "${llmbench_items[llmbench_i]}"
        llmbench_value+=" $llmbench_word"
    done
}

# Set llmbench_value to the words for a map that was printed.
llmbench_write_map() {
    local llmbench_items=() llmbench_line
    [[ -z $1 ]] || mapfile -t llmbench_items <<<"$1"
    llmbench_value=m${#llmbench_items[@]}
    for llmbench_line in "${llmbench_items[@]}"; do
        llmbench_write_one "${llmbench_wanted[1]}" "${llmbench_line%%$'\t'*}"
        llmbench_value+=" $llmbench_word"
        llmbench_write_one "${llmbench_wanted[2]}" "${llmbench_line#*$'\t'}"
        llmbench_value+=" $llmbench_word"
    done
}

# Set llmbench_value to the words for what was printed.
llmbench_write_value() {
    local llmbench_kind=${llmbench_wanted[0]}
    case $llmbench_kind in
    list) llmbench_write_items l "$1" && return ;;
    set) llmbench_write_items h "$1" && return ;;
    tuple) llmbench_write_items p "$1" && return ;;
    dict) llmbench_write_map "$1" && return ;;
    optional)
        llmbench_kind=${llmbench_wanted[1]}
        [[ -n ${1//[[:space:]]/} ]] || llmbench_kind=None
        ;;
    esac
    llmbench_write_one "$llmbench_kind" "$1"
    llmbench_value=$llmbench_word
}

# Say that a call, or the file itself, failed with what is in llmbench_text.
llmbench_say_failure() {
    local llmbench_type="exit status $1"
    [[ ${llmbench_text,,} == *'cannot allocate'* ]] && llmbench_type=MemoryError
    llmbench_write_text "$llmbench_type"
    llmbench_type=$llmbench_word
    llmbench_write_text "${llmbench_text:0:1000}"
    llmbench_say e "$llmbench_type" "$llmbench_word"
}

# Set llmbench_text to what was said, and pass it on.
llmbench_hear() {
    IFS= builtin read -r -d '' llmbench_text <"$llmbench_said"
    builtin printf %s "$llmbench_text" >&2
}

llmbench_call() {
    local IFS=$' \t\n' llmbench_name llmbench_arguments=() llmbench_status
    local llmbench_words=($1) llmbench_at=2 llmbench_count
    llmbench_read_text "${llmbench_words[0]}"
    llmbench_name=$llmbench_text
    for ((llmbench_count = ${llmbench_words[1]:1}; llmbench_count > 0; llmbench_count--)); do
        llmbench_read_value
        llmbench_arguments+=("$llmbench_text")
    done
    if ! declare -F -- "$llmbench_name" >/dev/null; then
        llmbench_say x
        return
    fi
    (
        IFS=$llmbench_ifs
        [[ $llmbench_flags == *f* ]] || set +f
        [[ $llmbench_flags == *u* ]] && set -u
        [[ $llmbench_flags == *e* ]] && set -e
        "$llmbench_name" "${llmbench_arguments[@]}"
    ) >"$llmbench_printed" 2>"$llmbench_said"
    llmbench_status=$?
    llmbench_hear
    if ((llmbench_status == 153)); then # a file grew too large: if this one did, it shows
        IFS= builtin read -r -d '' llmbench_text <"$llmbench_printed"
        builtin printf %s "$llmbench_text"
    fi
    # A status alone says little: it is that of the last test in a loop, too.
    if ((llmbench_status > 128 && llmbench_status < 193)) \
        || [[ $llmbench_status != 0 && -n $llmbench_text && ! -s $llmbench_printed ]]; then
        llmbench_say_failure "$llmbench_status"
        return
    fi
    IFS= builtin read -r -d '' llmbench_text <"$llmbench_printed"
    llmbench_write_value "${llmbench_text%$'\n'}"
    llmbench_say v "$llmbench_value"
}

source ./solution.sh 2>"$llmbench_said" || : # else an answer's `set -e` ends this file, too
llmbench_flags=$- llmbench_ifs=$IFS
set +eux -f
trap - DEBUG ERR EXIT RETURN
IFS=$' \t\n'
llmbench_hear
if [[ $llmbench_text =~ $llmbench_broken ]]; then
    llmbench_write_text "$llmbench_text"
    llmbench_say k "$llmbench_word"
    exit 1
fi
llmbench_say r
while IFS= builtin read -r -u "$llmbench_calls" llmbench_line; do
    llmbench_call "$llmbench_line"
done
