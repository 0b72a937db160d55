import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';

import { type CommandName, type Target, shapeOf } from '#domain/commands.js';
import { type FieldName, fields } from '#domain/command-fields.js';

import { bodyFields, makes, pathOfCommand } from './command-paths.js';
import { deadlineMoveExamples } from './openapi-deadline-examples.js';
import { examples } from './openapi-examples.js';
import { batchExamples } from './openapi-finance-examples.js';
import { postHeaders, schemaOf } from './openapi-schema.js';

type Schema = Record<string, unknown>;

const codeSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9]([A-Za-z0-9-]{0,22}[A-Za-z0-9])?$',
  description: 'code of the new grant',
  examples: ['REN-ANT'],
};

/** A body that the command takes as it is; optional fields are in it where they go together. */
export function exampleBody(name: CommandName): Record<string, unknown> {
  const { required, optional } = bodyFields(name);
  const shown = [...required, ...optional.filter((field) => field !== 'share' && field !== 'mute')];
  const body = Object.fromEntries(shown.map((field) => [field, exampleOf(field)]));
  if (name !== 'draft-grant') return body;
  return { code: 'REN-ANT', ...body, start: '2023-01-01', end: '2024-12-31', amount: '56000.00' };
}

function exampleOf(field: FieldName): unknown {
  return (fields[field].schema['examples'] as readonly unknown[])[0];
}

function bodySchema(name: CommandName): Schema {
  const { required, optional } = bodyFields(name);
  const properties: Schema = Object.fromEntries(
    [...required, ...optional].map((field) => [field, { ...fields[field].schema }]),
  );
  const code = name === 'draft-grant';
  return {
    type: 'object',
    properties: code ? { code: codeSchema, ...properties } : properties,
    required: code ? ['code', ...required] : required,
    additionalProperties: false,
  };
}

/** The event in an example of what a command on such a thing answers; on all others it is one of a grant. */
const exampleEvent: Partial<Record<Target, object>> = {
  beneficiary: {
    stream: 'beneficiary:antwerpen',
    sequence: 1,
    type: 'account.changed',
    data: { version: 1 },
  },
  batch: batchExamples.event,
  'deadline-move': deadlineMoveExamples.event,
  'bank-entry': {
    stream: 'bank-file:1',
    sequence: 2,
    type: 'bank-entry.assigned',
    data: { endToEndId: 'REN-ANT-2-1', entry: 4 },
    actor: 'fien',
  },
};

/** What a command answers, as an example: one event of the thing it acts on. */
function exampleEvents(name: CommandName): Record<string, unknown> {
  const shown = { ...examples.event, ...exampleEvent[shapeOf(name).on] };
  const { stream, sequence, type, data, actor, reason, occurredAt } = shown;
  const event = { stream, sequence, type, data, actor, reason, occurredAt };
  return { at: occurredAt, sequence, events: [event] };
}

/** Everything OpenAPI says of a command, out of the catalogue of the domain. */
export function describeCommand(name: CommandName): MethodDecorator {
  const { does, roles } = shapeOf(name);
  const example = exampleBody(name);
  const held = roles.filter((role) => role !== 'system');
  const body = {
    required: Object.keys(example).length > 0,
    schema: bodySchema(name),
    examples: { example: { value: example } },
  };
  const parameters = [...pathOfCommand(name).matchAll(/:(\w+)/g)].map(([, parameter]) =>
    ApiParam({ name: parameter as string, schema: { type: 'string' } }),
  );
  const answer = exampleEvents(name);
  return applyDecorators(
    ApiOperation({ operationId: name, summary: does, description: `For: ${held.join(', ')}.` }),
    ApiBody(body as Parameters<typeof ApiBody>[0]),
    ...parameters,
    ...postHeaders.map((header) => ApiHeader(header)),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'ETag of the grant as it was last read; refused with 412 where it has moved on.',
    }),
    ApiResponse({
      status: makes(name) ? 201 : 200,
      description: 'What happened, with the new ETag.',
      content: { 'application/json': { schema: schemaOf(answer), example: answer } },
    } as Parameters<typeof ApiResponse>[0]),
  );
}
