import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { publicCommands } from '#api/command-paths.js';
import { parseInput } from '#domain/commands.js';
import { parseScenario } from '#domain/scenario-document.js';

import { type ApiUnderTest, startApiUnderTest } from '../support/api.js';

const timeline = '{"at":"2023-01-01T00:00:00+01:00","event":"grant.started"}\n{"at":"2023-01-02"}\n';

/** A stand-in for the command line: what it does is in the first word of the scenario. */
const commandLine = `
  let text = '';
  process.stdin.on('data', (chunk) => { text += chunk; });
  process.stdin.on('end', () => {
    if (text.startsWith('sleep')) return setTimeout(() => {}, 60_000);
    if (text.startsWith('break')) { console.error('secret path /x/y'); process.exit(1); }
    if (text.startsWith('faulty')) {
      console.error('programme.tranches[1].share: the shares make 120%');
      console.error('until: 2023-02-29 does not exist');
      process.exit(2);
    }
    if (text.startsWith('env')) { console.log(JSON.stringify(Object.keys(process.env))); process.exit(0); }
    process.stdout.write(${JSON.stringify(timeline)});
  });`;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({
    simulateCommand: [process.execPath, '-e', commandLine],
    simulations: { atOnce: 1, limitMs: 1_500 },
  });
});
afterAll(() => api?.stop());

const yaml = { 'Content-Type': 'application/yaml' };
const simulations = '/api/v1/simulations';

describe('simulations', () => {
  it('give the timeline as NDJSON, for YAML and for JSON', async () => {
    for (const headers of [yaml, {}]) {
      const answered = await api.post('an', simulations, 'sluis: 1', headers);
      expect([answered.status, answered.text]).toEqual([200, timeline]);
      expect(answered.headers.get('Content-Type')).toContain('application/x-ndjson');
    }
  });

  it('run again under the same key, and refuse it with another file', async () => {
    const named = { ...yaml, 'Idempotency-Key': 'one simulation' };
    expect((await api.post('an', simulations, 'sluis: 1', named)).text).toBe(timeline);
    const again = await api.post('an', simulations, 'sluis: 1', named);
    expect([again.text, again.headers.get('Idempotency-Replayed')]).toEqual([timeline, 'true']);
    const other = await api.post('an', simulations, 'sluis: 1 # other', named);
    expect([other.status, other.body['code']]).toEqual([422, 'command-reused']);
  });

  it('list every fault of the file', async () => {
    const { status, body } = await api.post('an', simulations, 'faulty', yaml);
    expect(status).toBe(422);
    expect(body['faults']).toEqual([
      { path: 'programme.tranches[1].share', message: 'the shares make 120%' },
      { path: 'until', message: '2023-02-29 does not exist' },
    ]);
  });

  it('say when they are busy and when one took too long', async () => {
    const slow = api.post('an', simulations, 'sleep', yaml);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const busy = await api.post('an', simulations, 'sluis: 1', yaml);
    expect([busy.status, busy.body['code'], busy.headers.get('Retry-After')]).toEqual([503, 'busy', '5']);
    const late = await slow;
    expect([late.status, late.body['code']]).toEqual([503, 'timed-out']);
    expect((await api.post('an', simulations, 'sluis: 1', yaml)).status).toBe(200);
  });

  it('take five megabytes, not more, and nothing of another kind', async () => {
    const mega = 1024 * 1024;
    expect((await api.post('an', simulations, '#'.repeat(4 * mega), yaml)).status).toBe(200);
    expect((await api.post('an', simulations, '#'.repeat(5 * mega + 1), yaml)).status).toBe(413);
    expect((await api.post('an', simulations, 'x', { 'Content-Type': 'text/plain' })).status).toBe(415);
  });

  it('keep what broke to the log, and the address of our database from the child', async () => {
    const broken = await api.post('an', simulations, 'break', yaml);
    expect([broken.status, broken.body['code']]).toEqual([500, 'internal-error']);
    expect(broken.text).not.toContain('secret');
    expect(broken.body['detail']).toContain(String(broken.body['id']));
    process.env['DATABASE_URL_OF_TEST'] = 'postgresql://secret';
    expect((await api.post('an', simulations, 'env', yaml)).text).not.toContain('DATABASE');
    delete process.env['DATABASE_URL_OF_TEST'];
  });

  it('are not for whoever answers for a beneficiary', async () => {
    expect((await api.post('stad', simulations, 'sluis: 1', yaml)).status).toBe(403);
  });
});

describe('OpenAPI', () => {
  interface Operation {
    readonly operationId?: string;
    readonly requestBody?: {
      readonly content: Record<string, { examples?: { example?: { value: Record<string, unknown> } } }>;
    };
    readonly responses: Record<string, { content?: Record<string, { example?: unknown }> }>;
  }
  interface Document {
    readonly openapi: string;
    readonly paths: Record<string, Record<string, Operation>>;
  }

  it('describes every command, with an example that it takes', async () => {
    const { paths, openapi } = JSON.parse((await api.get(null, '/api/openapi.json')).text) as Document;
    expect(openapi).toBe('3.1.0');
    const found = new Map(
      Object.entries(paths).flatMap(([path, item]) =>
        Object.values(item).map((operation) => [operation.operationId, { path, operation }] as const),
      ),
    );
    expect(found.get('import-bank-file')?.path).toBe('/api/v1/bank-files');
    for (const name of publicCommands) {
      const { path, operation } = found.get(name)!;
      const { code, ...example } =
        operation.requestBody!.content['application/json']!.examples!.example!.value;
      expect(typeof code === 'string').toBe(name === 'draft-grant');
      const named = Object.fromEntries(
        ['tranche', 'report', 'evaluation', 'recovery', 'batch', 'bankFile', 'entry']
          .filter((field) => path.includes(`{${field}}`))
          .map((field) => [field, /report|evaluation/.test(field) ? 'interim' : 1]),
      );
      expect([name, parseInput(name, { ...example, ...named })]).toEqual([
        name,
        { input: expect.anything() },
      ]);
    }
  });

  it('has an example of every answer and the problems behind every operation', async () => {
    const { paths } = JSON.parse((await api.get(null, '/api/openapi.json')).text) as Document;
    for (const [path, item] of Object.entries(paths))
      for (const [method, { responses }] of Object.entries(item)) {
        const good = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
        const [media] = Object.values(good?.content ?? {});
        expect([method, path, media?.example === undefined]).toEqual([method, path, false]);
        expect(Object.keys(responses)).toContain('default');
      }
  });

  it('shows a scenario that runs, as JSON and as YAML', async () => {
    const { paths } = JSON.parse((await api.get(null, '/api/openapi.json')).text) as Document;
    const { content } = paths['/api/v1/simulations']!['post']!.requestBody!;
    expect(Object.keys(content)).toEqual(['application/json', 'application/yaml']);
    for (const media of Object.values(content))
      expect(parseScenario(media.examples!.example!.value)).toHaveProperty('scenario');
  });

  it('describes what every list may be asked', async () => {
    const { paths } = JSON.parse((await api.get(null, '/api/openapi.json')).text) as {
      paths: Record<string, { get: { parameters: { name: string; in: string }[] } }>;
    };
    const asked = paths['/api/v1/deadlines']!.get.parameters.filter((one) => one.in === 'query');
    const names = ['after', 'limit', 'programme', 'beneficiary', 'from', 'to', 'state', 'handler', 'asked'];
    expect(asked.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it('has a page of its own, with nothing from elsewhere', async () => {
    const page = await api.get(null, '/api/docs');
    expect([page.status, page.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8']);
    const addresses = [...page.text.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map(
      ([, address]) => address!,
    );
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses.filter((one) => !one.startsWith('#'))) {
      const url = new URL(address, `${api.url}/api/docs`);
      expect(url.origin).toBe(api.url);
      expect([address, (await fetch(url)).status]).toEqual([address, 200]);
    }
    const problem = await api.get(null, '/api/docs/problems/gate-closed');
    expect([problem.status, problem.text.includes('Gate closed')]).toEqual([200, true]);
  });
});

describe('health and metrics', () => {
  it('lives', async () => {
    expect((await api.get(null, '/health/live')).body).toEqual({ status: 'live' });
  });

  it('is ready when a worker answers through the queue', async () => {
    const end = Date.now() + 10_000;
    let answered = await api.get(null, '/health/ready');
    while (answered.status !== 200 && Date.now() < end) answered = await api.get(null, '/health/ready');
    expect(answered.body).toEqual({ status: 'ready' });
  });

  it('says what is missing where no worker runs', async () => {
    const alone = await startApiUnderTest({ worker: false, metricsToken: 'secret' });
    try {
      const { status, body } = await alone.get(null, '/health/ready');
      expect([status, body['code'], Object.keys((body['facts'] as { missing: object }).missing)]).toEqual([
        503,
        'not-ready',
        ['worker'],
      ]);
      expect((await alone.get(null, '/health/live')).status).toBe(200);
      expect((await alone.get(null, '/metrics')).status).toBe(401);
      expect((await alone.get('an', '/metrics')).status).toBe(401);
      expect((await alone.get(null, '/metrics', { Authorization: 'Bearer secret' })).status).toBe(200);
    } finally {
      await alone.stop();
    }
  });

  it('gives metrics to this machine: ours, the process and the queues', async () => {
    await api.get('an', '/api/v1/nothing');
    const { status, text } = await api.get(null, '/metrics');
    expect(status).toBe(200);
    for (const name of [
      'process_cpu_seconds_total',
      'sluis_http_request_duration_seconds_bucket',
      'sluis_outbox_rows',
      'sluis_refusals_total{code="not-found"}',
      'bullmq_job_count{queue="deadlines"',
    ])
      expect(text).toContain(name);
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(new Set(types).size).toBe(types.length);
    const proxied = await api.get(null, '/metrics', { 'X-Forwarded-For': '203.0.113.9' });
    expect(proxied.status).toBe(401);
  });

  it('carries the headers that matter and names no software', async () => {
    const { headers } = await api.get('an', '/api/v1/me');
    expect(headers.get('X-Powered-By')).toBeNull();
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(headers.get('Cache-Control')).toBe('private, no-cache');
  });

  it('never writes an account number or a token to the log', async () => {
    const written: string[] = [];
    const { write } = process.stderr;
    process.stderr.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
    try {
      const iban = 'BE68539007547035';
      await api.post('an', '/api/v1/beneficiaries/antwerpen/change-account', { iban });
      await api.post('an', simulations, 'break', yaml);
    } finally {
      process.stderr.write = write;
    }
    expect(written).not.toEqual([]);
    expect(written.join('')).not.toMatch(/BE\d\d|token-of/);
  });
});

it('answers what it began when it stops', async () => {
  const stopping = await startApiUnderTest({ worker: false, simulateCommand: ['sleep', '1'] });
  const begun = stopping.post('an', simulations, 'x', yaml);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await stopping.stop();
  expect((await begun).status).toBe(200);
  await expect(promisify(execFile)('curl', ['-s', `${stopping.url}/health/live`])).rejects.toThrow(
    'Command failed',
  );
});

it('says that the database is away, without internals, and stops all the same', async () => {
  const alone = await startApiUnderTest({ worker: false });
  try {
    await alone.loseDatabase();
    const { status, body, headers, text } = await alone.get('an', '/api/v1/grants');
    expect([status, body['code'], headers.get('Retry-After')]).toEqual([503, 'unavailable', '5']);
    expect(text).not.toMatch(/ECONN|127\.0\.0\.1|sluis_runtime/);
    const ready = await alone.get(null, '/health/ready');
    expect([ready.status, ready.body['code']]).toEqual([503, 'not-ready']);
    expect((await alone.get(null, '/health/live')).status).toBe(200);
    expect((await alone.get(null, '/metrics')).text).toContain('process_cpu_seconds_total');
  } finally {
    await alone.stop();
  }
});
