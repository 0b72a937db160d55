import { refusedCommand } from '#api/answer.js';
import { previewAnswer } from '#api/deadline-moves.controller.js';
import type { About } from '#api/refusal-sentence.js';
import { formatLocal } from '#domain/civil-date.js';
import type { ExplainedDeadline, ExplainedMoment } from '#domain/deadline-explained.js';
import type { MovedReminder, PreviewLine } from '#domain/move-preview.js';
import { type Refusal, type Refused, isRefused } from '#domain/refusal.js';
import type { Sums, TakePreview } from '#lifecycle/deadline-moves.js';

import {
  CommandRefused,
  acceptedOf,
  acting,
  everyRow,
  inputOf,
  numberOf,
  refusedHere,
  sayAccepted,
} from './acting.js';
import type { MoveListOptions, MoveOptions, UndoOptions } from './program-deadlines.js';
import type { ActingOptions } from './program-finance.js';

const places = {
  programme: '<programme>',
  report: '<report>',
  until: '<until>',
  grants: '--grant',
  move: '<no>',
} as const;

type Moved = readonly [programme: string, report: string, until: string];

/** `sluis deadline show GRANT REPORT` */
export async function showDeadline(grant: string, report: string, options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    const found = await me.views.grants.deadline(grant, report, me.ownOf('deadlines'));
    if (found === null) throw new CommandRefused(`There is no grant ${grant}.`);
    if (found === 'no such report') throw new CommandRefused(`Grant ${grant} has no report ${report}.`);
    process.stdout.write(`${options.json ? JSON.stringify(found) : explained(found).join('\n')}\n`);
  });
}

function explained(deadline: ExplainedDeadline): string[] {
  const { grant, report, dueOn, state, timeZone, rule, history, extensions, windows } = deadline;
  const passed = rule.passedOver.map(({ on, because }) => `${on} ${because}`).join(', ');
  const { lastDay, askedBy, granted, times } = extensions;
  const more = [
    ...(lastDay === null ? [] : [`at the latest until ${lastDay}`]),
    ...(askedBy === null ? [] : [`asked for by ${askedBy}`]),
    ...(times === null ? [] : [`granted ${granted} of ${times} times`]),
  ];
  return [
    `${grant} ${report}: due on ${dueOn}, ${state}${deadline.extended ? ', extended' : ''}`,
    `  rule       ${rule.rule}, from ${rule.from}: ${rule.rawDueOn}`,
    `  shift      ${rule.shift}${passed === '' ? '' : `, past ${passed}`}: ${rule.dueOn}`,
    ...history.map(
      ({ at, event, by, from, dueOn: to, move, request, reason }) =>
        `  ${formatLocal(at, timeZone).slice(0, 10)} ${event}${moveWords(from, to)} by ${by}${move === null ? '' : ` (move ${move})`}` +
        `${request === null || event === 'extension.asked' ? '' : `, asked by ${request.by} until ${request.until}: ${request.reason ?? ''}`}` +
        `${reason === null ? '' : `: ${reason}`}`,
    ),
    ...(more.length === 0 ? [] : [`  more time  ${more.join('; ')}`]),
    ...windows.map(
      ({ evaluation, from, to, moved }) =>
        `  evaluation ${evaluation} from ${from} to ${to}${moved ? ', moved along' : ''}`,
    ),
    ...deadline.reminders.map((one) => momentLine(`reminder ${one.offset}`, one, timeZone)),
    ...(deadline.escalation === null ? [] : [momentLine('escalation', deadline.escalation, timeZone)]),
    ...deadline.earlier.map(
      (one) => `  earlier    ${one.offset} of ${one.dueOn}  ${one.outcome} to ${one.to}`,
    ),
  ];
}

function moveWords(from: string | null, to: string | null): string {
  if (to === null) return '';
  return from === null ? ` ${to}` : ` ${from} → ${to}`;
}

function momentLine(what: string, { at, outcome, told }: ExplainedMoment, timeZone: string): string {
  const to = told.length === 0 ? '' : ` to ${told.map((one) => one.to).join(', ')}`;
  return `  ${what.padEnd(15)} ${formatLocal(at, timeZone).slice(0, 16).replace('T', ' ')}  ${outcome}${to}`;
}

/**
 * `sluis deadline preview PROGRAMME REPORT UNTIL`: a line a deadline, then the sums. Where the move would be refused it
 * ends as the move would, with everything that stands in the way.
 */
export async function previewMove(moved: Moved, options: MoveOptions): Promise<void> {
  const input = moveInput(moved, options);
  const about = { command: 'move-deadlines', subject: 'The move' } as const;
  await acting(options, async (me) => {
    const request = me.request(about.command, input);
    const { preview } = await shown(about, options, 'would move', (take) =>
      me.deadlineMoves.preview(request, take),
    );
    if (!options.json) process.stdout.write(`Preview ${preview}\n`);
  });
}

/** Prints each line, then the sums; throws the refusal where the command would be refused. */
async function shown<T extends Sums>(
  about: About,
  { json }: ActingOptions,
  would: string,
  preview: (take: TakePreview) => Promise<T | Refused>,
): Promise<T> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const answered = await preview((line) => print(json ? JSON.stringify(line) : previewText(line)));
  if (isRefused(answered)) throw refusedHere(refusedCommand(answered.refused, about).problem, places);
  const sums = previewAnswer(answered, about);
  if (json) print(JSON.stringify(sums));
  if (sums.refused !== null) {
    sayInTheWay(answered.refusal);
    throw refusedHere(sums.refused, places);
  }
  const { deadlines, windows } = answered;
  if (!json)
    print(
      `${counted(deadlines, 'deadline')} and ${counted(windows, 'window')} ${would}. Nothing was changed.`,
    );
  return answered;
}

/** A line for each thing in the way that the refusal keeps; its sentence names the first, and how many there are. */
function sayInTheWay(refusal: Refusal | null): void {
  const obstacles = (refusal?.facts['obstacles'] ?? []) as readonly { grant: string; message: string }[];
  if (obstacles.length < 2) return;
  for (const { grant, message } of obstacles) process.stderr.write(`${grant}: ${message}\n`);
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function previewText({ grant, report, from, to, windows, reminders, payments }: PreviewLine): string {
  return [
    `${grant} ${report}: ${from} → ${to}`,
    ...windows.map(
      ({ evaluation, before, after }) =>
        `evaluation ${evaluation} ${before.from}..${before.to} → ${after.from}..${after.to}`,
    ),
    ...(reminders.length === 0 ? [] : [`reminders ${reminders.map(reminderText).join(', ')}`]),
    ...payments.map(
      ({ tranche, amount, from: old, to: fresh }) =>
        `tranche ${tranche} of ${amount} ${old ?? 'undated'} → ${fresh ?? 'undated'}`,
    ),
  ].join('; ');
}

function reminderText({ offset, from, to }: MovedReminder): string {
  const day = (at: string | null): string => at?.slice(0, 10) ?? 'none';
  return `${offset} ${day(from)} → ${day(to)}`;
}

/** `sluis deadline move PROGRAMME REPORT UNTIL` */
export async function moveDeadlines(moved: Moved, options: MoveOptions): Promise<void> {
  const input = moveInput(moved, options);
  await acting(options, async (me) => {
    const run = await me.deadlineMoves.run(me.request('move-deadlines', input));
    const outcome = acceptedOf(run, 'move-deadlines', 'The move', places);
    const [applied] = outcome.events;
    if (applied?.type !== 'deadline-move.applied') throw new Error('deadlines moved without their event');
    const { deadlines, windows, until } = applied.data;
    const no = applied.stream.slice('deadline-move:'.length);
    const along = windows === 0 ? '' : `, and ${counted(windows, 'window')} along`;
    sayAccepted(
      outcome,
      options.json,
      `Move ${no}: ${counted(deadlines, 'deadline')} moved to ${until}${along}. sluis deadline undo ${no} puts ${deadlines === 1 ? 'it' : 'them'} back.`,
    );
  });
}

function moveInput([programme, report, until]: Moved, options: MoveOptions) {
  const { token: _token, id: _id, json: _json, grant: grants, ...given } = options;
  return inputOf('move-deadlines', { programme, report, until, grants, ...given }, places);
}

/** `sluis deadline undo NO`; with --preview, what it would do, as `deadline preview` shows it. */
export async function undoMove(text: string, options: UndoOptions): Promise<void> {
  const move = numberOf('move', text);
  const input = inputOf('undo-move', { move, reason: options.reason }, places);
  await acting(options, async (me) => {
    if (options.preview) {
      const about = { command: 'undo-move', subject: `Move ${move}` } as const;
      const request = me.request(about.command, input);
      await shown(about, options, 'would move back', (take) => me.deadlineMoves.previewUndo(request, take));
      return;
    }
    const run = await me.deadlineMoves.run(me.request('undo-move', input));
    const outcome = acceptedOf(run, 'undo-move', `Move ${move}`, places);
    sayAccepted(outcome, options.json, `Move ${move} is undone: every deadline stands where it stood.`);
  });
}

/** `sluis deadline moves` */
export async function listMoves(options: MoveListOptions): Promise<void> {
  await acting(options, async (me) => {
    me.mayRead('deadline-moves');
    for await (const row of everyRow((page) => me.views.deadlineMoves.list(options.programme, page))) {
      const { move, status, programme, report, until, deadlines, movedBy, reason } = row;
      process.stdout.write(
        options.json
          ? `${JSON.stringify(row)}\n`
          : `${String(move).padStart(4)}  ${status.padEnd(7)}  ${programme} ${report} to ${until}  ${counted(deadlines, 'deadline')}  by ${movedBy}: ${reason}\n`,
      );
    }
  });
}
