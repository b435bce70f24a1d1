# SPDX-License-Identifier: BSD-3-Clause
# Written by packaging/completions/generate.

_tollgate() {
    local current=${COMP_WORDS[COMP_CWORD]}
    local before=${COMP_WORDS[COMP_CWORD - 1]}
    local path='' word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$path $word" in
            ' compile') path=' compile' ;;
            ' check') path=' check' ;;
            ' update') path=' update' ;;
            ' rollback') path=' rollback' ;;
            ' query') path=' query' ;;
            ' extract') path=' extract' ;;
            ' explain') path=' explain' ;;
            ' blast') path=' blast' ;;
            ' diff') path=' diff' ;;
            ' overlap') path=' overlap' ;;
            ' export') path=' export' ;;
            ' info') path=' info' ;;
            ' dump') path=' dump' ;;
            ' ctl') path=' ctl' ;;
            ' ctl status') path=' ctl status' ;;
            ' ctl stats') path=' ctl stats' ;;
            ' ctl reload') path=' ctl reload' ;;
            ' ctl pause') path=' ctl pause' ;;
            ' ctl resume') path=' ctl resume' ;;
            ' ctl shadow') path=' ctl shadow' ;;
            ' ctl explain') path=' ctl explain' ;;
            ' ctl log-level') path=' ctl log-level' ;;
            ' ctl reopen') path=' ctl reopen' ;;
            ' ctl recent') path=' ctl recent' ;;
            ' top') path=' top' ;;
            ' exporter') path=' exporter' ;;
            ' who') path=' who' ;;
        esac
    done
    COMPREPLY=()
    case "$path $before" in
        ' extract --format')
            mapfile -t COMPREPLY < <(compgen -W 'yaml json list' -- "$current")
            return ;;
        ' export --format')
            mapfile -t COMPREPLY < <(compgen -W 'rpz hosts domains dnsmasq unbound' -- "$current")
            return ;;
    esac
    case $before in
        --against | --config | --output | --public-suffix-list | --socket | --state | -o)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return ;;
        --address | --after | --client | --copies | --date | --examples | --for | --id | \
                --interval | --listen | --max | --name | --name-server | \
                --name-server-address | --of | --policy | --retries | --tag | --target | \
                --timeout | --to | --type) return ;;
    esac
    local words='' files=''
    case $path in
        '')
            words='compile check update rollback query extract explain blast diff overlap
                export info dump ctl top exporter who -h --help --version'
            ;;
        ' compile')
            words='-h --help --public-suffix-list --state --copies --date --json -q
                --quiet -v --verbose -o --output'
            files=yes
            ;;
        ' check')
            words='-h --help --public-suffix-list --state --copies --date --json -q
                --quiet -v --verbose'
            files=yes
            ;;
        ' update')
            words='-h --help -o --output --state --public-suffix-list --date --retries -n
                --dry-run --force --json -q --quiet'
            files=yes
            ;;
        ' rollback')
            words='-h --help --state -o --output --to --list --json'
            ;;
        ' query')
            words='-h --help --type --date --client --tag --target --address --name-server
                --name-server-address --json'
            files=yes
            ;;
        ' extract')
            words='-h --help --format --id --all --public-suffix-list --json --verbose -q
                --quiet'
            files=yes
            ;;
        ' explain')
            words='-h --help --type --client --tag --target --address --name-server
                --name-server-address --date --json'
            files=yes
            ;;
        ' blast')
            words='-h --help --against --examples --max --date --json'
            files=yes
            ;;
        ' diff')
            words='-h --help --names --json'
            files=yes
            ;;
        ' overlap')
            words='-h --help --public-suffix-list --state --date --json'
            files=yes
            ;;
        ' export')
            words='-h --help --format -o --output --policy --widen --date --json'
            files=yes
            ;;
        ' info')
            words='-h --help --json'
            files=yes
            ;;
        ' dump')
            words='-h --help --json'
            files=yes
            ;;
        ' ctl')
            words='status stats reload pause resume shadow explain log-level reopen recent
                -h --help --socket --timeout --json'
            ;;
        ' ctl status')
            words='-h --help'
            ;;
        ' ctl stats')
            words='-h --help --prometheus'
            ;;
        ' ctl reload')
            words='-h --help --force'
            ;;
        ' ctl pause')
            words='-h --help --for --client --policy --name'
            ;;
        ' ctl resume')
            words='-h --help --client --policy --name'
            ;;
        ' ctl shadow')
            words='-h --help --off'
            ;;
        ' ctl explain')
            words='-h --help --type --client'
            ;;
        ' ctl log-level')
            words='-h --help'
            ;;
        ' ctl reopen')
            words='-h --help'
            ;;
        ' ctl recent')
            words='-h --help --after'
            ;;
        ' top')
            words='-h --help --socket --interval --once'
            ;;
        ' exporter')
            words='-h --help --socket --listen'
            ;;
        ' who')
            words='-h --help --of --config --json'
            ;;
    esac
    if [[ $files == yes && $current != -* ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    fi
}
complete -F _tollgate tollgate
