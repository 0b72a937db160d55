// What mails say: an agency's own texts over HTTP and at the command line, and who goes by them without a restart.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { KeptTemplates } from '#notifications/kept-templates.js';
import { exampleOf } from '#notifications/message-examples.js';
import { render } from '#notifications/render.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { type ApiUnderTest, startApiUnderTest, tokenOf } from '#test/support/api.js';
import { awardLot } from '#test/support/record.js';
import { type Ended, sluis } from '#test/support/sluis-process.js';

const path = '/api/v1/mail-templates/reminder.sent/nl';
const own = '# Denk aan {{ report }}\n\nU dient het in uiterlijk op {{ dueOn | date }}.\n';
const reminder = exampleOf('reminder.sent');

let api: ApiUnderTest;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync('/tmp/sluis-templates-');
  api = await startApiUnderTest({ worker: false });
}, 60_000);
afterAll(async () => {
  await api?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function cli(by: string, ...args: string[]): Promise<Ended> {
  const settings = { DATABASE_URL: api.record.urls.runtime, SLUIS_TOKEN: tokenOf(by) };
  return sluis(['template', ...args], settings, folder);
}

function file(text: string): string {
  const name = join(folder, 'text.liquid');
  writeFileSync(name, text);
  return name;
}

describe('over HTTP', () => {
  it('every kind is there in every language, as it comes', async () => {
    const listed = (await api.get('aude', '/api/v1/mail-templates')).list('items');
    expect(listed.length % 3).toBe(0);
    expect(listed).toContainEqual({
      kind: 'reminder.sent',
      language: 'nl',
      own: false,
      version: 0,
      setBy: null,
      setAt: null,
      failed: null,
    });
    const shown = await api.get('bart', path);
    expect(shown.body['source']).toBe(shown.body['shipped']);
    expect(shown.list('fields')).toContainEqual({
      name: 'waiting[].amount',
      type: 'amount',
      mayBeAbsent: false,
    });
    expect(shown.list('fields')).toContainEqual({ name: 'contact', type: 'text', mayBeAbsent: true });
  });

  it('a beneficiary reads none, and only an administrator saves', async () => {
    expect((await api.get('stad', '/api/v1/mail-templates')).status).toBe(403);
    expect((await api.post('fien', path, { source: own })).status).toBe(403);
    expect((await api.get('an', '/api/v1/mail-templates/reminder.sent/de')).status).toBe(404);
    expect((await api.post('an', '/api/v1/mail-templates/grant.started/nl', { source: own })).status).toBe(
      404,
    );
  });

  it('what is wrong is refused with line and field, and the old one stays', async () => {
    expect((await api.post('an', path, { source: own })).body).toEqual({
      kind: 'reminder.sent',
      language: 'nl',
      version: 1,
    });
    const refused = await api.post('an', path, { source: '# x\n\n{{ dueon | date }}\n{{ contact }}' });
    expect([refused.status, refused.body['code']]).toEqual([422, 'invalid']);
    expect(refused.body['faults']).toEqual([
      {
        path: 'source',
        message: expect.stringMatching(/^line 3, column 4: there is no field "dueon"; there are/),
      },
    ]);
    const broken = await api.post('an', path, { source: '# x\n\n{% if overdue %}te laat' });
    expect(broken.body['faults']).toEqual([
      { path: 'source', message: 'line 3, column 1: tag {% if overdue %} not closed' },
    ]);
    expect((await api.get('an', path)).body).toMatchObject({
      source: own,
      own: true,
      version: 1,
      setBy: 'an',
    });
  });

  it('the same again changes nothing, another is the next version, and a reset the one after', async () => {
    expect((await api.post('an', path, { source: own })).body['version']).toBe(1);
    expect((await api.post('an', path, { source: `${own}\nGroeten\n` })).body['version']).toBe(2);
    expect((await api.post('an', `${path}/reset`)).body['version']).toBe(3);
    const shown = (await api.get('an', path)).body;
    expect(shown).toMatchObject({ own: false, version: 3 });
    expect(shown['source']).toBe(shown['shipped']);
    expect((await api.post('an', '/api/v1/mail-templates/digest/fr/reset')).body['version']).toBe(0);
    await expect(api.record.source.query('DELETE FROM mail_templates')).rejects.toThrow(/mail_templates/);
  });

  it('a preview writes a mail by what is in force, by a text that is tried, or with the facts of a message', async () => {
    const plain = (await api.post('bart', `${path}/preview`, {})).body;
    expect(plain['subject']).toContain('woensdag 28 februari 2024');
    expect(plain['html']).toContain('<html lang="nl"');
    expect((await api.post('bart', `${path}/preview`, { source: own })).body['subject']).toBe(
      'Denk aan tussentijds verslag',
    );
    const layout = (await api.post('bart', '/api/v1/mail-templates/layout/en/preview', {})).body;
    expect(layout['text']).toContain('This mail holds 3 messages.');
    expect((await api.post('bart', `${path}/preview`, { source: '# x\n\n{{ oops }}' })).status).toBe(422);

    await awardLot(api.record.commands, ['EIGEN-1']);
    const { kind, ...facts } = { ...reminder, grant: 'EIGEN-1' };
    const [message] = await api.record.source.query(
      `INSERT INTO messages (event_id, recipient, kind, facts)
       SELECT max(id), 'stad', $1, $2 FROM events RETURNING id::text`,
      [kind, JSON.stringify(facts)],
    );
    const id = (message as { id: string }).id;
    expect((await api.post('bart', `${path}/preview`, { message: id })).body['text']).toContain('EIGEN-1');
    const other = await api.post('bart', '/api/v1/mail-templates/report.returned/nl/preview', {
      message: id,
    });
    expect(other.body['faults']).toEqual([
      { path: 'message', message: `message ${id} is a reminder.sent, not a report.returned` },
    ]);
    expect((await api.post('bart', `${path}/preview`, { message: '999999' })).status).toBe(404);
  });
});

describe('at the command line', () => {
  it('is saved from a file, shown, previewed and reset', async () => {
    const saved = await cli('an', 'set', 'reminder.sent', 'nl', '--file', file(own));
    expect(saved).toMatchObject({ code: 0, stdout: 'The nl text of reminder.sent is saved, version 4.\n' });
    expect((await cli('bart', 'show', 'reminder.sent', 'nl')).stdout).toBe(own);
    expect((await cli('bart', 'show', 'reminder.sent', 'nl', '--fields')).stdout).toContain(
      'waiting[].amount  amount\n',
    );
    expect((await cli('bart', 'list', '--own')).stdout).toMatch(
      /^nl {2}reminder\.sent {2}own {2}version 4 {2}an {2}20\S+\n$/,
    );
    await api.record.owner.query(
      `INSERT INTO mail_template_faults VALUES ('reminder.sent', 'nl', 4, 'line 3, column 4: broken', '2024-02-14T08:00Z')`,
    );
    const failed = { at: '2024-02-14T08:00:00.000Z', fault: 'line 3, column 4: broken' };
    expect((await api.get('bart', path)).body).toMatchObject({ own: true, failed });
    expect((await cli('bart', 'list', '--own')).stdout).toMatch(
      /version 4 .* failed 2024-02-14T08:00:00\.000Z, mails go with the service’s own text: line 3, column 4: broken\n$/,
    );
    const preview = await cli('bart', 'preview', 'reminder.sent', 'nl');
    expect(preview.stdout).toMatch(/^Subject: Denk aan tussentijds verslag\n\nBeste Lieve Peeters,\n/);
    // The API, another process, goes by it at once.
    expect((await api.post('bart', `${path}/preview`, {})).body['subject']).toBe(
      'Denk aan tussentijds verslag',
    );
    expect((await cli('an', 'reset', 'reminder.sent', 'nl')).stdout).toBe(
      'The nl text of reminder.sent is as it comes with the service.\n',
    );
    expect((await api.post('bart', `${path}/preview`, {})).body['subject']).toContain('woensdag');
  }, 120_000);

  it('says what is wrong, and where', async () => {
    const wrong = await cli('an', 'set', 'reminder.sent', 'nl', '--file', file('# x\n\n{{ repport }}'));
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/--file: line 3, column 4: there is no field "repport"/);
    const kind = await cli('an', 'show', 'remindr', 'nl');
    expect([kind.code, kind.stderr]).toEqual([2, expect.stringContaining('"remindr" is no kind of message')]);
    expect((await cli('fien', 'reset', 'reminder.sent', 'nl')).stderr).toContain(
      'it takes the role administrator',
    );
    expect((await cli('an', 'set', 'reminder.sent', 'nl', '--file', '/nowhere/x')).stderr).toContain(
      'cannot be read (ENOENT)',
    );
  }, 120_000);
});

describe('a worker that runs', () => {
  it('writes the next mail by what was saved the moment before, and by its own again after a reset', async () => {
    const kept = new KeptTemplates(new MailTemplateView(api.record.source));
    const subject = async (): Promise<string> => render([reminder], 'nl', await kept.current()).subject;
    expect(await subject()).toContain('woensdag');
    await api.post('an', path, { source: own });
    expect(await subject()).toBe('Denk aan tussentijds verslag');
    const before = await kept.current();
    expect(await kept.current()).toBe(before);
    await api.post('an', `${path}/reset`);
    expect(await subject()).toContain('woensdag');
  });
});
