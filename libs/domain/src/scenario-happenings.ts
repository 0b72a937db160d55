/** Reads what happens in a scenario: commands with their time, person and grant. */
import { type CivilDate, type Instant, dayAfter, parseMoment, startOfDay } from './civil-date.js';
import {
  type CommandName,
  commandNames,
  grantlessTargets,
  isCommandName,
  parseInput,
  shapeOf,
} from './commands.js';
import { type Given, type Reading, fieldPath, itemPath } from './faults.js';
import { quoted } from './parsed.js';
import { faultOfEvaluation, faultOfReport, faultOfTranche } from './plan-names.js';
import type { Happening, ScenarioNames } from './scenario-document.js';

const ownFields = ['at', 'by', 'do', 'grant'] as const;
/** A batch or a bank file belongs to no grant; one that is named there only finds the batch, or narrows it. */
const grantlessFields = ['at', 'by', 'do'] as const;

/** Every command that a person may give in a file: the service's own are not among them. */
export const happeningNames: readonly CommandName[] = commandNames.filter(
  (name) => name !== 'draft-grant' && shapeOf(name).internal !== true,
);

/** The happenings of a file, with every fault of each; `until` is the last day they may lie on. */
export function readHappenings(
  reading: Reading,
  given: Given,
  names: ScenarioNames,
  until: CivilDate | undefined,
): Happening[] {
  const end = until === undefined ? undefined : startOfDay(dayAfter(until), names.timeZone);
  let before: { path: string; at: Instant } | undefined;
  return reading.list('', given, 'happenings', 'happenings').flatMap(({ path, input }, index) => {
    const happening = reading.record(
      path,
      input,
      'a happening {at, by, do, grant} with the fields of its command',
    );
    if (happening === undefined) return [];
    reading.need(path, happening, 'a happening', isGrantless(happening['do']) ? grantlessFields : ownFields);
    const at = reading.field(path, happening, 'at', (text) => parseMoment(text, names.timeZone));
    if (at !== undefined) {
      const atPath = fieldPath(path, 'at');
      if (before !== undefined && at < before.at)
        reading.add(
          atPath,
          `${quoted(happening['at'])} comes before ${before.path}; happenings stand in time order`,
        );
      else before = { path, at };
      if (end !== undefined && at >= end)
        reading.add(
          atPath,
          `${quoted(happening['at'])} comes after the last day, until: ${until}; move one of them`,
        );
    }
    const read = readCommand(reading, path, happening, names);
    return at === undefined || read === undefined ? [] : { index, at, ...read };
  });
}

function readCommand(
  reading: Reading,
  path: string,
  happening: Given,
  names: ScenarioNames,
): Omit<Happening, 'index' | 'at'> | undefined {
  const { at: _at, by, do: name, grant, ...input } = happening;
  if (by !== undefined) checkPerson(reading, fieldPath(path, 'by'), by, names);
  if (grant !== undefined && grant !== '*') checkGrant(reading, fieldPath(path, 'grant'), grant, names);
  if (name === undefined) return undefined;
  if (!isCommandName(name) || !happeningNames.includes(name)) {
    reading.add(fieldPath(path, 'do'), sentenceOnCommand(reading, name));
    return undefined;
  }
  const parsed = parseInput(name, input);
  if ('faults' in parsed)
    for (const { path: field, message } of parsed.faults) reading.add(fieldPath(path, field), message);
  if (name === 'import-bank-file' && input['content'] === undefined)
    reading.add(
      fieldPath(path, 'content'),
      'a bank file is given as "content", or as "file" beside the scenario',
    );
  if (grant !== undefined && shapeOf(name).on === 'deadline-move')
    reading.add(fieldPath(path, 'grant'), 'a bulk move names its grants in a list, grants: [G-1, G-2]');
  checkNames(reading, path, input, names);
  if (typeof by !== 'string') return undefined;
  if (grant === undefined && isGrantless(name)) return { by, do: name, grant: null, input };
  return typeof grant === 'string' ? { by, do: name, grant, input } : undefined;
}

function isGrantless(name: unknown): boolean {
  return isCommandName(name) && grantlessTargets.includes(shapeOf(name).on);
}

function sentenceOnCommand(reading: Reading, name: unknown): string {
  if (typeof name !== 'string')
    return `${quoted(name)} is no command; write its name as text, for example award`;
  if (name === 'draft-grant')
    return 'the grants of a file are drafted by the service at the first happening; declare them under grants';
  if (isCommandName(name)) return `${quoted(name)} is given by the service itself; leave it out`;
  return reading.unknown('is no command', name, happeningNames);
}

function checkPerson(reading: Reading, path: string, by: unknown, names: ScenarioNames): void {
  if (typeof by !== 'string') reading.add(path, `${quoted(by)} is no person; write the id of one as text`);
  else if (by === 'system')
    reading.add(path, '"system" is the service itself, which needs no happenings; name a person');
  else if (!names.people.has(by))
    reading.add(path, reading.unknown('is no person of this file', by, names.people));
}

function checkGrant(reading: Reading, path: string, grant: unknown, names: ScenarioNames): void {
  if (typeof grant !== 'string')
    reading.add(path, `${quoted(grant)} is no grant; write the code of one as text, or "*"`);
  else if (!names.grants.has(grant))
    reading.add(path, reading.unknown('is no grant of this file', grant, names.grants));
}

/** Adds a fault for each name that the file does not declare. Documents, approvals and recoveries are not declared. */
function checkNames(reading: Reading, path: string, input: Given, names: ScenarioNames): void {
  const { handler, report, evaluation, tranche, against, article } = input;
  if (typeof article === 'string' && !names.articles.has(article))
    reading.add(
      fieldPath(path, 'article'),
      reading.unknown('is no article of an envelope of this file', article, names.articles),
    );
  if (typeof against === 'string') checkGrant(reading, fieldPath(path, 'against'), against, names);
  if (typeof handler === 'string' && !names.people.has(handler))
    reading.add(
      fieldPath(path, 'handler'),
      reading.unknown('is no person of this file', handler, names.people),
    );
  const { grants } = input;
  if (Array.isArray(grants))
    grants.forEach((code: unknown, index) =>
      checkGrant(reading, itemPath(fieldPath(path, 'grants'), index), code, names),
    );
  if (names.programme === undefined) return;
  const { programme } = input;
  if (typeof programme === 'string' && programme !== names.programme.programme.code)
    reading.add(
      fieldPath(path, 'programme'),
      `${quoted(programme)} is not the programme of this file, ${quoted(names.programme.programme.code)}`,
    );
  const { names: planned } = names.programme;
  const wrong = {
    report: typeof report === 'string' ? faultOfReport(reading, planned, report) : null,
    evaluation: typeof evaluation === 'string' ? faultOfEvaluation(reading, planned, evaluation) : null,
    tranche: Number.isInteger(tranche) ? faultOfTranche(planned, tranche as number) : null,
  };
  for (const [field, sentence] of Object.entries(wrong))
    if (sentence !== null) reading.add(fieldPath(path, field), sentence);
}
