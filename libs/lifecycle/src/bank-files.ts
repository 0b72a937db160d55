import type { DataSource } from 'typeorm';

import { withoutIbans } from '#domain/account-number.js';
import { BankFileFault, type BankFilePart } from '#domain/bank-file.js';
import { decideAssign, decideDismiss, decideImport } from '#domain/bank-file-decisions.js';
import type { AssignFacts } from '#domain/bank-file-decisions.js';
import { refuseBatchStranger } from '#domain/batch.js';
import type { Instant } from '#domain/civil-date.js';
import type { Input } from '#domain/commands.js';
import { shapeOf } from '#domain/commands.js';
import type { BankFileEvent } from '#domain/events.js';
import { type Refused, isRefused, refuse, refuseInvalid } from '#domain/refusal.js';
import { readKnownPayouts, readKnownRecovery } from '#persistence/bank-answer-facts.js';
import {
  type BankFileTail,
  findBankFile,
  insertBankFile,
  lockBankFile,
  nextBankFileNo,
  ownAccounts,
  readEntry,
  updateBankFile,
  updateDecided,
} from '#persistence/bank-file-store.js';
import { filesOfHandOver } from '#persistence/bank-hand-over-store.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { StreamTail, readSlices } from '#persistence/event-log.js';

import { BankFileApply } from './bank-file-apply.js';
import { BankFileImport } from './bank-file-import.js';
import type { CommandRequest, Outcome } from './outcome.js';
import type { RunCommands } from './run-commands.js';
import { type Spooled, oneAhead, withSpooled } from './spool.js';
import { type StreamRefused, type StreamWork, runOnStream } from './stream-command.js';

/** Reads a bank file as it streams by; a port, because libs/finance knows the formats. Throws BankFileFault. */
export type ReadBankFile = (source: AsyncIterable<Uint8Array>) => AsyncIterable<BankFilePart>;

/** A bank file as it comes: its bytes, and what its sender calls it. */
export interface GivenBankFile {
  readonly name?: string;
  readonly source: AsyncIterable<Uint8Array>;
}

/**
 * What banks answer. A file is imported whole or not at all, in one transaction with what each of its entries
 * means; what was matched is then applied grant by grant, in steps that may be cut off anywhere and taken up
 * again. Entries that match nothing wait for a person, who assigns or dismisses them.
 */
export class BankFiles {
  readonly #apply: BankFileApply;

  constructor(
    readonly source: DataSource,
    readonly commands: RunCommands,
    readonly read: ReadBankFile,
  ) {
    this.#apply = new BankFileApply(source, commands);
  }

  /**
   * Runs `import-bank-file`; the input of `request` is made here, from the name and the SHA-256 of the bytes. The
   * same bytes under another id are accepted as nothing new: the answer is the first import's event, `replayed`.
   * A file that cannot be read, or is of another account, is refused as `invalid` at `content`. Throws what
   * `source` throws.
   */
  async import(request: CommandRequest, { name, source }: GivenBankFile): Promise<Outcome> {
    if (request.name !== 'import-bank-file') throw new Error(`${request.name} imports no bank file`);
    const file = name === undefined ? {} : { file: name };
    try {
      return await withSpooled(source, (spooled) =>
        this.#importSpooled({ ...request, input: { ...file, sha256: spooled.sha256 } }, spooled),
      );
    } catch (error) {
      if (!(error instanceof BankFileFault)) throw error;
      return runOnStream(this.source, { ...request, input: file }, async () => refuseFile(error));
    }
  }

  /** Runs `assign-bank-entry` or `dismiss-bank-entry`. */
  run(request: CommandRequest): Promise<Outcome> {
    if (shapeOf(request.name).on !== 'bank-entry')
      throw new Error(`${request.name} is no command on a bank entry`);
    return runOnStream(this.source, request, (client, _now, input) =>
      this.#decideEntry(client, request, input as Input<'assign-bank-entry'>),
    );
  }

  /**
   * Records in every grant what a file's matched and assigned entries say, those of earlier files first. May be
   * stopped and called again at any point. Entries that cannot be recorded do not keep the others; then the
   * first error is thrown.
   */
  apply(no: number): Promise<void> {
    return this.#apply.file(no);
  }

  /** After a hand-over is recorded: judges what waited for it again, and records what that comes to; see `BankFileApply`. */
  judgeAgain(batch: number): Promise<void> {
    return this.#apply.judgeAgain(batch);
  }

  /** Whether entries still wait to be judged, or recorded, for the hand-over of this batch. */
  async awaits(batch: number): Promise<boolean> {
    const files = await inTransaction(this.source, (client) =>
      filesOfHandOver(client, batch, ['waiting', 'matched']),
    );
    return files.length > 0;
  }

  async #importSpooled(request: CommandRequest, spooled: Spooled): Promise<Outcome> {
    const outcome = await runOnStream(this.source, request, (client, now) =>
      this.#import(client, request, spooled, now),
    );
    if (!outcome.accepted || outcome.events.length > 0) return outcome;
    return this.#firstImport(spooled.sha256, outcome);
  }

  /** The answer that these bytes got when they first came. */
  #firstImport(sha256: string, outcome: Extract<Outcome, { accepted: true }>): Promise<Outcome> {
    return inTransaction(this.source, async (client) => {
      const file = await findBankFile(client, sha256);
      if (file === null) throw new Error(`the bank file ${sha256} was accepted and is not on record`);
      const [events] = await readSlices(client, [{ stream: `bank-file:${file.no}`, first: 0, last: 1 }]);
      return { ...outcome, events: events ?? [], replayed: true };
    });
  }

  async #import(
    client: Client,
    request: CommandRequest,
    spooled: Spooled,
    now: Instant,
  ): Promise<StreamWork | StreamRefused> {
    const stranger = refuseBatchStranger(request.name, request);
    if (stranger !== null) return stranger;
    const no = await nextBankFileNo(client);
    const { sha256, bytes } = spooled;
    const before = await findBankFile(client, sha256);
    if (before !== null) return { tail: streamTail(before), events: [], save: async () => undefined };
    const reading = new BankFileImport(client, no, await ownAccounts(client));
    const refused = await this.#readInto(reading, spooled);
    if (refused !== null) return refused;
    const { file } = request.input as { readonly file?: string };
    const { head, counted } = reading;
    const named = { ...(file === undefined ? {} : { name: file }), sha256 };
    const decision = decideImport(request.actor, named, head, counted);
    if (isRefused(decision)) return decision;
    const tail = new StreamTail(`bank-file:${no}`, 0, null, null);
    return {
      tail,
      events: decision.events,
      save: async () => {
        const { entries } = counted;
        const of = { no, sha256, name: file ?? null, bytes, head, entries };
        const by = { importedBy: request.actor.id, importedAt: tail.lastEventAt ?? now };
        await insertBankFile(client, { ...of, ...by, hash: tail.hash ?? '' });
      },
    };
  }

  async #readInto(reading: BankFileImport, spooled: Spooled): Promise<Refused | null> {
    try {
      for await (const part of oneAhead(this.read(spooled.read()))) {
        const refused = await reading.take(part);
        if (refused !== null) return refused;
      }
      return null;
    } catch (error) {
      if (error instanceof BankFileFault) return refuseFile(error);
      throw error;
    }
  }

  async #decideEntry(
    client: Client,
    request: CommandRequest,
    input: Input<'assign-bank-entry'>,
  ): Promise<StreamWork | StreamRefused> {
    const stranger = refuseBatchStranger(request.name, request);
    if (stranger !== null) return stranger;
    const { entry: no, bankFile } = input;
    const file = await lockBankFile(client, bankFile, no);
    const entry = file === null ? null : await readEntry(client, file.no, no);
    if (file === null || entry === null)
      return refuse('not-found', bankFile === undefined ? { entry: no } : { bankFile, entry: no });
    const facts = await assignFacts(client, input, entry.endToEndId);
    const decision =
      request.name === 'assign-bank-entry'
        ? decideAssign(request, input, entry, facts)
        : decideDismiss(request, input, entry);
    const tail = streamTail(file);
    if (isRefused(decision)) return { ...decision, stream: tail.stream };
    return {
      tail,
      events: decision.events,
      save: async ([event]) => {
        const { type, actor: by, occurredAt: at, sequence } = event as BankFileEvent;
        const assigned = type === 'bank-entry.assigned';
        const named = assigned ? facts : { payout: null, recovery: null };
        const status = assigned ? 'assigned' : 'dismissed';
        await updateDecided(client, { bankFile: file.no, no, status, ...named, by, at, sequence });
        await updateBankFile(client, { no: file.no, sequence, lastEventAt: at, hash: tail.hash ?? '' });
      },
    };
  }
}

function streamTail({ no, sequence, hash, lastEventAt }: BankFileTail): StreamTail {
  return new StreamTail(`bank-file:${no}`, sequence, hash, lastEventAt);
}

async function assignFacts(
  client: Client,
  { endToEndId, recovery, against }: Input<'assign-bank-entry'>,
  named: string | null,
): Promise<AssignFacts> {
  const ids = [endToEndId, named].filter((id) => id != null);
  const payouts = await readKnownPayouts(client, ids, null);
  return {
    named: payouts.get(named ?? '') ?? null,
    payout: payouts.get(endToEndId ?? '') ?? null,
    recovery:
      recovery === undefined || against === undefined
        ? null
        : await readKnownRecovery(client, against, recovery),
  };
}

/** The sentences of a reader quote what stands in the file: never an account number in a refusal. */
function refuseFile(fault: BankFileFault): Refused {
  return refuseInvalid('content', withoutIbans(fault.message));
}
