/** The sender of all mail. */
export interface SenderAddress {
  readonly name: string;
  readonly address: string;
}

const shape = /^(?:([^<>"@,;:\\]{1,100}?) *<([^<>\s]+)>|([^<>\s]+))$/;
const address =
  /^[A-Za-z0-9._%+=/-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** Reads `Sluis <sluis@agency.example>` or a bare address; null where it is neither, or more than one. */
export function readSender(text: string): SenderAddress | null {
  const found = shape.exec(text);
  if (found === null || hasControl(text)) return null;
  const [, name = '', within, bare] = found;
  const read = within ?? bare ?? '';
  return address.test(read) && read.length <= 254 ? { name, address: read } : null;
}

/** What stands behind the @: the domain of the Message-IDs. */
export function domainOf({ address: read }: SenderAddress): string {
  return read.slice(read.lastIndexOf('@') + 1);
}

function hasControl(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(text);
}
