// Batches and bank files over HTTP: from ordered payouts to settled ones, and everything that may go wrong on the way.
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';

import { system } from '#domain/people.js';

import { type ApiUnderTest, type Answered, startApiUnderTest, tokenOf } from '../support/api.js';
import { camt053 } from '../support/bank-answers.js';
import { people } from '../support/record.js';
import { until } from '../support/until.js';

const bank = {
  name: 'Agentschap Binnenlands Bestuur',
  iban: 'BE68 5390 0754 7034',
  bic: 'GKCCBEBB',
  batchBooking: true,
};
const xml = { 'Content-Type': 'application/xml' };

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest();
  await order('A', 'B', 'C');
});
afterAll(() => api?.stop());

/** Grants with an ordered payout of 500.00 each. */
async function order(...codes: string[]): Promise<void> {
  const { record } = api;
  for (const code of codes) {
    await record.award(code);
    for (const approver of [people.bart, people.bie])
      await record.give(approver, 'approve-tranche', code, { tranche: 1 });
    await record.give(system, 'order-payout', code, { tranche: 1 });
  }
  await until('they are ordered', async () => codes.length <= (await payouts('ordered')).length);
}

async function payouts(state: string): Promise<string[]> {
  const { list } = await api.get('fien', `/api/v1/payouts?state=${state}`);
  return list('items').map(({ endToEndId }) => String(endToEndId));
}

/** A step of a batch's life, accepted. */
async function step(by: string, path: string, body: unknown = {}): Promise<Answered> {
  const answered = await api.post(by, `/api/v1/${path}`, body);
  expect([path, answered.status, answered.text]).toEqual([
    path,
    path === 'batches' ? 201 : 200,
    answered.text,
  ]);
  return answered;
}

function refused({ status, body }: Answered): unknown[] {
  return [status, body['code'], body['detail']];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function statement(...ids: string[]): string {
  return camt053(
    ids.map((endToEndId) => ({
      endToEndId,
      amountCents: 50_000n,
      iban: bank.iban.replaceAll(' ', ''),
      name: 'Stad',
    })),
    { messageId: `STATEMENT-${ids.join('-')}` },
  );
}

describe('the account that is paid from', () => {
  it('is asked for where there is none yet', async () => {
    const answered = await api.post('fien', '/api/v1/batches', {});
    expect(refused(answered)).toEqual([
      422,
      'invalid',
      'profile: there is no bank profile yet: enter the account that is paid from first',
    ]);
  });

  it('is entered by finance, named by its last characters, and becomes a new version where it changes', async () => {
    expect((await api.post('bart', '/api/v1/bank-profiles', bank)).status).toBe(403);
    const wrong = await api.post('fien', '/api/v1/bank-profiles', {
      ...bank,
      iban: 'BE68539007547035',
      bic: 'X',
    });
    expect(wrong.body['faults']).toEqual([
      { path: 'iban', message: expect.stringContaining('check digits') },
      { path: 'bic', message: expect.stringContaining('no BIC') },
    ]);
    const set = await api.post('fien', '/api/v1/bank-profiles', bank);
    expect([set.status, set.body]).toEqual([201, { profile: 'main', version: 1 }]);
    expect((await api.post('an', '/api/v1/bank-profiles', bank)).body).toEqual({
      profile: 'main',
      version: 1,
    });
    const listed = await api.get('bart', '/api/v1/bank-profiles');
    expect(listed.list('items')).toMatchObject([{ code: 'main', iban: 'BE…7034', enteredBy: 'fien' }]);
    expect((await api.get('stad', '/api/v1/bank-profiles')).status).toBe(403);
  });
});

describe('a batch', () => {
  it('goes from ordered payouts to settled ones', async () => {
    const built = await step('fien', 'batches');
    expect(built.headers.get('Location')).toBe('/api/v1/batches/1');
    expect(refused(await api.post('fien', '/api/v1/batches/1/release-batch', {}))).toEqual([
      403,
      'four-eyes',
      'Batch 1 cannot be released by you: fien built the batch, and this takes someone else.',
    ]);
    expect(refused(await api.get('fien', '/api/v1/batches/1/file'))).toEqual([
      409,
      'wrong-state',
      'Batch 1 has no file to take: it is built. export-batch makes it, once the batch is released.',
    ]);
    expect(refused(await api.post('fien', '/api/v1/batches/1/export-batch', {}))).toEqual([
      409,
      'wrong-state',
      'Batch 1 cannot be exported: it is built; it would have to be released or exported or handed-over.',
    ]);
    await step('bart', 'batches/1/release-batch');
    const exported = await step('fien', 'batches/1/export-batch');
    const [event] = exported.list('events') as { data: { sha256: string; bytes: number } }[];

    const file = await api.get('aude', '/api/v1/batches/1/file');
    expect(file.status).toBe(200);
    expect(sha256(file.text)).toBe(event?.data.sha256);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': expect.stringContaining('application/xml'),
      'content-length': String(event?.data.bytes),
      'content-disposition': 'attachment; filename="SLUIS-0000001.xml"',
      etag: `"${event?.data.sha256}"`,
      'repr-digest': `sha-256=:${Buffer.from(event?.data.sha256 ?? '', 'hex').toString('base64')}:`,
    });
    const known = { 'If-None-Match': `"${event?.data.sha256}"` };
    expect((await api.get('aude', '/api/v1/batches/1/file', known)).status).toBe(304);
    for (const other of ['bart', 'an', 'els', 'stad'])
      expect([other, (await api.get(other, '/api/v1/batches/1/file')).status]).toEqual([other, 403]);

    await step('fien', 'batches/1/hand-over-batch');
    await until('they left', async () => (await payouts('handed-over')).length === 3);
    const one = await api.get('bart', '/api/v1/batches/1');
    expect(one.body).toMatchObject({
      status: 'handed-over',
      lines: 3,
      amount: '1500.00',
      excluded: 0,
      unrecorded: 0,
      profile: { code: 'main', version: 1, iban: 'BE…7034' },
      file: event?.data,
      steps: [
        { step: 'batch.built', by: 'fien' },
        { step: 'batch.released', by: 'bart' },
        { step: 'batch.exported', by: 'fien' },
        { step: 'batch.handed-over', by: 'fien' },
      ],
    });
    expect((await api.get('fien', '/api/v1/batches/1/file')).text).toBe(file.text);

    const camt = statement('A-1-1', 'B-1-1', 'X-9-9');
    const key = { 'Idempotency-Key': 'statement' };
    const imported = await api.post('fien', '/api/v1/bank-files?name=statement.xml', camt, {
      ...xml,
      ...key,
    });
    expect([imported.status, imported.headers.get('Location')]).toEqual([201, '/api/v1/bank-files/1']);
    expect(imported.list('events')).toMatchObject([
      {
        stream: 'bank-file:1',
        type: 'bank-file.imported',
        data: { name: 'statement.xml', sha256: sha256(camt), entries: 3, matched: 2, waiting: 1, known: 0 },
      },
    ]);
    await until('they are settled', async () => (await payouts('settled')).length === 2);

    const again = await api.post('fien', '/api/v1/bank-files?name=statement.xml', camt, { ...xml, ...key });
    expect([again.text, again.headers.get('Idempotency-Replayed')]).toEqual([imported.text, 'true']);
    const elsewhere = await api.post('fien', '/api/v1/bank-files', camt, xml);
    expect(elsewhere.list('events')).toEqual(imported.list('events'));

    const waiting = await api.get('fien', '/api/v1/bank-entries?status=waiting');
    expect(waiting.list('items')).toMatchObject([
      { bankFile: 1, entry: 3, endToEndId: 'X-9-9', candidates: { payouts: [{ endToEndId: 'C-1-1' }] } },
    ]);
    await step('fien', 'bank-files/1/entries/3/assign-bank-entry', { endToEndId: 'C-1-1' });
    await until('they are settled', async () => (await payouts('settled')).length === 3);
    const read = await api.get('aude', '/api/v1/bank-files/1');
    expect(read.body).toMatchObject({ entries: 3, waiting: 0, unrecorded: 0, became: { applied: 3 } });
    expect((await api.get('fien', '/api/v1/bank-files/1/entries?status=applied')).list('items')).toHaveLength(
      3,
    );
  });

  it('lists its payments, with whole account numbers for those who see its file', async () => {
    const page = await api.get('bart', '/api/v1/batches/1/lines?limit=2');
    expect(page.list('items')).toMatchObject([
      { position: 0, endToEndId: 'A-1-1', amount: '500.00', iban: 'BE68539007547034', payout: 'settled' },
      { position: 1, endToEndId: 'B-1-1' },
    ]);
    const rest = await api.get('an', String(page.body['next']));
    expect(rest.list('items')).toMatchObject([{ position: 2, endToEndId: 'C-1-1', iban: 'BE…7034' }]);
    expect(rest.body['next']).toBeNull();
  });

  it('gives no file where the record would make another than was exported', async () => {
    const { owner } = api.record;
    const change = async (from: string, to: string): Promise<void> => {
      await owner.query('ALTER TABLE batch_lines DISABLE TRIGGER USER');
      await owner.query('UPDATE batch_lines SET payee = $2 WHERE payee = $1', [from, to]);
      await owner.query('ALTER TABLE batch_lines ENABLE ALWAYS TRIGGER batch_lines_never_change');
    };
    await change('Stad Antwerpen', 'Stad Antwerpem');
    const { status, body } = await api.get('fien', '/api/v1/batches/1/file');
    expect([status, body['code']]).toEqual([500, 'internal-error']);
    await change('Stad Antwerpem', 'Stad Antwerpen');
    expect((await api.get('fien', '/api/v1/batches/1/file')).status).toBe(200);
  });

  it('names what could not go, and is discarded whole with a reason', async () => {
    await order('D', 'E');
    await api.record.give(people.an, 'suspend', 'E', { reason: 'audit' });
    await step('fien', 'batches');
    const exclusions = await api.get('fien', '/api/v1/batches/2/exclusions');
    expect(exclusions.list('items')).toEqual([{ endToEndId: 'E-1-1', because: 'grant-suspended' }]);
    await api.record.give(people.an, 'suspend', 'D', { reason: 'audit' });
    expect(refused(await api.post('bart', '/api/v1/batches/2/release-batch', {}))).toEqual([
      409,
      'grant-suspended',
      'Batch 2 cannot be released: D-1-1 (grant-suspended) may not go out; take away what holds it, or discard the batch and build another.',
    ]);
    expect(refused(await api.post('fien', '/api/v1/batches', {}))).toEqual([
      409,
      'wrong-state',
      'The batch cannot be built: no ordered payout can go into a batch: D-1-1 (in batch 2), E-1-1 (grant-suspended).',
    ]);
    expect(refused(await api.post('fien', '/api/v1/batches/2/discard-batch', {}))).toEqual([
      422,
      'reason-required',
      'Batch 2 cannot be discarded without a stated reason: send it as "reason".',
    ]);
    await step('fien', 'batches/2/discard-batch', { reason: 'a suspension' });
    const listed = await api.get('els', '/api/v1/batches?state=discarded');
    expect(listed.list('items')).toMatchObject([{ batch: 2, excluded: 1, builtBy: 'fien' }]);
    expect((await api.get('fien', '/api/v1/batches')).list('items')).toMatchObject([
      { batch: 2 },
      { batch: 1 },
    ]);
  });

  it('is not there where there is none, and for nobody but the agency', async () => {
    for (const path of ['batches/9', 'batches/x', 'batches/9/lines', 'batches/9/file', 'bank-files/9'])
      expect([path, (await api.get('fien', `/api/v1/${path}`)).status]).toEqual([path, 404]);
    expect(refused(await api.post('fien', '/api/v1/batches/9/export-batch', {}))).toEqual([
      404,
      'not-found',
      'There is no batch 9.',
    ]);
    for (const path of ['batches', 'batches/1', 'bank-files', 'bank-entries'])
      expect([path, (await api.get('stad', `/api/v1/${path}`)).status]).toEqual([path, 403]);
    expect((await api.post('an', '/api/v1/batches', {})).status).toBe(403);
  });
});

describe('a bank file', () => {
  it.each([
    ['is cut short', () => statement('A-1-1').slice(0, -60), /not whole/],
    ['has a DOCTYPE', () => `<!DOCTYPE x [<!ENTITY a "b">]>${statement('A-1-1')}`, /DOCTYPE/],
    ['is no XML', () => 'a statement', /XML/],
    ['is empty', () => '', /empty/],
    [
      'is of another account',
      () => statement('A-1-1').replaceAll('BE68539007547034', 'BE71096123456769'),
      /BE…6769/,
    ],
  ])('that %s is refused in a sentence, and nothing of it is kept', async (_, content, words) => {
    const before = (await api.get('fien', '/api/v1/bank-files')).text;
    const { status, body } = await api.post('fien', '/api/v1/bank-files', content(), xml);
    expect([status, body['code'], body['detail']]).toEqual([422, 'invalid', expect.stringMatching(words)]);
    expect((await api.get('fien', '/api/v1/bank-files')).text).toBe(before);
  });

  it('is XML or bytes, and of finance', async () => {
    expect((await api.post('fien', '/api/v1/bank-files', { a: 1 })).status).toBe(415);
    expect((await api.post('fien', '/api/v1/bank-files', 'a,b', { 'Content-Type': 'text/csv' })).status).toBe(
      415,
    );
    expect(refused(await api.post('bart', '/api/v1/bank-files', statement('A-1-1'), xml))).toEqual([
      403,
      'not-allowed',
      'The bank file cannot be imported by bart: none of their roles may give import-bank-file; it takes the role finance.',
    ]);
    const bytes = { 'Content-Type': 'application/octet-stream' };
    expect((await api.post('fien', '/api/v1/bank-files', statement('Z-1-1'), bytes)).status).toBe(201);
  });

  it('of more than a gigabyte is refused before it comes', async () => {
    expect(await upload({ 'Content-Length': '2147483648' }, '<')).toMatchObject({
      status: 413,
      body: { code: 'too-large', detail: 'A bank file has at most 1 GiB; ask the bank for files by day.' },
    });
  });

  it('that stops coming is not imported, and the service goes on', async () => {
    const before = (await api.get('fien', '/api/v1/bank-files')).text;
    await upload({ 'Content-Length': '100000' }, statement('A-1-1').slice(0, 500), { cut: true }).catch(
      () => null,
    );
    expect((await api.get('fien', '/api/v1/bank-files')).text).toBe(before);
  });
});

/** An upload by hand: whatever its headers say of it, only `content` comes; cut off after it, or left open. */
function upload(
  headers: Record<string, string>,
  content: string,
  { cut = false } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${api.url}/api/v1/bank-files`, {
      method: 'POST',
      headers: {
        ...xml,
        Authorization: `Bearer ${tokenOf('fien')}`,
        'Idempotency-Key': 'by hand',
        ...headers,
      },
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
        asked.destroy();
      });
    });
    asked.write(content, () => {
      if (cut) setTimeout(() => asked.destroy(), 100);
    });
  });
}
