import type { Command } from 'commander';

import type { ActingOptions } from './program-finance.js';
import { asPerson, changing } from './program-finance.js';

export interface TemplateListOptions extends ActingOptions {
  readonly own?: true;
}
export interface TemplateShowOptions extends ActingOptions {
  readonly shipped?: true;
  readonly fields?: true;
}
export interface TemplateSetOptions extends ActingOptions {
  readonly file: string;
}
export interface TemplatePreviewOptions extends ActingOptions {
  readonly file?: string;
  readonly message?: string;
  readonly html?: true;
}

/** What mails say. */
export function addTemplates(template: Command): void {
  const which = '<kind> <language>';
  asPerson(template, 'list', 'Every kind of message and language, and whose text is in force.')
    .option('--own', 'only what the agency put in the place of the service’s')
    .action(async (options: TemplateListOptions) => (await import('./template.js')).listAll(options));
  asPerson(template, `show ${which}`, 'The text in force, as it can be saved again.')
    .option('--shipped', 'the one that comes with the service')
    .option('--fields', 'what it may name')
    .action(async (kind: string, language: string, options: TemplateShowOptions) =>
      (await import('./template.js')).show(kind, language, options),
    );
  changing(
    template,
    `set ${which}`,
    'Put a text in the place of the one in force, if nothing is wrong with it.',
  )
    .requiredOption('--file <file>', 'holds the text; - reads standard input')
    .action(async (kind: string, language: string, options: TemplateSetOptions) =>
      (await import('./template.js')).set(kind, language, options),
    );
  asPerson(template, `preview ${which}`, 'A mail as it would be sent, with example facts.')
    .option('--file <file>', 'by the text in this file, which is not saved; - reads standard input')
    .option('--message <id>', 'with the facts of this message')
    .option('--html', 'the HTML instead of the plain text')
    .action(async (kind: string, language: string, options: TemplatePreviewOptions) =>
      (await import('./template.js')).preview(kind, language, options),
    );
  changing(template, `reset ${which}`, 'Return to the text that comes with the service.').action(
    async (kind: string, language: string, options: ActingOptions) =>
      (await import('./template.js')).reset(kind, language, options),
  );
}
