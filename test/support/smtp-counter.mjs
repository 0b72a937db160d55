// The cheapest SMTP server there can be, for benches: it takes every mail and only counts, so that what is measured is
// who sends. `node test/support/smtp-counter.mjs` prints one line, {"smtp": port, "http": port}; over HTTP GET /counts
// answers how many it took, and POST /forget begins anew.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';

// As the servers of this world do, it takes the commands of a mail together (RFC 2920).
const answersTo = {
  EHLO: '250-counter\r\n250-PIPELINING\r\n250 8BITMIME\r\n',
  DATA: '354 go on\r\n',
  QUIT: '221 bye\r\n',
};
const endOfMail = Buffer.from('\r\n.\r\n');
let taken = 0;

const server = createServer({ noDelay: true }, (socket) => {
  /** Of the mail under way what may be the beginning of its end; null between mails. */
  let tail = null;
  let line = '';
  socket.on('error', () => undefined);
  socket.write('220 counter\r\n');
  socket.on('data', (chunk) => (tail === null ? commands(chunk.toString('latin1')) : mail(chunk)));

  function commands(text) {
    let answers = '';
    line += text;
    for (let end = line.indexOf('\r\n'); end >= 0 && tail === null; end = line.indexOf('\r\n')) {
      const command = line.slice(0, 4).toUpperCase();
      line = line.slice(end + 2);
      if (command === 'DATA') tail = Buffer.alloc(0);
      answers += answersTo[command] ?? '250 ok\r\n';
    }
    if (answers !== '') socket.write(answers);
    if (tail !== null && line !== '') {
      const rest = Buffer.from(line, 'latin1');
      line = '';
      mail(rest);
    }
  }

  function mail(chunk) {
    const text = Buffer.concat([tail, chunk]);
    const end = text.indexOf(endOfMail);
    if (end < 0) {
      tail = text.subarray(-(endOfMail.length - 1));
      return;
    }
    tail = null;
    taken += 1;
    socket.write('250 taken\r\n');
    if (end + endOfMail.length < text.length)
      commands(text.subarray(end + endOfMail.length).toString('latin1'));
  }
});

const control = createHttpServer((request, response) => {
  if (request.method === 'POST') taken = 0;
  response.end(JSON.stringify({ taken }));
});

server.listen(0, '127.0.0.1', () => {
  control.listen(0, '127.0.0.1', () => {
    process.stdout.write(
      `${JSON.stringify({ smtp: server.address().port, http: control.address().port })}\n`,
    );
  });
});
// It never outlives whoever started it.
process.stdin.on('end', () => process.exit(0)).resume();
