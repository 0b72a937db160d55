import { foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';

import type { OutgoingMail } from './mail-transport.js';
import type { SenderAddress } from './sender-address.js';

/** Headers fold to lines of this many characters: RFC 5322 (2.1.1) wants at most 78. */
const LINE = 76;

/**
 * A mail as it goes over the line (RFC 5322): plain text and HTML as alternatives of each other (RFC 2046, 5.1.4), both in
 * quoted-printable, so that every server takes them and whoever looks at the source can read them. The same mail is the
 * same bytes at every attempt.
 *
 * nodemailer writes headers and bodies; here they are only put in one string. Its own way from a mail to the line runs
 * each part through streams of its own and writes each scrap to the socket, which took longer than all else about a mail.
 */
export function sourceOf(mail: OutgoingMail, fromHeader: string): string {
  const boundary = boundaryOf(mail.messageId);
  return [
    fromHeader,
    ...headersOf(mail, boundary),
    ...partOf(boundary, 'text/plain', mail.text),
    ...partOf(boundary, 'text/html', mail.html),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}

function headersOf(mail: OutgoingMail, boundary: string): readonly string[] {
  const { to, subject, messageId, date, language, unsubscribe } = mail;
  return [
    headerOf('To', { name: '', address: to }),
    headerOf('Subject', oneLineSubject(subject)),
    `Message-ID: ${messageId}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    'Auto-Submitted: auto-generated',
    'X-Auto-Response-Suppress: All',
    `Content-Language: ${language}`,
    // RFC 8058: one click, without a page to find one's way in.
    ...(unsubscribe === null
      ? []
      : [
          headerOf('List-Unsubscribe', `<${unsubscribe}>`),
          'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        ]),
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative;',
    ` boundary="${boundary}"`,
    '',
  ];
}

/** Encodes headers; nothing is ever put in it, and each new one would draw a random boundary. */
const encoder = new MimeNode();

/** The header of a sender, the same in all their mails. */
export function fromHeaderOf(from: SenderAddress): string {
  return headerOf('From', from);
}

function headerOf(name: string, value: string | SenderAddress): string {
  return foldLines(`${name}: ${encoder.encodeHeaderValue(name, value)}`, LINE);
}

/** No line of quoted-printable begins with "=_" (RFC 2045, 6.7): it cannot stand in either part. */
function boundaryOf(messageId: string): string {
  return `=_${messageId.replaceAll(/[^0-9A-Za-z]/g, '').slice(0, 32)}`;
}

function partOf(boundary: string, type: string, content: string): readonly string[] {
  return [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    wrap(encode(content.trimEnd().replaceAll(/\r\n?|\n/g, '\r\n'))),
  ];
}

function oneLineSubject(subject: string): string {
  return subject.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}
