import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { UsageFault } from './usage-fault.js';
import { WrittenFile, writeWhole } from './written-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync('/tmp/sluis-written-file-');
  path = join(folder, 'batch.xml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const written = (text: string): Promise<void> =>
  writeWhole(path, async (file) => {
    await file.write(text);
    return true;
  });

it('is there whole, for its owner alone, or not at all', async () => {
  await written('whole');
  expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['batch.xml'], 'whole']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await writeWhole(path, async (file) => {
    await file.write('half');
    return false;
  });
  const failing = writeWhole(path, () => Promise.reject(new Error('the record is gone')));
  await expect(failing).rejects.toThrow('the record is gone');
  expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['batch.xml'], 'whole']);
});

it('has the parts of runs that were killed removed by the next one, and nothing else', async () => {
  const killed = await WrittenFile.begin(path);
  await killed.write('BE68539007547034');
  const [part = ''] = readdirSync(folder);
  writeFileSync(join(folder, part.replace(/[\da-f-]{36}/, '0f8fad5b-d9cb-469f-a165-70867728950e')), 'BE');
  expect(readdirSync(folder)).toHaveLength(2);
  const others = ['.batch.xml.part', '.batch.xml.draft.part', part.replace('.batch.xml', '.other.xml')];
  for (const other of others) writeFileSync(join(folder, other), 'of somebody else');
  await written('whole');
  expect(readdirSync(folder).sort()).toEqual([...others, 'batch.xml'].sort());
  await killed.discard();
});

it('is the later one’s of two at once, never a mixture, and the earlier one says so', async () => {
  const earlier = await WrittenFile.begin(path);
  await earlier.write('earlier');
  const later = await WrittenFile.begin(path);
  await later.write('la');
  await earlier.write(' and on');
  await expect(earlier.keep()).rejects.toThrow(UsageFault);
  await earlier.discard();
  await later.write('ter');
  await later.keep();
  expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['batch.xml'], 'later']);
});
