import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { CalendarRangeError } from '#domain/business-calendar.js';
import { type Instant, civilDateOf, defaultTimeZone } from '#domain/civil-date.js';
import { type Morning, digestCalendar, morningOf } from '#domain/digest.js';
import type { Deputy } from '#domain/who-is-told.js';
import { type Colleague, type Waiting, digestItems, digestsOf } from '#notifications/digest.js';
import type { MessageFacts } from '#notifications/message-facts.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import { Plans } from '#persistence/plans.js';
import { instantText } from '#persistence/views/sql-text.js';
import { readWaiting } from '#persistence/views/waiting.view.js';

import { TELLING, type TellingSettings } from './mail-settings.js';
import { Messages } from './messages.js';

/**
 * The digest of each working morning: to everybody of the agency on whom something waits, once per person and day. A
 * message is recorded first, once for its recipient and morning, and then that the day is decided: a crash in between does
 * both again and tells nobody twice. Several workers may do it at once.
 */
@Injectable()
export class Digests {
  private readonly log = new Logger(Digests.name);
  private readonly plans = new Plans();
  /** The last day that this process knows to be looked at or passed over. */
  private settled = '';

  constructor(
    private readonly database: DataSource,
    private readonly messages: Messages,
    @Inject(TELLING) private readonly settings: TellingSettings,
  ) {}

  /** Decides the digests of this morning that are not decided yet; answers how many were told something. */
  async run(): Promise<number> {
    if (this.settings.mails === null) return 0;
    const now = await this.now();
    const today = civilDateOf(now, defaultTimeZone);
    if (this.settled === today) return 0;
    const morning = await this.morning(now);
    if (morning === null) return 0;
    const told = await this.decide(morning);
    this.settled = today;
    return told;
  }

  private async now(): Promise<Instant> {
    const [row]: { now: Date }[] = await this.database.query('SELECT sluis_now() AS now');
    return instantOf(row?.now ?? new Date(0));
  }

  private async morning(now: Instant): Promise<Morning | null> {
    const calendar = await inTransaction(this.database, (client) =>
      this.plans.calendar(client, digestCalendar),
    );
    try {
      return morningOf(now, calendar);
    } catch (error) {
      if (!(error instanceof CalendarRangeError)) throw error;
      this.log.warn(`no digest today: ${error.message}`);
      this.settled = civilDateOf(now, defaultTimeZone);
      return null;
    }
  }

  private async decide(morning: Morning): Promise<number> {
    const digests = await inTransaction(this.database, (client) => this.undecided(client, morning));
    const told = [...digests].flatMap(([recipient, facts]) =>
      facts === null ? [] : [{ recipient, morning: morning.at, facts }],
    );
    await this.messages.recordDigests(told);
    await this.database.query(
      `INSERT INTO digests (person, day, decided_at, facts)
       SELECT k.person, $2, sluis_now(), k.facts FROM unnest($1::text[], $3::jsonb[]) AS k (person, facts)
       ON CONFLICT DO NOTHING`,
      [
        [...digests.keys()],
        morning.day,
        [...digests.values()].map((facts) => (facts === null ? null : JSON.stringify(facts))),
      ],
    );
    return told.length;
  }

  /** What waits on whoever has no digest of this morning yet; null where nothing does. */
  private async undecided(
    client: Client,
    morning: Morning,
  ): Promise<Map<string, MessageFacts<'digest'> | null>> {
    const { rows } = await client.query({ text: colleaguesNow, values: [morning.day, morning.at] });
    const colleagues = rows as (Colleague & { wanting: boolean })[];
    const wanting = colleagues.filter((one) => one.wanting).map(({ id }) => id);
    if (wanting.length === 0) return new Map();
    const { rows: deputies } = await client.query({ text: deputiesNow, values: [morning.day] });
    const waiting = (await readWaiting(client, digestItems)) as Waiting[];
    const { publicUrl } = this.settings;
    const facts = digestsOf(waiting, colleagues, deputies as Deputy[], morning.day, publicUrl);
    return new Map(wanting.map((id) => [id, facts.get(id) ?? null]));
  }
}

/** Who came after the morning had begun has their first digest tomorrow. */
const colleaguesNow = `
  SELECT p.id, p.name, p.roles, ${instantText('p.since')} AS since,
         p.digest AND p.since <= $2 AND NOT EXISTS (
           SELECT FROM digests d WHERE d.person = p.id AND d.day = $1) AS wanting
    FROM people p WHERE p.beneficiary IS NULL AND p.ended IS NULL ORDER BY p.id`;

const deputiesNow = `
  SELECT person, deputy, valid_from::text AS "from", valid_until::text AS until FROM deputies
   WHERE $1::date BETWEEN valid_from AND coalesce(valid_until, 'infinity')`;
