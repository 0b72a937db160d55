import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { examples } from './openapi-examples.js';
import { schemaOf } from './openapi-schema.js';
import { problemCodes, problemKinds } from './problem.js';

const description = `What follows a grant decision: tranches, gates, reports, evaluations, payouts, recoveries.

Every call carries \`Authorization: Bearer <token>\` of a person. Every POST carries an \`Idempotency-Key\`: sent
again with the same content it gives the same answer (\`Idempotency-Replayed: true\`), with other content it is
refused. \`GET\` of a grant gives an \`ETag\`; a command that carries it as \`If-Match\` is refused with 412 where the
grant has moved on. Amounts are texts in euro with two decimals, dates are \`YYYY-MM-DD\`, instants are UTC. What goes
wrong is answered as problem details (RFC 9457) with the code of the refusal and its facts.`;

/** The OpenAPI 3.1 document of everything that has a route. */
export function describeApi(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Sluis')
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Token of a person.' }, 'person')
    .addSecurityRequirements('person')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const components = (document.components ??= {});
  components.schemas = { ...components.schemas, Problem: problemSchema() };
  components.responses = { ...components.responses, Problem: problemResponse() };
  for (const [path, item] of Object.entries(document.paths))
    for (const operation of Object.values(item as Record<string, Operation>)) {
      if (typeof operation !== 'object' || operation.responses === undefined) continue;
      operation.responses['default'] = { $ref: '#/components/responses/Problem' };
      if (path.startsWith('/health/') || path.startsWith('/calendars/')) operation.security = [];
    }
  return document;
}

interface Operation {
  responses?: Record<string, unknown>;
  security?: unknown[];
}

/** Serves the document at /api/openapi.json and a page to browse it at /api/docs, with assets of our own. */
export function serveDocs(app: NestExpressApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('api/docs', app, document, {
    raw: ['json'],
    jsonDocumentUrl: 'api/openapi.json',
    customSiteTitle: 'Sluis API',
    swaggerOptions: { persistAuthorization: false, validatorUrl: null },
  });
}

function problemSchema() {
  const schema = schemaOf(examples.problem) as { properties: Record<string, object> };
  schema.properties['code'] = { type: 'string', enum: problemCodes };
  schema.properties['facts'] = { type: 'object', additionalProperties: true };
  schema.properties['faults'] = {
    type: 'array',
    items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
  };
  schema.properties['id'] = { type: 'string', description: 'names the request in the log of the service' };
  return { ...schema, type: 'object' as const, required: ['type', 'title', 'status', 'detail', 'code'] };
}

function problemResponse() {
  const codes = problemCodes.map(
    (code) => `- \`${code}\` (${problemKinds[code].status}): ${problemKinds[code].title}`,
  );
  return {
    description: `A problem (RFC 9457). Codes:\n\n${codes.join('\n')}`,
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: examples.problem,
      },
    },
  };
}
