import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { mostLanes } from '#lifecycle/lanes.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import type { SweepFailure } from '#lifecycle/run-commands.js';
import { Enqueue } from '#queue/enqueue.js';
import type { EffectKey } from '#queue/jobs.js';

import { Digests } from './digests.js';
import { errorText } from './effects.js';
import { jobsFor } from './ring.js';

/** Grants whose due moments are decided in one transaction: more gain nothing and hold their locks longer. */
const GRANTS_AT_ONCE = 200;
/** Batches before two are under way together: a process that has just begun would else answer nobody for half a second. */
const BATCHES_ALONE = 20;
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
    private readonly digests: Digests,
  ) {}

  private sweeping = false;
  private again = false;

  /**
   * A sweep that is asked for while a long one is under way has that one look once more, and itself only rings: on a
   * deadline day it would else take the place of other jobs, and lost effects would wait until the day is done.
   */
  async run(): Promise<{ grants: number; rung: number }> {
    this.again = true;
    let grants = 0;
    if (!this.sweeping) {
      this.sweeping = true;
      try {
        while (this.again) grants += await this.sweepAll();
      } finally {
        this.sweeping = false;
      }
      await this.forgetMended();
    }
    const rung = await this.ringUndone();
    await this.digests.run();
    return { grants, rung };
  }

  /**
   * Until nothing more is due: one batch after another at first, which most mornings are done with and nobody who asks
   * something notices; where there is much more in lanes, so that the database works while the next is decided.
   */
  private async sweepAll(): Promise<number> {
    this.again = false;
    let grants = 0;
    for (let batch = 0; batch < BATCHES_ALONE; batch += 1) {
      const some = await this.sweepSome();
      grants += some;
      if (some < GRANTS_AT_ONCE) return grants;
    }
    const lane = async (): Promise<void> => {
      for (let some = GRANTS_AT_ONCE; some === GRANTS_AT_ONCE; grants += some) some = await this.sweepSome();
    };
    const lanes = await Promise.allSettled(Array.from({ length: mostLanes }, lane));
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
    return grants;
  }

  private async sweepSome(): Promise<number> {
    const { grants, failures } = await this.commands.sweepDue(GRANTS_AT_ONCE);
    await this.keepFailures(failures);
    return grants;
  }

  /** A list of failures is shown and kept, never logged and skipped (product.md, trap 15). */
  private async keepFailures(failures: readonly SweepFailure[]): Promise<void> {
    if (failures.length === 0) return;
    await this.database.query(
      `INSERT INTO due_failures AS d (grant_code, last_error) SELECT * FROM unnest($1::text[], $2::text[])
       ON CONFLICT (grant_code) DO UPDATE SET attempts = d.attempts + 1, last_error = excluded.last_error`,
      [failures.map(({ grant }) => grant), failures.map(({ error }) => errorText(error))],
    );
  }

  private async forgetMended(): Promise<void> {
    await this.database.query(
      `DELETE FROM due_failures d USING grants g
        WHERE g.code = d.grant_code AND (g.next_due_at IS NULL OR g.next_due_at > sluis_now())`,
    );
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
