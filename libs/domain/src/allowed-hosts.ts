import { type Parsed, fault, quoted, value } from './parsed.js';

/** Hosts that an operator lets webhooks go to although their address is not public: `host`, or `host:port`. */
export type AllowedHosts = readonly string[];

/** Reads the hosts an operator allows, separated by commas: `hooks.intra`, `10.0.0.5:8443`, `[fd00::5]`. */
export function parseAllowedHosts(text: string): Parsed<AllowedHosts> {
  const hosts: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    // As an address without a default port, a port stays as it is written.
    const address = `webhook-host://${entry}`;
    const web = `https://${entry}`;
    const plain = /^(\[[0-9a-fA-F:.]+\]|[^\s/@:?#[\]]+)(:\d+)?$/.test(entry);
    if (!plain || !URL.canParse(address) || !URL.canParse(web))
      return fault(`${quoted(entry)} is no host; write hosts like hooks.intra or 10.0.0.5:8443, with commas`);
    const { port } = new URL(address);
    hosts.push(`${new URL(web).hostname.replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`);
  }
  return value(hosts);
}
