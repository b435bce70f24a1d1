# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Where the source package of Unbound comes from: the machine's own apt sources, read as source
# archives. Sourced by packaging/unbound/build and packaging/build-debs, after lib.sh; who does sets
# `work` to a folder of his own.

# Few machines list source archives ("deb-src"), and theirs is not ours to change: write a copy of
# the machine's own sources, read as deb-src, to $work/apt, with package lists of its own.
write_apt_sources() {
    local list parts file
    eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
    mkdir -p "$work"/apt/{sources.d,lists/partial,cache/archives/partial}
    for file in "$list" "$parts"/*.list; do
        [[ -r $file ]] || continue
        one_line_sources "$file" >"$work/apt/sources.d/$(basename "$file")"
    done
    for file in "$parts"/*.sources; do
        [[ -r $file ]] || continue
        deb822_sources "$file" >"$work/apt/sources.d/$(basename "$file")"
    done
}

# "deb [options] URI suite component..." A machine with both deb and deb-src has each line twice
# afterwards: sort -u. A CD has no sources and asks for a disc.
one_line_sources() {
    sed -nE '/cdrom:/d; s/^[[:space:]]*deb(-src)?[[:space:]]+/deb-src /p' "$1" | sort -u
}

# Stanzas: the key says what kind of archive, all else (suites, keys, "Enabled: no") stays as it is.
deb822_sources() {
    sed -E 's/^[Tt]ypes:.*/Types: deb-src/' "$1"
}

# As root, apt fetches as the user _apt, who may not write here; what it fetches is checked against
# the archive's key either way.
apt_options() {
    printf '%s\n' \
        -o "Dir::Etc::sourcelist=$work/apt/none" \
        -o "Dir::Etc::sourceparts=$work/apt/sources.d" \
        -o "Dir::State::lists=$work/apt/lists" \
        -o "Dir::Cache=$work/apt/cache" \
        -o "APT::Sandbox::User=root"
}

fetch_source_lists() {
    write_apt_sources
    mapfile -t apt < <(apt_options)
    # One unreachable third-party source makes it fail; all that counts is whether Unbound is found
    # afterwards.
    apt-get "${apt[@]}" update || true
    apt-cache "${apt[@]}" --only-source showsrc unbound |
        awk '$1 == "Version:" { print $2 }' | sort -Vru >"$work/versions"
    [[ -s $work/versions ]] ||
        die "no source package of Unbound found in this machine's apt sources. Is there a network?"
}

# fetch_source VERSION: unpack it, patched, in $work/VERSION. It fails when a mirror lists a source
# that it does not have.
fetch_source() (
    mapfile -t apt < <(apt_options)
    mkdir -p "$work/$1"
    cd "$work/$1"
    apt-get "${apt[@]}" -qq --only-source source "unbound=$1" >fetch.log 2>&1 &&
        [[ -x $(echo unbound-*/debian/rules) ]]
)

fetch_error() {
    grep -m1 -oE '[0-9]{3}  ?[A-Z][A-Za-z ]+[a-z]|Temporary failure.*|Could not.*' \
        "$work/$1/fetch.log" || tail -n1 "$work/$1/fetch.log"
}
