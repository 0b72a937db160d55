// `npm run build`: an empty dist, the compiler, and the files that are read at run time beside their code
// (programmes, calendars, schemas, templates), which the compiler leaves behind.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', 'config/tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

/** Folders whose non-TypeScript files travel to the same place under dist. */
function foldersToCopy() {
  const sources = ['config'];
  for (const group of ['libs', 'apps']) {
    if (!existsSync(join(root, group))) continue;
    for (const name of readdirSync(join(root, group))) {
      // The console has its own bundler.
      if (group === 'apps' && name === 'web') continue;
      sources.push(join(group, name, 'src'));
    }
  }
  return sources.filter((folder) => existsSync(join(root, folder)));
}

for (const folder of foldersToCopy()) {
  cpSync(join(root, folder), join(dist, folder), {
    recursive: true,
    filter: (source) => statSync(source).isDirectory() || !/\.(ts|tsx|mjs)$/.test(source),
  });
}
