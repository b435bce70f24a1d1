# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A system in a folder, and Unbound in it as its unit would have it. Sourced by packaging/test-release,
# which sets release, base, work, root (the system that is tried) and port.

# mirror LABEL: where this machine's apt gets Debian from.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" | head -n1
}

bootstrap() {
    local into=$1 main security
    main=$(mirror Debian)
    security=$(mirror Debian-Security)
    [[ -n $main ]] || die "this machine's apt sources name no Debian archive"
    if [[ -n $base ]]; then
        cp -a --one-file-system "$base/." "$into"
    else
        debootstrap --variant=minbase "$release" "$into" "$main"
    fi
    rm -f "$into"/etc/apt/sources.list.d/*
    {
        echo "deb $main $release main"
        echo "deb $main $release-updates main"
        [[ -z $security ]] || echo "deb $security $release-security main"
    } >"$into/etc/apt/sources.list"
    # Proxies and the like are those of the machine.
    apt-config dump | grep -E '^Acquire::(http|https|Check)' >"$into/etc/apt/apt.conf.d/90machine" || true
    echo 'APT::Install-Recommends "false";' >>"$into/etc/apt/apt.conf.d/90machine"
    cp /etc/resolv.conf "$into/etc/resolv.conf"
    mount --bind "$into" "$into"
    mount -t proc proc "$into/proc"
    mount --rbind /dev "$into/dev"
    mount -t tmpfs tmpfs "$into/run"
    in_system "$into" apt-get -qq update
}

# in_system FOLDER COMMAND...
in_system() {
    local where=$1
    shift
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive TERM=dumb chroot "$where" "$@"
}

inside() {
    in_system "$root" "$@"
}

# What invoke-rc.d asks before it acts: this acts itself, and forbids the rest. Each start leaves a
# line in /var/log/starts.
install_stand_in() {
    cat >"$root/usr/sbin/policy-rc.d" <<'END'
#!/bin/sh
# policy-rc.d NAME ACTION: the unit of Unbound, without systemd. ACTION is in brackets where nobody
# knows the runlevel.
action=$(echo "$2" | tr -d '()')
case "$1 $action" in
    "unbound start" | "unbound restart" | "unbound stop") ;;
    *) exit 101 ;;
esac
exec </dev/null >>/var/log/unit.log 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
running=/run/unbound.test.pid
if [ -s $running ]; then
    kill "$(cat $running)"
    while kill -0 "$(cat $running)" 2>/dev/null; do sleep 0.1; done
    : >$running
fi
[ $action != stop ] || exit 101
folder=/usr/lib/systemd/system
[ -e $folder/unbound.service ] || folder=/lib/systemd/system
unit() {
    cat $folder/unbound.service /usr/lib/systemd/system/unbound.service.d/*.conf 2>/dev/null |
        sed -n "s/^$1=[-+]*//p"
}
unit ExecStartPre | while read -r line; do $line; done
DAEMON_OPTS=
[ ! -e /etc/default/unbound ] || . /etc/default/unbound
setsid $(unit ExecStart | sed "s/\$DAEMON_OPTS/$DAEMON_OPTS/") &
echo $! >$running
tries=300
while [ $tries -gt 0 ] && kill -0 "$(cat $running)" 2>/dev/null; do
    if unbound-control status >/dev/null 2>&1; then
        echo "$action: up, unbound $(dpkg-query -f '${Version}' -W unbound)" >>/var/log/starts
        exit 101
    fi
    tries=$((tries - 1))
    sleep 0.1
done
echo "$action: FAILED" >>/var/log/starts
exit 101
END
    chmod 755 "$root/usr/sbin/policy-rc.d"
}

# The made-up internet is another Unbound, which has all of its names; it is not signed.
write_internet() {
    mkdir -p "$root/etc/unbound/unbound.conf.d"
    cat >"$root/etc/unbound/unbound.conf.d/test.conf" <<END
server:
    port: $port
    interface: 127.0.0.1
    do-ip6: no
    val-permissive-mode: yes
    do-not-query-localhost: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@$((port + 1))
END
    cat >"$root/var/tmp/internet.conf" <<END
server:
    port: $((port + 1))
    interface: 127.0.0.1
    do-ip6: no
    username: ""
    chroot: ""
    directory: ""
    pidfile: ""
    use-syslog: no
    local-zone: "." static
    local-data: "usps.com-isjjz.top. A 198.51.100.1"
    local-data: "usps.com-qqzvt.top. A 198.51.100.5"
    local-data: "www.debian.org. A 192.0.2.2"
    local-data: "usps.com. A 192.0.2.3"
remote-control:
    control-enable: no
END
}

# Its program is a copy: that of the package is about to change.
start_internet() {
    cp "$root/usr/sbin/unbound" "$root/var/tmp/internet"
    inside /var/tmp/internet -d -c /var/tmp/internet.conf >"$work/internet.log" 2>&1 </dev/null &
}
