// F1's year on the clock, as its people read it: mails as a real SMTP server received them, in the language of each,
// at nine in the morning in Brussels in winter and in summer, and none once the report is in.
import { readFileSync } from 'node:fs';

import PostalMime from 'postal-mime';
import { parse, stringify } from 'yaml';

import { withSimulated } from '#cli/simulation/simulate.js';
import { formatLocal } from '#domain/civil-date.js';
import { scenarioFiles, scenarioOf } from '#test/support/scenario-files.js';
import { startSmtpSink } from '#test/support/smtp-sink.js';
import type { TellingSettings } from '#worker/mail-settings.js';
import { Mails } from '#worker/mails.js';

interface ReceivedMail {
  /** Local time of the programme when the server had it. */
  readonly at: string;
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const languages: Readonly<Record<string, string>> = {
  'stad-antwerpen': 'nl',
  'stad-gent': 'nl',
  'stad-brussel': 'fr',
  'stad-sint-niklaas': 'en',
};

/**
 * F1 with an address and a language for each of its people, and a second report, due on Wednesday 3 April 2024, of
 * which one reminder falls before the clocks change on 31 March and one after.
 */
function f1WithMail() {
  const file = scenarioFiles().find(({ name }) => name.startsWith('roma-experten'));
  const document = parse(readFileSync(file?.path ?? '', 'utf8')) as {
    programme: { reports: object[] };
    people: { id: string; mail?: string; language?: string }[];
    happenings: { at: string }[];
  };
  document.programme.reports.push({
    code: 'progress',
    title: 'Voortgang',
    kind: 'substantive',
    due: { on: '2024-04-03' },
    reminders: { before: ['P7D', 'P1D'], after: [], at: '09:00' },
    escalate: 'none',
  });
  for (const person of document.people) {
    person.mail = `${person.id}@city.example`;
    person.language = languages[person.id] ?? 'nl';
  }
  // Nobody waives the new report, so the life of the grants ends where the scenario would close them.
  document.happenings = document.happenings.filter(({ at }) => at < '2024-07-01');
  return scenarioOf(stringify({ ...document, until: '2024-06-30' }));
}

let received: readonly ReceivedMail[];
interface Dated {
  readonly grant: string;
  readonly report: string;
  readonly dueOn: string;
  readonly at: Date;
}
let decided: readonly (Dated & { readonly offset: string; readonly to: string })[];
let submitted: readonly Dated[];

beforeAll(async () => {
  const sink = await startSmtpSink();
  const telling: TellingSettings = {
    publicUrl: 'https://subsidies.agency.example',
    mails: {
      smtp: { url: sink.url },
      from: 'Agentschap Binnenlands Bestuur <subsidies@agency.example>',
      settleMs: { due: 60_000, news: 0 },
    },
  };
  const mails: ReceivedMail[] = [];
  let sender: Mails | undefined;
  try {
    await withSimulated(
      f1WithMail(),
      {
        telling,
        progress: async (at, database) => {
          sender ??= new Mails(database, telling);
          for (let open = 1; open > 0;) {
            await sender.run();
            const [row]: { open: number }[] = await database.query(
              `SELECT count(*)::int AS open FROM mails WHERE state IN ('open', 'waiting', 'sending')`,
            );
            open = row?.open ?? 0;
          }
          for (const { raw, to, messageId } of await sink.mails()) {
            const { subject = '', text = '', html = '' } = await PostalMime.parse(raw);
            mails.push({
              at: formatLocal(at, 'Europe/Brussels'),
              to: to.join(),
              messageId,
              subject,
              text,
              html,
            });
          }
          await sink.forget();
        },
      },
      async (database) => {
        decided = await database.query(
          `SELECT substr(stream, 7) AS grant, data ->> 'report' AS report, data ->> 'dueOn' AS "dueOn",
                  data ->> 'offset' AS offset, data ->> 'to' AS to, occurred_at AS at
             FROM events WHERE type = 'reminder.sent' ORDER BY id`,
        );
        submitted = await database.query(
          `SELECT substr(stream, 7) AS grant, data ->> 'report' AS report, data ->> 'dueOn' AS "dueOn", occurred_at AS at
             FROM events WHERE type = 'report.submitted' ORDER BY id`,
        );
      },
    );
  } finally {
    sender?.close();
    await sink.stop();
  }
  received = mails;
}, 120_000);

const to = (person: string): ReceivedMail[] =>
  received.filter((mail) => mail.to === `${person}@city.example`);
/** Mails that remind of this report: their subject names it, and asks for it. */
const asks = /In te dienen uiterlijk|niet ontvangen|À remettre|non reçu|Due by|not received|due on/i;
const reminders = (person: string, report: string): ReceivedMail[] =>
  to(person).filter(({ subject, text }) => asks.test(subject) && text.includes(report));

it('reminds each contact of each moment once, as decided', () => {
  expect(decided.length).toBeGreaterThan(20);
  const keys = decided.map(
    ({ grant, report, dueOn, offset, to: person }) => `${grant} ${report} ${dueOn} ${offset} ${person}`,
  );
  expect(new Set(keys).size).toBe(keys.length);
  for (const { grant, at, to: person } of decided) {
    const local = formatLocal(at.toISOString(), 'Europe/Brussels');
    expect([
      local,
      to(person).filter((mail) => mail.at === local && mail.text.includes(grant)).length,
    ]).toEqual([local, 1]);
  }
});

it('reminds at nine in Brussels, on both sides of the change of clocks', () => {
  for (const { at } of decided)
    expect(formatLocal(at.toISOString(), 'Europe/Brussels')).toMatch(/T09:00:00\+0[12]:00$/);
  expect(reminders('stad-gent', 'Voortgang').map(({ at }) => at)).toEqual([
    '2024-03-27T09:00:00+01:00',
    '2024-04-02T09:00:00+02:00',
  ]);
});

it.each([
  ['stad-antwerpen', 'woensdag 28 februari 2024', '22.400,00'],
  ['stad-brussel', 'mercredi 28 février 2024', '17 440,00'],
  ['stad-sint-niklaas', 'Wednesday 28 February 2024', '5,600.00'],
])('writes to %s in their language: by %s, and what waits on it', (person, day, amount) => {
  const [first] = to(person).filter(({ at }) => at === '2024-01-29T09:00:00+01:00');
  if (first === undefined) throw new Error(`${person} got nothing on 29 January`);
  for (const part of [first.text, first.html]) {
    const plain = part.replaceAll(/[\u00a0\u202f]|&nbsp;/g, ' ');
    expect(plain).toContain(day);
    expect(plain).toContain(amount);
    expect(plain).toContain('https://subsidies.agency.example/');
  }
  expect(first.subject.replaceAll(/[\u00a0\u202f]/g, ' ')).toContain(day);
});

it('is silent once the report is in', () => {
  expect(submitted.length).toBeGreaterThanOrEqual(4);
  // A report that is returned has a deadline of its own, with reminders of its own.
  for (const { grant, report, dueOn, at } of submitted)
    for (const reminder of decided)
      if (reminder.grant === grant && reminder.report === report && reminder.dueOn === dueOn)
        expect(reminder.at.getTime()).toBeLessThanOrEqual(at.getTime());
  const gent = decided.filter(({ grant, report }) => grant === 'REN-GEN' && report === 'interim');
  expect(gent.map(({ offset }) => offset)).toEqual(['-P30D']);
});

it('tells of the news at once: what was accepted, decided and paid', () => {
  for (const person of Object.keys(languages)) {
    const news = to(person).filter(({ at }) => !at.includes('T09:00:00'));
    expect(news.length).toBeGreaterThan(2);
  }
});

it('gives every mail a Message-ID of its own', () => {
  const ids = received.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
});
