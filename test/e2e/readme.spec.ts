/**
 * The README's tour: every `$ command` in it is run in order against a fresh demo, and answers what the README
 * shows. SLUIS_UPDATE_README=1 writes what was answered; read the difference before committing it.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { freePort } from '#persistence/cluster-process.js';
import { SluisProcess } from '#test/support/sluis-process.js';

const readme = 'README.md';
const shownUrl = 'http://127.0.0.1:3000';
const text = readFileSync(readme, 'utf8');
/** People type slower than this; what the service does by itself is done by then. */
const betweenMs = 500;

interface Step {
  readonly command: string;
  readonly shown: string;
}

/** The commands of the README's console blocks with the output shown below each. */
function steps(): Step[] {
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return { command: part.slice(0, end), shown: part.slice(end + 1).trimEnd() };
      }),
  );
}

describe("the README's tour", () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluis-readme-'));
  let demo: SluisProcess;
  let url: string;
  beforeAll(async () => {
    // As root, PostgreSQL runs as another user, who must be able to enter.
    chmodSync(folder, 0o755);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    demo = new SluisProcess(['start', '--demo'], { PORT: String(port), SLUIS_DATA: folder });
    await demo.says('Sluis is ready', 60_000);
  }, 70_000);
  afterAll(async () => {
    await demo?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('begins with a command that builds what it starts', () => {
    expect(text).toContain('npm ci && npm run demo ');
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    // A script of its own before it (`predemo`) would not run: .npmrc says ignore-scripts.
    expect(scripts['demo']).toMatch(/^npm run --silent build && exec node dist\//);
  });

  it('answers what it shows', async () => {
    const answered: Step[] = [];
    let functions = '';
    for (const step of steps()) {
      if (/^\w+\(\) \{/.test(step.command)) functions += `${step.command}\n`;
      const shown = await run(`${functions}${step.command}`);
      answered.push({ command: step.command, shown });
      await new Promise((done) => setTimeout(done, betweenMs));
    }
    if (process.env['SLUIS_UPDATE_README'] === '1') update(answered);
    else expect(answered).toEqual(steps());
  }, 300_000);

  async function run(command: string): Promise<string> {
    const script = command
      .replaceAll(shownUrl, url)
      .replaceAll('npx sluis', `"${process.execPath}" "${resolve('dist/apps/cli/src/main.js')}"`);
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      env: { ...process.env, SLUIS_DATA: folder },
    });
    return stdout.replaceAll(url, shownUrl).trimEnd();
  }
});

function update(answered: readonly Step[]): void {
  let next = 0;
  const updated = text.replaceAll(/^```console\n(.*?)^```$/gms, (_, block: string) => {
    const commands = block.split(/^\$ /m).length - 1;
    const lines = answered
      .slice(next, (next += commands))
      .map(({ command, shown }) => (shown === '' ? `$ ${command}\n` : `$ ${command}\n${shown}\n`));
    return `\`\`\`console\n${lines.join('')}\`\`\``;
  });
  writeFileSync(readme, updated);
}
