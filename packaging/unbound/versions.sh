# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# How versions of Debian's Unbound follow each other. Sourced by packaging/build-debs and
# packaging/test-release.

# suffix_for VERSION: what makes VERSION a little higher, and lower than whatever Debian publishes
# next. 1.17.1-2+deb12u4 is followed by 1.17.1-2+deb12u5; 1.22.0-2 by 1.22.0-2+deb13u1, or by
# 1.22.0-2+b1 where Debian itself rebuilds it. A digit sorts below every letter.
suffix_for() {
    if [[ $1 =~ \+deb[0-9]+u[0-9]+$ ]]; then
        echo +tollgate1
    else
        echo +0tollgate1
    fi
}

# next_of VERSION RELEASE: the lowest version that Debian may give to a security update of it.
next_of() {
    if [[ $1 =~ ^(.*\+deb[0-9]+u)([0-9]+)$ ]]; then
        echo "${BASH_REMATCH[1]}$((BASH_REMATCH[2] + 1))"
    else
        echo "$1+deb$2u1"
    fi
}
