import type { Command } from 'commander';

import type { ActingOptions, ReasonOptions } from './program-finance.js';
import { asPerson, changing } from './program-finance.js';

export interface MoveOptions extends ReasonOptions {
  readonly grant?: readonly string[];
  readonly beneficiary?: string;
  readonly dueOn?: string;
  readonly moveWindows?: true;
  readonly preview?: string;
}
export interface UndoOptions extends ReasonOptions {
  readonly preview?: true;
}
export interface MoveListOptions extends ActingOptions {
  readonly programme?: string;
}

/** Deadlines: explained, moved for many grants at once, put back. */
export function addDeadlines(deadline: Command): void {
  asPerson(
    deadline,
    'show <grant> <report>',
    'Why a deadline is what it is: rule, shift, moves, reminders.',
  ).action(async (grant: string, report: string, options: ActingOptions) =>
    (await import('./deadline.js')).showDeadline(grant, report, options),
  );
  selecting(
    asPerson(
      deadline,
      'preview <programme> <report> <until>',
      'What a bulk move would do: every date, reminder and expected payment that would move.',
    ),
  ).action(async (programme: string, report: string, until: string, options: MoveOptions) =>
    (await import('./deadline.js')).previewMove([programme, report, until], options),
  );
  selecting(
    changing(
      deadline,
      'move <programme> <report> <until>',
      'Move a deadline in every grant of a programme, or a selection: all of them or none.',
    ),
  )
    .option('--reason <text>', 'why; needed')
    .option('--preview <hash>', 'refuse where anything has changed since this preview')
    .action(async (programme: string, report: string, until: string, options: MoveOptions) =>
      (await import('./deadline.js')).moveDeadlines([programme, report, until], options),
    );
  changing(deadline, 'undo <no>', 'Put back what a bulk move moved, as long as nothing acted on it.')
    .option('--reason <text>', 'why; needed')
    .option('--preview', 'what would move back, or what stands in the way; nothing is changed')
    .action(async (no: string, options: UndoOptions) =>
      (await import('./deadline.js')).undoMove(no, options),
    );
  asPerson(deadline, 'moves', 'Bulk moves, the latest first.')
    .option('--programme <code>', 'only of this programme')
    .action(async (options: MoveListOptions) => (await import('./deadline.js')).listMoves(options));
}

function selecting(command: Command): Command {
  return command
    .option('--due-on <date>', 'only deadlines that now stand on this day')
    .option('--beneficiary <id>', 'only grants of this beneficiary')
    .option('--grant <codes...>', 'only these grants')
    .option('--move-windows', 'let the windows of evaluations move along');
}
