#!/bin/sh
# sysroot.sh: libelf and zlib of Debian for another machine, unpacked into a folder: nothing is installed, and apt works in
# that folder alone, with the machine's own sources. Ends with 1 and one line when there is none.
# usage: sysroot.sh MACHINE FOLDER      MACHINE as in test/cross.txt
set -u
arch=$1 packages="libelf-dev zlib1g-dev"
[ "$arch" = ppc64le ] && arch=ppc64el
[ -e "$2/usr/include/libelf.h" ] && exit 0
none() { # WHY
    echo "there is no libelf for it: $1"
    exit 1
}
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || none "this system has no apt"

mkdir -p "$2.apt/lists/partial" "$2.apt/cache/archives/partial" || exit 1
apt=$(cd "$2.apt" && pwd)
trap 'rm -rf "$apt"' EXIT
: >"$apt/status"
cat >"$apt/apt.conf" <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "0";
Acquire::http::Timeout "20";
END
export APT_CONFIG="$apt/apt.conf"
cd "$apt/cache" || exit 1
{ apt-get update && apt-get download $packages; } >"$apt/log" 2>&1 </dev/null
cd - >/dev/null || exit 1
rm -rf "$2.new"
for package in $packages; do
    file=$(ls "$apt/cache/$package"_*.deb 2>/dev/null | tail -1)
    [ -n "$file" ] || none "$(sed -n 's/^E: //p' "$apt/log" | head -1)"
    dpkg-deb -x "$file" "$2.new" || exit 1
done
rm -rf "$2" && mv "$2.new" "$2"
