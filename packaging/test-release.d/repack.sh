# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Packages of versions that do not exist yet, out of those that do. Sourced by packaging/test-release,
# which sets work and architecture.

write_checksums() {
    (cd "$1" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z |
        xargs -0 md5sum >DEBIAN/md5sums)
}

pack() {
    mkdir -p "$work/repacked"
    write_checksums "$1"
    dpkg-deb --root-owner-group --build "$1" "$2" >/dev/null
    rm -rf "$1"
    echo "$2"
}

# repack FILE VERSION [MARK]: the same package with another version; with MARK, its program is another
# build, too, by a section with MARK in it. Prints the new file.
repack() {
    local folder=$work/repack
    dpkg-deb --raw-extract "$1" "$folder"
    sed -i "s/^Version: .*/Version: $2/" "$folder/DEBIAN/control"
    if [[ -n ${3-} ]]; then
        echo "$3" >"$work/mark"
        objcopy --add-section ".mark=$work/mark" "$folder/usr/sbin/unbound"
    fi
    pack "$folder" "$work/repacked/$(basename "$1" | cut -d_ -f1)_${2}_$architecture.deb"
}

# repack_module FILE VERSION UNBOUND-FILE: the module as if built for the program in that package.
# (The build-id, which the module itself looks at, has stayed the same.)
repack_module() {
    local folder=$work/repack
    dpkg-deb --raw-extract "$1" "$folder"
    sed -i "s/^Version: .*/Version: $2/; s/unbound (>= [^)]*)/unbound (>= $(dpkg-deb -f "$3" Version))/" \
        "$folder/DEBIAN/control"
    dpkg-deb --fsys-tarfile "$3" | tar -xO ./usr/sbin/unbound | sha256sum | cut -d' ' -f1 \
        >"$(echo "$folder"/usr/lib/*/tollgate/built-for.sha256)"
    pack "$folder" "$work/repacked/unbound-module-tollgate_${2}_$architecture.deb"
}
