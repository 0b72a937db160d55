/** What came of an attempt to hand over one mail to one address. */
export type Handed =
  /** The server has it. */
  | { readonly kind: 'taken'; readonly says: string }
  /** The address is refused for good: the contact bounces. */
  | { readonly kind: 'bounced'; readonly says: string }
  /** This mail is refused for good, whoever it is for. */
  | { readonly kind: 'refused'; readonly says: string }
  /** Not now; later it may be. */
  | { readonly kind: 'later'; readonly says: string }
  /** The server cannot be talked to: what waits for it waits. */
  | { readonly kind: 'unreachable'; readonly says: string };

/** What nodemailer knows of a failure. */
interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message?: string;
  readonly rejectedErrors?: readonly SmtpFailure[];
}

const LONGEST = 500;
/** Before any mail was spoken of: connecting, greeting, TLS, signing in. */
const ofServer = new Set([
  'ECONNECTION',
  'EDNS',
  'ETLS',
  'EAUTH',
  'ENOAUTH',
  'EOAUTH2',
  'EPROXY',
  'EREQUIRETLS',
]);
const beforeMail = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS', 'AUTH']);
/** RFC 3463: 5.7 is policy (relaying, authentication): it says nothing of the address. */
const policy = /\b5\.7\.\d{1,3}\b/;

/**
 * What a failed attempt means. A 5xx answer to the recipient says that the address is wrong, unless it is about policy;
 * a 5xx answer to the mail itself that this mail will never go. Everything else may pass: 4xx, a silence, a closed line.
 */
export function outcomeOf(error: unknown): Handed {
  const failure = error as SmtpFailure;
  const first = failure.rejectedErrors?.[0];
  const { command = failure.command ?? '', responseCode = failure.responseCode ?? 0 } = first ?? failure;
  const says = saidBy(first ?? failure);
  if (command.startsWith('AUTH') || beforeMail.has(command) || ofServer.has(failure.code ?? ''))
    return { kind: 'unreachable', says };
  const forGood = responseCode >= 500 && responseCode < 600;
  if (forGood && command === 'RCPT TO') return { kind: policy.test(says) ? 'refused' : 'bounced', says };
  if (forGood && command === 'DATA') return { kind: 'refused', says };
  if (failure.code === 'EMESSAGE' && forGood) return { kind: 'refused', says };
  return { kind: 'later', says };
}

/** What the server said, or what happened, on one line. */
export function saidBy({ response, message }: SmtpFailure): string {
  return oneLine(response ?? message ?? 'no answer');
}

export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);
}
