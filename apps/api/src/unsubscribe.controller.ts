import { createHash } from 'node:crypto';

import { Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

import { system } from '#domain/people.js';
import { leaveDigest } from '#lifecycle/mail-writes.js';
import { Registers } from '#lifecycle/registers.js';

/**
 * Where the link in a digest leads. Opening it changes nothing, since programs that check links open them too: leaving is a
 * POST, by the button or by the reader's mail program (RFC 8058). Its secret is all that is asked.
 */
@ApiExcludeController()
@Controller('unsubscribe')
export class UnsubscribeController {
  constructor(private readonly registers: Registers) {}

  @Get(':secret')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; form-action 'self'")
  @Header('Referrer-Policy', 'no-referrer')
  ask(): string {
    return page(
      'Dagoverzicht afmelden · Quitter le résumé du jour · Leave the daily overview',
      '<form method="post"><button>Afmelden · Quitter · Leave</button></form>',
    );
  }

  @Post(':secret')
  @HttpCode(200)
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'")
  async leave(@Param('secret') secret: string): Promise<string> {
    // The same link gives the same command; the secret itself is kept nowhere else.
    const id = `leave-digest:${createHash('sha256').update(secret).digest('hex').slice(0, 32)}`;
    const outcome = await this.registers.register(id, system, 'leave-digest', {}, leaveDigest(secret));
    return outcome.accepted
      ? page(
          'U krijgt geen dagoverzicht meer. · Vous ne recevrez plus de résumé. · You get no daily overview any more.',
          '',
        )
      : page('Deze link is niet (meer) geldig. · Ce lien n’est pas valable. · This link is not valid.', '');
  }
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sluis</title></head>
<body><h1>${title}</h1>${body}</body></html>
`;
}
