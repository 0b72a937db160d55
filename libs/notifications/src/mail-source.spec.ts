// What goes over the line, read back by a parser that is not ours.
import PostalMime from 'postal-mime';

import { fromHeaderOf, sourceOf } from './mail-source.js';
import type { OutgoingMail } from './mail-transport.js';

const mail: OutgoingMail = {
  to: 'lieve@stad.example',
  subject: 'Verslag in te dienen uiterlijk op woensdag 28 februari 2024: “tussentijds verslag”, € 22.400,00',
  text: 'Beste Lieve,\n\n€ 22.400,00 wacht.\n.\n..dot\nFrom here on\n\ttabs and trailing space \n',
  html: `<p style="a=b">€\u00a022.400,00 — ${'woord '.repeat(400)}</p>\n`,
  messageId: '<0123456789abcdef0123456789abcdef@agency.example>',
  date: new Date('2024-02-21T08:00:00Z'),
  language: 'nl',
  unsubscribe: null,
};
const from = fromHeaderOf({ name: 'Subsidies één', address: 'sluis@agency.example' });
const read = (changed: Partial<OutgoingMail> = {}) =>
  PostalMime.parse(sourceOf({ ...mail, ...changed }, from));
const header = (parsed: Awaited<ReturnType<typeof read>>, key: string): readonly string[] =>
  parsed.headers.filter((one) => one.key === key).map(({ value }) => value);

it('is the mail, in both forms', async () => {
  const parsed = await read();
  expect(parsed.subject).toBe(mail.subject);
  expect(parsed.from).toMatchObject({ name: 'Subsidies één', address: 'sluis@agency.example' });
  expect(parsed.to).toMatchObject([{ name: '', address: mail.to }]);
  expect(parsed.messageId).toBe(mail.messageId);
  expect(parsed.date).toBe('2024-02-21T08:00:00.000Z');
  expect(parsed.text?.trimEnd()).toBe(mail.text.trimEnd());
  expect(parsed.html?.trimEnd()).toBe(mail.html.trimEnd());
  expect(header(parsed, 'content-language')).toEqual(['nl']);
  expect(header(parsed, 'auto-submitted')).toEqual(['auto-generated']);
  expect(header(parsed, 'list-unsubscribe')).toEqual([]);
});

it('is the same bytes at every attempt', () => {
  expect(sourceOf(mail, from)).toBe(sourceOf({ ...mail }, from));
});

it('is plain ASCII in short lines, none of which ends within another', () => {
  const source = sourceOf(mail, from);
  expect(source).toMatch(/^[\t\r\n\x20-\x7e]*$/);
  expect(source.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(Math.max(...source.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(78);
});

it('leaves a digest with one click', async () => {
  const parsed = await read({ unsubscribe: 'https://sluis.example/unsubscribe/1' });
  expect(header(parsed, 'list-unsubscribe')).toEqual(['<https://sluis.example/unsubscribe/1>']);
  expect(header(parsed, 'list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click']);
});

it.each([
  ['a line end in the subject', { subject: 'a\r\nBcc: x@y.example' }, 'a Bcc: x@y.example'],
  ['a subject without a place to break', { subject: 'é'.repeat(200) }, 'é'.repeat(200)],
])('is one mail to one reader whatever is in it: %s', async (_, changed, subject) => {
  const parsed = await read(changed);
  expect(parsed.subject).toBe(subject);
  expect(parsed.to).toHaveLength(1);
  expect(parsed.bcc).toBeUndefined();
});

it('is not ended by a boundary that somebody wrote into it', async () => {
  const boundary = /boundary="([^"]+)"/.exec(sourceOf(mail, from))?.[1] ?? '';
  const text = `before\n--${boundary}\n--${boundary}--\nafter\n`;
  const parsed = await read({ text });
  expect(parsed.text?.trimEnd()).toBe(text.trimEnd());
  expect(parsed.attachments).toEqual([]);
});
