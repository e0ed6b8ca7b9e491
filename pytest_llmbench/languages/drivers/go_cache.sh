# Compile what answers usually import beforehand: into {cache}, for drivers/go.sh.
export GOCACHE="{cache}/build" GOFLAGS= GOPROXY=off GOTOOLCHAIN=local
set -e
tools=$("{go}" env GOTOOLDIR)
echo "$tools" >"{cache}/tools"
packages='bufio bytes cmp container/heap container/list container/ring context crypto/md5
    crypto/sha1 crypto/sha256 encoding/base64 encoding/binary encoding/hex encoding/json errors
    flag fmt hash/fnv html io iter log maps math math/big math/bits math/cmplx math/rand
    math/rand/v2 os path reflect regexp runtime slices sort strconv strings sync sync/atomic
    testing text/tabwriter text/template time unicode unicode/utf16 unicode/utf8 unsafe'
# Older versions do not have all of them.
"{go}" list -e -export -deps \
    -f '{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}' $packages >known
compile() {
    "$tools/compile" -p "$1" -complete -importcfg known -o "{cache}/$2.a" "{cache}/$2.go"
    echo "packagefile $1={cache}/$2.a" >>known
}
compile llmbench llmbench
compile github.com/stretchr/testify/assert assert
cp known "{cache}/importcfg"
