import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';

import { type CommandName, shapeOf } from '#domain/commands.js';

import { pageOfExample, postHeaders, schemaOf } from './openapi-schema.js';

/** Describes a GET of one thing, by an example of its answer; fields in `alsoNull` may be null in it. */
export function DescribesOne(
  summary: string,
  example: unknown,
  alsoNull: readonly string[] = [],
): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({
      status: 200,
      description: 'Found.',
      content: { 'application/json': { schema: schemaOf(example, [], alsoNull), example } },
    } as Parameters<typeof ApiResponse>[0]),
  );
}

/** Describes a GET of a list in pages, by an example of one of its rows. */
export function DescribesList(
  summary: string,
  item: unknown,
  alsoNull: readonly string[] = [],
): MethodDecorator {
  return DescribesOne(summary, pageOfExample(item), alsoNull);
}

/** Describes a GET of a file: an example of what it holds for each kind it comes in. */
export function DescribesFile(summary: string, examples: Readonly<Record<string, string>>): MethodDecorator {
  const content = Object.fromEntries(
    Object.entries(examples).map(([type, example]) => [type, { schema: { type: 'string' }, example }]),
  );
  return applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status: 200, description: 'The file.', content } as Parameters<typeof ApiResponse>[0]),
  );
}

/** Describes the command that is given by a POST of a file, by an example of what it holds and of its answer. */
export function DescribesUpload(
  name: CommandName,
  types: readonly string[],
  content: string,
  answer: unknown,
): MethodDecorator {
  const schema = { type: 'string' };
  const bodies = types.map((type) => [type, { schema, examples: { example: { value: content } } }]);
  return applyDecorators(
    ApiOperation({
      operationId: name,
      summary: shapeOf(name).does,
      description: `For: ${shapeOf(name).roles.join(', ')}. At most 1 GiB; of a file that cannot be read nothing is kept.`,
    }),
    ...postHeaders.map((header) => ApiHeader(header)),
    ApiConsumes(...types),
    ApiBody({ required: true, schema, content: Object.fromEntries(bodies) } as Parameters<typeof ApiBody>[0]),
    ApiResponse({
      status: 201,
      description: 'What happened.',
      content: { 'application/json': { schema: schemaOf(answer), example: answer } },
    } as Parameters<typeof ApiResponse>[0]),
  );
}

/** Describes a POST on a register, by an example of its body and of its answer; `optional` fields may be left out. */
export function DescribesPost(
  summary: string,
  body: unknown,
  answer: unknown,
  optional: readonly string[] = [],
): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ...postHeaders.map((header) => ApiHeader(header)),
    ...(body === null
      ? []
      : [
          ApiBody({
            schema: schemaOf(body, optional),
            examples: { example: { value: body } },
          } as Parameters<typeof ApiBody>[0]),
        ]),
    ApiResponse({
      status: 201,
      description: 'Done.',
      content: { 'application/json': { schema: schemaOf(answer), example: answer } },
    } as Parameters<typeof ApiResponse>[0]),
  );
}
