import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ConsoleLogger, Logger } from '@nestjs/common';
import PostalMime from 'postal-mime';

import type { NewEvent } from '#domain/events.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { inTransaction } from '#persistence/client.js';
import { StreamTail } from '#persistence/event-log.js';
import { GrantChanges } from '#persistence/grant-changes.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { type TestCluster, startTestCluster } from '#test/support/cluster.js';
import { Engine } from '#test/support/engine.js';
import { engineScenario } from '#test/support/engine-scenarios.js';
import { type SmtpSink, type TakenMail, startSmtpSink } from '#test/support/smtp-sink.js';
import { until } from '#test/support/until.js';
import type { Effect } from '#worker/effects.js';
import type { TellingSettings } from '#worker/mail-settings.js';
import { Mails } from '#worker/mails.js';
import { MOST_BEING_TOLD, Messages, type Telling } from '#worker/messages.js';

const tls = fileURLToPath(new URL('../support/tls', import.meta.url));
const publicUrl = 'https://subsidies.agency.example';

let cluster: TestCluster;
let engine: Engine;
let sink: SmtpSink;
const extra: SmtpSink[] = [];
const senders: Mails[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  sink = await startSmtpSink();
});
afterAll(async () => {
  await sink.stop();
  await cluster.stop();
});
afterEach(async () => {
  for (const sender of senders.splice(0)) sender.close();
  for (const other of extra.splice(0)) await other.stop();
  await sink.behave({});
  await sink.forget();
  await engine.close();
});

const open = async (at: string, grants = 1): Promise<void> => {
  engine = await Engine.open(cluster, engineScenario({ grants }), at);
  // What waits on the agency in the morning is another spec's.
  await engine.owner.query(`UPDATE people SET mail = id || '@city.example', digest = false`);
};

const telling = (url: string | null = `${sink.url}?timeout=1`): TellingSettings => ({
  publicUrl,
  mails: {
    smtp: url === null ? null : { url },
    from: 'Agentschap <sluis@agency.example>',
    settleMs: { due: 60_000, news: 200 },
  },
});

/** A process that sends, in this one. */
const sender = (url?: string | null): Mails => {
  const mails = new Mails(engine.source, telling(url));
  senders.push(mails);
  return mails;
};

const rows = <T>(sql: string, values: unknown[] = []): Promise<T[]> => engine.source.query<T[]>(sql, values);

/** Mails that are fixed and wait, one to each of the persons named, with a subject that tells them apart. */
const waiting = async (...recipients: string[]): Promise<void> => {
  for (const recipient of recipients) {
    const facts = {
      kind: 'report.returned',
      recipient: `Zoë ${recipient}`,
      audience: 'beneficiary',
      link: `${publicUrl}/grants/G01`,
      on: '2024-02-14',
      grant: 'G01',
      programme: 'Réseau d’experts “Łódź”',
      beneficiary: 'Stad Antwerpen',
      report: 'éindverslag',
      waiting: [{ tranche: 2, amount: '500.00' }],
      dueOn: '2024-03-29',
      reason: 'De kosten ontbreken.\r\nBcc: thief@evil.example\r\n\r\nen <b>meer</b>',
    } satisfies MessageFacts<'report.returned'>;
    await engine.owner.query(
      `WITH opened AS (INSERT INTO mails (recipient, class, moment, due_at) VALUES ($1, 'due', '2024-01-01', '2024-01-01') RETURNING id)
       INSERT INTO messages (event_id, recipient, kind, facts, mail)
       SELECT (SELECT coalesce(max(event_id), 0) + 1000 FROM messages), $1, 'report.returned', $2, id FROM opened`,
      [recipient, JSON.stringify(facts)],
    );
  }
};

const states = async (): Promise<string[]> =>
  (
    await rows<{ recipient: string; state: string; attempts: number }>(
      'SELECT recipient, state, attempts FROM mails ORDER BY recipient, id',
    )
  ).map(({ recipient, state, attempts }) => `${recipient} ${state} ${attempts}`);

/** Whatever was told is in a mail, and every mail with the server. */
const allSent = (): Promise<void> =>
  until('all is sent', async () => {
    const [row] = await rows<{ left: number; sent: number }>(
      `SELECT count(*) FILTER (WHERE state <> 'sent')::int AS left, count(*)::int AS sent FROM mails`,
    );
    return row !== undefined && row.sent > 0 && row.left === 0;
  });

/** As if the rests between attempts were over. */
const later = (): Promise<unknown> =>
  engine.owner.query(
    'UPDATE mails SET next_attempt_at = clock_timestamp() WHERE next_attempt_at IS NOT NULL',
  );

const received = async (from = sink): Promise<readonly TakenMail[]> => from.mails();
const people = (mails: readonly TakenMail[]): string[] => mails.flatMap(({ to }) => to).sort();

describe('what falls due', () => {
  it('at one moment for one person is one mail; later ones go in another', async () => {
    await open('2024-02-13T10:00', 3);
    engine.telling = telling(sink.url);
    await engine.startWorker();
    await engine.quiet();
    await allSent();
    await sink.forget();
    // All three grants fall due at nine, each decided by itself.
    await engine.moveTo('2024-02-14T09:00:30');
    await engine.quiet();
    await allSent();
    await engine.moveTo('2024-02-21T09:00');
    await engine.quiet();
    await allSent();
    const mails = await rows(
      `SELECT m.recipient, m.class, to_char(m.moment AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS') AS moment,
              m.part, m.state, (SELECT count(*)::int FROM messages x WHERE x.mail = m.id) AS messages
         FROM mails m WHERE class = 'due' ORDER BY moment`,
    );
    expect(mails).toEqual([
      { recipient: 'stad', class: 'due', moment: '2024-02-14 09:00:00', part: 1, state: 'sent', messages: 3 },
      { recipient: 'stad', class: 'due', moment: '2024-02-21 09:00:00', part: 1, state: 'sent', messages: 3 },
    ]);
    const [first, second] = await received();
    expect(first?.to).toEqual(['stad@city.example']);
    expect(first?.messageId).toMatch(/^<[0-9a-f]{32}@agency\.example>$/);
    expect(second?.messageId).not.toBe(first?.messageId);
    const { text = '', html = '', headers } = await PostalMime.parse(first?.raw ?? '');
    for (const part of [text, html]) for (const grant of ['G01', 'G02', 'G03']) expect(part).toContain(grant);
    expect(text).toContain('500');
    expect(headers.some(({ key }) => key.startsWith('list-unsubscribe'))).toBe(false);
    expect(headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
  });

  it('and is decided after the mail was fixed goes in another part, under another Message-ID', async () => {
    await open('2024-02-13T10:00');
    await waiting('stad');
    await sender(null).run();
    await waiting('bart');
    await engine.owner.query(
      `UPDATE messages SET recipient = 'stad', kind = 'report.accepted' WHERE recipient = 'bart'`,
    );
    await engine.owner.query(`UPDATE mails SET recipient = 'stad' WHERE recipient = 'bart'`);
    await sender(null).run();
    const fixed = await rows<{ part: number; message_id: string; state: string }>(
      `SELECT part, message_id, state FROM mails WHERE recipient = 'stad' AND class = 'due' ORDER BY part`,
    );
    expect(fixed.map(({ part, state }) => `${part} ${state}`)).toEqual(['1 recorded', '2 recorded']);
    expect(new Set(fixed.map(({ message_id }) => message_id)).size).toBe(2);
  });

  it('goes once all is told to its own recipient; what the agency is told of waits for every grant', async () => {
    await open('2024-02-13T10:00', 2);
    await engine.owner.query(
      `INSERT INTO beneficiaries (id, name, kbo, created_at) VALUES ('town', 'Town', '0207500123', '2023-01-01')`,
    );
    await engine.owner.query(`UPDATE grants SET beneficiary = 'town' WHERE code = 'G02'`);
    await waiting('an', 'stad');
    /** What became of both mails while this grant alone is due at their moment. */
    const whileDue = async (grant: string): Promise<string[]> => {
      await engine.owner.query(
        `UPDATE grants SET next_due_at = CASE code WHEN $1 THEN '2024-01-01' ELSE '2024-03-01' END::timestamptz`,
        [grant],
      );
      await sender(null).run();
      return states();
    };
    expect(await whileDue('G01')).toEqual(['an open 0', 'stad open 0']);
    await engine.owner.query(
      `INSERT INTO effects (event_id, reaction, target) SELECT min(id), 'remind', 'stad' FROM events`,
    );
    expect(await whileDue('G02')).toEqual(['an open 0', 'stad open 0']);
    await engine.owner.query(`UPDATE effects SET done_at = clock_timestamp() WHERE reaction = 'remind'`);
    for (const type of ['reminder.sent', 'report.escalated']) {
      await engine.owner.query(`INSERT INTO outbox (event_id, type, told) VALUES (999999, $1, 'stad')`, [
        type,
      ]);
      expect(await whileDue('G02')).toEqual(['an open 0', 'stad open 0']);
      await engine.owner.query('DELETE FROM outbox WHERE event_id = 999999');
    }
    expect(await whileDue('G02')).toEqual(['an open 0', 'stad recorded 0']);
    expect(await whileDue('none')).toEqual(['an recorded 0', 'stad recorded 0']);
  });

  it('and waits in the outbox says there whom it goes to, as no other event does', async () => {
    await open('2024-02-13T10:00', 1);
    const types = ['reminder.sent', 'report.escalated', 'reminder.superseded'] as const;
    const tail = new StreamTail('grant:OUTBOX', 0, null, null);
    const changes = new GrantChanges();
    const data = { report: 'final', offset: '-P14D', dueOn: '2024-02-28', to: 'stad' };
    for (const type of types) {
      const event = { type, data, actor: 'system', reason: null, version: 1 };
      changes.events([tail.append(event, `outbox-${type}`, '2024-02-14T08:00:00.000Z')]);
    }
    await inTransaction(engine.source, (client) => changes.write(client));
    expect(
      await rows(
        `SELECT o.type, o.told FROM outbox o JOIN events e ON e.id = o.event_id
          WHERE e.stream = 'grant:OUTBOX' ORDER BY e.sequence`,
      ),
    ).toEqual(types.map((type, at) => ({ type, told: at < 2 ? 'stad' : null })));
  });

  it('is read with each value in its place', async () => {
    await open('2024-02-13T10:00', 1);
    await engine.owner.query(`UPDATE people SET name = 'Name of ' || id`);
    await engine.owner.query(`UPDATE accounts SET holder = 'Holder'`);
    const [account] = await rows<{ version: number; iban: string }>(
      `SELECT version, iban FROM accounts WHERE beneficiary = 'city'`,
    );
    const [read] = await rows<{ about: unknown }>(
      `SELECT told_about(ARRAY['G01'], ARRAY['city'], ARRAY['an', 'stad'], ARRAY['stad'], true) AS about`,
    );
    expect(read?.about).toEqual({
      grants: [
        ['G01'],
        ['city'],
        ['City'],
        ['TEST'],
        [1],
        ['Under test'],
        ['1000.00'],
        ['2023-01-01'],
        ['2024-12-31'],
        ['Name of an'],
        ['an@city.example'],
      ],
      tranches: [
        ['G01', 'G01'],
        [1, 2],
        ['500.00', '500.00'],
        ['payable', 'planned'],
      ],
      reports: [['G01'], ['final'], ['2024-02-28']],
      beneficiaries: [['city'], ['City']],
      accounts: [['city'], [account?.version], [account?.iban], ['Holder']],
      people: [
        ['an', 'stad'],
        ['Name of an', 'Name of stad'],
        [null, 'city'],
      ],
      persons: [['stad'], ['Name of stad'], ['City']],
    });
  });

  /** The reminders of three grants at one moment to one person, decided and on their way, told by nobody yet. */
  const undoneReminders = async (): Promise<Telling[]> => {
    await open('2024-02-13T10:00', 3);
    engine.telling = { publicUrl, mails: null };
    const worker = await engine.startWorker();
    await engine.moveTo('2024-02-14T09:00:30');
    await engine.quiet();
    await worker.stop();
    await forget();
    const effects = await rows<Omit<Effect, 'event' | 'occurredAt'> & NewEvent & { occurredAt: Date }>(
      `SELECT id::text AS "eventId", 'remind' AS reaction, data ->> 'to' AS target, stream, sequence, type, data, actor,
              reason, occurred_at AS "occurredAt" FROM events WHERE type = 'reminder.sent' ORDER BY id`,
    );
    return effects.map((effect) => ({
      effect: { ...effect, event: effect as NewEvent, occurredAt: effect.occurredAt.toISOString() },
      recipient: effect.target,
    }));
  };
  const record = (...tellings: readonly Telling[]): Promise<unknown> =>
    new Messages(engine.source, telling(null)).record(
      tellings.map(({ effect }) => effect),
      tellings,
    );
  const forget = async (): Promise<void> => {
    await engine.owner.query('DELETE FROM messages');
    await engine.owner.query('DELETE FROM mails');
    await engine.owner.query(`UPDATE effects SET done_at = NULL WHERE reaction = 'remind'`);
  };
  const mailsOfMessages = (): Promise<unknown> =>
    rows(`SELECT m.state, m.part, count(x)::int AS messages FROM messages x FULL JOIN mails m ON m.id = x.mail
           GROUP BY m.id, m.state, m.part ORDER BY m.id`);

  it('is fixed as it is told where it is told at once, and waits for what is told elsewhere', async () => {
    const [first, ...others] = await undoneReminders();
    if (first === undefined) throw new Error('no reminders');
    await record(first);
    expect(await mailsOfMessages()).toEqual([{ state: 'open', part: null, messages: 1 }]);
    // Nothing more comes after these; but one mail is open, and that is theirs.
    await record(...others);
    expect(await mailsOfMessages()).toEqual([{ state: 'open', part: null, messages: 3 }]);
    await sender(null).run();
    expect(await mailsOfMessages()).toEqual([{ state: 'recorded', part: 1, messages: 3 }]);
    await forget();
    await record(first, ...others);
    expect(await mailsOfMessages()).toEqual([{ state: 'recorded', part: 1, messages: 3 }]);
    await record(first, ...others);
    expect(await mailsOfMessages()).toEqual([{ state: 'recorded', part: 1, messages: 3 }]);
  });

  it('is fixed later where so much is on its way that it is not read for each batch', async () => {
    const tellings = await undoneReminders();
    await engine.owner.query(
      `INSERT INTO effects (event_id, reaction, target) SELECT 1000000 + n, 'remind', 'x' || n FROM generate_series(1, $1::int) n`,
      [MOST_BEING_TOLD + 1],
    );
    await record(...tellings);
    expect(await mailsOfMessages()).toEqual([{ state: 'open', part: null, messages: 3 }]);
    await sender(null).run();
    expect(await mailsOfMessages()).toEqual([{ state: 'recorded', part: 1, messages: 3 }]);
  });

  it('is in one mail, and no mail is without a message, however many tell it at the same instant', async () => {
    const [first, second, third] = (await undoneReminders()) as [Telling, Telling, Telling];
    const batches = [
      [first],
      [second],
      [first, second],
      [second, third],
      [first, second, third],
      [third],
      [first, second, third],
    ];
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(batches.map((batch) => record(...batch)));
      await sender(null).run();
      expect(await mailsOfMessages()).toEqual([{ state: 'recorded', part: 1, messages: 3 }]);
      await forget();
    }
  });

  it('in great numbers goes in parts of 200, nothing left out', async () => {
    await open('2024-02-13T10:00');
    await waiting('an');
    await engine.owner.query(
      `INSERT INTO messages (event_id, recipient, kind, facts, mail)
       SELECT 1000 + n, 'an', 'report.returned', x.facts, x.mail
         FROM messages x CROSS JOIN generate_series(1, 449) n WHERE x.recipient = 'an'`,
    );
    await sender(null).run();
    expect(
      await rows(
        `SELECT m.part, m.state, count(*)::int AS messages FROM mails m JOIN messages x ON x.mail = m.id
          WHERE m.recipient = 'an' GROUP BY m.id ORDER BY m.part`,
      ),
    ).toEqual([
      { part: 1, state: 'recorded', messages: 200 },
      { part: 2, state: 'recorded', messages: 200 },
      { part: 3, state: 'recorded', messages: 50 },
    ]);
  });
});

describe('a mail as it arrives', () => {
  it('carries text and HTML in UTF-8, and no value adds a header or markup', async () => {
    await open('2024-02-13T10:00');
    await waiting('stad');
    await sender().run();
    const [mail] = await received();
    const {
      subject,
      text = '',
      html = '',
      headers,
      from,
      to,
      messageId,
    } = await PostalMime.parse(mail?.raw ?? '');
    expect(subject).toContain('éindverslag');
    expect(text).toContain('Łódź');
    expect(html).toContain('Łódź');
    expect(html).not.toContain('<b>meer');
    expect(from).toMatchObject({ name: 'Agentschap', address: 'sluis@agency.example' });
    expect(to?.map(({ address }) => address)).toEqual(['stad@city.example']);
    expect(headers.map(({ key }) => key)).not.toContain('bcc');
    expect(mail?.to).toEqual(['stad@city.example']);
    const [row] = await rows<{ message_id: string; address: string; response: string }>(
      'SELECT message_id, address, response FROM mails',
    );
    expect(row).toMatchObject({ message_id: messageId, address: 'stad@city.example' });
    expect(row?.response).toContain('250');
  });

  it('offers to be left only where it is a digest', async () => {
    await open('2024-02-13T10:00');
    const messages = new Messages(engine.source, telling());
    const digest = {
      recipient: 'an',
      morning: '2024-02-13T07:00:00.000Z',
      facts: {
        kind: 'digest',
        recipient: 'An',
        audience: 'agency',
        link: publicUrl,
        on: '2024-02-13',
        total: 0,
        groups: [],
      },
    } as const;
    await messages.recordDigests([digest]);
    await messages.recordDigests([digest]);
    await waiting('stad');
    await sender().run();
    const mails = await received();
    expect(people(mails)).toEqual(['an@city.example', 'stad@city.example']);
    const of = async (name: string): Promise<Record<string, string>> => {
      const mail = mails.find(({ to }) => to.includes(`${name}@city.example`));
      const { headers } = await PostalMime.parse(mail?.raw ?? '');
      return Object.fromEntries(headers.map(({ key, value }) => [key, value]));
    };
    expect((await of('an'))['list-unsubscribe']).toMatch(
      /^<https:\/\/subsidies\.agency\.example\/unsubscribe\/[0-9a-f-]{36}>$/,
    );
    expect((await of('an'))['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
    expect((await of('stad'))['list-unsubscribe']).toBeUndefined();
  });

  it('goes over STARTTLS or TLS to a server whose certificate is trusted, and to no other', async () => {
    await open('2024-02-13T10:00');
    const starttls = await startSmtpSink({ tls });
    const implicit = await startSmtpSink({ tls, implicit: true });
    extra.push(starttls, implicit);
    const ca = encodeURIComponent(`${tls}/cert.pem`);
    await waiting('stad');
    await sender(`smtp://sluis:p%40ss%20word@localhost:${starttls.port}?ca=${ca}`).run();
    await waiting('bart');
    await sender(`smtps://localhost:${implicit.port}?ca=${ca}`).run();
    expect((await received(starttls)).map(({ secure, user }) => ({ secure, user }))).toEqual([
      { secure: true, user: 'sluis' },
    ]);
    expect((await received(implicit)).map(({ secure }) => secure)).toEqual([true]);
    // An unknown certificate; a server without TLS where TLS is asked for; a wrong password.
    await waiting('carla');
    await sender(`smtps://localhost:${implicit.port}`).run();
    await later();
    await sender(`smtp://localhost:${sink.port}?ca=${ca}`).run();
    await later();
    await sender(`smtp://sluis:wrong@localhost:${starttls.port}?ca=${ca}`).run();
    expect((await states()).filter((state) => state.startsWith('carla'))).toEqual(['carla waiting 3']);
    expect((await sink.counts()).taken).toBe(0);
    expect(readFileSync(`${tls}/cert.pem`, 'utf8')).toContain('CERTIFICATE');
  });
});

describe('a saved text that fails', () => {
  it('lets the mail go with the service’s own, and is said once for each version, whatever process met it', async () => {
    await open('2024-02-13T10:00');
    const save = (language: string, version: number, source: string) =>
      engine.owner.query(
        `INSERT INTO mail_templates (kind, language, version, source, set_by, set_at)
         VALUES ('report.returned', $1, $2, $3, 'an', '2024-02-01')`,
        [language, version, source],
      );
    const said: string[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (message: unknown) => said.push(String(message)),
    });
    try {
      await save('nl', 1, '# Terug: {{ report }}\n\n{{ gone }}');
      await waiting('an', 'stad');
      await sender().run();
      await waiting('bart');
      await sender().run();
      expect(said).toEqual([
        expect.stringMatching(
          /^The nl text of report\.returned, version 1, failed .*: line 3, column 4: gone may be absent/,
        ),
      ]);
      await save('nl', 2, '# Terug\n\n{% if reason %}zonder einde');
      await waiting('carla');
      await sender().run();
      expect(said.slice(1)).toEqual([expect.stringContaining('version 2, failed')]);
    } finally {
      Logger.overrideLogger(new ConsoleLogger());
    }
    expect(await states()).toEqual(['an sent 1', 'bart sent 1', 'carla sent 1', 'stad sent 1']);
    for (const { raw } of await received()) expect((await PostalMime.parse(raw)).text).toContain('Beste Zoë');
    const saved = new MailTemplateView(engine.source);
    expect(await saved.saved()).toMatchObject([
      { version: 2, failed: { fault: expect.stringMatching(/^line 3, column 1: .*not closed/) } },
    ]);
    await save('nl', 3, '# Terug: {{ report }}\n\nZie [het dossier]({{ link }}).');
    await waiting('fien');
    await sender().run();
    expect(await saved.saved()).toMatchObject([{ version: 3, failed: null }]);
    expect(await rows('SELECT version FROM mail_template_faults ORDER BY 1')).toEqual([
      { version: 1 },
      { version: 2 },
    ]);
  });
});

describe('a server that does not take a mail', () => {
  it('for now is tried again later, ever more rarely, and given up on in the end', async () => {
    await open('2024-02-13T10:00');
    await waiting('stad');
    await sink.behave({ recipients: { 'stad@city.example': '451 4.3.0 greylisted' } });
    const mails = sender();
    await mails.run();
    expect(await states()).toEqual(['stad waiting 1']);
    const [first] = await rows<{ rest: number; last_error: string }>(
      'SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS rest, last_error FROM mails',
    );
    expect(first?.rest).toBeGreaterThan(30);
    expect(first?.last_error).toContain('greylisted');
    // Nothing before its time.
    await mails.run();
    expect(await states()).toEqual(['stad waiting 1']);
    await later();
    await mails.run();
    const [second] = await rows<{ rest: number }>(
      'SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS rest FROM mails',
    );
    expect(second?.rest).toBeGreaterThan(90);
    await engine.owner.query('UPDATE mails SET attempts = 14');
    await later();
    await mails.run();
    expect(await states()).toEqual(['stad parked 15']);
  });

  it('for a wrong address marks that contact, and half of the recipients hold up no other', async () => {
    await open('2024-02-13T10:00');
    await waiting('an', 'bart', 'carla', 'stad');
    await sink.behave({
      recipients: {
        'bart@city.example': '550 5.1.1 no such user',
        'carla@city.example': '554 5.7.1 relaying denied',
      },
    });
    await sender().run();
    expect(await states()).toEqual(['an sent 1', 'bart failed 1', 'carla failed 1', 'stad sent 1']);
    expect(people(await received())).toEqual(['an@city.example', 'stad@city.example']);
    // 5.7 is policy: it says nothing of the address.
    expect(await rows('SELECT id, mail_bounce FROM people WHERE mail_bounced_at IS NOT NULL')).toEqual([
      { id: 'bart', mail_bounce: '550 5.1.1 no such user' },
    ]);
    expect((await engine.events('contact.bounced')).map(({ stream }) => stream)).toEqual(['person:bart']);
    await waiting('bart');
    await sender().run();
    expect((await states()).filter((state) => state.startsWith('bart'))).toEqual([
      'bart failed 1',
      'bart parked 1',
    ]);
  });

  it.each([
    ['refuses the mail for good', '554 5.6.0 not this one', 'failed'],
    ['refuses it for now', '452 4.3.1 full', 'waiting'],
    ['says nothing after it', 'hang', 'waiting'],
    ['goes away after it', 'close', 'waiting'],
  ])('and %s', async (_, data, state) => {
    await open('2024-02-13T10:00');
    await waiting('stad');
    await sink.behave({ data });
    await sender().run();
    expect(await states()).toEqual([`stad ${state} 1`]);
    if (state !== 'waiting') return;
    await sink.behave({});
    await later();
    await sender().run();
    expect(await states()).toEqual(['stad sent 2']);
  });

  it.each([
    ['hangs at the connection', 'hang'],
    ['refuses the connection', 'refuse'],
  ] as const)('because it %s: the others wait, and are sent once it is back', async (_, connect) => {
    await open('2024-02-13T10:00');
    await waiting('an', 'stad');
    await sink.behave({ connect });
    await sender().run();
    expect(await states()).toEqual(['an waiting 1', 'stad waiting 1']);
    await sink.behave({});
    await later();
    await sender().run();
    expect(await states()).toEqual(['an sent 2', 'stad sent 2']);
  });

  it('because nothing listens there', async () => {
    await open('2024-02-13T10:00');
    await waiting('stad');
    await sender('smtp://127.0.0.1:1?timeout=1').run();
    expect(await states()).toEqual(['stad waiting 1']);
  });
});

describe('sent once, or again under the same Message-ID', () => {
  it('where its sender died between the answer of the server and the record', async () => {
    await open('2024-02-13T10:00');
    await waiting('stad');
    // The server has taken it, and the connection is gone before it said so: nobody can know.
    await sink.behave({ data: 'take-close', times: 1 });
    await sender().run();
    expect(await states()).toEqual(['stad waiting 1']);
    await later();
    await sender().run();
    // A sender that died with the mail in its hands leaves it claimed; it is taken up once the claim has run out.
    await engine.owner.query(
      `UPDATE mails SET state = 'sending', handed_over_at = NULL, late_ms = NULL, response = NULL,
              next_attempt_at = clock_timestamp() + interval '1 hour'`,
    );
    await sender().run();
    expect((await sink.counts()).taken).toBe(2);
    await engine.owner.query(`UPDATE mails SET next_attempt_at = clock_timestamp() - interval '1 second'`);
    await sender().run();
    expect(await sink.counts()).toEqual({ taken: 3, messageIds: 1, twice: 1 });
    expect(await states()).toEqual(['stad sent 3']);
  });

  it('and two senders never both take one', async () => {
    await open('2024-02-13T10:00');
    await engine.owner.query(
      `INSERT INTO people (id, name, language, roles, since, mail)
       SELECT 'p' || n, 'P ' || n, 'fr', '{evaluator}', '2020-01-01', 'p' || n || '@agency.example' FROM generate_series(1, 400) n`,
    );
    await waiting(...Array.from({ length: 400 }, (_, n) => `p${n + 1}`));
    await Promise.all([sender(sink.url).run(), sender(sink.url).run(), sender(sink.url).run()]);
    expect(await sink.counts()).toEqual({ taken: 400, messageIds: 400, twice: 0 });
  });
});

it('without an address is not dropped: it lies parked until someone looks', async () => {
  await open('2024-02-13T10:00');
  await engine.owner.query(`UPDATE people SET mail = NULL WHERE id = 'stad'`);
  await waiting('stad');
  await sender().run();
  expect(await rows('SELECT state, last_error FROM mails')).toEqual([
    { state: 'parked', last_error: 'has no mail address' },
  ]);
});
