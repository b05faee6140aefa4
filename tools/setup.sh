#!/bin/sh
# setup.sh: installs through apt what is missing; does nothing when all is there.
# usage: setup.sh build | all | cross     build: for tools, examples and the demo; all: for `make test` too;
#                                         cross: for every machine of test/cross.txt
set -u

compiles() { # COMPILER FLAGS... <source: does it build?
    "$@" -o "$scratch" - >/dev/null 2>&1
}
here() { # is NAME, one of the checks below, there?
    case $1 in
    libelf) echo '#include <libelf.h>' | compiles "${CC:-gcc}" -x c -c ;;
    pcap) echo '#include <pcap/pcap.h>' | compiles "${CC:-gcc}" -x c -c ;;
    capstone) echo '#include <capstone/capstone.h>' | compiles "${CC:-gcc}" -x c -c ;;
    bpf) echo 'int f(void) { return 1; }' | compiles "${CLANG:-clang}" -target bpf -x c -c ;;
    z3) /usr/bin/python3 -c 'import z3' 2>/dev/null ;;
    libfuzzer)
        echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }' |
            compiles "${CLANG:-clang}" -fsanitize=fuzzer,address -x c ;;
    cross-*)
        set -- $(machine "$1")
        echo '#include <stdio.h>' | compiles "$2-gcc" -x c -c && command -v "$3" >/dev/null ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}
machine() { # cross-NAME: its row of test/cross.txt
    grep "^${1#cross-} " "$(dirname "$0")/../test/cross.txt"
}
package() { # the apt package that brings NAME
    case $1 in
    gcc) echo gcc libc6-dev ;;
    libelf) echo libelf-dev ;;
    pcap) echo libpcap-dev ;;
    capstone) echo libcapstone-dev ;;
    bpf) echo clang ;;
    llvm-objdump) echo llvm ;;
    nm) echo binutils ;;
    z3) echo python3-z3 ;;
    libfuzzer)
        version=$(clang -dumpversion 2>/dev/null ||
            apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-//p' | head -1)
        echo "libclang-rt-${version%%.*}-dev" ;;
    cross-*) machine "$1" | awk '{ print "qemu-user"; for (i = 4; i <= NF; i++) print $i }' ;;
    *) echo "$1" ;;
    esac
}
missing() { # packages for those of NAMES that are not there, without repeats
    for name; do here "$name" || package "$name"; done | tr ' ' '\n' | sort -u | tr '\n' ' '
}
install() { # PACKAGES...
    $sudo apt-get install -y -q --no-install-recommends "$@"
}

names="gcc bpf libelf pcap hyperfine python3"
case ${1:-} in
build) ;;
all) names="$names g++ nm llvm-objdump libfuzzer capstone z3 tcc cross-arm64 cross-s390x" ;;
cross) names="gcc python3 $(sed -n 's/^\([a-z][^ ]*\).*/cross-\1/p' "$(dirname "$0")/../test/cross.txt")" ;;
*) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac
scratch=$(mktemp) || exit 1
trap 'rm -f "$scratch"' EXIT

wanted=$(missing $names)
[ -n "$wanted" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "setup: please install these (Debian's names): $wanted" >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
echo "setup: installing $wanted"
[ -n "$(ls /var/lib/apt/lists/*_Packages* 2>/dev/null)" ] || $sudo apt-get update -q
install $wanted || { $sudo apt-get update -q && install $(missing $names); }
left=$(missing $names)
[ -z "$left" ] && exit 0
echo "setup: could not install: $left(no network, or not allowed to?)" >&2
exit 1
