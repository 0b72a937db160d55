import { describe, expect, it } from '@jest/globals';

import { exampleOf, variantsOf } from './message-examples.js';
import type { MailLanguage, MessageFacts, MessageKind } from './message-facts.js';
import { faultOfFacts, mailLanguages, messageFields, messageKinds } from './message-facts.js';
import { compileTemplate } from './mail-template.js';
import { render } from './render.js';
import type { WrittenMail } from './render.js';
import { templateKinds } from './template-kinds.js';
import { MailTemplates, shippedSource } from './templates.js';

const shipped = new MailTemplates();
const reminder = exampleOf('reminder.sent');
const each = mailLanguages.flatMap((language) => messageKinds.map((kind) => [language, kind] as const));
const write = (item: MessageFacts, language: MailLanguage = 'nl'): WrittenMail =>
  render([item], language, shipped);

function variants(kind: MessageKind): MessageFacts[] {
  return variantsOf(kind) as unknown as MessageFacts[];
}

describe('the templates that come with the service', () => {
  it.each(mailLanguages.flatMap((language) => templateKinds.map((kind) => [language, kind] as const)))(
    '%s %s would be accepted when saved',
    (language, kind) => {
      expect(compileTemplate(shippedSource(kind, language), kind, language)).not.toHaveProperty('faults');
    },
  );

  it.each(each)('%s %s: every variant is a mail, with nothing left of the record', (language, kind) => {
    for (const facts of variants(kind)) {
      const mail = write(facts, language);
      expect(mail.faults).toEqual([]);
      const all = `${mail.subject}\n${mail.text}\n${mail.html}`;
      expect(all).not.toMatch(/\{\{|\{%|[\ufdd0-\ufdef]|undefined|null|NaN|\[object|“”|« »/);
      // Dates, amounts and words in the form of the record.
      expect(all).not.toMatch(/\d{4}-\d\d-\d\d|\b\d{4,}\.\d\d\b|partly-favourable|no-match|close-match/);
      expect(mail.subject).not.toMatch(/[\n\r]|^\s|\s$/);
      expect(mail.subject.length).toBeGreaterThan(10);
      expect(mail.text).toContain(facts.recipient);
      expect(mail.text).toContain(facts.link);
      expect(mail.html).toContain(`<html lang="${language}"`);
    }
  });

  it.each(each)('%s %s holds no words of another language', (language, kind) => {
    const foreign = {
      nl: /\b(the|your|grant|report|tranche|deadline|le|la|vous|rapport|subvention)\b/i,
      fr: /\b(the|your|report|deadline|de subsidie|verslag|schijf|uiterlijk|het|een)\b/i,
      en: /\b(de|het|een|verslag|schijf|uiterlijk|le|la|vous|rapport|subvention)\b/i,
    }[language];
    const words = shippedSource(kind, language).replaceAll(/\{\{.*?\}\}|\{%.*?%\}/gs, ' ');
    expect(words).not.toMatch(foreign);
  });

  it.each(messageKinds)('%s: the words of nl, fr and en all differ', (kind) => {
    const subjects = mailLanguages.map((language) => shippedSource(kind, language).split('\n')[0]);
    expect(new Set(subjects).size).toBe(mailLanguages.length);
  });
});

describe('a reminder says what is owed, by when, for which grant, what waits on it and where', () => {
  it.each<[MailLanguage, string, string, string]>([
    ['nl', 'woensdag 28 februari 2024', '€\u00a022.400,00', 'schijf 2'],
    ['fr', 'mercredi 28 février 2024', '22\u00a0400,00\u00a0€', 'tranche 2'],
    ['en', 'Wednesday 28 February 2024', '€22,400.00', 'tranche 2'],
  ])('%s', (language, date, amount, tranche) => {
    const { subject, text, html } = write(reminder, language);
    expect(subject).toContain(date);
    expect(subject).toContain('REN-ANT');
    for (const part of [
      'tussentijds verslag',
      date,
      'REN-ANT',
      'Roma Experten Netwerk 2023-2024',
      tranche,
      amount,
    ]) {
      expect(text).toContain(part);
      expect(html).toContain(part);
    }
    expect(text).toContain(`: ${reminder.link}`);
    expect(html).toContain(`href="${reminder.link}"`);
  });

  it('reads as a letter', () => {
    expect(write({ ...reminder, waiting: [] }).text).toBe(`Beste Lieve Peeters,

U dient het verslag “tussentijds verslag” in uiterlijk op woensdag 28 februari 2024. U hebt nog 14 dagen.

Subsidie REN-ANT, Roma Experten Netwerk 2023-2024, begunstigde Stad Antwerpen.

Verslag indienen: https://subsidies.example/grants/REN-ANT

Haalt u die datum niet? Vraag dan vooraf een verlenging aan, met uw reden, als het programma dat toelaat.

Hebt u vragen? Neem contact op met Karim Haddad via karim.haddad@agency.example.

Met vriendelijke groeten

De subsidieadministratie

U krijgt deze mail omdat u contactpersoon bent van de begunstigde.
`);
  });

  it.each<[MailLanguage, number, boolean, string]>([
    ['nl', 0, false, 'Dat is vandaag.'],
    ['nl', 1, false, 'Dat is morgen.'],
    ['nl', 1, true, 'al 1 dag voorbij'],
    ['nl', 7, true, 'al 7 dagen voorbij'],
    ['fr', 1, true, 'depuis 1 jour et'],
    ['fr', 14, true, 'depuis 14 jours et'],
    ['en', 1, true, ', 1 day ago'],
    ['en', 60, false, 'You have 60 days left.'],
  ])('%s, %d days, overdue %s: %s', (language, days, overdue, said) => {
    expect(write({ ...reminder, days, overdue }, language).text).toContain(said);
  });

  it('writes an amount beyond what a float holds exactly', () => {
    const waiting = [{ tranche: 1, amount: '9999999999999.99' }];
    expect(write({ ...reminder, waiting }).text).toContain('€\u00a09.999.999.999.999,99');
  });
});

it('writes the first of a month as French does, and its other days as numbers', () => {
  expect(write({ ...reminder, dueOn: '2024-03-01' }, 'fr').subject).toContain('le vendredi 1er mars 2024');
  for (const day of ['11', '21', '31'])
    expect(write({ ...reminder, dueOn: `2024-03-${day}` }, 'fr').subject).toContain(` ${day} mars 2024`);
  expect(write({ ...reminder, dueOn: '2024-03-01' }, 'nl').subject).toContain('vrijdag 1 maart 2024');
});

describe('a mail of several', () => {
  const returned = exampleOf('report.returned');
  const items = [reminder, returned, { ...reminder, grant: 'REN-GNT', contact: 'An Maes' }];

  it('names the first and counts the others in its subject, and holds each with its title', () => {
    const { subject, text, html } = render(items, 'nl', shipped);
    expect(subject).toBe(
      'In te dienen uiterlijk op woensdag 28 februari 2024: verslag “tussentijds verslag” (REN-ANT) en nog 2 andere berichten',
    );
    expect(text).toContain('Deze mail bevat 3 berichten.');
    expect(text).toContain('verslag “tussentijds verslag” (REN-GNT)\n---');
    expect(html.match(/<h2 /g)).toHaveLength(3);
    expect(text.match(/Beste /g)).toHaveLength(1);
  });

  it('says one other in the singular', () => {
    expect(render(items.slice(0, 2), 'nl', shipped).subject).toMatch(/ en nog 1 ander bericht$/);
    expect(render(items.slice(0, 2), 'fr', shipped).subject).toMatch(/ et 1 autre message$/);
  });

  it('names whom to ask only where it is the same for all, and not to themselves', () => {
    expect(render(items.slice(0, 2), 'nl', shipped).text).toContain('Neem contact op met Karim Haddad');
    expect(render(items, 'nl', shipped).text).not.toContain('Neem contact op');
    expect(write({ ...reminder, recipient: 'Karim Haddad' }).text).not.toContain('Neem contact op');
  });

  it('is not written without messages', () => {
    expect(() => render([], 'nl', shipped)).toThrow('a mail without messages is not written');
  });
});

const hostile: Readonly<Record<string, string>> = {
  script: '<script>alert(1)</script>',
  attribute: '" onmouseover="alert(1)\' x=',
  'markdown link': '[klik](https://evil.example) ![x](https://evil.example/x.png)',
  'markdown blocks': '\n\n# Kop\n\n- punt\n\n1. een\n\n---\n\n> citaat\n\n    code\n\n```\nx\n```',
  html: '</p></div><h1>groot</h1><!-- -->',
  emphasis: '**vet** _schuin_ `code` \\',
  newlines: 'een\r\ntwee\rdrie\u2028vier\n\n\n\n\nvijf',
  header: 'x\r\nBcc: iemand@evil.example',
  emoji: '👩‍👩‍👧 🇧🇪 ❤️',
  'right to left': '\u202Eevil\u2066x\u200F שלום',
  liquid: '{{ 7 | times: 7 }}{% for i in (1..9) %}x{% endfor %}',
  marks: '\uFDD00\uFDD1\uFDD21\uFDD1\uFDD3',
  'half a character': 'a\ud83d b\ude00',
  controls: 'a\0b\u0007c\u009fd\tb',
  entities: '&lt;b&gt; &amp; &#60;',
};

/** Control characters, half characters, marks that turn the direction of text, and the renderer's own. */
const unwelcome = /(?!\n)\p{Cc}|\p{Cs}|[\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]/u;

describe('values cannot break a mail', () => {
  const tags = (html: string): string[] => html.match(/<[^>]*>/g)?.filter((tag) => tag !== '<br>') ?? [];
  const withText = (facts: MessageFacts, text: string): MessageFacts => {
    const fields: Readonly<Record<string, unknown>> = messageFields[facts.kind];
    const changed = Object.entries(facts).map(([name, value]) =>
      fields[name] === 'text' || fields[`${name}?`] === 'text' ? [name, text] : [name, value],
    );
    return Object.fromEntries(changed) as MessageFacts;
  };
  // Contact and recipient must differ for the layout to be the same.
  const plain = (kind: MessageKind): MessageFacts => withText(exampleOf(kind), 'x');

  it.each(Object.keys(hostile))('%s, in every text of every kind', (name) => {
    for (const kind of messageKinds) {
      const { html, subject, text } = write(withText(exampleOf(kind), hostile[name] ?? ''), 'nl');
      const neutral = (all: string[]): string[] => all.map((tag) => tag.replace(/aria-label="[^"]*"/, ''));
      expect(neutral(tags(html))).toEqual(neutral(tags(write(plain(kind), 'nl').html)));
      expect(subject).not.toMatch(unwelcome);
      expect(subject).not.toContain('\n');
      expect(subject.length).toBeLessThanOrEqual(200);
      expect(`${html}${text}`).not.toMatch(unwelcome);
    }
  });

  it('they are read as they were written', () => {
    const reason = '2 < 3 & "x" [y](z) *w*';
    const { text, html } = write({ ...exampleOf('report.returned'), reason });
    expect(text).toContain(`> ${reason}`);
    expect(html).toContain('2 &lt; 3 &amp; &quot;x&quot; [y](z) *w*');
  });

  it('a reason of several paragraphs stays one quotation', () => {
    const { text, html } = write({ ...exampleOf('report.returned'), reason: 'een\n\ntwee\r\n- drie' });
    expect(text).toContain('> een\n> \n> twee\n> - drie');
    expect(html).toContain('een<br><br>twee<br>- drie</p>\n</blockquote>');
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'https://x.example/" onclick="x',
    ' https://x',
    'ftp://x.example',
  ])('a link to %s leads nowhere', (link) => {
    const { html } = write({ ...reminder, link });
    expect(html).toContain('href="#"');
    expect(html).not.toContain(`href="${link.slice(0, 4)}`);
  });

  it('a subject is cut between characters', () => {
    const { subject } = write({ ...reminder, report: '👩‍👩‍👧'.repeat(100) });
    expect(subject.length).toBeLessThanOrEqual(200);
    expect(subject).toMatch(/👩‍👩‍👧…$/u);
  });
});

describe('a template that was saved', () => {
  const own = (source: string): MailTemplates =>
    new MailTemplates([{ kind: 'reminder.sent', language: 'nl', version: 3, source }]);

  it('is used in its language and kind only', () => {
    const templates = own('# Denk eraan: {{ report }}\n\nGroet van [de dienst]({{ link }}).');
    expect(render([reminder], 'nl', templates).subject).toBe('Denk eraan: tussentijds verslag');
    expect(render([reminder], 'nl', templates).text).toContain(
      'Groet van de dienst (https://subsidies.example/grants/REN-ANT).',
    );
    expect(render([reminder], 'fr', templates).subject).toContain('mercredi');
  });

  it('gives way to the one that came with the service where it fails, and says so', () => {
    const templates = own('# {{ report }}\n\n{{ gone }}');
    const mail = render([reminder], 'nl', templates);
    expect(mail.subject).toContain('woensdag');
    expect(mail.faults).toEqual([
      { kind: 'reminder.sent', version: 3, line: 3, column: 4, field: 'gone', message: expect.any(String) },
    ]);
  });

  it('gives way where it no longer compiles, and says so', () => {
    const mail = render([reminder], 'nl', own('# x\n\n{% if overdue %}te laat'));
    expect(mail.subject).toContain('woensdag');
    expect(mail.faults).toEqual([
      {
        kind: 'reminder.sent',
        version: 3,
        line: 3,
        column: 1,
        message: expect.stringContaining('not closed'),
      },
    ]);
  });

  it('may hold HTML, which is text', () => {
    const { html } = render(
      [reminder],
      'nl',
      own('# x\n\n<script>alert(1)</script> ![x](https://x.example/x.png)'),
    );
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<img');
  });

  it('may link only to the web and to addresses', () => {
    const { html } = render(
      [reminder],
      'nl',
      own('# x\n\n[a](javascript:alert) [b](https://b.example?q={{ report }}) [c](mailto:c@d.example)'),
    );
    expect(html).not.toContain('href="javascript');
    expect(html).toContain('href="https://b.example?q=tussentijds%20verslag"');
    expect(html).toContain('href="mailto:c@d.example"');
  });
});

describe('example facts', () => {
  it.each(messageKinds)('of %s, and each variant, are facts as they are recorded', (kind) => {
    for (const facts of variants(kind)) expect(faultOfFacts(facts)).toBeNull();
  });

  it.each<[string, object, string]>([
    ['a missing field', { ...reminder, dueOn: undefined }, 'dueOn is missing'],
    ['an unknown field', { ...reminder, colour: 'red' }, 'colour is no field of it'],
    ['a date of another form', { ...reminder, dueOn: '28/2/2024' }, 'dueOn is no date: "28/2/2024"'],
    [
      'a number for an amount',
      { ...reminder, waiting: [{ tranche: 1, amount: 5 }] },
      'waiting.0.amount is no text',
    ],
    ['a word there is not', { ...reminder, audience: 'all' }, 'audience is none of beneficiary, agency'],
    ['a kind there is not', { kind: 'x' }, 'x is no kind of message'],
  ])('%s is named', (_, facts, fault) => {
    expect(faultOfFacts(facts as { kind: string })).toBe(fault);
  });
});
