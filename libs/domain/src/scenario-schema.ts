/**
 * The JSON Schema (2020-12) of a scenario file, built from the same tables that read it. It says what
 * has which shape; what the parts of a file owe each other, `parseScenario` says.
 */
import { type CommandName, grantlessTargets, shapeOf } from './commands.js';
import { type FieldName, fields } from './command-fields.js';
import { longestMail } from './mail-address.js';
import { remittanceForms } from './payment.js';
import { roles } from './people.js';
import { knownCalendars, monthRules, reportKinds, shifts } from './plan-document.js';
import { grantCodePattern, scenarioVersion } from './scenario-document.js';
import { happeningNames } from './scenario-happenings.js';
import { requirementKinds } from './tranche-document.js';

type Schema = Readonly<Record<string, unknown>>;

const text = (maxLength: number): Schema => ({ type: 'string', minLength: 1, maxLength });
const flag: Schema = { type: 'boolean' };
const year: Schema = { type: 'integer', minimum: 1900, maximum: 2999 };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const definition = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const code = definition('code');
const date = definition('date');
const period = definition('period');
const amount = fields.amount.schema;

/** An object that takes no other fields; a name ending in "?" is optional. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace('?', ''), properties[name]])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}

const anchor = (...names: string[]): Schema => ({ anyOf: [date, { type: 'string', enum: names }] });

const due = (...anchors: string[]): Schema => ({
  ...object({ on: anchor(...anchors), 'plus?': period, 'minus?': period }),
  not: { type: 'object', required: ['plus', 'minus'] },
});

const tranche: Schema = {
  ...object({
    no: { type: 'integer', minimum: 1 },
    'share?': fields.share.schema,
    'amount?': amount,
    'remainder?': { const: true },
    'due?': due('grant-start', 'grant-end', 'gate'),
    'requires?': {
      ...listOf({ type: 'string', pattern: `^(${requirementKinds.join('|')}):.` }),
      uniqueItems: true,
    },
    'settles?': flag,
  }),
  oneOf: ['share', 'amount', 'remainder'].map((name) => ({ type: 'object', required: [name] })),
};

const report = object({
  code,
  'title?': text(200),
  kind: { enum: reportKinds },
  due: {
    oneOf: [
      due('grant-start', 'grant-end'),
      object({
        every: { const: 'year' },
        on: { type: 'string', pattern: '^\\d{2}-\\d{2}$' },
        from: year,
        to: year,
      }),
    ],
  },
  'shift?': { enum: shifts },
  'reminders?': object({ 'before?': listOf(period), 'after?': listOf(period), 'at?': definition('time') }),
  'escalate?': { anyOf: [period, { const: 'none' }] },
  'extensions?': object({
    'times?': { type: 'integer', minimum: 0, maximum: 100 },
    'longest?': period,
    'latest?': date,
    'askBefore?': period,
  }),
});

const programme = object({
  code,
  title: text(200),
  'timeZone?': { type: 'string', default: 'Europe/Brussels' },
  'calendar?': { enum: knownCalendars, default: 'BE' },
  'closingDays?': listOf({
    oneOf: [object({ on: date, name: text(100) }), object({ from: date, to: date, name: text(100) })],
  }),
  'monthRule?': { enum: monthRules, default: 'same-date' },
  tranches: { ...listOf(tranche), minItems: 1 },
  'reports?': listOf(report),
  'evaluations?': listOf(
    object({
      code,
      report: code,
      'window?': object({ from: date, to: date }),
      'questions?': listOf(text(500)),
    }),
  ),
  'approval?': object({
    'fourEyes?': { ...flag, default: true },
    'secondApproverAbove?': amount,
    'coolingOff?': period,
  }),
});

const person = object({
  id: code,
  'name?': text(200),
  roles: { ...listOf({ enum: roles }), minItems: 1, uniqueItems: true },
  'of?': code,
  'language?': { type: 'string', pattern: '^[a-z]{2}$' },
  'mail?': { type: 'string', maxLength: longestMail, pattern: '^[!-~]+@[A-Za-z0-9.-]+$' },
});

const beneficiary = object({
  id: code,
  name: text(200),
  kbo: { type: 'string', pattern: '^[01](\\d{9}|\\d{3}\\.\\d{3}\\.\\d{3})$' },
  'iban?': { type: 'string' },
  'verified?': flag,
});

const grant = object({
  code: { type: 'string', pattern: grantCodePattern },
  beneficiary: code,
  amount,
  start: date,
  end: date,
  'handler?': code,
});

function happening(name: CommandName): Schema {
  const { on, required, optional, does } = shapeOf(name);
  const grantField = grantlessTargets.includes(on) ? 'grant?' : 'grant';
  const own = (names: readonly FieldName[], mark: string): Record<string, Schema> =>
    Object.fromEntries(names.map((field) => [`${field}${mark}`, fields[field].schema]));
  return {
    title: name,
    description: does,
    ...object({
      at: definition('moment'),
      by: code,
      do: { const: name },
      [grantField]: { anyOf: [{ const: '*' }, { type: 'string', pattern: grantCodePattern }] },
      ...own(required, ''),
      ...own(optional, '?'),
    }),
  };
}

export const scenarioSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:sluis:scenario:${scenarioVersion}`,
  title: 'Sluis scenario',
  description: 'A programme, its people, its grants and what happens when.',
  ...object({
    sluis: { const: scenarioVersion },
    programme,
    'bank?': object({
      'code?': code,
      name: text(70),
      iban: { type: 'string' },
      'bic?': { type: 'string', pattern: '^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$' },
      'batchBooking?': flag,
      'remittance?': { enum: remittanceForms },
    }),
    'envelopes?': listOf(object({ year: fields.year.schema, article: fields.article.schema, amount })),
    'people?': listOf(person),
    'beneficiaries?': listOf(beneficiary),
    'grants?': listOf(grant),
    'happenings?': listOf({
      type: 'object',
      required: ['do'],
      properties: { do: { enum: happeningNames } },
      oneOf: happeningNames.map(happening),
    }),
    until: date,
  }),
  $defs: {
    code: { type: 'string', pattern: '^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$', maxLength: 64 },
    date: { type: 'string', format: 'date' },
    moment: {
      type: 'string',
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2})?$',
      description: 'local time of the programme unless it has an offset',
    },
    period: {
      type: 'string',
      pattern: '^P(?=\\d)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?$',
      description: 'whole years, months, weeks and days',
    },
    time: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' },
  },
};
