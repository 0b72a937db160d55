import { createHash } from 'node:crypto';

import type { CivilDate } from '#domain/civil-date.js';
import type { DeadlineMove, DeadlineMoveStatus } from '#domain/deadline-move.js';
import type { MovedWindow } from '#domain/moved-grant.js';

import { canonicalJson } from './canonical-json.js';
import type { Client } from './client.js';
import { instantOf, optionalInstantOf } from './database-values.js';

/** One move at a time is numbered. */
const numberLock = 7_483_205;

/** Which deadline of a move moved from when to when, and the windows that went along. */
export interface MoveLine {
  readonly grant: string;
  readonly report: string;
  readonly previousDueOn: CivilDate;
  readonly dueOn: CivilDate;
  readonly windows: readonly MovedWindow[];
}

/** SHA-256 over the lines of a move in the order of their grants. */
export class MoveLinesHash {
  readonly #hash = createHash('sha256');

  add({ grant, report, previousDueOn, dueOn, windows }: MoveLine): void {
    this.#hash.update(canonicalJson([grant, report, previousDueOn, dueOn, windows]));
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** Locks out other moves until the transaction ends and gives the next number. */
export async function nextMoveNo(client: Client): Promise<number> {
  await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [numberLock] });
  const { rows } = await client.query({ text: 'SELECT coalesce(max(no), 0) + 1 AS no FROM deadline_moves' });
  return (rows[0] as { no: number }).no;
}

/** Which grants a move looks at. */
export interface MoveSelection {
  readonly programme: string;
  readonly report: string;
  readonly dueOn?: CivilDate | undefined;
  readonly beneficiary?: string | undefined;
  readonly grants?: readonly string[] | undefined;
}

/** The codes of the grants a move looks at, at most `limit`, in their order; with `grants` those of them that exist. */
export async function selectGrants(
  client: Client,
  { programme, report, dueOn, beneficiary, grants }: MoveSelection,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query(
    grants === undefined
      ? {
          text: `SELECT g.code FROM grants g JOIN reports r ON r.grant_code = g.code AND r.code = $2
            WHERE g.programme = $1 AND r.status IN ('expected', 'returned')
              AND g.status IN ('awarded', 'active', 'suspended', 'terminated')
              AND ($3::date IS NULL OR r.due_on = $3) AND ($4::text IS NULL OR g.beneficiary = $4)
            ORDER BY g.code LIMIT $5`,
          values: [programme, report, dueOn ?? null, beneficiary ?? null, limit],
        }
      : { text: 'SELECT code FROM grants WHERE code = ANY ($1) ORDER BY code', values: [[...grants]] },
  );
  return (rows as { code: string }[]).map(({ code }) => code);
}

/** Whether grants of a programme have, or had, a report of this code, whatever its latest plan says. */
export async function hasReport(client: Client, programme: string, report: string): Promise<boolean> {
  const { rows } = await client.query({
    text: `SELECT EXISTS (SELECT FROM grants g JOIN reports r ON r.grant_code = g.code
      WHERE g.programme = $1 AND r.code = $2) AS found`,
    values: [programme, report],
  });
  return (rows[0] as { found: boolean }).found;
}

/** The latest version of a programme's plan; null where it has none, or does not exist. */
export async function latestVersion(client: Client, programme: string): Promise<number | null> {
  const { rows } = await client.query({
    text: 'SELECT max(version) AS version FROM plan_versions WHERE programme = $1',
    values: [programme],
  });
  return (rows[0] as { version: number | null }).version;
}

/**
 * Locks grants by code and then their beneficiaries by id, the order of locks everywhere (functions/load.sql), before
 * any of them is loaded: loading some, with their beneficiaries, and then others would break it.
 */
export async function lockGrants(client: Client, codes: readonly string[]): Promise<void> {
  await client.query({
    text: 'SELECT FROM grants WHERE code = ANY ($1) ORDER BY code FOR UPDATE',
    values: [codes],
  });
  await client.query({
    text: `SELECT FROM beneficiaries WHERE id IN (SELECT beneficiary FROM grants WHERE code = ANY ($1))
      ORDER BY id FOR KEY SHARE`,
    values: [codes],
  });
}

export async function insertMoveLines(
  client: Client,
  move: number,
  lines: readonly MoveLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await client.query({
    text: `INSERT INTO deadline_move_lines (move, grant_code, report, previous_due_on, due_on, windows)
      SELECT $1, l."grant", l.report, l."previousDueOn", l."dueOn", l.windows FROM json_to_recordset($2::json)
        AS l ("grant" text, report text, "previousDueOn" date, "dueOn" date, windows jsonb)`,
    values: [move, JSON.stringify(lines)],
  });
}

/** The lines of a move after a grant's, in the order of their grants. */
export async function readMoveLines(
  client: Client,
  move: number,
  after: string,
  limit: number,
): Promise<MoveLine[]> {
  const { rows } = await client.query({
    text: `SELECT grant_code AS grant, report, previous_due_on::text AS "previousDueOn", due_on::text AS "dueOn", windows
      FROM deadline_move_lines WHERE move = $1 AND grant_code > $2 ORDER BY grant_code LIMIT $3`,
    values: [move, after, limit],
  });
  return rows as MoveLine[];
}

/** A new move as it was applied. */
export async function insertMove(client: Client, move: DeadlineMove, hash: string): Promise<void> {
  await client.query({
    text: `INSERT INTO deadline_moves (no, status, programme, report, until, deadlines, windows, lines_hash, due_on,
        beneficiary, grants, decision_reference, decision_date, reason, moved_by, moved_at, sequence, last_event_at,
        head_hash)
      VALUES ($1, $2, $3, $4, $5, $6, $7, decode($8, 'hex'), $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
        decode($19, 'hex'))`,
    values: [
      move.no,
      move.status,
      move.programme,
      move.report,
      move.until,
      move.deadlines,
      move.windows,
      move.linesHash,
      move.dueOn,
      move.beneficiary,
      move.grants,
      move.decision?.reference ?? null,
      move.decision?.date ?? null,
      move.reason,
      move.movedBy,
      move.movedAt,
      move.sequence,
      move.lastEventAt,
      hash,
    ],
  });
}

/** What changed of a move after it was applied. */
export async function updateMove(client: Client, move: DeadlineMove, hash: string): Promise<void> {
  const { no, status, undoneBy, undoneAt, undoneReason, sequence, lastEventAt } = move;
  await client.query({
    text: `UPDATE deadline_moves SET status = $2, undone_by = $3, undone_at = $4, undone_reason = $5, sequence = $6,
        last_event_at = $7, head_hash = decode($8, 'hex') WHERE no = $1`,
    values: [no, status, undoneBy, undoneAt, undoneReason, sequence, lastEventAt, hash],
  });
}

/** A move with the hex hash of its last event. */
export interface StoredMove {
  readonly move: DeadlineMove;
  readonly hash: string;
}

/** Locks a move: by number, else the latest. */
export async function lockMove(client: Client, no: number | undefined): Promise<StoredMove | null> {
  const { rows } = await client.query({
    text: `SELECT ${moveColumns} FROM deadline_moves
      WHERE no = coalesce($1, (SELECT max(no) FROM deadline_moves)) FOR NO KEY UPDATE`,
    values: [no ?? null],
  });
  return rows.length === 0 ? null : storedMoveOf(rows[0] as MoveRecord);
}

/** A move by number, without a lock. */
export async function readMove(client: Client, no: number): Promise<StoredMove | null> {
  const { rows } = await client.query({
    text: `SELECT ${moveColumns} FROM deadline_moves WHERE no = $1`,
    values: [no],
  });
  return rows.length === 0 ? null : storedMoveOf(rows[0] as MoveRecord);
}

const moveColumns = `no, status, programme, report, until::text, deadlines, windows, encode(lines_hash, 'hex') AS lines_hash,
  due_on::text, beneficiary, grants, decision_reference, decision_date::text, reason, moved_by, moved_at, undone_by,
  undone_at, undone_reason, sequence, last_event_at, encode(head_hash, 'hex') AS head_hash`;

interface MoveRecord {
  no: number;
  status: DeadlineMoveStatus;
  programme: string;
  report: string;
  until: string;
  deadlines: number;
  windows: number;
  lines_hash: string;
  due_on: string | null;
  beneficiary: string | null;
  grants: string[] | null;
  decision_reference: string | null;
  decision_date: string | null;
  reason: string;
  moved_by: string;
  moved_at: Date;
  undone_by: string | null;
  undone_at: Date | null;
  undone_reason: string | null;
  sequence: number;
  last_event_at: Date;
  head_hash: string;
}

function storedMoveOf(row: MoveRecord): StoredMove {
  const { decision_reference: reference, decision_date: date } = row;
  const move: DeadlineMove = {
    no: row.no,
    status: row.status,
    programme: row.programme,
    report: row.report,
    until: row.until,
    deadlines: row.deadlines,
    windows: row.windows,
    linesHash: row.lines_hash,
    dueOn: row.due_on,
    beneficiary: row.beneficiary,
    grants: row.grants,
    decision: reference === null || date === null ? null : { reference, date },
    reason: row.reason,
    movedBy: row.moved_by,
    movedAt: instantOf(row.moved_at),
    undoneBy: row.undone_by,
    undoneAt: optionalInstantOf(row.undone_at),
    undoneReason: row.undone_reason,
    sequence: row.sequence,
    lastEventAt: instantOf(row.last_event_at),
  };
  return { move, hash: row.head_hash };
}
