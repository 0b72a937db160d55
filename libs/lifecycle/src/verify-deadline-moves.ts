import { evolveDeadlineMove } from '#domain/deadline-move.js';
import type { DeadlineMove } from '#domain/deadline-move.js';
import type { DeadlineMoveEvent } from '#domain/events.js';
import { canonicalJson } from '#persistence/canonical-json.js';
import type { Client } from '#persistence/client.js';
import { MoveLinesHash, readMove, readMoveLines } from '#persistence/deadline-move-store.js';
import type { ChainedEvent } from '#persistence/event-log.js';

/** What a bulk move is found wrong in. */
export interface MoveViolation {
  readonly invariant: string;
  readonly message: string;
}

const together = 1_000;

/**
 * Replays a bulk move: its row is the fold of its stream (I6), its lines are those that were decided, and each of
 * them is what its grant's stream says happened: moved by this move, and put back where it was undone.
 */
export async function checkDeadlineMove(
  client: Client,
  no: number,
  events: readonly ChainedEvent[],
): Promise<MoveViolation[]> {
  const stored = await readMove(client, no);
  if (stored === null) return [{ invariant: 'I6', message: 'has events and no row' }];
  const { move } = stored;
  const folded = fold(events as unknown as readonly DeadlineMoveEvent[]);
  const differs = folded === null || canonicalJson(folded) !== canonicalJson(move);
  return [
    ...(differs ? [{ invariant: 'I6', message: 'its row is not what its events say' }] : []),
    ...(await checkLines(client, move)),
  ];
}

function fold(events: readonly DeadlineMoveEvent[]): DeadlineMove | null {
  try {
    return events.reduce<DeadlineMove | null>(evolveDeadlineMove, null);
  } catch {
    return null;
  }
}

async function checkLines(client: Client, move: DeadlineMove): Promise<MoveViolation[]> {
  const broken = (message: string): MoveViolation => ({ invariant: 'I6', message });
  const found: MoveViolation[] = [];
  const hash = new MoveLinesHash();
  let lines = 0;
  let windows = 0;
  for (let after = ''; ;) {
    const some = await readMoveLines(client, move.no, after, together);
    const last = some.at(-1);
    if (last === undefined) break;
    after = last.grant;
    for (const line of some) {
      hash.add(line);
      lines += 1;
      windows += line.windows.length;
    }
    found.push(
      ...(
        await checkGrants(
          client,
          move,
          some.map(({ grant }) => grant),
        )
      ).map(broken),
    );
  }
  if (lines !== move.deadlines || windows !== move.windows)
    found.push(
      broken(
        `says ${move.deadlines} deadlines and ${move.windows} windows, and holds ${lines} and ${windows}`,
      ),
    );
  if (hash.hex() !== move.linesHash) found.push(broken('its lines are not those that were decided'));
  return found;
}

/** Where the stream of a grant does not say what the line of this move does. */
async function checkGrants(client: Client, move: DeadlineMove, grants: readonly string[]): Promise<string[]> {
  const { rows } = await client.query({
    text: `SELECT l.grant_code AS grant,
        count(*) FILTER (WHERE e.type = 'deadline.extended' AND (e.data ->> 'dueOn')::date = l.due_on
          AND (e.data ->> 'previousDueOn')::date = l.previous_due_on AND e.actor = $3) AS moved,
        count(*) FILTER (WHERE e.type = 'deadline.restored' AND (e.data ->> 'dueOn')::date = l.previous_due_on) AS restored,
        count(*) FILTER (WHERE e.type = 'evaluation.window-moved') AS windows, jsonb_array_length(l.windows) AS of
      FROM deadline_move_lines l
      LEFT JOIN events e ON e.stream = 'grant:' || l.grant_code AND e.data ->> 'move' = ($1::integer)::text
       AND (e.data ->> 'report' = l.report OR e.type = 'evaluation.window-moved')
      WHERE l.move = $1::integer AND l.grant_code = ANY ($2)
      GROUP BY l.move, l.grant_code, l.windows ORDER BY l.grant_code`,
    values: [move.no, grants, move.movedBy],
  });
  const times = move.status === 'undone' ? 2 : 1;
  return (rows as { grant: string; moved: string; restored: string; windows: string; of: number }[]).flatMap(
    ({ grant, moved, restored, windows, of }) => [
      ...(Number(moved) === 1 ? [] : [`grant ${grant} was moved ${moved} times by it`]),
      ...(Number(restored) === times - 1
        ? []
        : [`grant ${grant} was put back ${restored} times, and the move is ${move.status}`]),
      ...(Number(windows) === of * times ? [] : [`the windows of grant ${grant} are not those of its line`]),
    ],
  );
}
