import type { Command } from 'commander';

import { type ActingOptions, type ReasonOptions, changing } from './program-finance.js';
import { under } from './under.js';

/** More time for one report; for many grants at once there is `sluis deadline move`. */
export function addExtensions(sluis: Command): void {
  const extension = under(
    sluis,
    'extension',
    'More time for a report: asked, granted, refused, or given unasked.',
  );
  const which = '<grant> <report>';
  changing(extension, `ask ${which} <until>`, 'Ask for more time for a report of yours.')
    .option('--reason <text>', 'why; needed')
    .action(async (grant: string, report: string, until: string, options: ReasonOptions) =>
      (await import('./extension.js')).ask([grant, report, until], options),
    );
  changing(
    extension,
    `grant ${which} <until>`,
    'Grant what was asked, until that day or another; the reason that was asked with stands.',
  ).action(async (grant: string, report: string, until: string, options: ActingOptions) =>
    (await import('./extension.js')).grant([grant, report, until], options),
  );
  changing(extension, `refuse ${which}`, 'Refuse what was asked; the deadline stays.')
    .option('--reason <text>', 'why; needed')
    .action(async (grant: string, report: string, options: ReasonOptions) =>
      (await import('./extension.js')).refuse([grant, report], options),
    );
  changing(
    extension,
    `give ${which} <until>`,
    'Give more time with a reason of your own; where it was asked, that is answered by it.',
  )
    .option('--reason <text>', 'why; needed')
    .action(async (grant: string, report: string, until: string, options: ReasonOptions) =>
      (await import('./extension.js')).give([grant, report, until], options),
    );
}
