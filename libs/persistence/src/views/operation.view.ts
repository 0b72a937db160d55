import type { DataSource } from 'typeorm';

import { mailsUnderWay } from './sql-text.js';

/** What waits to be done, for whoever watches the service. */
export interface Backlog {
  readonly outboxRows: number;
  /** Age of the oldest event that no relay has claimed, by the clock of the rules. */
  readonly outboxLagSeconds: number;
  readonly undone: readonly {
    readonly reaction: string;
    readonly effects: number;
    readonly oldestSeconds: number;
  }[];
  readonly dueGrants: number;
  /** Deliveries to webhooks; the oldest that waits for one that is active. */
  readonly webhooks: {
    readonly waiting: number;
    readonly parked: number;
    readonly oldestSeconds: number;
  };
  readonly mails: {
    readonly underWay: number;
    readonly failed: number;
    /** How long the oldest that is not handed over has been due, in seconds. */
    readonly oldestSeconds: number;
    /** From due to handed over, of those of the last ten minutes, in seconds. */
    readonly lateSeconds: { readonly median: number; readonly p99: number; readonly most: number };
  };
}

/** How the service itself is doing; nothing of anybody's file. */
export class OperationView {
  constructor(private readonly database: DataSource) {}

  /** Migrations that this version has and the database lacks. Throws where the database cannot be reached. */
  async missingMigrations(): Promise<string[]> {
    const [table]: { there: boolean }[] = await this.database.query(
      `SELECT to_regclass('migrations') IS NOT NULL AS there`,
    );
    const rows: { name: string }[] =
      table?.there === true ? await this.database.query('SELECT name FROM migrations') : [];
    const applied = new Set(rows.map(({ name }) => name));
    return this.database.migrations
      .map(({ name, constructor }) => name ?? constructor.name)
      .filter((name) => !applied.has(name));
  }

  /** Whether a worker has answered the canary of this id. */
  async canaryAnswered(id: string): Promise<boolean> {
    const rows: unknown[] = await this.database.query('SELECT 1 FROM canaries WHERE id = $1', [id]);
    return rows.length > 0;
  }

  async backlog(): Promise<Backlog> {
    const [row]: { backlog: Backlog }[] = await this.database.query(
      `SELECT json_build_object(
         'outboxRows', (SELECT count(*) FROM outbox),
         'outboxLagSeconds', coalesce((SELECT greatest(0, extract(epoch FROM sluis_now() - e.occurred_at))
            FROM events e WHERE e.id = (SELECT min(event_id) FROM outbox)), 0),
         'undone', coalesce((SELECT json_agg(u) FROM (
            SELECT reaction, count(*) AS effects,
                   extract(epoch FROM clock_timestamp() - min(created_at)) AS "oldestSeconds"
              FROM effects WHERE done_at IS NULL GROUP BY reaction ORDER BY reaction) u), '[]'),
         'dueGrants', (SELECT count(*) FROM grants WHERE next_due_at <= (SELECT sluis_now())),
         'webhooks', (SELECT json_build_object(
            'waiting', count(*) FILTER (WHERE d.state = 'waiting'),
            'parked', count(*) FILTER (WHERE d.state = 'parked'),
            'oldestSeconds', coalesce(extract(epoch FROM clock_timestamp() - min(d.created_at)
               FILTER (WHERE d.state = 'waiting' AND w.status = 'active')), 0))
            FROM webhook_deliveries d JOIN webhooks w ON w.no = d.webhook WHERE d.state IN ('waiting','parked')),
         'mails', json_build_object(
            'underWay', (SELECT count(*) FROM ${mailsUnderWay('id')}),
            'failed', (SELECT count(*) FROM mails WHERE state IN ('failed', 'parked')),
            'oldestSeconds', coalesce((SELECT greatest(0, extract(epoch FROM sluis_now() - min(due_at)))
               FROM ${mailsUnderWay('due_at')}), 0),
            'lateSeconds', (SELECT json_build_object(
               'median', coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY late_ms), 0) / 1000,
               'p99', coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY late_ms), 0) / 1000,
               'most', coalesce(max(late_ms), 0) / 1000.0)
               FROM mails WHERE handed_over_at > clock_timestamp() - interval '10 minutes'))
       ) AS backlog`,
    );
    if (row === undefined) throw new Error('the backlog was not answered');
    return row.backlog;
  }
}
