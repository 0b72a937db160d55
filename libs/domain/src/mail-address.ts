import { type Parsed, fault, quoted, value } from './parsed.js';

/** RFC 5321, 4.5.3.1: a path has 256 octets, its angle brackets included; its local part 64. */
export const longestMail = 254;
const longestLocal = 64;
const RIGHT = 'write one address alone, for example "an.peeters@stad.be"';

/** RFC 5322 dot-atom: what every mail server takes, without quotes. */
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const localPart = new RegExp(`^${atom}(?:\\.${atom})*$`);
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
/** At least two labels, the last not a number: neither a host of the local network nor an IP address. */
const domainName = new RegExp(`^(?:${label}\\.)+(?=[A-Za-z0-9-]*[A-Za-z])${label}$`);

/**
 * Reads one bare mail address that any server can be sent. Refused, each with its sentence: line breaks and other control
 * characters (they would start a header of their own), lists, display names and angle brackets, quoted local
 * parts, letters outside ASCII (SMTPUTF8 is not to be relied on; a domain has its "xn--" form), and what is too long.
 */
export function parseMail(input: unknown): Parsed<string> {
  if (typeof input !== 'string') return fault(`${quoted(input)} is not text; ${RIGHT}`);
  const wrong = wrongIn(input);
  return wrong === null ? value(input) : fault(`${quoted(input)} ${wrong}; ${RIGHT}`);
}

function wrongIn(input: string): string | null {
  const isControl = (char: string): boolean => char < ' ' || char === '\u007f';
  if ([...input].some(isControl)) return 'holds a line break or another control character';
  if (input.length > longestMail)
    return `has ${input.length} characters; an address has at most ${longestMail}`;
  if (/[<>]/.test(input)) return 'has a display name or angle brackets';
  if (/[,;]/.test(input)) return 'is a list; a person has one address';
  if (/\s/.test(input)) return 'holds a space';
  const parts = input.split('@');
  if (parts.length !== 2) return parts.length === 1 ? 'has no "@"' : 'has more than one "@"';
  const [local, domain] = parts as [string, string];
  if (!isAscii(domain))
    return 'has a domain with letters outside ASCII; its form in ASCII begins with "xn--"';
  if (!isAscii(local))
    return 'has letters outside ASCII before the "@", which not every mail server takes; another address of theirs will do';
  if (local.length > longestLocal)
    return `has ${local.length} characters before the "@"; there are at most ${longestLocal}`;
  if (!localPart.test(local)) return 'has before the "@" what is no plain name';
  if (!domainName.test(domain)) return 'has after the "@" what is no domain, such as stad.be';
  return null;
}

function isAscii(text: string): boolean {
  return [...text].every((char) => char <= '~');
}
