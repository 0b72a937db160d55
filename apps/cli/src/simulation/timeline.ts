import type { DataSource } from 'typeorm';

import { formatLocal } from '#domain/civil-date.js';
import type { Instant } from '#domain/civil-date.js';

/** One line of a timeline: JSON-safe, its keys in the order in which they are printed. */
export type TimelineLine = Readonly<Record<string, unknown>> & {
  readonly at: string;
  readonly event: string;
};

/** Where keys stand on a line, so that the same file gives the same bytes whatever stored it. */
const keyOrder = [
  'command by batch bankFile entry tranche report evaluation recovery against document approval name beneficiary programme planVersion year article',
  'code offset outcome share amount left released open accepted paid recovered compensated costs late dueOn rawDueOn previousDueOn',
  'from previousFrom previousTo until to deadlines windows move preview handler endToEndId accountVersion iban version holder address validFrom validUntil result suggested payeeCheck start end decision envelope because missing mute stays evidence ground reason',
  'lines excluded messageId executeOn kind entries matched waiting known dueBy atLeast atMost profile profileVersion',
  'inTheWay obstacles message format bytes sha256 linesHash',
]
  .join(' ')
  .split(' ');

interface EventRow {
  readonly id: string;
  readonly stream: string;
  readonly sequence: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly actor: string;
  readonly reason: string | null;
  readonly commandId: string;
  readonly at: Instant;
}

interface RefusalRow {
  readonly id: string;
  readonly stream: string | null;
  readonly command: string;
  readonly actor: string;
  readonly code: string;
  readonly facts: Record<string, unknown>;
  readonly input: Record<string, unknown>;
  readonly commandId: string;
  readonly at: Instant;
}

/** A line's place: instant, due things before commands, then as domain.md orders one instant. */
type Place = readonly (string | number)[];

interface Placed {
  readonly place: Place;
  readonly line: TimelineLine;
}

/**
 * The timeline of a record: every event and every refusal, ordered by time and within one instant as if its
 * commands had run singly: due moments by kind and grant code, then each command with what it caused.
 */
export async function readTimeline(
  database: DataSource,
  timeZone: string,
  after: Instant | null = null,
): Promise<TimelineLine[]> {
  const instant = `to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at`;
  const events: EventRow[] = await database.query(
    `SELECT id::text, stream, sequence, type, data, actor, reason, command_id AS "commandId",
            ${instant.replace('%s', 'occurred_at')}
       FROM events e WHERE $1::timestamptz IS NULL OR occurred_at > $1 ORDER BY e.id`,
    [after],
  );
  const refusals: RefusalRow[] = await database.query(
    `SELECT id::text, stream, command, actor, code, facts, input, command_id AS "commandId",
            ${instant.replace('%s', 'r.at')}
       FROM refusals r WHERE $1::timestamptz IS NULL OR r.at > $1 ORDER BY r.id`,
    [after],
  );
  const places = new Places(events);
  const lines: Placed[] = [
    ...events.map((event) => ({ place: places.ofEvent(event), line: eventLine(event, timeZone) })),
    ...refusals.map((refusal) => ({
      place: places.ofRefusal(refusal),
      line: refusalLine(refusal, timeZone),
    })),
  ];
  return lines.sort((a, b) => compare(a.place, b.place)).map(({ line }) => line);
}

/** Due kinds in the order of domain.md, "At one instant". */
function dueKind(type: string): number {
  if (type === 'grant.started') return 0;
  if (type === 'report.overdue') return 1;
  if (type.startsWith('evaluation.')) return 2;
  if (type.startsWith('reminder.')) return 4;
  if (type === 'report.escalated') return 5;
  return 3;
}

class Places {
  private readonly commandOf = new Map<string, EventRow>();

  constructor(events: readonly EventRow[]) {
    for (const event of events) this.commandOf.set(`${event.stream}#${event.sequence}`, event);
  }

  ofEvent(event: EventRow): Place {
    return [...this.ofCommand(event.at, event.commandId, event), event.stream, event.sequence];
  }

  ofRefusal(refusal: RefusalRow): Place {
    return [
      ...this.ofCommand(refusal.at, refusal.commandId, null),
      refusal.stream ?? '',
      Number.MAX_SAFE_INTEGER,
    ];
  }

  /** [instant, phase, place within the phase, subject, generation] of whatever a command did. */
  private ofCommand(at: Instant, commandId: string, event: EventRow | null): Place {
    const [kind, first, ...rest] = commandId.split(':') as [string, string?, ...string[]];
    if (kind === 'load') return [at, 0, Number(first), '', 0];
    if (kind === 'due') return [at, 1, event === null ? 9 : dueKind(event.type), first ?? '', 0];
    if (kind === 'happening') return [at, 2, Number(first), rest.join(':'), 0];
    const cause = this.commandOf.get(/^effect:(.+#\d+):/.exec(commandId)?.[1] ?? '');
    if (cause === undefined) return [at, 3, 0, commandId, 0];
    const [, phase, place, subject, generation] = this.ofCommand(at, cause.commandId, cause);
    return [at, phase ?? 3, place ?? 0, subject ?? '', Number(generation) + 1];
  }
}

function compare(a: Place, b: Place): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] as string | number;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function subjectOf(stream: string | null): Record<string, string | number> {
  if (stream === null) return {};
  const at = stream.indexOf(':');
  const which = stream.slice(at + 1);
  switch (stream.slice(0, at)) {
    case 'batch':
      return { batch: Number(which) };
    case 'bank-file':
      return { bankFile: Number(which) };
    case 'deadline-move':
      return { move: Number(which) };
    default:
      return { [stream.slice(0, at)]: which };
  }
}

function eventLine(event: EventRow, timeZone: string): TimelineLine {
  const { data, actor, reason } = event;
  return line(formatLocal(event.at, timeZone), subjectOf(event.stream), event.type, {
    ...data,
    ...(actor === 'system' ? {} : { by: actor }),
    ...(reason === null ? {} : { reason }),
  });
}

/** The fields of a command that name the thing it acted on: those stand on the line of its refusal. */
const namingFields = [
  'tranche',
  'report',
  'evaluation',
  'recovery',
  'against',
  'name',
  'batch',
  'entry',
  'move',
];

function refusalLine(refusal: RefusalRow, timeZone: string): TimelineLine {
  const named = Object.fromEntries(
    namingFields.flatMap((key) => (key in refusal.input ? [[key, refusal.input[key]]] : [])),
  );
  return line(formatLocal(refusal.at, timeZone), subjectOf(refusal.stream), 'command.refused', {
    ...refusal.facts,
    ...named,
    command: refusal.command,
    by: refusal.actor,
    code: refusal.code,
  });
}

function line(
  at: string,
  subject: Readonly<Record<string, string | number>>,
  event: string,
  data: Readonly<Record<string, unknown>>,
): TimelineLine {
  const rank = (key: string): number => {
    const index = keyOrder.indexOf(key);
    return index < 0 ? keyOrder.length : index;
  };
  const keys = Object.keys(data)
    .filter((key) => !(key in subject))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return { at, ...subject, event, ...Object.fromEntries(keys.map((key) => [key, data[key]])) };
}

/** A line for reading: time, whom it is about, what happened, and the rest in words. */
export function readableLine(entry: TimelineLine): string {
  const { at, grant, beneficiary, event, ...rest } = entry as TimelineLine & Record<string, unknown>;
  const { batch, bankFile, move } = entry as { batch?: number; bankFile?: number; move?: number };
  const moved = move === undefined || grant !== undefined ? '' : `move ${move}`;
  const paper = bankFile === undefined ? moved : `bank file ${bankFile}`;
  const about = String(grant ?? beneficiary ?? (batch === undefined ? paper : `batch ${batch}`));
  const words = Object.entries(rest).map(([key, value]) => `${key} ${plain(value)}`);
  const refused = event === 'command.refused' ? '✗ ' : '';
  return `${at.slice(0, 16).replace('T', ' ')}  ${about.padEnd(14)}  ${refused}${event.padEnd(24)}  ${words.join(', ')}`.trimEnd();
}

const addressLine = ['street', 'number', 'postCode', 'town', 'country'];

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(' + ');
  if (typeof value === 'object' && value !== null && 'town' in value)
    return addressLine.flatMap((part) => (value as Record<string, string>)[part] ?? []).join(' ');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(plain).join(' of ');
  return String(value);
}
