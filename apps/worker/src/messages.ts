import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { addPeriod, instantAt } from '#domain/civil-date.js';
import type { Instant } from '#domain/civil-date.js';
import type { NewEvent } from '#domain/events.js';
import type { Plan } from '#domain/plan.js';
import { plannedReport } from '#domain/plan.js';
import { inTurns } from '#lifecycle/lanes.js';
import { messageFor } from '#notifications/facts-of-event.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { subjectOf } from '#notifications/subject.js';
import type { MailClass } from '#persistence/tables/mail.table.js';

import type { Effect } from './effects.js';
import { ownerOf } from './effects.js';
import { TELLING } from './mail-settings.js';
import type { TellingSettings } from './mail-settings.js';
import { ToldAboutReader } from './told-about.js';
import type { Told } from './told-about.js';

/** One person is told of one effect's event. */
export interface Telling {
  readonly effect: Effect;
  readonly recipient: string;
}

/** What waits on one person, on one working morning. */
export interface Digest {
  readonly recipient: string;
  /** The moment of the morning: one digest for each, whatever crashes. */
  readonly morning: Instant;
  readonly facts: MessageFacts<'digest'>;
}

/**
 * The local outbox: who was told what, once per event, person and kind, with all that a template needs. A message
 * joins the open mail of its recipient and moment; where no mail service is configured the mails lie here for the
 * API to show; nothing is silently dropped.
 */
@Injectable()
export class Messages {
  private readonly about: ToldAboutReader;

  constructor(
    private readonly database: DataSource,
    @Inject(TELLING) private readonly settings: TellingSettings,
  ) {
    this.about = new ToldAboutReader(database, settings.publicUrl);
  }

  async record(tellings: readonly Telling[]): Promise<void> {
    if (tellings.length === 0) return;
    if (this.settings.mails === null) return this.insert(tellings.map((telling) => plain(telling)));
    const effects = tellings.map(({ effect }) => effect);
    const told = await this.about.read(
      effects,
      tellings.map(({ recipient }) => recipient),
    );
    const rows: MessageToRecord[] = [];
    await inTurns(tellings, (telling) => void rows.push(withFacts(telling, told)));
    await this.insert(rows);
  }

  /** One statement for all: what was recorded before is passed over, and opens no mail. */
  private async insert(rows: readonly MessageToRecord[]): Promise<void> {
    await this.database.query(insertMessages, [
      rows.map(({ telling }) => telling.effect.eventId),
      rows.map(({ telling }) => telling.recipient),
      rows.map(({ telling }) => telling.effect.event.type),
      rows.map(({ telling: { effect } }) => subjectOf(ownerOf(effect.stream), effect.event)),
      rows.map(({ facts }) => facts),
      rows.map(({ joins }) => joins?.class ?? null),
      rows.map(({ joins }) => joins?.moment ?? null),
      rows.map(({ joins }) => joins?.dueAt ?? null),
    ]);
  }

  /** Digests, each in a mail of its own; who has that morning's already gets no other. */
  async recordDigests(digests: readonly Digest[]): Promise<void> {
    if (digests.length === 0) return;
    await this.database.query(insertDigests, [
      digests.map(({ recipient }) => recipient),
      digests.map(({ morning }) => morning),
      digests.map(({ facts }) => JSON.stringify(facts)),
      this.settings.mails !== null,
    ]);
  }
}

interface MessageToRecord {
  readonly telling: Telling;
  readonly facts: string;
  /** The mail it joins; null where none is put together. */
  readonly joins: { readonly class: MailClass; readonly moment: Instant; readonly dueAt: Instant } | null;
}

function plain(telling: Telling): MessageToRecord {
  return { telling, facts: '{}', joins: null };
}

function withFacts(telling: Telling, told: Told): MessageToRecord {
  const { effect, recipient } = telling;
  const shared = told.factsOf(effect);
  const reader = told.readers.get(recipient);
  if (shared === null || reader === undefined) return plain(telling);
  const facts = JSON.stringify(messageFor(reader, effect.event.type, shared));
  const plan = told.planOf(effect.stream);
  const due = plan === undefined ? null : dueMomentOf(plan, effect.event);
  const joins =
    due === null
      ? { class: 'news' as const, moment: minuteOf(effect.occurredAt), dueAt: effect.occurredAt }
      : { class: 'due' as const, moment: due, dueAt: due };
  return { telling, facts, joins };
}

/** News of one minute goes together, so that a clock that jumps by days never mixes them. */
function minuteOf(instant: Instant): Instant {
  return `${instant.slice(0, 16)}:00.000Z`;
}

/** Due moments by plan, which never changes: of a hundred thousand reminders a few are different. */
const momentsKnown = new WeakMap<Plan, Map<string, Instant>>();
const MOST_MOMENTS_KNOWN = 1_000;

/**
 * The moment at which a reminder or an escalation fell due, null for any other event. Not when it was decided: the
 * grants of one person are decided one after another, and after an outage all are late.
 */
function dueMomentOf(plan: Plan, event: NewEvent): Instant | null {
  if (event.type !== 'reminder.sent' && event.type !== 'report.escalated') return null;
  const offset = event.type === 'reminder.sent' ? event.data.offset : 'escalate';
  const { report, dueOn } = event.data;
  let known = momentsKnown.get(plan);
  if (known === undefined || known.size >= MOST_MOMENTS_KNOWN)
    momentsKnown.set(plan, (known = new Map<string, Instant>()));
  const key = `${report} ${dueOn} ${offset}`;
  let moment = known.get(key);
  if (moment === undefined) {
    const { escalate, reminders } = plannedReport(plan, report);
    const [sign, period] =
      offset === 'escalate' ? (['+', escalate ?? 'P0D'] as const) : [offset[0], offset.slice(1)];
    const day = addPeriod(dueOn, period, sign === '-' ? -1 : 1);
    known.set(key, (moment = instantAt(day, reminders.at, plan.timeZone)));
  }
  return moment;
}

// Mails are opened in the order of their key, the same everywhere: no two recorders wait for each other crosswise.
// Joining an open mail locks it, so that it is not fixed before its message is committed.
const insertMessages = `
  WITH told AS (
    SELECT t.* FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[],
                           $7::timestamptz[], $8::timestamptz[])
           AS t (event_id, recipient, kind, subject, facts, class, moment, due_at)
     WHERE (t.event_id, t.recipient, t.kind) NOT IN (
       SELECT event_id, recipient, kind FROM messages WHERE event_id = ANY ($1::bigint[]))
  ), opened AS (
    INSERT INTO mails (recipient, class, moment, due_at)
    SELECT recipient, class, moment, min(due_at) FROM told WHERE class IS NOT NULL
     GROUP BY recipient, class, moment ORDER BY recipient COLLATE "C", class, moment
    ON CONFLICT (recipient, class, moment) WHERE state = 'open'
      DO UPDATE SET due_at = least(mails.due_at, excluded.due_at)
    RETURNING id, recipient, class, moment
  )
  INSERT INTO messages (event_id, recipient, kind, subject, facts, mail, at)
  SELECT t.event_id, t.recipient, t.kind, t.subject, t.facts, o.id, (SELECT sluis_now())
    FROM told t LEFT JOIN opened o USING (recipient, class, moment)
   ORDER BY t.event_id, t.recipient
  ON CONFLICT DO NOTHING`;

// A digest is unique twice over (mails_one_open, mails_one_digest), and an index that ON CONFLICT does not watch raises:
// it watches both, for another worker may write the same morning at the same instant.
const insertDigests = `
  WITH told AS (
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::jsonb[]) AS t (recipient, moment, facts)
  ), opened AS (
    INSERT INTO mails (recipient, class, moment, due_at, opt_out)
    SELECT recipient, 'digest', moment, moment, gen_random_uuid() FROM told WHERE $4
    ON CONFLICT DO NOTHING
    RETURNING id, recipient, moment
  )
  INSERT INTO messages (event_id, recipient, kind, facts, mail)
  SELECT NULL, t.recipient, 'digest', t.facts, o.id
    FROM told t LEFT JOIN opened o USING (recipient, moment)
   WHERE NOT $4 OR o.id IS NOT NULL`;
