// SPDX-License-Identifier: BSD-3-Clause
//
// Asks AdGuard's own engine what its DNS filtering does with names. For people who check the reader of
// AdBlock lists; no part of the build or of the tests.
//
//   node judge.mjs FOLDER < CASES
//
// FOLDER has node_modules with @adguard/tsurlfilter (judge.py puts it there). CASES is what judged.golden
// is, with or without verdicts; the same with verdicts is printed.
//
// tsurlfilter says which rules match a name, which of them are taken out by $badfilter, and which of the rest
// decides. It leaves the meaning of $dnsrewrite to others: what stands here for it follows AdGuard's "DNS filtering
// rules syntax". It is asked as AdGuard Home asks its engine: with "http://" and the name as the URL, and the type.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const tsurlfilter = await import(pathToFileURL(
    resolve(process.argv[2], 'node_modules/@adguard/tsurlfilter/dist/es/index.js')));
const ScannerType = { HostRules: 4 };
const { CompatibilityTypes, DnsEngine, MatchingResult, NetworkRule, NetworkRuleOption, Request, RequestType,
    RuleStorage, StringRuleList, fastHash, setConfiguration } = tsurlfilter;
setConfiguration({ engine: 'dns', version: '1', verbose: false, compatibility: CompatibilityTypes.Dns });

const RCODES = { NXDOMAIN: 'nxdomain', REFUSED: 'refused', SERVFAIL: 'servfail' };

// "CNAME other.example", "A 192.0.2.1", "nxdomain" or "nodata".
function answerOf(value) {
    const [rcode, type, ...data] = value.split(';');
    if (type !== undefined) {
        if (RCODES[rcode.toUpperCase()]) return RCODES[rcode.toUpperCase()];
        return type === '' ? 'nodata' : `${type} ${data.join(';')}`;
    }
    if (value === 'NOERROR') return 'nodata';
    if (RCODES[value]) return RCODES[value];
    if (/^[0-9.]+$/.test(value)) return `A ${value}`;
    return value.includes(':') ? `AAAA ${value}` : `CNAME ${value}`;
}

function rewritten(rules) {
    const isImportant = (rule) => rule.isOptionEnabled(NetworkRuleOption.Important);
    const exceptions = rules.filter((rule) => rule.isAllowlist());
    const answers = rules.filter((rule) => !rule.isAllowlist() && !exceptions.some((exception) => {
        const value = exception.getAdvancedModifierValue();
        return (isImportant(exception) || !isImportant(rule))
            && (value === '' || answerOf(value) === answerOf(rule.getAdvancedModifierValue()));
    })).map((rule) => answerOf(rule.getAdvancedModifierValue()));
    if (answers.length === 0) return null;
    const whole = answers.find((answer) => answer.startsWith('CNAME ')
        || Object.values(RCODES).includes(answer));
    if (whole) return `rewritten ${whole}`;
    const records = [...new Set(answers.filter((answer) => answer !== 'nodata'))].sort();
    return `rewritten ${records.join(', ') || 'nodata'}`;
}

class Judge {
    constructor(text) {
        this.storage = new RuleStorage([new StringRuleList(1, text)]);
        this.engine = new DnsEngine(this.storage);
        // The engine's index by words misses some names that the rules themselves match, such as "forum-ads.org" by
        // /forum-ads\.org/: rules that are no names are held against every name.
        this.patterns = [];
        const scanner = this.storage.createRuleStorageScanner(ScannerType.HostRules);
        while (scanner.scan()) {
            const parts = scanner.getRuleParts();
            const rule = parts && this.storage.retrieveRule(parts.index, false);
            if (rule instanceof NetworkRule && rule.isHostLevelNetworkRule()
                && !/^\|\|[\w.-]+\^$/.test(rule.getPattern())) this.patterns.push(rule);
        }
    }

    ask(name, type) {
        const request = new Request(`http://${name}`, `http://${name}`, RequestType.Document);
        request.isHostnameRequest = true;
        request.dnsType = type;
        const found = this.engine.networkEngine.matchAll(request)
            .filter((rule) => /^\|\|[\w.-]+\^$/.test(rule.getPattern()))
            .concat(this.patterns.filter((rule) => rule.match(request)));
        const rules = MatchingResult.removeBadfilterRules(found);
        const isRewrite = (rule) => rule.isOptionEnabled(NetworkRuleOption.DnsRewrite);
        const answer = rewritten(rules.filter(isRewrite));
        if (answer) return answer;
        const basic = new MatchingResult(rules.filter((rule) => !isRewrite(rule)), null).getBasicResult();
        if (basic) return basic.isAllowlist() ? 'allowed' : 'blocked';
        const hosts = (this.engine.lookupTable.get(fastHash(name)) || [])
            .map((index) => this.storage.retrieveHostRule(index))
            .filter((rule) => rule && rule.match(name));
        if (hosts.length === 0) return 'none';
        const addresses = hosts.map((rule) => rule.getIp()).filter((ip) => !/^(0\.|127\.|::1?$)/.test(ip));
        if (addresses.length === 0) return 'blocked';
        const records = addresses.map((ip) => `${ip.includes(':') ? 'AAAA' : 'A'} ${ip}`);
        return `rewritten ${[...new Set(records)].sort().join(', ')}`;
    }
}

let rules = null;
let judge = null;
for (const line of readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
    if (line.startsWith('--- rules')) {
        rules = [];
        console.log(line);
    } else if (line === '--- names') {
        judge = new Judge(rules.join('\n'));
        rules = null;
        console.log(line);
    } else if (rules !== null) {
        rules.push(line);
        console.log(line);
    } else if (judge !== null && line !== '') {
        const [name, type] = line.split(' ');
        console.log(`${name} ${type} ${judge.ask(name, type)}`);
    } else {
        console.log(line);
    }
}
