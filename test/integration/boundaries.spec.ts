// Every boundary of .oxlintrc.json is fed one import it must refuse, and one it must let through. The files
// are laid in a temporary tree with the house's own configuration, so taking a rule away turns a row red.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');

/** One rule: where the file lies, what it holds, and words of the sentence that must be shown. */
type Refusal = [file: string, source: string, sentence: string];

const onlyDomainFiles = 'libs/domain imports nothing but its own files, temporal-polyfill and ibantools';
const persistenceOnly = 'libs/persistence imports only libs/domain';
const lifecycleQueue = 'libs/lifecycle never imports the queue';
const lifecycleOnly = 'libs/lifecycle imports only libs/persistence and libs/domain';
const bullmqPlace = 'BullMQ is reached only in libs/queue and apps/worker';
const processorsPlace = 'Processors live only in apps/worker';
const byName = 'is imported by its name';
const views = 'The api reads through #persistence/views';
const translates = 'A controller translates: it calls a command';
const noBranching = 'never branches on state';

const use = (what: string, from: string) =>
  `import { ${what} } from '${from}';\nexport const used = ${what};\n`;

const refusals: Refusal[] = [
  ['libs/domain/src/probe.ts', use('Injectable', '@nestjs/common'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', use('EntitySchema', 'typeorm'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', use('Pool', 'pg'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', use('Queue', 'bullmq'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', use('readFileSync', 'node:fs'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', use('grantTable', '#persistence/tables/grant.table.js'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', use('grantTable', '../../persistence/src/tables/x.js'), onlyDomainFiles],
  ['libs/domain/src/probe.ts', `export type { Pool } from 'pg';\n`, onlyDomainFiles],
  ['libs/domain/src/probe.ts', `export const late = () => import('node:os');\n`, onlyDomainFiles],
  ['libs/domain/src/probe.spec.ts', use('enqueue', '#queue/enqueue.js'), 'A spec of libs/domain needs only'],
  ['libs/domain/src/probe.ts', 'export const now = Date.now();\n', 'libs/domain has no clock'],
  [
    'libs/domain/src/probe.ts',
    `import { Temporal } from 'temporal-polyfill';\nexport const now = Temporal.Now.instant();\n`,
    'libs/domain has no clock',
  ],
  ['libs/domain/src/probe.ts', 'export const soon = setTimeout(String, 1);\n', 'libs/domain has no clock'],
  ['libs/domain/src/probe.ts', 'export const draw = Math.random();\n', 'libs/domain has no randomness'],
  ['libs/domain/src/probe.ts', 'export const id = crypto.randomUUID();\n', 'libs/domain has no randomness'],
  ['libs/domain/src/probe.ts', 'export const port = process.env.PORT;\n', 'libs/domain knows no environment'],
  [
    'libs/domain/src/probe.ts',
    'export const env = globalThis.process;\n',
    'libs/domain knows no environment',
  ],
  ['libs/domain/src/probe.ts', `export const got = fetch('x:y');\n`, 'libs/domain does no input or output'],

  ['libs/persistence/src/probe.ts', use('runCommand', '#lifecycle/run-command.js'), persistenceOnly],
  ['libs/persistence/src/probe.ts', use('environment', '#config/environment.js'), persistenceOnly],
  ['libs/lifecycle/src/probe.ts', use('enqueue', '#queue/enqueue.js'), lifecycleQueue],
  ['libs/lifecycle/src/probe.ts', use('Queue', 'bullmq'), lifecycleQueue],
  ['libs/lifecycle/src/probe.ts', use('InjectQueue', '@nestjs/bullmq'), lifecycleQueue],
  ['libs/lifecycle/src/probe.ts', use('mail', '#notifications/mail.js'), lifecycleOnly],
  ['libs/lifecycle/src/probe.ts', use('reactions', '#worker/reactions.js'), lifecycleOnly],
  ['libs/queue/src/probe.ts', use('runCommand', '#lifecycle/run-command.js'), 'libs/queue imports only'],
  ['libs/queue/src/probe.ts', use('Processor', '@nestjs/bullmq'), processorsPlace],
  ['libs/queue/src/probe.ts', use('WorkerHost', '@nestjs/bullmq'), processorsPlace],
  [
    'libs/notifications/src/probe.ts',
    use('view', '#persistence/views/x.view.js'),
    'libs/notifications imports',
  ],
  ['libs/notifications/src/probe.ts', use('Queue', 'bullmq'), bullmqPlace],
  ['libs/finance/src/probe.ts', use('view', '#persistence/views/x.view.js'), 'libs/finance imports only'],
  ['config/probe.ts', use('runCommand', '#lifecycle/run-command.js'), 'config is read by everything'],

  ['apps/api/src/probe.ts', use('Queue', 'bullmq'), bullmqPlace],
  ['apps/api/src/probe.processor.ts', use('Processor', '@nestjs/bullmq'), bullmqPlace],
  ['apps/api/src/probe.ts', use('grantTable', '#persistence/tables/grant.table.js'), views],
  ['apps/api/src/probe.ts', use('relay', '#worker/outbox.relay.js'), 'The api never imports the worker'],
  ['apps/api/src/probe.controller.ts', use('DataSource', 'typeorm'), translates],
  ['apps/api/src/probe.controller.ts', use('Pool', 'pg'), translates],
  ['apps/api/src/probe.controller.ts', use('decidePayout', '#domain/payout.js'), noBranching],
  ['apps/api/src/probe.controller.ts', use('trancheTransitions', '#domain/tranche.js'), noBranching],
  ['apps/worker/src/probe.processor.ts', use('decidePayout', '#domain/payout.js'), noBranching],
  ['apps/worker/src/probe.ts', use('ApiModule', '#api/api.module.js'), 'The worker never imports the api'],
  ['apps/cli/src/probe.ts', use('Queue', 'bullmq'), bullmqPlace],
  ['libs/persistence/src/probe.ts', use('plan', '../../domain/src/plan.js'), byName],
  ['apps/cli/src/probe.ts', use('environment', '../../../config/environment.js'), byName],
  ['test/e2e/probe.ts', use('plan', '../../libs/domain/src/plan.js'), byName],
];

const allowed: [file: string, source: string][] = [
  ['libs/domain/src/probe.ts', use('plan', './plan.js')],
  ['libs/domain/src/deep/probe.ts', use('plan', '../plan.js')],
  ['libs/domain/src/probe.ts', use('Temporal', 'temporal-polyfill')],
  ['libs/domain/src/probe.ts', use('isValidIBAN', 'ibantools')],
  ['libs/domain/src/probe.ts', 'export const at = (ms: number) => new Date(ms).toISOString();\n'],
  ['libs/domain/src/probe.spec.ts', use('readFileSync', 'node:fs')],
  ['libs/domain/src/probe.property.spec.ts', `import fc from 'fast-check';\nexport const used = fc;\n`],
  ['libs/persistence/src/probe.ts', use('plan', '#domain/plan.js')],
  ['libs/persistence/src/tables/probe.table.ts', use('EntitySchema', 'typeorm')],
  ['libs/lifecycle/src/probe.ts', use('eventLog', '#persistence/event-log.js')],
  ['libs/lifecycle/src/grants/probe.ts', use('runCommand', '../run-command.js')],
  ['libs/queue/src/probe.ts', use('Queue', 'bullmq')],
  ['libs/queue/src/probe.ts', use('BullModule', '@nestjs/bullmq')],
  ['libs/queue/src/probe.ts', use('environment', '#config/environment.js')],
  ['libs/notifications/src/probe.ts', use('plan', '#domain/plan.js')],
  ['config/probe.ts', use('grantTable', '#persistence/tables/grant.table.js')],
  ['apps/api/src/probe.controller.ts', use('view', '#persistence/views/grants.view.js')],
  ['apps/api/src/probe.controller.ts', use('awardGrant', '#lifecycle/grants/award-grant.js')],
  ['apps/api/src/probe.module.ts', use('PersistenceModule', '#persistence/persistence.module.js')],
  ['apps/worker/src/probe.processor.ts', use('Processor', '@nestjs/bullmq')],
  ['apps/worker/src/probe.relay.ts', use('DataSource', 'typeorm')],
  ['apps/cli/src/probe.ts', use('relay', '#worker/outbox.relay.js')],
  ['test/e2e/probe.ts', use('Queue', 'bullmq')],
];

let tree: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'sluis-boundaries-'));
  cpSync(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
  cpSync(join(root, 'package.json'), join(tree, 'package.json'));
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** Lints one file with the house's rules: the exit code, and each finding with the sentence it prints. */
function lint(file: string, source: string): { code: number | null; output: string } {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
  const run = spawnSync(process.execPath, [oxlint, '--deny-warnings', '--format', 'json', file], {
    cwd: tree,
    encoding: 'utf8',
  });
  rmSync(path);
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: { message: string; help?: string }[] };
  return {
    code: run.status,
    output: diagnostics.map(({ message, help }) => `${message} ${help}`).join('\n'),
  };
}

describe('the lint rules refuse', () => {
  it.each(refusals)('%s holding %j', (file, source, sentence) => {
    const { code, output } = lint(file, source);
    expect(output).toContain(sentence);
    expect(code).toBe(1);
  });
});

describe('the lint rules let through', () => {
  it.each(allowed)('%s holding %j', (file, source) => {
    expect(lint(file, source)).toEqual({ code: 0, output: '' });
  });
});

it('feeds every sentence of the configuration its forbidden case', () => {
  const configuration = readFileSync(join(root, '.oxlintrc.json'), 'utf8');
  const sentences = Array.from(configuration.matchAll(/"message": "(.+)"/g), ([, text = '']) => text);
  const unfed = sentences.filter((text) => !refusals.some(([, , words]) => text.includes(words)));
  expect(sentences.length).toBeGreaterThan(10);
  expect(unfed).toEqual([]);
});

/** What no lint rule here can see: a Date made of nothing is the wall clock, one made of a number is not. */
const wallClock = /\bnew\s+Date\b(?!\s*\(\s*[^)\s])|\bDate\s*\(\s*\)/;

describe('libs/domain never makes a Date of nothing', () => {
  it.each(['new Date()', 'new Date( )', 'new Date;', 'Date()'])('%s is the wall clock', (source) => {
    expect(source).toMatch(wallClock);
  });

  it.each(['new Date(ms)', 'new Date(Number(x))', 'Date.parse(text)', 'CivilDate', 'parseCivilDate()'])(
    '%s is not',
    (source) => {
      expect(source).not.toMatch(wallClock);
    },
  );

  it('in none of its files', () => {
    const folder = join(root, 'libs', 'domain', 'src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const pure = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
    expect(pure.length).toBeGreaterThan(0);
    expect(pure.filter((name) => wallClock.test(readFileSync(join(folder, name), 'utf8')))).toEqual([]);
  });
});
