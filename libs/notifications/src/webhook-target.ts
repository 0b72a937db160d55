import { type LookupAddress, type LookupOptions, lookup as askSystem } from 'node:dns';
import { BlockList, type LookupFunction, isIP } from 'node:net';

import type { AllowedHosts } from '#domain/allowed-hosts.js';
import { type Parsed, fault, quoted, value } from '#domain/parsed.js';

const longestUrl = 2000;

/** Ranges that no webhook goes to, with what they are (RFC 6890 and the registries of IANA it began). */
const ranges = [
  ['0.0.0.0', 8, 'ipv4', 'no address of a host'],
  ['10.0.0.0', 8, 'ipv4', 'private'],
  ['100.64.0.0', 10, 'ipv4', 'shared by a provider (RFC 6598)'],
  ['127.0.0.0', 8, 'ipv4', 'loopback'],
  ['169.254.0.0', 16, 'ipv4', 'link-local'],
  ['172.16.0.0', 12, 'ipv4', 'private'],
  ['192.0.0.0', 24, 'ipv4', 'reserved'],
  ['192.0.2.0', 24, 'ipv4', 'for documentation'],
  ['192.88.99.0', 24, 'ipv4', 'a relay to IPv6'],
  ['192.168.0.0', 16, 'ipv4', 'private'],
  ['198.18.0.0', 15, 'ipv4', 'for measurements'],
  ['198.51.100.0', 24, 'ipv4', 'for documentation'],
  ['203.0.113.0', 24, 'ipv4', 'for documentation'],
  ['224.0.0.0', 4, 'ipv4', 'multicast'],
  ['240.0.0.0', 4, 'ipv4', 'reserved'],
  ['::', 128, 'ipv6', 'no address of a host'],
  ['::1', 128, 'ipv6', 'loopback'],
  ['::ffff:0:0', 96, 'ipv6', 'IPv4 in the clothes of IPv6'],
  ['fc00::', 7, 'ipv6', 'unique local'],
  ['fe80::', 10, 'ipv6', 'link-local'],
  ['ff00::', 8, 'ipv6', 'multicast'],
  ['2001::', 23, 'ipv6', 'reserved'],
  ['2001:db8::', 32, 'ipv6', 'for documentation'],
  ['2002::', 16, 'ipv6', 'IPv4 in the clothes of IPv6'],
  ['3fff::', 20, 'ipv6', 'for documentation'],
] as const;

const refusedRanges = ranges.map(([network, prefix, family, what]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return { list, family, what };
});

/** What IPv6 hands out to hosts of the internet; everything else of it is refused as well. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** What an address is that no webhook goes to (`private`, `loopback`); null for one of the internet. */
export function whyNotPublic(address: string): string | null {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  // An address with a zone (fe80::1%eth0) means something on this machine alone.
  if (isIP(address) === 0 || address.includes('%')) return 'no address of the internet';
  // BlockList takes ::ffff:10.0.0.1 for 10.0.0.1: only the ranges of its own family are asked.
  const known = refusedRanges.find((range) => range.family === family && range.list.check(address, family));
  if (known !== undefined) return known.what;
  return family === 'ipv4' || globalUnicast.check(address, 'ipv6') ? null : 'not handed out to hosts';
}

/**
 * Reads where a webhook goes to: https, without a name and password in it, and not to an address or a name that
 * can be seen not to be public. `http` only to a host that is allowed. Names are judged again, by what they
 * resolve to, whenever something is sent.
 */
export function parseTarget(input: unknown, allowed: AllowedHosts): Parsed<string> {
  if (typeof input !== 'string' || input.length > longestUrl || !URL.canParse(input))
    return fault(`${quoted(input)} is no address; write one like https://receiver.example/sluis`);
  const url = new URL(input);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return fault(`${quoted(url.protocol)} is not taken; write an address that begins with https://`);
  if (url.username !== '' || url.password !== '')
    return fault('a name and password in the address would be read by others; deliveries are signed instead');
  if (url.hash !== '') return fault('what comes after # is never sent; leave it out');
  const refused = refusedTarget(url, allowed);
  return refused === null ? value(url.href) : fault(refused);
}

/** Why nothing is sent to this address, as far as can be seen without asking for its name; null where it may be. */
export function refusedTarget(url: URL, allowed: AllowedHosts): string | null {
  if (isAllowed(url, allowed)) return null;
  const host = hostOf(url);
  if (url.protocol !== 'https:')
    return `${host} is sent to over https only; over http an operator would have to allow the host (SLUIS_WEBHOOK_ALLOW)`;
  const why = isIP(host) > 0 ? whyNotPublic(host) : isLocalName(host) ? 'loopback' : null;
  return why === null ? null : notPublic(host, why);
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

function notPublic(address: string, why: string): string {
  return `${address} is not public (${why}); an operator would have to allow the host (SLUIS_WEBHOOK_ALLOW)`;
}

/** The host without brackets and without the dot that a full name may end in. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function isAllowed(url: URL, allowed: AllowedHosts): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = url.hostname.replace(/\.$/, '');
  return allowed.includes(host) || allowed.includes(`${host}:${port}`);
}

/** Asks for every address of a name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** An address that a name resolved to is not public. */
export class TargetRefused extends Error {}

/** Questions under way by name: one slow name takes one thread of the process, however much waits for it. */
const asked = new Map<string, Promise<LookupAddress[]>>();

export const resolveOnce: Resolve = (hostname, options, answer) => {
  const key = JSON.stringify([hostname, options.family ?? 0]);
  const found =
    asked.get(key) ??
    new Promise<LookupAddress[]>((resolve, reject) => {
      askSystem(hostname, options, (error, addresses) =>
        error === null ? resolve(addresses) : reject(error),
      );
    }).finally(() => asked.delete(key));
  asked.set(key, found);
  found.then(
    (addresses) => answer(null, addresses),
    (error: NodeJS.ErrnoException) => answer(error, []),
  );
};

/**
 * How the connection to `url` finds its address: the name is resolved once, every address is judged, and those
 * very addresses are what is connected to. A name that resolves to something else afterwards (DNS rebinding) is
 * not asked again. One address that is not public refuses them all.
 */
export function pinnedLookup(url: URL, allowed: AllowedHosts, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    const { family, hints } = options;
    const question: LookupOptions & { all: true } = { all: true };
    if (family !== undefined) question.family = family;
    if (hints !== undefined) question.hints = hints;
    resolve(hostname, question, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const wrong = isAllowed(url, allowed) ? undefined : firstRefused(addresses);
      if (wrong !== undefined) return callback(new TargetRefused(wrong), []);
      const [first] = addresses;
      if (first === undefined) return callback(new TargetRefused(`${hostname} has no address`), []);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function firstRefused(addresses: readonly LookupAddress[]): string | undefined {
  for (const { address } of addresses) {
    const why = whyNotPublic(address);
    if (why !== null) return notPublic(address, why);
  }
  return undefined;
}
