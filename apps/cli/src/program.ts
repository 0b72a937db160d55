import { Command } from 'commander';

import { roles } from '#domain/people.js';

import { addCalendars } from './program-calendar.js';
import { addAddresses, addContacts } from './program-contacts.js';
import { addDeadlines } from './program-deadlines.js';
import { addExtensions } from './program-extensions.js';
import { addFinance } from './program-finance.js';
import { addMails } from './program-mail.js';
import { addTemplates } from './program-templates.js';
import { addWebhooks } from './program-webhooks.js';
import { under } from './under.js';

/** The command line of Sluis. Each command loads its own code, so that help and faults come at once. */
export function program(): Command {
  const sluis = new Command('sluis')
    .description('Runs a subsidy after the decision to give it: tranches, reports, evaluations, payouts.')
    .version('0.1.0')
    .showHelpAfterError('(sluis help shows every command)')
    .exitOverride();
  addService(sluis);
  addScenarios(sluis);
  addPeople(under(sluis, 'person', 'People of the installation.'));
  addTokens(under(sluis, 'token', 'Access tokens.'));
  addContacts(sluis);
  addFinance(sluis);
  addMails(under(sluis, 'mail', 'What went to whom, what waits and what failed.'));
  addTemplates(under(sluis, 'template', 'What mails say, and your own texts in the place of those.'));
  addCalendars(sluis);
  addWebhooks(sluis);
  addDeadlines(under(sluis, 'deadline', 'Deadlines: explained, moved for many grants at once, put back.'));
  addExtensions(sluis);
  addDemo(under(sluis, 'demo', 'Move the clock of a running demo.'));
  return sluis;
}

function addService(sluis: Command): void {
  under(
    sluis,
    'start',
    'Start the service: API and worker, with its embedded database unless DATABASE_URL is set.',
  )
    .option('--demo', 'load the Roma Experten Netwerk 2023-2024, on a clock of its own that stands still')
    .option('--api-only', 'serve HTTP alone; workers run apart')
    .option('--worker-only', 'work alone; the API runs apart')
    .addHelpText(
      'after',
      '\nEnvironment: PORT, HOST, SLUIS_DATA, DATABASE_URL, REDIS_URL; see docs/operations.md.',
    )
    .action(async (options: StartOptions) => (await import('./start.js')).start(options));
  under(sluis, 'migrate', 'Bring the database to this version (DATABASE_OWNER_URL, or the embedded one).')
    .option('--json', 'one JSON object')
    .action(async (options: JsonOption) => (await import('./migrate.js')).migrateDatabase(options));
  under(
    sluis,
    'verify',
    'Replay every grant, check chains and invariants; exit 1 where anything is violated.',
  )
    .option('--json', 'one JSON object a violation')
    .action(async (options: JsonOption) => (await import('./verify.js')).verify(options));
  under(sluis, 'health', 'Whether the service of this machine is healthy: exit 0, or a sentence and exit 1.')
    .option('--worker', 'ask for a worker instead of the API')
    .action(async (options: HealthOptions) => (await import('./health.js')).health(options));
}

function addScenarios(sluis: Command): void {
  under(sluis, 'simulate <file>', 'Run a scenario file on a clock that jumps; "-" reads standard input.')
    .option('--json', 'one JSON object a line')
    .option('--summary', 'end with a table: awarded, approved, paid, open and next deadline per grant')
    .option('--until <date>', 'stop after this day; later happenings are left out')
    .action(async (file: string, options: SimulateOptions) =>
      (await import('./simulate.js')).simulateFile(file, options),
    );
}

function addPeople(person: Command): void {
  under(person, 'add', 'Add a person; the first operator of an installation is made this way.')
    .requiredOption('--id <id>', 'short name, unique for ever')
    .requiredOption('--role <role...>', `one or more of ${roles.join(', ')}`)
    .option('--name <name>', 'full name')
    .option('--of <beneficiary>', 'the beneficiary this person answers for')
    .option('--language <language>', 'nl, fr or en')
    .option('--mail <address>', 'where their mail goes')
    .option('--json', 'one JSON object')
    .action(async (options: PersonOptions) => (await import('./people.js')).addPerson(options));
  addAddresses(person);
}

function addTokens(token: Command): void {
  under(token, 'create', 'Make an access token for a person; it is shown once and stored hashed.')
    .requiredOption('--person <id>', 'whose token it is')
    .option('--json', 'one JSON object')
    .action(async (options: TokenOptions) => (await import('./people.js')).createToken(options));
}

function addDemo(demo: Command): void {
  under(demo, 'next', 'Go to the next moment at which something falls due or happens in the scenario.')
    .option('--alone', 'leave the scenario out: only what falls due happens')
    .option('--json', 'one JSON object a line')
    .action(async (options: DemoOptions) => (await import('./demo-clock.js')).demoNext(options));
  under(demo, 'until <date>', 'Go to the end of a day (YYYY-MM-DD).')
    .option('--alone', 'leave the scenario out: only what falls due happens')
    .option('--json', 'one JSON object a line')
    .action(async (date: string, options: DemoOptions) =>
      (await import('./demo-clock.js')).demoUntil(date, options),
    );
}

export interface JsonOption {
  readonly json?: true;
}
export interface StartOptions {
  readonly demo?: true;
  readonly apiOnly?: true;
  readonly workerOnly?: true;
}
export interface HealthOptions {
  readonly worker?: true;
}
export interface SimulateOptions extends JsonOption {
  readonly summary?: true;
  readonly until?: string;
}
export interface PersonOptions extends JsonOption {
  readonly id: string;
  readonly role: readonly string[];
  readonly name?: string;
  readonly of?: string;
  readonly language?: string;
  readonly mail?: string;
}
export interface TokenOptions extends JsonOption {
  readonly person: string;
}
export interface DemoOptions extends JsonOption {
  readonly alone?: true;
}
