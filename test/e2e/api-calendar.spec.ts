// Calendar feeds: as an independent parser reads them, while things move, are met, end and are revoked.
import { createHash } from 'node:crypto';

import ICAL from 'ical.js';

import { calendarFeed } from '#notifications/calendar-feed.js';
import { addPerson, addProgramme } from '#lifecycle/register-writes.js';
import { endPerson } from '#lifecycle/person-writes.js';
import { system } from '#domain/people.js';
import { CalendarView } from '#persistence/views/calendar.view.js';
import { ScheduleView } from '#persistence/views/schedule.view.js';

import { type ApiUnderTest, addColleague, startApiUnderTest } from '../support/api.js';
import { people } from '../support/record.js';

const title =
  'Évaluation à mi-parcours – résumé « été », ünïcödé, 한국어 🙂🙂🙂🙂🙂🙂🙂🙂; virgule, deux\\points';
const plan = {
  tranches: [
    { no: 1, share: 50, due: { on: 'grant-start' } },
    {
      no: 2,
      remainder: true,
      due: { on: 'gate', plus: 'P30D' },
      requires: ['report:interim', 'evaluation:interim'],
    },
  ],
  reports: [{ code: 'interim', title, kind: 'both', due: { on: '2024-02-28' } }],
  evaluations: [{ code: 'interim', report: 'interim', window: { from: '2024-03-01', to: '2024-05-31' } }],
};

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApiUnderTest({ worker: false, publicUrl: 'https://sluis.example.be' });
  const { registers } = api.record;
  const programme = { code: 'CAL', title: 'Kalender', plan };
  await registers.register('cal', system, 'add-programme', programme, addProgramme('an', programme));
  await addColleague(api.record, { id: 'ann', roles: ['administrator'] });
  for (const grant of ['CAL-MOVED', 'CAL-MET', 'CAL-ENDED']) await award(grant);
  await api.record.give(people.an, 'assign-handler', 'CAL-MET', { handler: 'ann' });
}, 60_000);
afterAll(() => api?.stop());

async function award(grant: string, beneficiary = 'antwerpen', programme = 'CAL'): Promise<void> {
  const term = { amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
  await api.record.give(system, 'draft-grant', grant, { beneficiary, programme, ...term });
  const outcome = await api.record.give(people.an, 'award', grant);
  expect(outcome).toMatchObject({ accepted: true });
}

interface Entry {
  readonly uid: string;
  readonly summary: string;
  readonly description: string;
  readonly sequence: number;
  readonly status: string;
  readonly from: string;
  readonly until: string;
}

/** A feed as ical.js reads it; what no parser may have to forgive is checked here. */
function read(text: string): Entry[] {
  for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(text).not.toContain('BE68');
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const value = (event: ICAL.Component, name: string): string => String(event.getFirstPropertyValue(name));
  const entries = calendar.getAllSubcomponents('vevent').map((event) => {
    expect(event.getFirstProperty('dtstart')?.type).toBe('date');
    expect(value(event, 'last-modified')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    return {
      uid: value(event, 'uid'),
      summary: value(event, 'summary'),
      description: value(event, 'description'),
      sequence: Number(value(event, 'sequence')),
      status: value(event, 'status'),
      from: value(event, 'dtstart'),
      until: value(event, 'dtend'),
    };
  });
  expect(new Set(entries.map(({ uid }) => uid)).size).toBe(entries.length);
  return entries;
}

let asked = 0;
/** The path of a new feed of this person. */
async function subscribe(by: string, name?: string): Promise<string> {
  const { status, body } = await api.post(
    by,
    '/api/v1/me/calendar-feeds',
    name === undefined ? {} : { name },
    {
      'Idempotency-Key': `feed-${by}-${(asked += 1)}`,
    },
  );
  expect([by, status]).toEqual([by, 201]);
  const address = String(body['address']);
  expect(address).toMatch(/^https:\/\/sluis\.example\.be\/calendars\/[A-Za-z0-9_-]{43}\.ics$/);
  return new URL(address).pathname;
}

async function feedOf(path: string): Promise<Entry[]> {
  const { status, headers, text } = await api.get(null, path);
  expect([status, headers.get('Content-Type')]).toEqual([200, 'text/calendar; charset=utf-8']);
  expect(headers.get('Cache-Control')).toMatch(/private/);
  return read(text);
}

/** The one entry whose line has this text in it. */
function one(entries: readonly Entry[], ...texts: readonly string[]): Entry {
  const found = entries.filter(({ summary }) => texts.every((text) => summary.includes(text)));
  expect(found.map(({ summary }) => summary)).toHaveLength(1);
  return found[0]!;
}

it('holds the deadlines, windows and expected payouts of a beneficiary, in its language', async () => {
  const entries = await feedOf(await subscribe('stad'));
  const deadline = one(entries, 'Uiterste datum', 'CAL-MOVED');
  expect(deadline).toMatchObject({
    summary: `Uiterste datum: ${title}, Stad Antwerpen (CAL-MOVED)`,
    sequence: 0,
    status: 'CONFIRMED',
    from: '2024-02-28',
    until: '2024-02-29',
  });
  expect(deadline.description).toMatch(/^Kalender\nSchijf 2 \(€\s500,00\) wacht hierop\.$/);
  expect(one(entries, 'Evaluatie', 'CAL-MOVED')).toMatchObject({ from: '2024-03-01', until: '2024-06-01' });
  expect(one(entries, 'Verwachte uitbetaling: schijf 2', 'CAL-MOVED')).toMatchObject({ from: '2024-06-30' });
  expect(entries).toHaveLength(12);
});

it('keeps the UID of a deadline that moves, with a new SEQUENCE, and closes what is met or ends', async () => {
  const path = await subscribe('stad');
  const before = await feedOf(path);
  const { give } = api.record;
  const moves: Entry[] = [one(before, 'Uiterste datum', 'CAL-MOVED')];
  const move = async (text: string): Promise<Entry> => {
    const entry = (await feedOf(path)).find(({ uid }) => uid === moves[0]!.uid)!;
    expect(entry.sequence).toBeGreaterThan(moves.at(-1)!.sequence);
    expect(entry.summary).toContain(text);
    moves.push(entry);
    return entry;
  };
  const interim = { report: 'interim' };
  await give(people.an, 'extend-deadline', 'CAL-MOVED', {
    ...interim,
    until: '2024-03-15',
    reason: 'Illness.',
  });
  expect(await move('Uiterste datum')).toMatchObject({ from: '2024-03-15', status: 'CONFIRMED' });
  await give(people.stad, 'submit-report', 'CAL-MOVED', { ...interim, costs: '400.00' });
  expect(await move('Afgerond')).toMatchObject({ from: '2024-03-15', status: 'CANCELLED' });
  await give(people.an, 'return-report', 'CAL-MOVED', {
    ...interim,
    resubmitBy: '2024-04-02',
    reason: 'Signature.',
  });
  expect(await move('Uiterste datum')).toMatchObject({ from: '2024-04-02', status: 'CONFIRMED' });
  await give(people.an, 'waive-report', 'CAL-MOVED', { ...interim, reason: 'Not needed.' });
  expect(await move('Vervallen')).toMatchObject({ status: 'CANCELLED' });

  await give(people.an, 'terminate', 'CAL-ENDED', { reason: 'Stopped.' });
  const after = await feedOf(path);
  for (const kind of ['Uiterste datum', 'Evaluatie', 'schijf 2']) {
    const was = one(before, kind, 'CAL-ENDED');
    const is = after.find(({ uid }) => uid === was.uid)!;
    expect([kind, is.status]).toEqual([kind, 'CANCELLED']);
    expect(is.sequence).toBeGreaterThan(was.sequence);
  }
});

it('follows a move of a whole programme, and its undoing', async () => {
  const plain = { ...plan, reports: [{ ...plan.reports[0], title: 'Verslag' }], evaluations: [] };
  const tranches = [{ no: 1, share: 100, requires: ['report:interim'] }];
  const programme = { code: 'BULK', title: 'Samen', plan: { ...plain, tranches } };
  await api.record.registers.register(
    'bulk',
    system,
    'add-programme',
    programme,
    addProgramme('an', programme),
  );
  const grants = ['BULK-1', 'BULK-2', 'BULK-3'];
  for (const grant of grants) await award(grant, 'antwerpen', 'BULK');
  const path = await subscribe('stad');
  const entries = async (): Promise<Entry[]> => {
    const feed = await feedOf(path);
    return grants.map((grant) => one(feed, 'Uiterste datum', grant));
  };
  const before = await entries();
  const moved = await api.post('an', '/api/v1/deadline-moves', {
    programme: 'BULK',
    report: 'interim',
    until: '2024-03-15',
    reason: 'Floods.',
  });
  expect([moved.status, moved.text]).toEqual([201, moved.text]);
  const after = await entries();
  expect(after.map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
  expect(after.map(({ from, status }) => [from, status])).toEqual(
    grants.map(() => ['2024-03-15', 'CONFIRMED']),
  );
  for (const [index, { sequence }] of after.entries())
    expect(sequence).toBeGreaterThan(before[index]!.sequence);

  const move = String((await api.get('an', '/api/v1/deadline-moves')).list('items')[0]?.['move']);
  const undone = await api.post('an', `/api/v1/deadline-moves/${move}/undo-move`, { reason: 'Too early.' });
  expect([undone.status, undone.text]).toEqual([200, undone.text]);
  const back = await entries();
  expect(back.map(({ uid, from }) => [uid, from])).toEqual(before.map(({ uid, from }) => [uid, from]));
  for (const [index, { sequence }] of back.entries())
    expect(sequence).toBeGreaterThan(after[index]!.sequence);
});

it('is the same from any process, and sent again only when it changed', async () => {
  const path = await subscribe('stad');
  const { text, headers } = await api.get(null, path);
  const tag = headers.get('ETag')!;
  const view = new CalendarView(api.record.source, new ScheduleView(api.record.source));
  const stad = { id: 'stad', name: 'stad', language: 'nl', roles: ['beneficiary' as const], of: 'antwerpen' };
  expect(calendarFeed(stad, await view.of(stad))).toBe(text);
  const again = await api.get(null, path, { 'If-None-Match': tag });
  expect([again.status, again.text, again.headers.get('ETag')]).toEqual([304, '', tag]);
  await award('CAL-NEW');
  const changed = await api.get(null, path, { 'If-None-Match': tag });
  expect(changed.status).toBe(200);
  expect(changed.text).toContain('CAL-NEW');
  expect(changed.headers.get('ETag')).not.toBe(tag);
});

it('holds for each what concerns them, and nothing of others', async () => {
  await award('CAL-GENT', 'gent');
  const grantsIn = (entries: readonly Entry[]): string[] => [
    ...new Set(entries.flatMap(({ summary }) => /\((CAL-[A-Z]+)\)$/.exec(summary)?.[1] ?? [])),
  ];
  expect(grantsIn(await feedOf(await subscribe('gentenaar')))).toEqual(['CAL-GENT']);
  expect(grantsIn(await feedOf(await subscribe('stad')))).not.toContain('CAL-GENT');
  // What nobody handles is everybody's; what a colleague handles is theirs.
  const an = grantsIn(await feedOf(await subscribe('an')));
  expect(an).toEqual(expect.arrayContaining(['CAL-GENT', 'CAL-MOVED']));
  expect(an).not.toContain('CAL-MET');
  expect(grantsIn(await feedOf(await subscribe('ann')))).toContain('CAL-MET');
  const els = await feedOf(await subscribe('els'));
  expect(els).toMatchObject([
    { summary: 'Evaluatie: interim, Kalender', from: '2024-03-01', until: '2024-06-01' },
  ]);
  expect(els[0]!.description).toMatch(/^Nog te beslissen: \d van \d\.$/);
  const fien = await feedOf(await subscribe('fien'));
  expect(fien.map(({ summary }) => summary)).toContainEqual(
    expect.stringMatching(/^Verwachte uitbetalingen: €/),
  );
  expect(grantsIn(fien)).toEqual([]);
  for (const nobody of ['aude', 'olga'])
    expect((await api.post(nobody, '/api/v1/me/calendar-feeds', {})).status).toBe(403);
});

it('speaks French and English too', async () => {
  for (const [language, said] of [
    ['fr', 'Date limite'],
    ['en', 'Deadline'],
  ] as const) {
    const person = { id: `stad-${language}`, roles: ['beneficiary' as const], of: 'antwerpen', language };
    await api.record.registers.register(person.id, system, 'add-person', person, addPerson(person));
    const view = new CalendarView(api.record.source, new ScheduleView(api.record.source));
    const signed = { ...person, name: 'Ville' };
    expect(one(read(calendarFeed(signed, await view.of(signed))), said, 'CAL-NEW').from).toBe('2024-02-28');
  }
});

it('is listed without its address, with its last use, and ends when it is revoked', async () => {
  const path = await subscribe('els', 'Outlook');
  // The clock stands: those made before have the same moment.
  const list = async (by: string) =>
    (await api.get(by, '/api/v1/people/els/calendar-feeds'))
      .list('items')
      .filter(({ name }) => name === 'Outlook');
  const [unused] = await list('els');
  expect(unused).toMatchObject({ name: 'Outlook', lastUsed: null, revoked: null });
  await feedOf(path);
  const [used] = await list('olga');
  expect(used!['lastUsed']).toMatch(/^\d{4}-/);
  const secret = path.slice('/calendars/'.length, -'.ics'.length);
  const hash = createHash('sha256').update(secret).digest('hex');
  expect(hash.startsWith(String(used!['id']))).toBe(true);
  const kept: unknown[] = await api.record.owner.query(
    `SELECT 1 FROM calendar_feeds f, commands c WHERE f::text LIKE $1 OR c::text LIKE $1`,
    [`%${secret}%`],
  );
  expect(kept).toEqual([]);
  for (const other of ['stad', 'an'])
    expect((await api.get(other, '/api/v1/people/els/calendar-feeds')).status).toBe(404);
  const revoke = `/api/v1/people/els/calendar-feeds/${String(used!['id'])}/revoke`;
  expect((await api.post('stad', revoke)).status).toBe(404);
  expect((await api.post('els', revoke)).status).toBe(200);
  expect((await list('els'))[0]!['revoked']).not.toBeNull();
  const gone = await api.get(null, path);
  const unknown = await api.get(null, `/calendars/${'A'.repeat(43)}.ics`);
  expect([gone.status, gone.body]).toEqual([404, unknown.body]);
  expect((await api.get(null, '/calendars/short.ics')).status).toBe(404);
});

it('ends with the person, is shown once, and is bounded', async () => {
  const path = await subscribe('ann');
  const { registers } = api.record;
  const key = { 'Idempotency-Key': 'once' };
  const first = await api.post('ann', '/api/v1/me/calendar-feeds', {}, key);
  const again = await api.post('ann', '/api/v1/me/calendar-feeds', {}, key);
  expect(again.body).toEqual({ ...first.body, address: null });
  let last = first.status;
  for (let more = 0; more < 25 && last === 201; more += 1)
    last = (await api.post('ann', '/api/v1/me/calendar-feeds', {})).status;
  expect(last).toBe(409);
  await registers.register('end-ann', people.an, 'end-person', { person: 'ann' }, endPerson('ann'));
  expect((await api.get(null, path)).status).toBe(404);
});
