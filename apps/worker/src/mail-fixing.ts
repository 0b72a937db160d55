import type { DataSource } from 'typeorm';

import { inTransaction } from '#persistence/client.js';

import { MOST_MESSAGES, allTold, beingTold, fixedAs, fixedColumns, nextPartOf, nowFor } from './mail-set.js';
import type { MailSettings } from './mail-settings.js';

/** Mails fixed in one statement. */
const AT_ONCE = 2_000;

/**
 * Closes mails to what comes later. From then on a mail's set of messages and its Message-ID are what its row says:
 * whoever tries to hand it over, and however often, hands over the same mail.
 */
export class MailFixing {
  constructor(
    private readonly database: DataSource,
    private readonly settings: MailSettings,
    private readonly domain: string,
  ) {}

  /**
   * Fixes the mails that have settled: of what fell due, once nothing more of that moment comes to its recipient. Answers
   * how many; what somebody held in passing is left to the next call. `atOnce` waits for nothing. Without a server they
   * are recorded then and there.
   */
  async fixSettled({ atOnce = false } = {}): Promise<number> {
    let fixed = 0;
    for (let from: string | null = '-infinity'; from !== null;) {
      const some = await this.fixSome(atOnce, from);
      fixed += some.fixed;
      from = some.fixed < AT_ONCE ? null : some.reached;
    }
    return fixed;
  }

  /** Whether mails of what fell due are open, and told of something. */
  async isDueUnderWay(): Promise<boolean> {
    const [{ open }] = (await this.database.query(
      `SELECT EXISTS (SELECT FROM mails m WHERE m.state = 'open' AND m.class = 'due'
         AND EXISTS (SELECT FROM messages x WHERE x.mail = m.id)) AS open`,
    )) as [{ open: boolean }];
    return open;
  }

  /** One batch of those that were opened at `from` or later, and up to where it came. */
  private async fixSome(
    atOnce: boolean,
    from: string,
  ): Promise<{ readonly fixed: number; readonly reached: string | null }> {
    const { due, news } = this.settings.settleMs;
    return inTransaction(this.database, async (client) => {
      // Whom something is still told of is looked up in a hash table, unless the planner thinks it too large for one: a
      // backlog of 150,000 would be read whole for each mail.
      await client.query({ text: `SET LOCAL work_mem = '64MB'` });
      const { rows } = await client.query({
        text: fixSettled,
        values: [atOnce, due, news, this.settings.smtp !== null, this.domain, from],
      });
      return rows[0] as { fixed: number; reached: string | null };
    });
  }
}

/**
 * Open mails of one class by age, the count of their messages read for no more of them than are taken. From where the
 * batch before ended: what it fixed still lies in the index, and would be read again by each batch.
 */
const settledOf = (mailClass: string, settled: string): string => `
    SELECT m.id, m.recipient, m.class, m.moment, m.opened_at, c.messages FROM mails m
     CROSS JOIN LATERAL (SELECT count(*) AS messages FROM messages x WHERE x.mail = m.id) c
     WHERE m.state = 'open' AND m.class = '${mailClass}' AND m.opened_at >= $6::timestamptz AND c.messages > 0
       AND (${settled})
     ORDER BY m.opened_at LIMIT ${AT_ONCE} FOR UPDATE OF m SKIP LOCKED`;

const openedBefore = (ms: string): string =>
  `m.opened_at < (SELECT machine FROM now) - ${ms} * interval '1 millisecond'`;

// The row of an open mail is locked by whoever adds a message until that is committed: what is locked here has all
// that it will ever have. Who comes later finds no open mail and opens the next.
//
// Every step finds its rows by the ids of the one before, never by a join that reads a whole table for each batch: on a
// deadline day there are as many batches as there is table.
const fixSettled = `
  WITH now AS (${nowFor('$4', '$5')}
  ), being_told AS MATERIALIZED (${beingTold}
  ), due AS (${settledOf('due', `$1 OR ${openedBefore('$2')} OR (${allTold('m', '(SELECT p.beneficiary FROM people p WHERE p.id = m.recipient)')})`)}
  ), news AS (${settledOf('news', `$1 OR ${openedBefore('$3')}`)}
  ), digests AS (${settledOf('digest', 'true')}
  ), settled AS (SELECT * FROM due UNION ALL SELECT * FROM news UNION ALL SELECT * FROM digests
  ), counted AS (
    SELECT s.id, s.messages,
           ${nextPartOf('s')} AS part
      FROM settled s
  ), fixed AS (
    UPDATE mails m SET (${fixedColumns}) =
           ROW (${fixedAs('m', 'c.part')})
      FROM counted c CROSS JOIN now WHERE m.id = ANY (ARRAY(SELECT id FROM counted)) AND m.id = c.id
    RETURNING m.id, m.recipient, m.class, m.moment, m.due_at, m.opt_out, c.part, c.messages
  ), parts AS (
    INSERT INTO mails (recipient, class, moment, due_at, ${fixedColumns})
    SELECT f.recipient, f.class, f.moment, f.due_at, ${fixedAs('f', 'f.part + further.no')}
      FROM fixed f CROSS JOIN now
      CROSS JOIN LATERAL generate_series(1, (f.messages - 1) / ${MOST_MESSAGES}) AS further (no)
    RETURNING id, recipient, class, moment, part
  ), placed AS (
    SELECT y.id, f.recipient, f.class, f.moment, f.part + (y.no - 1) / ${MOST_MESSAGES} AS part
      FROM fixed f CROSS JOIN LATERAL (
        SELECT x.id, row_number() OVER (ORDER BY x.id) AS no FROM messages x WHERE x.mail = f.id
      ) y WHERE f.messages > ${MOST_MESSAGES}
  ), moved AS (
    UPDATE messages x SET mail = p.id
      FROM placed JOIN parts p USING (recipient, class, moment, part)
     WHERE x.id = ANY (ARRAY(SELECT id FROM placed)) AND x.id = placed.id
  )
  SELECT count(*)::int AS fixed,
         least((SELECT max(opened_at) FROM due), (SELECT max(opened_at) FROM news),
               (SELECT max(opened_at) FROM digests))::text AS reached FROM fixed`;
