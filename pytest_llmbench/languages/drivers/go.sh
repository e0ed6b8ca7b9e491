# Compile all files of package main here, with packages that were compiled beforehand.
#
# As `go build` does, without what it takes to find out what has to be compiled. It has to be
# asked where an answer imports what was not compiled beforehand.
export GOGC=off GOMEMLIMIT=1GiB
if [ -e "{cache}/importcfg" ]; then
    read -r tools <"{cache}/tools"
    if "$tools/compile" -p main -complete -dwarf=false -importcfg "{cache}/importcfg" \
        -o main.a *.go >said 2>&1; then
        exec "$tools/link" -s -w -importcfg "{cache}/importcfg" -o main main.a
    fi
    grep -q 'could not import' said || { cat said; exit 1; }
fi
unset GOGC
GOPATH=$PWD/path GO111MODULE=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local \
    exec "{go}" build -ldflags='-s -w' -o main *.go
