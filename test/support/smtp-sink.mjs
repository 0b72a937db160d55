// An SMTP server that takes what it is sent and does as it is told: node test/support/smtp-sink.mjs [--tls DIR] [--file PATH]
//
// A process of its own, so that a bench does not share its processor time and a kill does not take it along. It prints one line,
// {"smtp": port, "http": port}. Over HTTP: GET /mails (all it took, raw), GET /counts, POST /behave (see `behaviour`),
// POST /forget. With --file each mail is written there as a line of JSON instead of being kept.
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { SMTPServer } from 'smtp-server';

const { values } = parseArgs({
  options: {
    tls: { type: 'string' },
    implicit: { type: 'boolean' },
    file: { type: 'string' },
    port: { type: 'string' },
  },
});

/** What it does out of the ordinary; `null` and empty: nothing. */
const ordinary = {
  /** At a connection: `refuse` (421), `close`, or `hang`. */
  connect: null,
  /** Answers to recipients by address, such as "550 5.1.1 no such user"; `hang` says nothing. */
  recipients: {},
  /** After the mail was sent: an answer such as "451 try later", `hang`, `close` (before it took it), `take-close` (after). */
  data: null,
  /** How many mails `data` holds for; then it is ordinary again. */
  times: Infinity,
  /** How long to wait before the answer to a mail, in ms. */
  delayMs: 0,
};
let behaviour = { ...ordinary };
let mails = [];
let taken = 0;
const messageIds = new Map();

function failure(answer) {
  const error = new Error(answer.slice(4));
  error.responseCode = Number(answer.slice(0, 3));
  return error;
}

const server = new SMTPServer({
  secure: values.implicit === true,
  ...(values.tls === undefined
    ? { disabledCommands: ['STARTTLS', 'AUTH'] }
    : {
        key: readFileSync(`${values.tls}/key.pem`),
        cert: readFileSync(`${values.tls}/cert.pem`),
        authOptional: true,
      }),
  disableReverseLookup: true,
  logger: false,
  size: 50 * 1024 * 1024,
  onAuth: ({ username, password }, _, done) =>
    username === 'sluis' && password === 'p@ss word'
      ? done(null, { user: username })
      : done(failure('535 5.7.8 wrong user or password')),
  onConnect: (session, done) => {
    if (behaviour.connect === 'hang') return;
    if (behaviour.connect === 'refuse') return done(failure('421 4.3.2 not now'));
    done();
  },
  onRcptTo: ({ address }, _, done) => {
    const answer = behaviour.recipients[address];
    if (answer === 'hang') return;
    done(answer === undefined ? null : failure(answer));
  },
  onData: (stream, session, done) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () =>
      setTimeout(() => ended(Buffer.concat(parts).toString('utf8'), session, done), behaviour.delayMs),
    );
  },
});

function ended(raw, session, done) {
  const does = behaviour.times > 0 ? behaviour.data : null;
  if (does !== null) behaviour.times -= 1;
  if (does === 'hang') return;
  const connection = [...server.connections].find(({ session: { id } }) => id === session.id);
  if (does === 'close') return connection?._socket.destroy();
  if (does !== null && does !== 'take-close') return done(failure(does));
  take(raw, session);
  if (does === 'take-close') return connection?._socket.destroy();
  done();
}

function take(raw, { envelope, secure, user }) {
  taken += 1;
  const id = /^Message-ID: *(<[^>]*>)/im.exec(raw)?.[1] ?? '';
  messageIds.set(id, (messageIds.get(id) ?? 0) + 1);
  const mail = {
    at: Date.now(),
    messageId: id,
    from: envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    secure,
    user: user ?? null,
    raw,
  };
  if (values.file !== undefined) appendFileSync(values.file, `${JSON.stringify(mail)}\n`);
  else mails.push(mail);
}

const control = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const answer = (value) => response.end(JSON.stringify(value));
    switch (`${request.method} ${request.url}`) {
      case 'GET /mails':
        return answer(mails);
      case 'GET /counts':
        return answer({
          taken,
          messageIds: messageIds.size,
          twice: [...messageIds.values()].filter((n) => n > 1).length,
        });
      case 'POST /behave':
        behaviour = { ...ordinary, ...JSON.parse(body) };
        behaviour.times ??= Infinity;
        return answer({});
      case 'POST /forget':
        mails = [];
        taken = 0;
        messageIds.clear();
        return answer({});
      default:
        response.statusCode = 404;
        return answer({});
    }
  });
});

server.on('error', () => undefined);
server.listen(Number(values.port ?? 0), '127.0.0.1', () => {
  control.listen(0, '127.0.0.1', () => {
    process.stdout.write(
      `${JSON.stringify({ smtp: server.server.address().port, http: control.address().port })}\n`,
    );
  });
});
// It never outlives whoever started it.
process.stdin.on('end', () => process.exit(0)).resume();
