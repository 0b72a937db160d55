import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

import { type ProblemCode, notFound, problemCodes, problemKinds } from './problem.js';

/** The pages that the `type` of a problem points to. */
@ApiExcludeController()
@Controller('api/docs/problems')
export class ProblemsController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  all(): string {
    const rows = problemCodes.map(
      (code) =>
        `<li><a href="/api/docs/problems/${code}"><code>${code}</code></a> ${problemKinds[code].status} ${problemKinds[code].title}</li>`,
    );
    return page('Problems', `<ul>${rows.join('')}</ul>`);
  }

  @Get(':code')
  @Header('Content-Type', 'text/html; charset=utf-8')
  one(@Param('code') code: string): string {
    if (!Object.hasOwn(problemKinds, code)) throw notFound({ problem: code.slice(0, 60) });
    const { title, status, means } = problemKinds[code as ProblemCode];
    return page(title, `<p><code>${code}</code>, status ${status}</p><p>${escaped(means)}</p>`);
  }
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${escaped(title)}</h1>${body}<p><a href="/api/docs">API</a></p></html>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
