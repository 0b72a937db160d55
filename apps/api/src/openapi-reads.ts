import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';

import { pageOfExample, postHeaders, schemaOf } from './openapi-schema.js';

/** Describes a GET of one thing, by an example of its answer. */
export function DescribesOne(summary: string, example: unknown): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({
      status: 200,
      description: 'Found.',
      content: { 'application/json': { schema: schemaOf(example), example } },
    } as Parameters<typeof ApiResponse>[0]),
  );
}

/** Describes a GET of a list in pages, by an example of one of its rows. */
export function DescribesList(summary: string, item: unknown): MethodDecorator {
  return DescribesOne(summary, pageOfExample(item));
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
