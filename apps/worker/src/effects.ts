import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { NewEvent } from '#domain/events.js';
import { isConnectionLost } from '#lifecycle/failures.js';
import type { Client } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import type { EffectKey } from '#queue/jobs.js';

import type { ReactionName } from './reactions.js';

/** An effect to do, with the event it follows from. */
export interface Effect {
  readonly eventId: string;
  readonly reaction: ReactionName;
  readonly target: string;
  /** `grant:<code>` or `beneficiary:<id>` */
  readonly stream: string;
  readonly sequence: number;
  readonly event: NewEvent;
  readonly occurredAt: Instant;
}

type EffectFields = [
  eventId: string,
  reaction: ReactionName,
  target: string,
  stream: string,
  sequence: number,
  type: NewEvent['type'],
  data: NewEvent['data'],
  actor: string,
  reason: string | null,
  occurredAt: string,
];

/**
 * Does the effects of one reaction. Throwing leaves them undone: they are rung again. Answers `done` where it marked them
 * so itself, in the transaction of what it did.
 */
export type DoEffects = (effects: readonly Effect[]) => Promise<'done' | void>;

/** Longest text kept of a failure, in characters. */
const LONGEST_ERROR = 500;
/** How often effects under way say so; the sweep takes them for lost after 10 s. */
const BEAT_MS = 3_000;

/**
 * The effects of a batch, each done once by its key (event, reaction, target): what is done already is
 * passed over, what fails keeps its error and stays undone until the sweep rings it again (I11).
 */
@Injectable()
export class Effects {
  constructor(private readonly database: DataSource) {}

  /** Does a batch by reaction. Throws a failure after all others were tried. */
  async doBatch(
    keys: readonly EffectKey[],
    does: Partial<Readonly<Record<ReactionName, DoEffects>>>,
  ): Promise<void> {
    const undone = await this.loadUndone(keys);
    let failure: unknown;
    await this.keptRung(undone, async () => {
      for (const [reaction, effects] of byReaction(undone))
        failure = (await this.attempt(effects, does[reaction])) ?? failure;
    });
    if (failure !== undefined) throw failure;
  }

  /** Together, which is fast; and where that fails one by one, so that what always fails holds up no other. */
  private async attempt(effects: readonly Effect[], handler: DoEffects | undefined): Promise<unknown> {
    try {
      if (handler === undefined) throw new Error(`no handler does ${effects[0]?.reaction} in this queue`);
      const did = await handler(effects);
      if (did !== 'done') await this.database.query(markDone, columns(effects));
      return undefined;
    } catch (error) {
      if (effects.length === 1 || handler === undefined || isConnectionLost(error)) {
        await this.markFailed(effects, error);
        return error;
      }
      let failure: unknown;
      for (const effect of effects) failure = (await this.attempt([effect], handler)) ?? failure;
      return failure;
    }
  }

  /**
   * What takes long is not taken for lost, nor what waits for its turn in the batch: the sweep rings what was rung a while
   * ago and is still undone.
   */
  private async keptRung(effects: readonly Effect[], work: () => Promise<void>): Promise<void> {
    const beat = setInterval(() => {
      // Where the database is away the work fails by itself.
      this.markRung(effects).catch(() => undefined);
    }, BEAT_MS);
    try {
      await work();
    } finally {
      clearInterval(beat);
    }
  }

  private async markRung(effects: readonly Effect[]): Promise<void> {
    // Those being done this moment are locked: nobody takes them for lost, and waiting for them could be crosswise.
    await this.database.query(
      `UPDATE effects SET rung_at = clock_timestamp() WHERE (event_id, reaction, target) IN (
         SELECT event_id, reaction, target
           FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k (event_id, reaction, target)
           JOIN effects f USING (event_id, reaction, target)
          WHERE f.done_at IS NULL FOR UPDATE OF f SKIP LOCKED)`,
      columns(effects),
    );
  }

  private async loadUndone(keys: readonly EffectKey[]): Promise<Effect[]> {
    // One value for all: the driver takes as long for a field of a row as JSON.parse for a row.
    const [row] = (await this.database.query(
      `SELECT json_agg(json_build_array(
                f.event_id::text, f.reaction, f.target, e.stream, e.sequence, e.type, e.data, e.actor, e.reason,
                e.occurred_at
              ) ORDER BY f.event_id, f.target) AS effects
         FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k (event_id, reaction, target)
         JOIN effects f USING (event_id, reaction, target)
         JOIN events e ON e.id = f.event_id
        WHERE f.done_at IS NULL`,
      columns(keys),
    )) as { effects: EffectFields[] | null }[];
    return (row?.effects ?? []).map(
      ([eventId, reaction, target, stream, sequence, type, data, actor, reason, occurredAt]) => {
        const event = { type, data, actor, reason } as NewEvent;
        return { eventId, reaction, target, stream, sequence, event, occurredAt: instantOf(occurredAt) };
      },
    );
  }

  private async markFailed(effects: readonly Effect[], error: unknown): Promise<void> {
    await this.database.query(
      `UPDATE effects f SET attempts = f.attempts + 1, last_error = $4
         FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k (event_id, reaction, target)
        WHERE (f.event_id, f.reaction, f.target) = (k.event_id, k.reaction, k.target) AND f.done_at IS NULL`,
      [...columns(effects), errorText(error)],
    );
  }
}

/**
 * Marks effects done within a transaction, before what they do is written: whoever else has the same effects in hand
 * waits here, and then finds them done. Answers those that were undone.
 */
export async function claimDone(client: Client, effects: readonly Effect[]): Promise<readonly Effect[]> {
  const { rows } = await client.query({ text: markDone, values: columns(effects) });
  const [{ done }] = rows as [{ done: number[] | null }];
  return (done ?? []).map((place) => effects[place - 1] as Effect);
}

/** Answers the places of those it marked, from 1: a row for each took longer than the marking. */
const markDone = `
  WITH done AS (
    UPDATE effects f SET done_at = clock_timestamp(), last_error = NULL
      FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS k (event_id, reaction, target, place)
     WHERE (f.event_id, f.reaction, f.target) = (k.event_id, k.reaction, k.target) AND f.done_at IS NULL
    RETURNING k.place
  ) SELECT json_agg(place ORDER BY place) AS done FROM done`;

function columns(keys: readonly EffectKey[]): [string[], string[], string[]] {
  return [keys.map((key) => key.eventId), keys.map((key) => key.reaction), keys.map((key) => key.target)];
}

function byReaction(effects: readonly Effect[]): Map<ReactionName, Effect[]> {
  const groups = new Map<ReactionName, Effect[]>();
  for (const effect of effects) {
    const group = groups.get(effect.reaction);
    if (group === undefined) groups.set(effect.reaction, [effect]);
    else group.push(effect);
  }
  return groups;
}

/** What a stream name belongs to: the grant code or beneficiary id behind its prefix. */
export function ownerOf(stream: string): string {
  return stream.slice(stream.indexOf(':') + 1);
}

/** The id of the command that does an effect: the same effect gives the same command, whoever rings it. */
export function commandIdOf(effect: Effect, suffix = ''): string {
  return `effect:${effect.stream}#${effect.sequence}:${effect.reaction}${suffix === '' ? '' : `:${suffix}`}`;
}

/** What is kept of an error: its message, bounded. */
export function errorText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR);
}
