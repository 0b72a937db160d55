import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { RunCommands } from '#lifecycle/run-commands.js';
import { Enqueue } from '#queue/enqueue.js';
import type { EffectKey } from '#queue/jobs.js';

import { jobsFor } from './ring.js';

/** Grants whose due moments are decided in one transaction. */
const GRANTS_AT_ONCE = 100;
/** Effects rung again at once. */
const EFFECTS_AT_ONCE = 500;
/** An effect still undone this long after it was rung is rung again, in seconds; doubled per failure. */
const RING_AGAIN_S = 10;
const LONGEST_WAIT_S = 600;

/**
 * What makes months-long deadlines and lost jobs come true: due rows in bounded batches, and effects that
 * nobody did, whether their job was lost, stalled for ever or given up on.
 */
@Injectable()
export class Sweep {
  constructor(
    private readonly database: DataSource,
    private readonly commands: RunCommands,
    private readonly enqueue: Enqueue,
  ) {}

  async run(): Promise<{ grants: number; rung: number }> {
    let grants = 0;
    for (;;) {
      const swept = await this.commands.sweepDue(GRANTS_AT_ONCE);
      grants += swept.grants;
      if (swept.grants < GRANTS_AT_ONCE) break;
    }
    return { grants, rung: await this.ringUndone() };
  }

  private async ringUndone(): Promise<number> {
    let rung = 0;
    for (;;) {
      const effects = await this.claimUndone();
      if (effects.length > 0) await this.enqueue.add(jobsFor(effects, Date.now()));
      rung += effects.length;
      if (effects.length < EFFECTS_AT_ONCE) return rung;
    }
  }

  private async claimUndone(): Promise<EffectKey[]> {
    const [rows] = (await this.database.query(
      `UPDATE effects f SET rung_at = clock_timestamp()
        WHERE (f.event_id, f.reaction, f.target) IN (
          SELECT event_id, reaction, target FROM effects
           WHERE done_at IS NULL
             AND coalesce(rung_at, '-infinity') < clock_timestamp()
                 - make_interval(secs => least(${LONGEST_WAIT_S}, ${RING_AGAIN_S} * 2 ^ least(attempts, 10)))
           ORDER BY event_id LIMIT ${EFFECTS_AT_ONCE} FOR UPDATE SKIP LOCKED)
       RETURNING f.event_id::text AS "eventId", f.reaction, f.target`,
    )) as [EffectKey[], number];
    return rows;
  }
}
