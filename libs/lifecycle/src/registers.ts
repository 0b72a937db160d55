import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { Actor } from '#domain/people.js';
import { type Refusal, type Refused, isRefused, refuse, refuseInvalid } from '#domain/refusal.js';
import { canonicalJson, isStorable } from '#persistence/canonical-json.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';

import { isConnectionLost, isLostRace, violatedKey } from './failures.js';

/** What a register command answered; `result` is JSON and is the same again for the same id. */
export type RegisterOutcome<T> =
  | { readonly accepted: true; readonly result: T; readonly now: Instant; readonly replayed: boolean }
  | {
      readonly accepted: false;
      readonly refused: Refusal;
      readonly now: Instant;
      readonly replayed: boolean;
    };

/**
 * Writes the rows of a register. Gets the connection of its transaction and the moment; gives the answer
 * (JSON, kept with the command: never a secret) or a refusal, after which nothing it wrote stays.
 */
export type RegisterWrite<T> = (client: Client, now: Instant) => Promise<{ readonly result: T } | Refused>;

const mostAttempts = 6;
const firstPauseMs = 20;
const longestId = 200;

/**
 * Changes to registers (programmes and their plan versions, beneficiaries, people, tokens): plain rows
 * without a stream of their own, but each under a command id and an input hash in the same table as every
 * other command, so that a repeated request takes effect once.
 */
export class Registers {
  constructor(readonly source: DataSource) {}

  /**
   * Runs `write` once for this id. The same id with the same actor, name and input answers as it did;
   * with other content it is refused as `command-reused`. A unique key that `write` violates is refused as
   * `conflict`. Throws what is broken infrastructure, after bounded retries.
   */
  async register<T>(
    commandId: string,
    actor: Actor,
    name: string,
    input: unknown,
    write: RegisterWrite<T>,
  ): Promise<RegisterOutcome<T>> {
    const text = canonicalJson({ name, actor: actor.id, input });
    if (commandId === '' || commandId.length > longestId || !isStorable(JSON.stringify(commandId) + text)) {
      const { refused } = refuseInvalid(
        'id',
        `a command id has 1 to ${longestId} characters; neither it nor the input holds NUL or half a surrogate pair`,
      );
      return { accepted: false, refused, now: await this.#now(), replayed: false };
    }
    const asked: Asked = { id: commandId, actor: actor.id, name, input, hash: sha256(text) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await inTransaction(this.source, (client) => registerIn(client, asked, write));
      } catch (error) {
        const passing = isLostRace(error) || isConnectionLost(error);
        if (!passing || attempt === mostAttempts) throw error;
        await wait(firstPauseMs * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  async #now(): Promise<Instant> {
    const [row]: { now: Date }[] = await this.source.query('SELECT sluis_now() AS now');
    return instantOf(row?.now ?? new Date(0));
  }
}

interface Asked {
  readonly id: string;
  readonly actor: string;
  readonly name: string;
  readonly input: unknown;
  readonly hash: string;
}

interface Known {
  readonly now: Date;
  readonly hash: string | null;
  readonly at: Date | null;
  readonly refused: boolean | null;
  readonly result: unknown;
  readonly code: Refusal['code'] | null;
  readonly facts: Refusal['facts'] | null;
}

async function registerIn<T>(
  client: Client,
  asked: Asked,
  write: RegisterWrite<T>,
): Promise<RegisterOutcome<T>> {
  const { rows } = await client.query({
    text: `SELECT sluis_now() AS now, encode(c.input_hash, 'hex') AS hash, c.at, c.refused, c.result, r.code, r.facts
      FROM (SELECT) one LEFT JOIN commands c ON c.id = $1
      LEFT JOIN refusals r ON r.command_id = c.id AND r.input_hash = c.input_hash`,
    values: [asked.id],
  });
  const known = rows[0] as Known;
  const now = instantOf(known.now);
  if (known.hash !== null) return answerAgain(client, asked, known, now);
  const written = await writeOrRefuse(client, write, now);
  if (isRefused(written)) {
    await recordCommand(client, asked, now, true, null);
    await recordRefusal(client, asked, written.refused, now);
    return { accepted: false, refused: written.refused, now, replayed: false };
  }
  await recordCommand(client, asked, now, false, written.result);
  return { accepted: true, result: written.result, now, replayed: false };
}

async function answerAgain<T>(
  client: Client,
  asked: Asked,
  known: Known,
  now: Instant,
): Promise<RegisterOutcome<T>> {
  const at = known.at === null ? now : instantOf(known.at);
  if (known.hash !== asked.hash) {
    const facts = { message: 'this command id was given before, with other content; take a new one' };
    const { refused } = refuse('command-reused', facts);
    await recordRefusal(client, asked, refused, now);
    return { accepted: false, refused, now, replayed: false };
  }
  if (known.code !== null)
    return {
      accepted: false,
      refused: { code: known.code, facts: known.facts ?? {} },
      now: at,
      replayed: true,
    };
  return { accepted: true, result: known.result as T, now: at, replayed: true };
}

/** A refused write leaves nothing behind, but its refusal is recorded in the same transaction. */
async function writeOrRefuse<T>(
  client: Client,
  write: RegisterWrite<T>,
  now: Instant,
): Promise<{ readonly result: T } | Refused> {
  await client.query({ text: 'SAVEPOINT register' });
  try {
    const written = await write(client, now);
    if (isRefused(written)) await client.query({ text: 'ROLLBACK TO SAVEPOINT register' });
    return written;
  } catch (error) {
    const key = violatedKey(error);
    if (key === null) throw error;
    await client.query({ text: 'ROLLBACK TO SAVEPOINT register' });
    return refuse('conflict', { message: 'there is one of this name already', key });
  }
}

async function recordCommand(
  client: Client,
  { id, hash, name, actor }: Asked,
  now: Instant,
  refused: boolean,
  result: unknown,
): Promise<void> {
  await client.query({
    text: `INSERT INTO commands (id, input_hash, name, actor, at, refused, result)
      VALUES ($1, decode($2, 'hex'), $3, $4, $5, $6, $7)`,
    values: [id, hash, name, actor, now, refused, JSON.stringify(result ?? null)],
  });
}

async function recordRefusal(
  client: Client,
  { id, hash, name, actor, input }: Asked,
  { code, facts }: Refusal,
  now: Instant,
): Promise<void> {
  await client.query({
    text: `INSERT INTO refusals (command_id, input_hash, command, actor, code, facts, input, at)
      VALUES ($1, decode($2, 'hex'), $3, $4, $5, $6, $7, $8) ON CONFLICT (command_id, input_hash) DO NOTHING`,
    values: [id, hash, name, actor, code, JSON.stringify(facts), JSON.stringify(withoutIban(input)), now],
  });
}

function withoutIban(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('iban' in input)) return input ?? null;
  return { ...input, iban: 'not kept' };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
