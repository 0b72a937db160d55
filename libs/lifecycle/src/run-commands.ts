import { setTimeout as wait } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { type Input, shapeOf } from '#domain/commands.js';
import { isRefused } from '#domain/refusal.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { readSlices } from '#persistence/event-log.js';
import { GrantFiles, type LoadRequest, type LoadedBatch } from '#persistence/grant-file.js';
import { Plans } from '#persistence/plans.js';

import { CommandBatch, type Replay } from './command-batch.js';
import { CommandQueue } from './command-queue.js';
import { isConnectionLost, isLostRace } from './failures.js';
import { inLanes, inTurns, mostLanes, slices } from './lanes.js';
import type { CommandRequest, Outcome } from './outcome.js';
import { type Prepared, isAccountCommand, otherGrantOf, prepare } from './prepared-command.js';

export type { Accepted, CommandRequest, Outcome, RefusedOutcome } from './outcome.js';

export interface RunCommandsSettings {
  /** The most commands that share a transaction. */
  readonly batchSize?: number;
  /** The most transactions of this process at once; more than the database has cores gains nothing. */
  readonly concurrentBatches?: number;
}

/** A grant whose due events could not be laid; the sweep goes on without it and tries again later. */
export interface SweepFailure {
  readonly grant: string;
  readonly error: unknown;
}

/** Commands that share a transaction where there are many: more gain nothing and hold their locks longer. */
const commandsTogether = 200;
const mostAttempts = 6;
const firstPauseMs = 20;
/** How long the sweep passes over a grant that failed. */
const troubleMs = 60_000;

/**
 * The only way to change a grant or a beneficiary's account. Each command is one decision within one
 * transaction: its id is looked up, its grant locked and loaded, what fell due is laid first, the command
 * is decided, and rows, events, outbox and the command's own row are written together or not at all.
 *
 * A refusal is an answer and is recorded. What is thrown is broken infrastructure, after bounded retries;
 * the command may then be given again under its id.
 */
export class RunCommands {
  readonly #files = new GrantFiles();
  readonly #plans = new Plans();
  readonly #queue: CommandQueue;
  readonly #troubled = new Map<string, number>();

  constructor(
    readonly source: DataSource,
    { batchSize = 50, concurrentBatches = 2 }: RunCommandsSettings = {},
  ) {
    this.#queue = new CommandQueue((requests) => this.#settle(requests), { batchSize, concurrentBatches });
  }

  /**
   * Runs one command. Commands given at the same time share transactions without knowing of each other.
   * The same id with the same content gets the same answer again, with other content `command-reused`.
   */
  run(request: CommandRequest): Promise<Outcome> {
    return this.#queue.add(request);
  }

  /**
   * Runs commands in as few transactions as possible; what they came to, in the same order. Those on one
   * stream are run in order; transactions that share none are under way together. One command that cannot be
   * run does not keep the others: they are done, and then its error is thrown.
   */
  async runBatch(requests: readonly CommandRequest[]): Promise<Outcome[]> {
    const settled = await inLanes(slices(requests, commandsTogether), streamsOf, (some) =>
      this.#settle(some),
    );
    return settled.flat().map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  /**
   * Lays what fell due for at most `limit` grants, the longest due first, in one transaction; grants that
   * are busy are passed over. `grants` counts those that were looked at: fewer than `limit` means that
   * nothing more is due. A grant that fails is named, and left alone for a minute.
   */
  async sweepDue(limit: number): Promise<{ grants: number; failures: SweepFailure[] }> {
    try {
      return { grants: await this.#sweep(limit), failures: [] };
    } catch (error) {
      if (isConnectionLost(error)) throw error;
      return this.#sweepOneByOne(limit);
    }
  }

  /**
   * Lays what follows for each grant of a beneficiary from its account as it now stands: tranches become
   * payable or fall back to planned. The events carry `commandId`; doing it again changes nothing.
   */
  async reassessGrantsOf(beneficiary: string, commandId: string): Promise<void> {
    const { batchSize } = this.#queue.limits;
    const rows: { code: string }[] = await this.source.query(
      "SELECT code FROM grants WHERE beneficiary = $1 AND status NOT IN ('draft', 'closed') ORDER BY code",
      [beneficiary],
    );
    const codes = rows.map(({ code }) => code);
    for (let from = 0; from < codes.length; from += batchSize) {
      const some = codes.slice(from, from + batchSize);
      await this.#again(() =>
        this.#inBatch({ codes: some }, [], (batch) => this.#layDue(batch, some, commandId)),
      );
    }
  }

  /**
   * Records, in every grant that does not say so yet, that a batch took its payouts along. May be stopped and
   * called again at any point: what is left to record are the rows that say so.
   */
  async recordHandOver(batch: number): Promise<void> {
    for (;;) {
      const rows: { code: string }[] = await this.source.query(
        `SELECT DISTINCT grant_code AS code FROM batched_payouts
          WHERE batch = (SELECT no FROM batches WHERE no = $1 AND status = 'handed-over') ORDER BY 1 LIMIT $2`,
        [batch, mostLanes * commandsTogether * 4],
      );
      if (rows.length === 0) return;
      const codes = rows.map(({ code }) => code);
      await inLanes(
        slices(codes, commandsTogether),
        (some) => some,
        (some) => this.#again(() => this.#inBatch({ codes: some }, [], (open) => this.#layDue(open, some))),
      );
    }
  }

  #layDue(batch: CommandBatch, codes: readonly string[], commandId?: string): Promise<void> {
    return inTurns(codes, (code) => batch.due(code, commandId));
  }

  async #settle(requests: readonly CommandRequest[]): Promise<PromiseSettledResult<Outcome>[]> {
    const prepared = requests.map(prepare);
    try {
      const outcomes = await this.#again(() => this.#commit(prepared));
      return outcomes.map((value) => ({ status: 'fulfilled', value }));
    } catch (reason) {
      if (prepared.length === 1 || isConnectionLost(reason))
        return prepared.map(() => ({ status: 'rejected', reason }));
      return this.#settleOneByOne(prepared);
    }
  }

  /** One command must not take the others of its batch down. */
  async #settleOneByOne(prepared: readonly Prepared[]): Promise<PromiseSettledResult<Outcome>[]> {
    const results: PromiseSettledResult<Outcome>[] = [];
    for (const one of prepared)
      results.push(
        await this.#again(() => this.#commit([one])).then(
          ([value]) => ({ status: 'fulfilled', value: value as Outcome }) as const,
          (reason: unknown) => ({ status: 'rejected', reason }) as const,
        ),
      );
    return results;
  }

  /** Again after a lost race or a lost connection: command ids make a second run of a committed one harmless. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const passing = isLostRace(error) || isConnectionLost(error);
        if (!passing || attempt === mostAttempts) throw error;
        await wait(firstPauseMs * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  #commit(prepared: readonly Prepared[]): Promise<Outcome[]> {
    return this.#inBatch(requestOf(prepared), prepared, (batch, client) =>
      withReplays(
        client,
        prepared.map((one) => batch.run(one)),
      ),
    );
  }

  async #inBatch<T>(
    request: LoadRequest,
    prepared: readonly Prepared[],
    work: (batch: CommandBatch, client: Client) => T | Promise<T>,
  ): Promise<T> {
    let done: CommandBatch | undefined;
    const result = await inTransaction(this.source, async (client) => {
      const batch = await this.#open(client, request, prepared);
      const worked = await work(batch, client);
      await batch.collect().write(client);
      done = batch;
      return worked;
    });
    // Only what is committed is kept.
    for (const { grant, tail } of done?.changed ?? [])
      if (grant !== null && tail.hash !== null) this.#files.keep(grant, tail.hash);
    return result;
  }

  async #open(client: Client, request: LoadRequest, prepared: readonly Prepared[]): Promise<CommandBatch> {
    const loaded = await this.#files.load(client, request);
    await this.#plans.fetch(client, plansFor(loaded, prepared));
    return new CommandBatch(loaded, this.#plans);
  }

  async #sweep(limit: number): Promise<number> {
    const now = Date.now();
    for (const [code, until] of this.#troubled) if (until <= now) this.#troubled.delete(code);
    let claimed: string[] = [];
    await inTransaction(this.source, async (client) => {
      claimed = await this.#files.claimDue(client, limit, [...this.#troubled.keys()]);
      if (claimed.length === 0) return;
      const done = await this.#open(client, { codes: claimed, inPassing: true }, []);
      await this.#layDue(done, claimed);
      await done.collect().write(client);
    });
    return claimed.length;
  }

  async #sweepOneByOne(limit: number): Promise<{ grants: number; failures: SweepFailure[] }> {
    const rows: { code: string }[] = await this.source.query(
      `SELECT code FROM grants WHERE next_due_at <= (SELECT sluis_now()) AND NOT code = ANY ($2)
       ORDER BY next_due_at, code LIMIT $1`,
      [limit, [...this.#troubled.keys()]],
    );
    const failures: SweepFailure[] = [];
    for (const { code } of rows)
      await this.#again(() =>
        this.#inBatch({ codes: [code] }, [], (batch) => this.#layDue(batch, [code])),
      ).catch((error: unknown) => {
        if (isConnectionLost(error)) throw error;
        failures.push({ grant: code, error });
        this.#troubled.set(code, Date.now() + troubleMs);
      });
    return { grants: rows.length, failures };
  }
}

/** What a command changes, so that no two transactions under way together do; '' is everything. */
function streamsOf(requests: readonly CommandRequest[]): string[] {
  return requests.flatMap(({ name, grant, input }) => {
    // An account bears on every grant of its beneficiary.
    if (shapeOf(name).on === 'beneficiary') return [''];
    const { against } = input as { readonly against?: unknown };
    return [grant ?? '', ...(typeof against === 'string' ? [against] : [])];
  });
}

/** Puts the answers that known commands got then in the places of their replays. */
async function withReplays(client: Client, answers: readonly (Outcome | Replay)[]): Promise<Outcome[]> {
  const replays = answers.flatMap((answer) => ('replay' in answer ? [answer.replay] : []));
  const read = await readSlices(client, replays);
  let next = 0;
  return answers.map((answer) => {
    if (!('replay' in answer)) return answer;
    const { at, last } = answer.replay;
    return { accepted: true, events: read[next++] ?? [], now: at, sequence: last, replayed: true };
  });
}

/** What to lock and read for these commands. */
function requestOf(prepared: readonly Prepared[]): LoadRequest {
  const request = {
    codes: [] as string[],
    commandIds: [] as string[],
    ofAccounts: [] as string[],
    viaGrants: [] as string[],
    beneficiaries: [] as string[],
    programmes: [] as string[],
    people: [] as string[],
    awards: [] as string[],
  };
  for (const one of prepared) {
    if (!one.recordable) continue;
    const { id, name, grant, beneficiary } = one.request;
    request.commandIds.push(id);
    if (isRefused(one.input)) continue;
    if (isAccountCommand(one)) {
      if (beneficiary !== undefined) request.ofAccounts.push(beneficiary);
      else if (grant !== null) request.viaGrants.push(grant);
      continue;
    }
    if (grant !== null) request.codes.push(grant);
    const other = otherGrantOf(one);
    if (other !== undefined) request.codes.push(other);
    if (name === 'award' && grant !== null) request.awards.push(grant);
    if (name === 'draft-grant') {
      const input = one.input as Input<'draft-grant'>;
      request.beneficiaries.push(input.beneficiary);
      request.programmes.push(input.programme);
    }
    const { handler } = one.input as { handler?: string };
    if (handler !== undefined) request.people.push(handler);
  }
  return request;
}

function plansFor(
  loaded: LoadedBatch,
  prepared: readonly Prepared[],
): { programme: string; version: number }[] {
  const wanted = [...loaded.grants.values()].map(({ grant }) => ({
    programme: grant.programme,
    version: grant.planVersion,
  }));
  for (const { request, input } of prepared) {
    if (request.name !== 'draft-grant' || isRefused(input)) continue;
    const { programme, planVersion } = input as Input<'draft-grant'>;
    const version = planVersion ?? loaded.programmes.get(programme);
    if (version !== undefined) wanted.push({ programme, version });
  }
  return wanted;
}
